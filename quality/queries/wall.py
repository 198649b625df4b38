"""What every machine does at this moment, in a constant number of queries for any number of machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet
from django.utils import timezone

from machines.domain.calendars.engine import Calendar, Planned
from machines.domain.calendars.load import load_calendars
from machines.enums import MachineState
from machines.models import Machine, MachineNow, Plant, StopCoding, StopReason
from machines.queries.catching_up import heard_at, is_catching_up
from mes.lib.errors import MesError
from mes.lib.prepared import Asked, Query, Rows
from mes.lib.spans import Span
from orders.enums import RunPhase
from orders.models import Operation, Run
from quality.enums import ShownState
from quality.queries.shown import MOST_PRESSING, most_pressing, shown_state

LOOK_BACK = timedelta(days=8)
"""How far back the end of the last shift is looked for."""
LOOK_AHEAD = timedelta(days=366)
MACHINE_COLUMNS = ("plant", "area", "code", "name", "slots", "counting_item", "pieces_per_cycle")
ONE = Decimal(1)
NOT_PLANNED = (ShownState.BREAK, ShownState.NO_SHIFT)


@dataclass(frozen=True, slots=True)
class SlotNow:
    """One slot at this moment. ``run`` is the open run with its operation, order and item loaded.

    ``work_from`` is when planned work goes on, of a slot that isn't meant to work now.
    """

    slot: int
    state: ShownState
    since: datetime | None
    run: Run | None
    now: MachineNow | None
    reason: StopReason | None
    expected_end: datetime | None
    work_from: datetime | None

    @property
    def operation(self) -> Operation | None:
        return self.run.operation if self.run else None

    @property
    def progress(self) -> Decimal | None:
        """Good pieces over the ordered ones."""
        operation = self.operation
        return operation.good / operation.quantity if operation else None

    @property
    def speed(self) -> Decimal | None:
        """Reference cycle over current cycle: 1 is as planned, less is slower. Only of a running slot."""
        now = self.now
        if self.state is not ShownState.RUNNING or now is None:
            return None
        if not now.cycle_seconds or not now.reference_seconds:
            return None
        return Decimal(str(now.reference_seconds)) / Decimal(str(now.cycle_seconds))


@dataclass(frozen=True, slots=True)
class Tile:
    """One machine at this moment; ``head`` is the slot that a person has to look at first, ``told_until`` how
    far its signals have come while they tell its past."""

    machine: Machine
    slots: Sequence[SlotNow]
    head: SlotNow
    told_until: datetime | None = None

    @property
    def state(self) -> ShownState:
        return self.head.state

    @property
    def alarm(self) -> str:
        return self.head.now.alarm if self.head.now and self.state is ShownState.STOP else ""


def tiles(machines: QuerySet[Machine], *, at: datetime | None = None) -> list[Tile]:
    """The machines in their own order, as they are at ``at`` (by default now). Nine queries.

    Machines come with their plant and the columns that walls show; any other costs a query of its own.
    """
    moment = at or timezone.now()
    rows = list(machines.only(*MACHINE_COLUMNS).annotate(heard_at=heard_at()))
    plants = {plant.pk: plant for plant in _PLANTS.all(plants=list({row.plant_id for row in rows}))}
    for row in rows:
        row.plant = plants[row.plant_id]
    ids = [machine.pk for machine in rows]
    nows = {(now.machine_id, now.slot): now for now in _NOWS.all(machines=ids)}
    runs = {(run.machine_id, run.slot): run for run in _OPEN_RUNS.all(machines=ids)}
    reasons = _current_reasons(nows.values())
    calendars = load_calendars(ids, Span(moment - LOOK_BACK, moment + LOOK_AHEAD))
    plans = _PlanAt(moment)
    return [
        _tile(
            machine,
            [
                _slot(
                    machine,
                    slot,
                    nows.get((machine.pk, slot)),
                    runs.get((machine.pk, slot)),
                    reasons.get((machine.pk, slot)),
                    calendars[machine.pk],
                    plans,
                )
                for slot in range(1, machine.slots + 1)
            ],
            heard_at=machine.heard_at,
            moment=moment,
        )
        for machine in rows
    ]


def tiles_by_key(keys: Collection[str]) -> dict[str, Tile]:
    """Machines by their ids as live fragments name them; what is no machine is left out."""
    machines = Machine.objects.filter(pk__in=[int(key) for key in keys if key.isdecimal()])
    return {str(tile.machine.pk): tile for tile in tiles(machines)}


def shown_states(machines: QuerySet[Machine], *, at: datetime | None = None) -> list[ShownState]:
    """The state of each machine's tile and nothing else: seven queries, a tenth of the work of ``tiles``."""
    moment = at or timezone.now()
    rows = list(machines.order_by().values_list("pk", "slots", "counting_item"))
    ids = [pk for pk, _slots, _item in rows]
    states = {(pk, slot): MachineState(state) for pk, slot, state in _NOW_STATES.all(machines=ids)}
    phases = {(pk, slot): RunPhase.of(begun) for pk, slot, begun in _OPEN_PHASES.all(machines=ids)}
    calendars = load_calendars(ids, Span(moment - LOOK_BACK, moment + LOOK_AHEAD))
    plans = _PlanAt(moment)
    return [
        most_pressing(
            shown_state(
                state=states.get((pk, slot)),
                planned=plans.of(calendars[pk]).kind,
                phase=phases.get((pk, slot)),
                measured=bool(item),
            )
            for slot in range(1, slots + 1)
        )
        for pk, slots, item in rows
    ]


def count_by_state(found: Iterable[ShownState]) -> list[tuple[ShownState, int]]:
    """How many machines are in each state that occurs, the most pressing first."""
    counts = Counter(found)
    return [(state, counts[state]) for state in MOST_PRESSING if counts[state]]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is planned, since when (the end of the last shift where nothing is), and when work goes on."""

    kind: Planned | None
    since: datetime | None
    work_from: datetime | None


class _PlanAt:
    """What calendars say about one moment, asked once per calendar: many machines share one."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self._answers: dict[int, _Plan] = {}

    def of(self, calendar: Calendar) -> _Plan:
        if id(calendar) not in self._answers:
            self._answers[id(calendar)] = self._ask(calendar)
        return self._answers[id(calendar)]

    def _ask(self, calendar: Calendar) -> _Plan:
        entries = calendar.planned(Span(self.moment - LOOK_BACK, self.moment + timedelta(microseconds=1)))
        last = entries[-1] if entries else None
        inside = last is not None and self.moment in last.span
        kind = last.kind if last and inside else None
        since = (last.span.start if inside else last.span.end) if last else None
        return _Plan(kind, since, None if kind is Planned.WORK else calendar.next_work(self.moment))


def _tile(machine: Machine, slots: Sequence[SlotNow], *, heard_at: datetime | None, moment: datetime) -> Tile:
    told = max((one.now.last_sample_at for one in slots if one.now and one.now.last_sample_at), default=None)
    late = is_catching_up(heard_at=heard_at, told_until=told, now=moment)
    pressing = most_pressing(slot.state for slot in slots)
    head = next(slot for slot in slots if slot.state is pressing)
    return Tile(machine, slots, head, told if late else None)


def _slot(
    machine: Machine,
    slot: int,
    now: MachineNow | None,
    run: Run | None,
    reason: StopReason | None,
    calendar: Calendar,
    plans: _PlanAt,
) -> SlotNow:
    plan = plans.of(calendar)
    state = shown_state(
        state=MachineState(now.state) if now else None,
        planned=plan.kind,
        phase=run.phase if run else None,
        measured=machine.measured,
    )
    return SlotNow(
        slot,
        state,
        _since(state, now, run, plan),
        run,
        now,
        reason if state in (ShownState.STOP, ShownState.MICRO_STOP) else None,
        _expected_end(machine, now, run, calendar, plans.moment),
        plan.work_from if state in NOT_PLANNED else None,
    )


def _since(
    state: ShownState,
    now: MachineNow | None,
    run: Run | None,
    plan: _Plan,
) -> datetime | None:
    """When the shown state began, by the layer that decided it."""
    if state in NOT_PLANNED or (state is ShownState.MAINTENANCE and plan.kind is Planned.DOWN):
        return plan.since
    if state is ShownState.SETUP and run is not None and run.production_at is None:
        return run.started_at
    if now is not None:
        return now.since
    return (run.production_at or run.started_at) if run else None


def _expected_end(
    machine: Machine, now: MachineNow | None, run: Run | None, calendar: Calendar, moment: datetime
) -> datetime | None:
    """When the open pieces are done at the current cycle, else the planned one, in working time only."""
    if run is None:
        return None
    operation = run.operation
    per_piece = _seconds_per_piece(machine, now, operation)
    if per_piece is None or not operation.open_quantity:
        return None
    try:
        return calendar.add_working_time(
            moment, timedelta(seconds=float(per_piece * operation.open_quantity))
        )
    except MesError:
        return None


def _seconds_per_piece(machine: Machine, now: MachineNow | None, operation: Operation) -> Decimal | None:
    if now is not None and (measured := now.cycle_seconds or now.reference_seconds):
        outputs = operation.tool.outputs if operation.tool else machine.pieces_per_cycle
        return Decimal(str(measured)) / (outputs or ONE)
    return operation.seconds_per_piece or None


def _current_reasons(nows: Iterable[MachineNow]) -> dict[tuple[int, int], StopReason]:
    """What was said about the standstills that last: the newest coding that reaches into each."""
    standing = {(now.machine_id, now.slot): now.since for now in nows if now.state in _STANDSTILL}
    if not standing:
        return {}
    found: dict[tuple[int, int], StopReason] = {}
    machines = list({machine for machine, _slot in standing})
    for coding in _CODINGS.all(machines=machines, since=DateTimeTZRange(min(standing.values()), None)):
        since = standing.get((coding.machine_id, coding.slot))
        if since is not None and (coding.span.upper is None or coding.span.upper > since):
            found[coding.machine_id, coding.slot] = coding.reason
    return found


_STANDSTILL = (MachineState.MICRO_STOP, MachineState.STOP, MachineState.IDLE)

_PLANTS = Query(lambda: Plant.objects.filter(pk__any=Asked("plants")).order_by())
_NOWS = Query(lambda: MachineNow.objects.filter(machine__any=Asked("machines")).order_by())
_OPEN_RUNS = Query(
    lambda: (
        Run.objects.filter(machine__any=Asked("machines"), ended_at__isnull=True)
        .select_related("operation__order__item__unit", "operation__order__unit", "operation__tool")
        .order_by()
    )
)
_NOW_STATES = Rows(
    lambda: (
        MachineNow.objects.filter(machine__any=Asked("machines"))
        .order_by()
        .values_list("machine_id", "slot", "state")
    )
)
_OPEN_PHASES = Rows(
    lambda: (
        Run.objects.filter(machine__any=Asked("machines"), ended_at__isnull=True)
        .order_by()
        .values_list("machine_id", "slot", "production_at")
    )
)
_CODINGS = Query(
    lambda: (
        StopCoding.objects.in_force()
        .filter(machine__any=Asked("machines"), cut_end=False, span__overlap=Asked("since"))
        .select_related("reason")
        .order_by("recorded_at", "pk")
    )
)
