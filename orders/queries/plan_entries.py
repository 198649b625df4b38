"""One operation in a plan, and why it stands where it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.http import Http404

from machines.models import Machine
from orders.models import Plan, PlanEntry
from orders.queries.dates import newest_dates
from orders.queries.plan_compare import order_ends
from orders.queries.work import OVER

SAME = timedelta(seconds=2)
"""Plans are made in whole seconds; this much apart is the same moment."""


class Why(StrEnum):
    """What an operation waits for before it begins."""

    RUNNING = "running"
    BEFORE = "before"
    MACHINE = "machine"
    SHIFT = "shift"
    RELEASE = "release"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Step:
    """``before``: the operation of the same order that has to be done first; ``ahead``: what the machine does
    until then; ``chain``: all operations of the order in this plan, by time; ``end``: of the order;
    ``forecast``: its newest 50, 80 and 95 % dates."""

    entry: PlanEntry
    why: Why
    before: PlanEntry | None
    ahead: PlanEntry | None
    chain: list[PlanEntry]
    due: datetime | None
    end: datetime
    able: list[Machine]
    forecast: tuple[datetime, datetime, datetime] | None

    @property
    def late(self) -> timedelta:
        return max(self.end - self.due, timedelta(0)) if self.due else timedelta(0)

    @property
    def slack(self) -> timedelta:
        return max(self.due - self.end, timedelta(0)) if self.due else timedelta(0)


@dataclass(frozen=True, slots=True)
class Queued:
    """An operation in a machine's queue, and when its order ends."""

    entry: PlanEntry
    end: datetime

    @property
    def due(self) -> datetime | None:
        order = self.entry.operation.order
        return order.promised_at or order.requested_at

    @property
    def late(self) -> timedelta:
        return max(self.end - self.due, timedelta(0)) if self.due else timedelta(0)


def planned_step(plan: Plan, operation: int) -> Step:
    """Raises Http404 if the plan doesn't hold the operation. Five queries."""
    rows = PlanEntry.objects.filter(plan=plan).select_related(
        "operation__order__item", "operation__machine_group", "operation__machine", "machine"
    )
    entry = rows.filter(operation=operation).first()
    if entry is None:
        raise Http404
    order = entry.operation.order
    chain = list(rows.filter(operation__order=order).order_by("start_at", "id"))
    before = _before(entry, chain)
    ahead = None
    if entry.machine_id is not None:
        ahead = (
            rows.filter(machine=entry.machine_id, slot=entry.slot, end_at__lte=entry.start_at)
            .exclude(pk=entry.pk)
            .order_by("-end_at", "-id")
            .first()
        )
    able = list(Machine.objects.filter(group=entry.operation.machine_group_id, active=True).order_by("code"))
    return Step(
        entry=entry,
        why=_why(plan, entry, before, ahead),
        before=before,
        ahead=ahead,
        chain=chain,
        due=order.promised_at or order.requested_at,
        end=max(one.end_at for one in chain),
        able=able,
        forecast=newest_dates([order.pk]).get(order.pk),
    )


def _before(entry: PlanEntry, chain: list[PlanEntry]) -> PlanEntry | None:
    """The operation just before it in its sequence, while that is open."""
    mine = entry.operation
    earlier = [
        one
        for one in chain
        if one.operation.sequence == mine.sequence
        and one.operation.position < mine.position
        and one.operation.state not in OVER
    ]
    return max(earlier, key=lambda one: one.operation.position, default=None)


def _why(plan: Plan, entry: PlanEntry, before: PlanEntry | None, ahead: PlanEntry | None) -> Why:
    """What ends last before it begins. Where a gap is left, the shift or the release wasn't there yet."""
    if entry.running:
        return Why.RUNNING
    ready = before.end_at if before else None
    free = ahead.end_at if ahead else None
    last = max((one for one in (ready, free, plan.zero_at) if one is not None), default=entry.start_at)
    released = entry.operation.order.planned_start_at
    if released is not None and last + SAME < released and abs(entry.start_at - released) <= SAME:
        return Why.RELEASE
    if entry.start_at - last > SAME:
        return Why.SHIFT
    if ready is not None and ready == last:
        return Why.BEFORE
    if free is not None and free == last:
        return Why.MACHINE
    return Why.FREE


def queue_of(plan: Plan, machine: Machine, *, now: datetime) -> list[Queued]:
    """What the plan has on the machine from ``now`` on, in its order. Two queries."""
    entries = list(
        PlanEntry.objects.filter(plan=plan, machine=machine, end_at__gt=now)
        .select_related("operation__order__item")
        .order_by("start_at", "id")
    )
    ends = order_ends(plan)
    return [Queued(entry, ends[entry.operation.order_id]) for entry in entries]
