"""What Celery may wake up. Everything that must happen is a row; these tasks may be lost or run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from quality.domain.demands import collect_demands
from quality.domain.evidence import note_released
from quality.kpi.rolling import roll_up


@shared_task(name="quality.roll_up")
def roll_up_hours() -> None:
    """Roll up the hours that are over, and those that changed."""
    roll_up(now=timezone.now())


@shared_task(name="quality.inspections")
def ask_for_inspections() -> None:
    """Ask for the inspections that runs, counts and stops call for; see what releases have settled."""
    now = timezone.now()
    collect_demands(now=now)
    note_released(now=now)
