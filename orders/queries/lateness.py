"""What happened to late orders between the promise and their end, on the machines they needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, Q

from machines.domain.calendars.load import load_calendars
from machines.enums import MachineState
from machines.models import Plant, StateInterval
from mes.lib.spans import Span
from orders.enums import OperationState, OrderState
from orders.models import Hold, Operation, ProductionOrder, Promise, Run
from orders.queries.outside import away_since

STANDING = (MachineState.STOP, MachineState.MAINTENANCE)


@dataclass(frozen=True, slots=True)
class Step:
    """An operation: what was planned for it, and what it did. ``machine``: where it ran first, None: nowhere.
    ``outside``: when it was at a supplier, or lay ready for one. ``not_before``: a planner knew that material
    comes no earlier."""

    setup: timedelta
    run: timedelta
    machine: int | None = None
    setting: tuple[Span, ...] = ()
    making: tuple[Span, ...] = ()
    outside: Span | None = None
    away: bool = False
    over: bool = True
    pieces: Decimal = Decimal(0)
    good: Decimal = Decimal(0)
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class LateOrder:
    """``made_at``: when the promise was made that it missed. ``ended_at``: its end, or now while it is
    open."""

    order: int
    number: str
    made_at: datetime
    promised_at: datetime
    ended_at: datetime
    steps: tuple[Step, ...] = ()
    holds: tuple[Span, ...] = ()


@dataclass(slots=True)
class Around:
    """One machine: its shifts, when signals saw it produce and stand, and what else ran on it: when, and when
    that order came."""

    working: list[Span] = field(default_factory=list)
    producing: list[Span] = field(default_factory=list)
    standing: list[Span] = field(default_factory=list)
    others: list[tuple[Span, int, datetime]] = field(default_factory=list)


def late_orders(plant: Plant, *, since: datetime, now: datetime, most: int) -> list[ProductionOrder]:
    """The newest that ended after their promised date, or are open behind it. One query."""
    orders = ProductionOrder.objects.filter(plant=plant, promised_at__gte=since, promised_at__lt=now)
    late = Q(finished_at__gt=F("promised_at")) | Q(finished_at=None)
    return list(orders.filter(late).exclude(state=OrderState.CANCELLED).order_by("-promised_at")[:most])


def late_facts(
    orders: Iterable[ProductionOrder], *, now: datetime
) -> tuple[list[LateOrder], Mapping[int, Around]]:
    """Of those of the orders that missed their last promise, and the machines they needed. Six queries and
    those of the calendars."""
    late = {one.pk: one for one in orders if one.promised_at and (one.finished_at or now) > one.promised_at}
    made = dict(
        Promise.objects.filter(order__in=late)
        .order_by("order_id", "-version")
        .distinct("order_id")
        .values_list("order_id", "made_at")
    )
    late = {pk: one for pk, one in late.items() if pk in made}
    if not late:
        return [], {}
    spans = {pk: Span(min(made[pk], _end(one, now)), _end(one, now)) for pk, one in late.items()}
    hull = Span(min(one.start for one in spans.values()), max(one.end for one in spans.values()))
    operations = list(
        Operation.objects.filter(order__in=late)
        .exclude(state=OperationState.CANCELLED)
        .order_by("order_id", "position")
    )
    runs: dict[int, list[Run]] = defaultdict(list)
    for run in Run.objects.filter(operation__in=[one.pk for one in operations]).order_by("started_at", "pk"):
        if run.lasts:
            runs[run.operation_id].append(run)
    steps: dict[int, list[Step]] = defaultdict(list)
    ended: dict[tuple[int, str], datetime | None] = {}
    for operation in operations:
        place = operation.order_id, operation.sequence
        end = spans[operation.order_id].end
        steps[operation.order_id].append(_step(operation, runs[operation.pk], ended.get(place), end))
        ended[place] = operation.finished_at
    holds = _holds(late, now)
    found = [
        LateOrder(
            order=pk,
            number=one.number,
            made_at=spans[pk].start,
            promised_at=one.promised_at or spans[pk].end,
            ended_at=spans[pk].end,
            steps=tuple(steps[pk]),
            holds=tuple(holds[pk]),
        )
        for pk, one in late.items()
    ]
    return found, _around({run.machine_id for rows in runs.values() for run in rows}, hull)


def _end(order: ProductionOrder, now: datetime) -> datetime:
    return order.finished_at or now


def _step(operation: Operation, runs: list[Run], came_before: datetime | None, end: datetime) -> Step:
    setting, making = [], []
    for run in runs:
        stop = min(run.ended_at or end, end)
        turn = min(run.production_at or stop, stop)
        setting += [Span(run.started_at, turn)] if run.started_at < turn else []
        making += [Span(turn, stop)] if turn < stop else []
    sent = away_since(operation.started_at, came_before)
    back = min(operation.finished_at or end, end)
    return Step(
        setup=_seconds(operation.setup_seconds),
        run=_seconds(operation.seconds_per_piece * operation.quantity),
        machine=runs[0].machine_id if runs else None,
        setting=tuple(setting),
        making=tuple(making),
        outside=Span(sent, back) if operation.outside and sent is not None and sent < back else None,
        away=operation.outside,
        over=operation.state == OperationState.FINISHED,
        pieces=operation.good + operation.scrap + operation.rework,
        good=operation.good,
        not_before=None if operation.outside else operation.not_before_at,
    )


def _seconds(seconds: Decimal) -> timedelta:
    return timedelta(microseconds=int(seconds * 1_000_000))


def _holds(orders: Collection[int], now: datetime) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = defaultdict(list)
    rows = Hold.objects.filter(order__in=orders).values_list("order_id", "placed_at", "lifted_at")
    for order, placed, lifted in rows:
        found[order or 0].append(Span(placed, max(lifted or now, placed)))
    return found


def _around(machines: set[int], hull: Span) -> dict[int, Around]:
    found = {machine: Around() for machine in machines}
    calendars = load_calendars(machines, hull)
    for machine, around in found.items():
        calendar = calendars.get(machine)
        around.working = calendar.working_spans(hull) if calendar else [hull]
    states = StateInterval.objects.filter(
        machine__in=machines, state__in=(*STANDING, MachineState.PRODUCING), started_at__lt=hull.end
    ).filter(Q(ended_at=None) | Q(ended_at__gt=hull.start))
    for machine, state, start, end in states.values_list("machine_id", "state", "started_at", "ended_at"):
        span = Span(max(start, hull.start), min(end or hull.end, hull.end))
        around = found[machine]
        (around.producing if state == MachineState.PRODUCING else around.standing).append(span)
    others = Run.objects.filter(machine__in=machines, started_at__lt=hull.end).filter(
        Q(ended_at=None) | Q(ended_at__gt=hull.start)
    )
    for machine, start, end, order, came in others.values_list(
        "machine_id", "started_at", "ended_at", "operation__order_id", "operation__order__created_at"
    ):
        found[machine].others.append((Span(start, max(end or hull.end, start)), order, came))
    return found
