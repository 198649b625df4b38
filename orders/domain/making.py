"""Versions that a worker makes in the background: claimed by one, watched by people, stopped by them.

Plans and demand forecasts call these states alike. A worker that dies leaves its claim behind: after
``LEASE`` without a word from it somebody else takes the version.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from mes.accounts.models import User
from mes.lib.live import announce
from orders.enums import PlanState
from orders.models import DemandForecast, Plan
from orders.queries.plans import PENDING

Version = TypeVar("Version", Plan, DemandForecast)

LEASE = timedelta(minutes=10)
TOLD_EVERY_SECONDS = 1.0
_TOPICS = {Plan: "plan", DemandForecast: "demand-forecast"}


def announce_version(version: Plan | DemandForecast) -> None:
    announce(f"{_TOPICS[type(version)]}:{version.plant_id}")


def claim(versions: type[Version], *, now: datetime) -> Version | None:
    """Take the first one that was asked for and is nobody's."""
    waiting = Q(state=PlanState.REQUESTED) | Q(state=PlanState.COMPUTING, claimed_at__lt=now - LEASE)
    for version in versions.objects.filter(waiting).select_related("plant").order_by("id"):
        mine = versions.objects.filter(waiting, pk=version.pk).update(
            state=PlanState.COMPUTING, claimed_at=now, progress_percent=0
        )
        if mine:
            version.state = PlanState.COMPUTING
            return version
    return None


def stop(version: Plan | DemandForecast, *, by: User) -> bool:
    """Let the worker give up; False when it is over already."""
    stopped = (
        type(version)
        .objects.filter(pk=version.pk, state__in=PENDING)
        .update(state=PlanState.CANCELLED, problem=(_("cancelled by %s") % by)[:300])
    )
    announce_version(version)
    version.refresh_from_db()
    return bool(stopped)


def fail(version: Plan | DemandForecast, error: Exception) -> None:
    """Say what went wrong: a defect must not leave people before a bar that never moves."""
    type(version).objects.filter(pk=version.pk).update(state=PlanState.FAILED, problem=type(error).__name__)


class Watch:
    """Tells how far a version is, keeps its claim, and hears when somebody stops it."""

    def __init__(self, version: Plan | DemandForecast) -> None:
        self.version = version
        self.told = time.monotonic()
        self.stopped = False

    def goes_on(self, done: float, _cost: float = 0.0) -> bool:
        """``done``: share of the work, 0 to 1 (a search tells its cost too). False: somebody stopped it."""
        now = time.monotonic()
        if now - self.told >= TOLD_EVERY_SECONDS:
            self.told = now
            mine = type(self.version).objects.filter(pk=self.version.pk, state=PlanState.COMPUTING)
            going = mine.update(progress_percent=round(100 * done), claimed_at=timezone.now())
            announce_version(self.version)
            self.stopped = not going
        return not self.stopped
