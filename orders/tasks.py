"""What Celery may wake up. Everything that must happen is a row; these tasks may be lost or run twice."""

from __future__ import annotations

from celery import shared_task

from orders.planning.make import make_requested


@shared_task(name="orders.make_plans")
def make_plans() -> None:
    """Make the plans that were asked for."""
    make_requested()
