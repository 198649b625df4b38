"""Stops that a terminal asks about, and the reasons it offers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from machines.domain.calendars.load import load_calendar
from machines.domain.stops import Stop, stops_without_reason
from machines.models import Machine, StopCoding, StopReason
from mes.lib.spans import Span
from orders.models import Run

LOOK_BACK = timedelta(days=30)
ASKED_FOR = timedelta(hours=4)
"""Nobody remembers longer; older stops without a reason are for the supervisor's list."""
SHORTEST = timedelta(minutes=1)
LIKELY = 6


def stops_to_ask(machine: Machine, *, now: datetime | None = None) -> list[Stop]:
    """Stops without a reason that happened while work ran there and in working time: the one that still lasts
    first, then the newest."""
    moment = now or timezone.now()
    found = stops_without_reason([machine.pk], since=moment - ASKED_FOR)
    if not found:
        return []
    begin = min(stop.start for stop in found)
    runs = list(
        Run.objects.filter(machine=machine, started_at__lt=moment).filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=begin)
        )
    )
    calendar = load_calendar(machine.pk, Span(begin, max(begin, moment)))
    asked = [
        stop
        for stop in found
        if any(run.holds(stop.start) for run in runs)
        and calendar.working_time(stop.start, max(stop.end or moment, stop.start)) >= SHORTEST
    ]
    return sorted(asked, key=lambda stop: (stop.end is None, stop.start), reverse=True)


@dataclass(slots=True)
class Branch:
    """A reason with those under it; a reason alone is a branch without leaves."""

    reason: StopReason
    leaves: list[StopReason] = field(default_factory=list)

    @property
    def is_single(self) -> bool:
        return not self.leaves


def likely_reasons(machine: Machine) -> list[StopReason]:
    """The six reasons given most often at this machine in 30 days; the plant's order fills the rest."""
    leaves = _leaves(machine)
    given = dict(
        StopCoding.objects.filter(machine=machine, recorded_at__gte=timezone.now() - LOOK_BACK)
        .filter(superseded_by__isnull=True)
        .values("reason")
        .annotate(times=Count("pk"))
        .values_list("reason", "times")
    )
    return sorted(leaves, key=lambda reason: -given.get(reason.pk, 0))[:LIKELY]


def reason_tree(machine: Machine) -> list[Branch]:
    """All active reasons of the plant, two levels: what lies deeper stands under its topmost reason."""
    reasons = list(StopReason.objects.filter(plant=machine.plant_id, active=True))
    by_pk = {reason.pk: reason for reason in reasons}
    parents = {reason.parent_id for reason in reasons}
    branches = {reason.pk: Branch(reason) for reason in reasons if reason.parent_id not in by_pk}
    for reason in reasons:
        top = reason
        while top.parent_id in by_pk:
            top = by_pk[top.parent_id]
        if top is not reason and reason.pk not in parents:
            branches[top.pk].leaves.append(reason)
    return list(branches.values())


def _leaves(machine: Machine) -> list[StopReason]:
    reasons = list(StopReason.objects.filter(plant=machine.plant_id, active=True))
    parents = {reason.parent_id for reason in reasons}
    return [reason for reason in reasons if reason.pk not in parents]
