"""What Celery may wake up. Everything that must happen is a row; these tasks may be lost or run twice."""

from __future__ import annotations

from celery import shared_task

from integrations.domain.customer_notices import notice_changes, send_notices
from integrations.domain.inbox import process_waiting
from integrations.domain.outbox.bulk import carry_on_all
from integrations.domain.outbox.relay import relay_once
from integrations.domain.reconciliation.run import reconcile_due
from integrations.domain.selftest import run_asked

MOST_ROUNDS = 50


@shared_task(name="integrations.relay")
def relay() -> None:
    """Send what is due; the relay service does the same all the time."""
    for _round in range(MOST_ROUNDS):
        if not relay_once():
            return


@shared_task(name="integrations.self_tests")
def self_tests() -> None:
    """Run the self-tests that were asked for."""
    run_asked()


@shared_task(name="integrations.tell_customers")
def tell_customers() -> None:
    """Notice what changed in customer orders and tell whoever wants to know."""
    notice_changes()
    for _round in range(MOST_ROUNDS):
        if not send_notices():
            return


@shared_task(name="integrations.process_inbox")
def process_inbox() -> None:
    """Apply messages that were stored but not applied, because somebody died in between."""
    process_waiting()


@shared_task(name="integrations.reconcile")
def reconcile() -> None:
    """Compare with every partner whose daily comparison is due."""
    reconcile_due()


@shared_task(name="integrations.bulk_decisions")
def bulk_decisions() -> None:
    """Carry out what people decided about many messages and nobody stayed to watch."""
    carry_on_all()
