"""What Celery may wake up. Everything that must happen is a row; these tasks may be lost or run twice."""

from __future__ import annotations

from celery import shared_task

from integrations.domain.inbox import process_waiting
from integrations.domain.outbox.relay import relay_once

MOST_ROUNDS = 50


@shared_task(name="integrations.relay")
def relay() -> None:
    """Send what is due; the relay service does the same all the time."""
    for _round in range(MOST_ROUNDS):
        if not relay_once():
            return


@shared_task(name="integrations.process_inbox")
def process_inbox() -> None:
    """Apply messages that were stored but not applied, because somebody died in between."""
    process_waiting()
