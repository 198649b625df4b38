"""The truth report: what the product measured beside what really happened, per machine and in total.

The only part of the simulator that reads the product's tables, to compare.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from machines.domain.energy import read_meters
from machines.enums import MachineState
from machines.models import Cycle, Follower, Machine, Projection, StateInterval
from machines.queries.energy import MachineEnergy, energy_of
from mes.lib.spans import Span, clip, intersect, total
from mes.runtime.simulator.dirt import COUNTERS, DirtyLine
from mes.runtime.simulator.messages import Signal
from mes.runtime.simulator.physics import MICRO_SECONDS, World
from mes.runtime.simulator.plant import MachineModel, Signals
from mes.runtime.simulator.truth import TrueCycle, TrueRun, TrueState
from orders.enums import EventKind, RunPhase
from orders.models import ProductionEvent
from quality.kpi.collect import Figures, read_figures
from quality.kpi.elements import RunSpan, SlotLayers, StateSpan, coverage, segments, time_elements
from quality.kpi.timemodel import Quantities, TimeElements, sum_coverage, sum_elements, sum_quantities

STATES = {
    "setup": MachineState.SETUP,
    "producing": MachineState.PRODUCING,
    "micro_stop": MachineState.MICRO_STOP,
    "stop": MachineState.STOP,
    "idle": MachineState.IDLE,
}
STANDING = (MachineState.STOP, MachineState.MICRO_STOP, MachineState.IDLE, MachineState.MAINTENANCE)
COUNTED = (Signals.CYCLE_COUNTER, Signals.CYCLE_EVENT, Signals.PART_COUNTER, Signals.EXECUTION)
Place = tuple[str, str]


@dataclass(slots=True)
class Comparison:
    """One machine, or the total. Pieces are pieces, seconds seconds, OEE values are shares of 1.

    ``unknowable`` pieces were lost with their signal on the way: no counter tells of them. ``right``,
    ``wrong`` and ``unassigned`` are good pieces by the operation and phase that they were booked to.
    ``kwh`` is of machines with an energy meter.
    """

    machine: str
    true_pieces: int = 0
    unknowable: int = 0
    counted: int = 0
    right: int = 0
    wrong: int = 0
    unassigned: int = 0
    stops: int = 0
    stops_seen: int = 0
    micro_stops: int = 0
    micro_stops_seen: int = 0
    seconds: float = 0.0
    state_error_seconds: float = 0.0
    unknown_seconds: float = 0.0
    true_oee: float | None = None
    oee: float | None = None
    true_kwh: float = 0.0
    kwh: float = 0.0

    @property
    def count_error(self) -> int:
        """Counted too many (or too few, below zero), beyond what was lost on the way."""
        return self.counted - (self.true_pieces - self.unknowable)

    @property
    def right_share(self) -> float | None:
        return _share(self.right, self.right + self.unassigned + self.wrong)

    @property
    def wrong_share(self) -> float | None:
        return _share(self.wrong, self.right + self.unassigned + self.wrong)

    @property
    def stop_recall(self) -> float | None:
        return _share(self.stops_seen, self.stops)

    @property
    def micro_stop_recall(self) -> float | None:
        return _share(self.micro_stops_seen, self.micro_stops)

    @property
    def state_error(self) -> float | None:
        return _share(self.state_error_seconds, self.seconds)

    @property
    def oee_error_points(self) -> float | None:
        """|measured − true| in percentage points."""
        if self.oee is None or self.true_oee is None:
            return None
        return abs(self.oee - self.true_oee) * 100

    @property
    def energy_error(self) -> float | None:
        """Measured over true energy, less 1."""
        return self.kwh / self.true_kwh - 1 if self.true_kwh else None

    def as_json(self) -> dict[str, object]:
        names = (
            "energy_error",
            "count_error",
            "right_share",
            "wrong_share",
            "stop_recall",
            "micro_stop_recall",
            "state_error",
            "oee_error_points",
        )
        return {**asdict(self), **{name: getattr(self, name) for name in names}}


@dataclass(slots=True)
class Report:
    start: datetime
    until: datetime
    machines: list[Comparison] = field(default_factory=list)
    total: Comparison = field(default_factory=lambda: Comparison("total"))

    def as_json(self) -> dict[str, object]:
        return {
            "start": self.start.isoformat(),
            "until": self.until.isoformat(),
            "machines": [row.as_json() for row in self.machines],
            "total": self.total.as_json(),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Report:
        """What ``as_json`` gave."""
        names = {one.name for one in fields(Comparison)}

        def row(values: Mapping[str, Any]) -> Comparison:
            return Comparison(**{name: value for name, value in values.items() if name in names})

        return cls(
            datetime.fromisoformat(kept["start"]),
            datetime.fromisoformat(kept["until"]),
            [row(values) for values in kept["machines"]],
            row(kept["total"]),
        )

    @property
    def shown(self) -> list[dict[str, object]]:
        """Machines and total as words for a page."""
        return [_words(row) for row in (*self.machines, self.total)]

    def as_table(self) -> str:
        head = (
            f"{'machine':<11}{'true':>9}{'counted':>9}{'error':>7}{'right':>9}{'wrong':>8}{'unass.':>8}"
            f"{'stops':>7}{'recall':>8}{'micro':>7}{'recall':>8}{'state err':>10}{'unknown':>9}"
            f"{'OEE true':>10}{'OEE':>10}{'points':>8}{'kWh true':>10}{'kWh':>10}"
        )
        lines = [f"Truth report, {self.start:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M} UTC", "", head]
        return "\n".join([*lines, *(_line(row) for row in (*self.machines, self.total))])


def _words(row: Comparison) -> dict[str, object]:
    return {
        "name": row.machine,
        **{name: getattr(row, name) for name in ("true_pieces", "counted", "count_error")},
        "right": _percent(row.right_share),
        "wrong": _percent(row.wrong_share),
        **{name: getattr(row, name) for name in ("stops", "micro_stops")},
        "stop_recall": _percent(row.stop_recall, 1),
        "micro_stop_recall": _percent(row.micro_stop_recall, 1),
        "state_error": _percent(row.state_error),
        "true_oee": _percent(row.true_oee),
        "oee": _percent(row.oee),
        "true_kwh": _energy(row.true_kwh),
        "kwh": _energy(row.kwh),
        "points": "–" if row.oee_error_points is None else f"{row.oee_error_points:.2f}",
    }


def _energy(kwh: float) -> str:
    return f"{kwh:.1f}" if kwh else "–"


def _line(row: Comparison) -> str:
    whole = row.right + row.wrong + row.unassigned
    return (
        f"{row.machine:<11}{row.true_pieces:>9}{row.counted:>9}{row.count_error:>+7}"
        f"{_percent(row.right_share):>9}{_percent(row.wrong_share):>8}"
        f"{_percent(_share(row.unassigned, whole)):>8}{row.stops:>7}{_percent(row.stop_recall, 1):>8}"
        f"{row.micro_stops:>7}{_percent(row.micro_stop_recall, 1):>8}"
        f"{_percent(row.state_error):>10}{_percent(_share(row.unknown_seconds, row.seconds)):>9}"
        f"{_percent(row.true_oee):>10}{_percent(row.oee):>10}"
        f"{'–' if row.oee_error_points is None else f'{row.oee_error_points:.2f}':>8}"
        f"{_energy(row.true_kwh):>10}{_energy(row.kwh):>10}"
    )


def compare(
    world: World,
    *,
    start: datetime,
    until: datetime,
    line: DirtyLine | None = None,
    now: datetime | None = None,
) -> Report:
    """Compare [start, until) of a world that was run to ``until`` with what the product holds.

    ``line`` spoilt its signals: what was lost there can't be known, and cycles carry the times of its clocks.
    """
    report = Report(start, until)
    states = world.states()
    measured = {
        row.machine.code: row
        for row in read_figures(
            Machine.objects.filter(code__in=world.machines), start=start, end=until, now=now
        ).machines
    }
    truths: list[Figures] = []
    shown: list[Figures] = []
    read_meters()
    used = energy_of([row.machine.id for row in measured.values()], Span(start, until))
    for code, model in world.machines.items():
        row = Comparison(code)
        if model.signals in COUNTED:
            count_pieces(row, world, Span(start, until), line)
            _attribute(row, world, code, until)
            _stops(row, [one for one in states if one.machine == code], start, until)
        if model.signals is not Signals.NONE:
            _state_error(row, [one for one in states if one.machine == code], Span(start, until))
        truth, product = _true_figures(world, code, states, Span(start, until)), measured[code].figures
        truths.append(truth)
        shown.append(product)
        row.true_oee, row.oee = _oee(truth), _oee(product)
        if model.kilowatts:
            _energies(row, states, model, used.get(measured[code].machine.id), Span(start, until))
        report.machines.append(row)
    report.total = _sum(report.machines)
    report.total.true_oee, report.total.oee = _oee(_added(truths)), _oee(_added(shown))
    return report


def _energies(
    row: Comparison, states: Sequence[TrueState], model: MachineModel, used: MachineEnergy | None, span: Span
) -> None:
    row.kwh = float(used.total.kwh) if used else 0.0
    for one in states:
        if one.machine == model.code and (part := Span(one.start, one.end) & span):
            row.true_kwh += model.kilowatts.get(one.state, 0.0) * part.duration.total_seconds() / 3600


def count_pieces(row: Comparison, world: World, span: Span, line: DirtyLine | None) -> None:
    """Both sides by the machine's own clock: a cycle near the border is on the same side of it in both."""
    code = row.machine
    cycles = [one for one in world.truth.cycles if one.machine == code and one.end in span]
    row.true_pieces = sum(one.pieces for one in cycles)
    pieces_at = {one.end: one.pieces for one in cycles}
    lost = line.damage.lost if line else ()
    gone = [one for one in lost if one.machine == code and _is_end(one) and one.item not in COUNTERS]
    row.unknowable = sum(pieces_at.get(one.ts, 0) for one in gone)
    ahead = line.clock_of(code) if line else timedelta()
    found = Cycle.objects.filter(
        machine__code=code, ended_at__gte=span.start + ahead, ended_at__lt=span.end + ahead
    )
    sums = found.aggregate(sum=Sum("quantity"), waiting=Sum("waiting"))
    row.counted = int((sums["sum"] or 0) + (sums["waiting"] or 0))


def _is_end(signal: Signal) -> bool:
    return signal.item == "cycle_event" or signal.value == "PROGRAM_COMPLETED"


def _attribute(row: Comparison, world: World, code: str, until: datetime) -> None:
    """Good pieces by operation and phase, as made and as booked."""
    made: dict[Place, int] = defaultdict(int)
    proved: dict[Place, int] = defaultdict(int)
    for cycle in world.truth.cycles:
        if cycle.machine == code and cycle.end < until:
            (proved if cycle.proving else made)[cycle.order, cycle.operation] += cycle.pieces
    booked = {
        (order, operation): (int(good + scrap), int(setup))
        for order, operation, good, scrap, setup in ProductionEvent.objects.filter(
            Q(kind=EventKind.COUNTED) | Q(kind=EventKind.REVERSED, reverses__kind=EventKind.COUNTED),
            machine__code=code,
            period_start__lt=until,
        )
        .order_by()
        .values_list("order__number", "operation__number")
        .annotate(Sum("good"), Sum("scrap"), Sum("setup_pieces"))
    }
    for place in made.keys() | booked.keys():
        good, setup = booked.get(place, (0, 0))
        row.right += min(good, made[place])
        row.wrong += max(good - made[place], 0) + max(setup - proved[place], 0)
    row.unassigned = max(sum(made.values()) - row.right - row.wrong, 0)


def _stops(row: Comparison, states: Sequence[TrueState], start: datetime, until: datetime) -> None:
    """A stop is seen when the product calls at least half of it a stop, a micro-stop likewise."""
    seen: dict[str, list[Span]] = defaultdict(list)
    standing = (MachineState.STOP, MachineState.MICRO_STOP)
    for one in StateInterval.objects.filter(machine__code=row.machine, state__in=standing):
        seen[one.state].append(Span(one.started_at, max(one.ended_at or until, one.started_at)))
    for state in states:
        span = Span(state.start, state.end)
        if not (start <= span.start and span.end < until):
            continue
        if state.state == "stop" and span.duration >= timedelta(seconds=MICRO_SECONDS):
            row.stops += 1
            row.stops_seen += total(clip(seen[MachineState.STOP], span)) * 2 >= span.duration
        elif state.state == "micro_stop":
            row.micro_stops += 1
            row.micro_stops_seen += total(clip(seen[MachineState.MICRO_STOP], span)) * 2 >= span.duration


def _state_error(row: Comparison, states: Sequence[TrueState], span: Span) -> None:
    """Time in which producing is called standing or the other way round, and time called unknown.

    Setup is left out: with its trial pieces it is a bit of both.
    """
    shown: dict[tuple[int, str], list[Span]] = defaultdict(list)
    for one in StateInterval.objects.filter(machine__code=row.machine, started_at__lt=span.end):
        end = max(one.ended_at or span.end, one.started_at)
        kind = "standing" if one.state in STANDING else str(one.state)
        shown[one.slot, kind] += clip([Span(one.started_at, end)], span)
    for state in states:
        if state.state == "setup":
            continue
        here = clip([Span(state.start, state.end)], span)
        opposite = "standing" if state.state == "producing" else "producing"
        row.seconds += total(here).total_seconds()
        row.state_error_seconds += _shared(here, shown[state.slot, opposite])
        row.unknown_seconds += _shared(here, shown[state.slot, "unknown"])


def _shared(left: Iterable[Span], right: Iterable[Span]) -> float:
    return total(intersect(left, right)).total_seconds()


# OEE of the truth, by the product's own formulas


def _true_figures(world: World, code: str, states: Sequence[TrueState], span: Span) -> Figures:
    model = world.machines[code]
    signals = model.signals is not Signals.NONE
    planned = world.calendars[model.area].planned(span)
    elements: list[TimeElements] = []
    covered = []
    runs = [run for run in world.truth.runs if run.machine == code]
    first = min((run.start for run in runs), default=None)
    for slot in range(1, model.slots + 1):
        found = segments(
            SlotLayers(
                states=[
                    StateSpan(Span(one.start, one.end), STATES[one.state])
                    for one in states
                    if signals and one.machine == code and one.slot == slot
                ],
                calendar=planned,
                runs=[phase for run in runs if run.slot == slot for phase in _phases(run, span.end)],
                measured=signals,
                manual_since=None if signals else first,
            ),
            span,
        )
        elements.append(time_elements(found))
        covered.append(coverage(found))
    return Figures(sum_elements(elements), _true_quantities(world, code, span), sum_coverage(covered))


def _phases(run: TrueRun, now: datetime) -> list[RunSpan]:
    end = run.end or now
    turn = run.production or end
    phases = ((RunPhase.SETUP, run.start, turn), (RunPhase.PRODUCTION, turn, end))
    return [
        RunSpan(Span(begin, finish), phase, 0, 0) for phase, begin, finish in phases if begin < finish <= now
    ]


def _true_quantities(world: World, code: str, span: Span) -> Quantities:
    """Counted machines make pieces cycle by cycle, credited where the cycle starts; elsewhere, and for scrap,
    the report tells at the end."""
    parts: list[Quantities] = []
    made: Mapping[Place, int] = _made(world.truth.cycles, code, span)
    for place, operation in world.truth.operations.items():
        if operation.machine != code:
            continue
        reported = operation.reported is not None and operation.reported in span
        scrap = operation.scrap if reported else 0
        counted = world.machines[code].signals in COUNTED
        pieces = made.get(place, 0) if counted else (operation.good + operation.scrap if reported else 0)
        seconds = operation.planned_cycle_seconds * pieces / operation.pieces_per_cycle
        parts.append(
            Quantities(
                good=Decimal(pieces - scrap),
                scrap=Decimal(scrap),
                standard=timedelta(microseconds=round(seconds * 1_000_000)),
            )
        )
    return sum_quantities(parts)


def _made(cycles: Iterable[TrueCycle], code: str, span: Span) -> dict[Place, int]:
    made: dict[Place, int] = defaultdict(int)
    for cycle in cycles:
        if cycle.machine == code and not cycle.proving and cycle.start in span:
            made[cycle.order, cycle.operation] += cycle.pieces
    return made


def _added(figures: Sequence[Figures]) -> Figures:
    return Figures(
        sum_elements(one.elements for one in figures),
        sum_quantities(one.quantities for one in figures),
        sum_coverage(one.coverage for one in figures),
    )


def _oee(figures: Figures) -> float | None:
    result = figures.oee.result
    return None if result is None else float(result)


def _sum(rows: Iterable[Comparison]) -> Comparison:
    names = (
        *("true_pieces", "unknowable", "counted", "right", "wrong", "unassigned"),
        *("stops", "stops_seen", "micro_stops", "micro_stops_seen"),
    )
    whole = Comparison("total")
    for row in rows:
        for name in (*names, "seconds", "state_error_seconds", "unknown_seconds", "true_kwh", "kwh"):
            setattr(whole, name, getattr(whole, name) + getattr(row, name))
    return whole


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _percent(share: float | None, places: int = 2) -> str:
    return "–" if share is None else f"{share * 100:.{places}f} %"


def read_up_to(now: datetime) -> datetime:
    """Up to when everything that arrived is interpreted and credited; ``now`` if nothing waits."""
    waiting = Projection.objects.filter(dirty_from__isnull=False).values_list("dirty_from", flat=True)
    marks = [*waiting, *(one.unread_from for one in Follower.objects.all())]
    return min([now, *(mark for mark in marks if mark is not None)])
