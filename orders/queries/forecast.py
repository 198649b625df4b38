"""When an order will be done if nothing holds it up: simple, and open about what it assumes.

For each open operation: remaining pieces × seconds per piece (measured in this order once there is enough,
else planned), plus the planned setup if it hasn't begun, laid over the working time of its machine. An
operation that hasn't started begins when the one before it ends. Waiting for a busy machine is not in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Max
from django.utils import timezone

from machines.domain.calendars.engine import Calendar
from machines.domain.calendars.load import load_calendars
from machines.models import Machine
from mes.lib.errors import MesError
from mes.lib.fields import ZERO
from orders.enums import EventKind, OperationState
from orders.models import Operation, ProductionEvent, ProductionOrder, Run
from orders.queries.work import OVER

MEASURED_FROM = 5
"""Fewer pieces than this say nothing about the pace."""
QUANTITY_KINDS = (EventKind.REPORTED, EventKind.COUNTED, EventKind.RECLASSIFIED)


@dataclass(frozen=True, slots=True)
class Pace:
    """Working seconds per piece; ``measured`` in this order, else as planned. ``pieces`` made so far."""

    seconds: Decimal
    measured: bool
    pieces: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """One operation as the calculation sees it. ``calendar`` None: around the clock."""

    number: str
    sequence: str
    remaining: Decimal
    setup_seconds: Decimal
    pace: Pace
    running: bool
    machine: str = ""
    calendar: Calendar | None = None


@dataclass(frozen=True, slots=True)
class StepForecast:
    step: Step
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Forecast:
    """``ends_at`` None: it can't be said, because operation ``unknown`` has no times."""

    ends_at: datetime | None
    steps: tuple[StepForecast, ...] = ()
    unknown: str = ""


def forecast_of(steps: Iterable[Step], *, now: datetime) -> Forecast:
    """Pure. ``steps`` in the order of their positions; different sequences run side by side."""
    done: list[StepForecast] = []
    cursor: dict[str, datetime] = defaultdict(lambda: now)
    for step in steps:
        if step.remaining > 0 and step.pace.seconds <= 0:
            return Forecast(None, tuple(done), unknown=step.number)
        need = timedelta(seconds=float(step.setup_seconds + step.remaining * step.pace.seconds))
        begin = now if step.running else cursor[step.sequence]
        try:
            end = begin + need if step.calendar is None else step.calendar.add_working_time(begin, need)
        except MesError:
            return Forecast(None, tuple(done), unknown=step.number)
        cursor[step.sequence] = max(cursor[step.sequence], end)
        done.append(StepForecast(step, cursor[step.sequence]))
    return Forecast(max(cursor.values(), default=None), tuple(done))


def forecasts_of(orders: Iterable[ProductionOrder], *, now: datetime | None = None) -> dict[int, Forecast]:
    """Forecast by order id, for orders with ``operations`` prefetched. Eight queries, however many."""
    moment = now or timezone.now()
    listed = list(orders)
    operations = [
        operation for order in listed for operation in order.operations.all() if operation.state not in OVER
    ]
    runs = runs_of(operations)
    machines = _machines_of(operations, runs)
    calendars = load_calendars({machine.pk for machine in machines.values()})
    paces = paces_of(operations, runs, calendars, moment)
    return {order.pk: forecast_of(_steps(order, machines, calendars, paces), now=moment) for order in listed}


def _steps(
    order: ProductionOrder,
    machines: Mapping[int, Machine],
    calendars: Mapping[int, Calendar],
    paces: Mapping[int, Pace],
) -> Iterable[Step]:
    coming: dict[str, Decimal] = {}
    for operation in sorted(order.operations.all(), key=lambda each: each.position):
        if operation.state == OperationState.CANCELLED:
            continue
        remaining = remaining_pieces(operation, coming.get(operation.sequence))
        coming[operation.sequence] = operation.good + remaining
        if operation.state in OVER:
            continue
        machine = machines.get(operation.pk)
        begun = operation.state == OperationState.PRODUCTION
        yield Step(
            number=operation.number,
            sequence=operation.sequence,
            remaining=remaining,
            setup_seconds=ZERO if begun else operation.setup_seconds,
            pace=paces[operation.pk],
            running=operation.state in (OperationState.SETUP, OperationState.PRODUCTION),
            machine=machine.code if machine else "",
            calendar=calendars.get(machine.pk) if machine and not operation.outside else None,
        )


def remaining_pieces(operation: Operation, coming: Decimal | None) -> Decimal:
    """Pieces still to be worked on: what the operation before delivers, at most the ordered quantity, less
    what came out. The first operation makes up for its scrap."""
    if operation.state == OperationState.FINISHED:
        return ZERO
    if coming is None:
        return operation.open_quantity
    left: Decimal = min(operation.quantity, coming) - operation.good - operation.scrap
    return max(left, ZERO)


def runs_of(operations: Iterable[Operation]) -> dict[int, list[Run]]:
    """All runs of each operation id, oldest first, with their machines. One query."""
    runs: dict[int, list[Run]] = defaultdict(list)
    wanted = [operation.id for operation in operations]
    for run in Run.objects.filter(operation__any=wanted).select_related("machine"):
        runs[run.operation_id].append(run)
    return runs


def _machines_of(operations: Iterable[Operation], runs: Mapping[int, list[Run]]) -> dict[int, Machine]:
    """The machine whose calendar counts: where it ran last, else as planned, else the group's first."""
    listed = list(operations)
    groups = {operation.machine_group_id for operation in listed}
    by_group: dict[int, Machine] = {}
    by_pk: dict[int, Machine] = {}
    for machine in Machine.objects.filter(group__in=groups, active=True).order_by("code"):
        by_group.setdefault(machine.group_id, machine)
        by_pk[machine.pk] = machine
    found: dict[int, Machine] = {}
    for operation in listed:
        own = runs.get(operation.pk)
        planned = by_pk.get(operation.machine_id or 0) or by_group.get(operation.machine_group_id)
        chosen = own[-1].machine if own else planned
        if chosen is not None:
            found[operation.pk] = chosen
    return found


def paces_of(
    operations: Iterable[Operation],
    runs: Mapping[int, list[Run]],
    calendars: Mapping[int, Calendar],
    now: datetime,
) -> dict[int, Pace]:
    """The pace of each operation id. One query."""
    listed = list(operations)
    started = [operation.id for operation in listed if operation.started_at is not None]
    last = dict(
        ProductionEvent.objects.filter(operation__any=started, kind__in=QUANTITY_KINDS)
        .values("operation")
        .annotate(last=Max("occurred_at"))
        .values_list("operation", "last")
    )
    return {
        operation.id: _pace(operation, runs.get(operation.id, ()), calendars, last.get(operation.id), now)
        for operation in listed
    }


def _pace(
    operation: Operation,
    runs: Iterable[Run],
    calendars: Mapping[int, Calendar],
    last_count: datetime | None,
    now: datetime,
) -> Pace:
    """Up to the last count only: what was made since then isn't known and would make the pace look slow."""
    pieces = operation.good + operation.scrap + operation.rework
    planned = Pace(operation.seconds_per_piece, measured=False, pieces=pieces)
    if pieces < MEASURED_FROM or last_count is None:
        return planned
    worked = timedelta(0)
    for run in runs:
        end = min(run.ended_at or now, last_count)
        if run.production_at is None or end <= run.production_at:
            continue
        calendar = calendars.get(run.machine_id)
        worked += calendar.working_time(run.production_at, end) if calendar else end - run.production_at
    if worked <= timedelta(0):
        return planned
    seconds = Decimal(str(worked.total_seconds())) / pieces
    return Pace(seconds.quantize(Decimal("0.001")), measured=True, pieces=pieces)
