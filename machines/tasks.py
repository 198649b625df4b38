"""What runs by the clock for machines."""

from celery import shared_task
from django.utils import timezone

from machines.domain.andon import call_for_long_stops, escalate_due
from machines.domain.energy import read_meters
from machines.domain.retention import pack_next_day


@shared_task(name="machines.andon")
def watch_calls() -> None:
    """Call help to machines that stand still for too long, and tell whoever is due. Both are rows."""
    now = timezone.now()
    call_for_long_stops(now)
    while escalate_due(now):
        pass


@shared_task(name="machines.pack_samples")
def pack_samples() -> None:
    """Pack one day of raw samples that is long over, if there is one."""
    pack_next_day(timezone.now())


@shared_task(name="machines.read_meters")
def read_energy_meters() -> None:
    """Say what machines used of energy, as far as their meters tell."""
    read_meters()
