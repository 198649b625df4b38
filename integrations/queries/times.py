"""How long an operation was worked on until a moment: totals from its runs, people and machine states."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from machines.domain.coding import Said, Standstill, pieces_of
from machines.domain.stops import as_said
from machines.enums import MachineState
from machines.models import StateInterval, StopCoding
from orders.models import Operation, Run, RunPerson

NOTHING = timedelta(0)
STOPPED = (MachineState.STOP, MachineState.MAINTENANCE)


@dataclass(slots=True)
class WorkTimes:
    """Totals since the operation began, in seconds. ``run`` leaves the stops out; ``labour`` sums people.

    ``stops`` has the stop seconds by reason code; "" where nobody named a reason.
    """

    setup: Decimal = Decimal(0)
    run: Decimal = Decimal(0)
    stop: Decimal = Decimal(0)
    labour: Decimal = Decimal(0)
    stops: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Stretch:
    machine: int
    slot: int
    start: datetime
    end: datetime


def work_times(operation: Operation, *, until: datetime) -> WorkTimes:
    """Totals up to ``until`` (UTC); what still runs counts up to there. At most four queries."""
    runs = list(Run.objects.filter(operation=operation, started_at__lt=until))
    if not runs:
        return WorkTimes()
    setup = run_time = NOTHING
    stretches: list[_Stretch] = []
    for run in runs:
        end = min(run.ended_at or until, until)
        turn = max(run.started_at, min(run.production_at or end, end))
        setup += turn - run.started_at
        if end > turn:
            run_time += end - turn
            stretches.append(_Stretch(run.machine_id, run.slot, turn, end))
    stops = _stops(stretches)
    stopped = sum(stops.values(), NOTHING)
    return WorkTimes(
        setup=_seconds(setup),
        run=_seconds(run_time - stopped),
        stop=_seconds(stopped),
        labour=_seconds(_labour([run.pk for run in runs], until)),
        stops={code: _seconds(time) for code, time in sorted(stops.items())},
    )


def _labour(runs: list[int], until: datetime) -> timedelta:
    people = RunPerson.objects.filter(run__in=runs, started_at__lt=until)
    return sum(
        (
            min(ended or until, until) - started
            for started, ended in people.values_list("started_at", "ended_at")
        ),
        NOTHING,
    )


def _stops(stretches: list[_Stretch]) -> dict[str, timedelta]:
    """Stop time inside the stretches by reason code."""
    if not stretches:
        return {}
    machines = {stretch.machine for stretch in stretches}
    first, last = min(s.start for s in stretches), max(s.end for s in stretches)
    states = StateInterval.objects.filter(machine__in=machines, state__in=STOPPED, started_at__lt=last)
    standstills = list(
        states.exclude(ended_at__lte=first).values_list("machine_id", "slot", "started_at", "ended_at")
    )
    if not standstills:
        return {}
    codings = StopCoding.objects.in_force().filter(machine__in=machines, span__overlap=(first, last))
    said: dict[tuple[int, int], list[Said[StopCoding]]] = defaultdict(list)
    for coding in codings.select_related("reason"):
        said[coding.machine_id, coding.slot].append(as_said(coding))
    standing: dict[tuple[int, int], list[Standstill]] = defaultdict(list)
    for machine, slot, started, ended in standstills:
        standing[machine, slot].append(Standstill(started, ended))
    found: dict[str, timedelta] = defaultdict(timedelta)
    for stretch in stretches:
        place = (stretch.machine, stretch.slot)
        for pieces in pieces_of(standing[place], said[place]).values():
            for piece in pieces:
                start, end = max(piece.start, stretch.start), min(piece.end or stretch.end, stretch.end)
                if start < end:
                    found[_code(piece.ref)] += end - start
    return found


def _code(coding: StopCoding | None) -> str:
    return "" if coding is None else coding.reason.erp_code or coding.reason.code


def _seconds(time: timedelta) -> Decimal:
    return Decimal(time // timedelta(milliseconds=1)) / 1000
