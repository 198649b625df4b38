"""What runs by the clock for machines."""

from celery import shared_task
from django.utils import timezone

from machines.domain.andon import call_for_long_stops, escalate_due


@shared_task(name="machines.andon")
def watch_calls() -> None:
    """Call help to machines that stand still for too long, and tell whoever is due. Both are rows."""
    now = timezone.now()
    call_for_long_stops(now)
    while escalate_due(now):
        pass
