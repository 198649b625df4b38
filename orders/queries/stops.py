"""Stops that a terminal asks about, and the reasons it offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from machines.domain.calendars.engine import Calendar
from machines.domain.calendars.load import load_calendar
from machines.domain.likely import Likely, Situation, Told, rank
from machines.domain.stops import Stop, asked_after, is_worth_asking, stops_of, stops_without_reason
from machines.models import Machine, StopReason
from mes.lib.spans import ZERO, Span, intersect
from orders.models import Run

LOOK_BACK = timedelta(days=30)
ASKED_FOR = timedelta(hours=4)
"""Nobody remembers longer; older stops without a reason are for the supervisor's list."""
LIKELY = 6
MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Stops that wait for a reason. ``due``: after this time one more may, by time alone."""

    stops: list[Stop]
    due: timedelta | None = None


def stops_to_ask(machine: Machine, *, now: datetime | None = None) -> list[Stop]:
    return waiting_stops(machine, now=now).stops


def waiting_stops(machine: Machine, *, now: datetime | None = None) -> Waiting:
    """Stops without a reason that an order in production lost working time by: the one that still lasts
    first, then the newest."""
    moment = now or timezone.now()
    found = stops_without_reason([machine.pk], since=moment - ASKED_FOR)
    if not found:
        return Waiting([])
    begin = min(stop.start for stop in found)
    in_production: dict[int, list[Span]] = defaultdict(list)
    for run in Run.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=begin), machine=machine, production_at__lt=moment
    ).order_by("production_at"):
        assert run.production_at is not None
        in_production[run.slot].append(Span(run.production_at, run.ended_at or moment))
    calendar = load_calendar(machine.pk, Span(begin, max(begin, moment)))
    micro = timedelta(seconds=float(machine.micro_stop_seconds))
    judged = [
        (stop, _asked_in(stop, calendar, in_production[stop.slot], micro=micro, now=moment)) for stop in found
    ]
    asked = [stop for stop, after in judged if after == ZERO]
    soon = [after for stop, after in judged if after and stop.end is None]
    return Waiting(
        sorted(asked, key=lambda stop: (stop.end is None, stop.start), reverse=True), min(soon, default=None)
    )


def _asked_in(
    stop: Stop, calendar: Calendar, in_production: Iterable[Span], *, micro: timedelta, now: datetime
) -> timedelta | None:
    """Zero for a stop that is asked about; else after how much more loss it is, None if none is made now.

    Of a fault that lasts (S3: asked at once) any loss is.
    """
    whole = Span(stop.start, max(stop.end or now, stop.start))
    parts = intersect([whole], in_production)
    lost = sum((calendar.working_time(part.start, part.end) for part in parts), ZERO)
    if stop.is_fault:
        return ZERO if lost > ZERO else None
    standing = calendar.working_time(whole.start, whole.end)
    if is_worth_asking(lost=lost, standing=standing, micro=micro):
        return ZERO
    just_now = Span(max(whole.start, now - MOMENT), now)
    loses = bool(intersect([just_now], parts)) and calendar.working_time(just_now.start, now) > ZERO
    return asked_after(lost=lost, standing=standing, micro=micro) if loses else None


@dataclass(slots=True)
class Branch:
    """A reason with those under it; a reason alone is a branch without leaves."""

    reason: StopReason
    leaves: list[StopReason] = field(default_factory=list)

    @property
    def is_single(self) -> bool:
        return not self.leaves


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A reason that is offered first, and why it is."""

    reason: StopReason
    likely: Likely


class Suggestions:
    """What was said at one machine in 30 days, read once for all its stops. Four queries."""

    def __init__(self, machine: Machine, *, now: datetime | None = None) -> None:
        self.machine = machine
        self.now = now or timezone.now()
        since = self.now - LOOK_BACK
        self.reasons = {reason.pk: reason for reason in _leaves(machine)}
        self.runs = list(
            Run.objects.filter(machine=machine, started_at__lt=self.now)
            .filter(Q(ended_at__isnull=True) | Q(ended_at__gt=since))
            .select_related("operation__order")
            .only("slot", "started_at", "ended_at", "operation__order__item_id")
        )
        self.stops = stops_of([machine.pk], since=since)
        self.history = list(self._history())

    def of(self, stop: Stop, *, most: int | None = None) -> list[Suggestion]:
        """The reasons of the plant for ``stop``, the likeliest first."""
        earlier = [told for told in self.history if told.at < stop.start]
        before = next(
            (one.coding.reason_id for one in reversed(self.stops) if _before(one, stop) and one.coding), None
        )
        ranked = rank(list(self.reasons), self._situation(stop, before), earlier, at=self.now)
        return [Suggestion(self.reasons[one.reason], one) for one in ranked[:most]]

    def _history(self) -> Iterator[Told]:
        before: dict[int, int] = {}
        for stop in self.stops:
            if stop.coding is not None:
                if stop.coding.by_person:
                    situation = self._situation(stop, before.get(stop.slot))
                    yield Told(stop.coding.reason_id, stop.start, situation)
                before[stop.slot] = stop.coding.reason_id

    def _situation(self, stop: Stop, before: int | None) -> Situation:
        run = next((run for run in self.runs if run.slot == stop.slot and run.holds(stop.start)), None)
        hour = stop.start.astimezone(self.machine.plant.zone).hour
        return Situation(stop.alarm, run.operation.order.item_id if run else None, hour, before)


def _before(one: Stop, stop: Stop) -> bool:
    return one.slot == stop.slot and one.start < stop.start


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
