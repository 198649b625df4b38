"""Pieces that wait for a person: joined to stretches, with whom they may belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, ProgramRole
from mes.lib.programs import normalise_program
from orders.enums import CountingSource, Doubt, OperationState, OrderState
from orders.models import Operation, Run, Settlement, Unresolved

APART = timedelta(minutes=20)
NEAR = timedelta(days=7)
MOST_CANDIDATES = 6
OPEN = (
    OperationState.RELEASED,
    OperationState.SETUP,
    OperationState.PRODUCTION,
    OperationState.INTERRUPTED,
)

_COUNT = """
    SELECT count(*) FROM (
        SELECT bucket - lag(bucket) OVER w AS gap
        FROM orders_unresolved WINDOW w AS (PARTITION BY machine_id, slot, doubt, program ORDER BY bucket)
    ) g WHERE gap IS NULL OR gap >= %s::interval
"""


@dataclass(slots=True)
class Candidate:
    """Whose pieces they may be: a run, or an operation that gets one. ``why`` is said to the person."""

    why: Promise
    operation: Operation
    run: Run | None = None

    @property
    def choice(self) -> str:
        return f"run:{self.run.pk}" if self.run else f"operation:{self.operation.pk}"


@dataclass(slots=True)
class Waiting:
    """Unresolved pieces of one machine slot, one reason and one program, without a long break or a run."""

    machine: Machine
    slot: int
    doubt: Doubt
    program: str
    start: datetime
    end: datetime
    cycles: int
    pieces: Decimal
    candidates: list[Candidate] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.machine.pk}-{self.slot}-{self.doubt.value}-{self.start.timestamp():.6f}-{self.program}"


def unresolved_count() -> int:
    """How many stretches wait, about: runs between them aren't looked at. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [str(APART)])
        return int(cursor.fetchone()[0])


def waiting_stretches(machine: Machine | None = None) -> list[Waiting]:
    """Every stretch, newest first, without candidates. Two queries for any number."""
    rows = Unresolved.objects.select_related("machine__plant", "machine__area")
    if machine is not None:
        rows = rows.filter(machine=machine)
    ordered = list(rows.order_by("machine", "slot", "doubt", "program", "bucket"))
    if not ordered:
        return []
    starts = _run_starts(ordered)
    found: list[Waiting] = []
    for row in ordered:
        last = found[-1] if found else None
        if last is not None and _continues(last, row, starts):
            last.end, last.cycles = max(last.end, row.ended_at), last.cycles + row.cycles
            last.pieces += row.pieces
            continue
        found.append(
            Waiting(
                row.machine,
                row.slot,
                Doubt(row.doubt),
                row.program,
                row.started_at,
                row.ended_at,
                row.cycles,
                row.pieces,
            )
        )
    return sorted(found, key=lambda one: one.end, reverse=True)


def _continues(last: Waiting, row: Unresolved, starts: dict[int, list[datetime]]) -> bool:
    same = (last.machine.pk, last.slot, last.doubt, last.program) == (
        row.machine_id,
        row.slot,
        row.doubt,
        row.program,
    )
    return (
        same
        and row.started_at - last.end < APART
        and not any(last.start < start <= row.started_at for start in starts.get(row.machine_id, ()))
    )


def _run_starts(rows: Sequence[Unresolved]) -> dict[int, list[datetime]]:
    starts: dict[int, list[datetime]] = defaultdict(list)
    runs = Run.objects.filter(
        machine__in={row.machine_id for row in rows}, started_at__gte=min(row.started_at for row in rows)
    )
    for machine, start in runs.order_by("started_at").values_list("machine_id", "started_at"):
        starts[machine].append(start)
    return starts


def add_candidates(stretches: Sequence[Waiting]) -> None:
    """Say of each stretch whose pieces it may be: program, run before, run after, next in the queue.

    Three queries for any number of stretches.
    """
    if not stretches:
        return
    machines = {one.machine.pk: one.machine for one in stretches}
    runs = _runs_near(machines, stretches)
    operations = open_operations(machines.values())
    roles: dict[int, list[ProgramRole]] = defaultdict(list)
    for role in ProgramRole.objects.filter(machine__in=machines).exclude(item_code=""):
        roles[role.machine_id].append(role)
    for stretch in stretches:
        stretch.candidates = _candidates(
            stretch, runs.get(stretch.machine.pk, []), operations, roles.get(stretch.machine.pk, [])
        )


def _candidates(
    stretch: Waiting, runs: Sequence[Run], operations: Sequence[Operation], roles: Sequence[ProgramRole]
) -> list[Candidate]:
    mine = [run for run in runs if run.slot == stretch.slot or stretch.slot == 0]
    found: list[Candidate] = []
    during = [run for run in mine if run.holds(stretch.start) or run.holds(stretch.end)]
    found += [Candidate(_("the run at that time"), run.operation, run) for run in during]
    before = [run for run in mine if run.ended_at is not None and run.ended_at <= stretch.start]
    after = [run for run in mine if run.started_at >= stretch.start and run not in during]
    own = [one for one in operations if may_run_on(one, stretch.machine)]
    if stretch.doubt == Doubt.NO_RUN:
        fitting = [one for one in own if fits(one, stretch.program, roles)]
        found += [Candidate(_("the program fits"), one, _run_of(one, mine)) for one in fitting[:2]]
    if before:
        last = max(before, key=lambda run: run.ended_at or run.started_at)
        found.append(Candidate(_("ran before"), last.operation, last))
    if after:
        first = min(after, key=lambda run: run.started_at)
        found.append(Candidate(_("ran after"), first.operation, first))
    if stretch.doubt == Doubt.NO_RUN:
        waiting = [one for one in own if one.state in (OperationState.RELEASED, OperationState.INTERRUPTED)]
        found += [Candidate(_("next in the queue"), one) for one in waiting[:1]]
    return _once(found)[:MOST_CANDIDATES]


def _once(found: Iterable[Candidate]) -> list[Candidate]:
    seen: dict[int, Candidate] = {}
    for one in found:
        seen.setdefault(one.operation.pk, one)
    return list(seen.values())


def _run_of(operation: Operation, runs: Sequence[Run]) -> Run | None:
    """The latest run of the operation here, if it had one: its pieces, not a new run."""
    return next((run for run in reversed(runs) if run.operation_id == operation.pk), None)


def may_run_on(operation: Operation, machine: Machine) -> bool:
    """Whether the operation is planned for this machine or its group."""
    if operation.machine_id is not None:
        return operation.machine_id == machine.pk
    return operation.machine_group_id == machine.group_id


def fits(operation: Operation, program: str, roles: Iterable[ProgramRole] = ()) -> bool:
    """Whether a program makes the operation's pieces: by its name, or by what one of the roles says."""
    name = normalise_program(program)
    if not name:
        return False
    if normalise_program(operation.program) == name:
        return True
    return any(
        role.matches(name)
        and role.item_code == operation.order.item.code
        and role.operation_number in ("", operation.number)
        for role in roles
    )


def _runs_near(machines: dict[int, Machine], stretches: Sequence[Waiting]) -> dict[int, list[Run]]:
    first = min(one.start for one in stretches) - NEAR
    found: dict[int, list[Run]] = defaultdict(list)
    runs = (
        Run.objects.filter(machine__in=machines, operation__counting=CountingSource.MACHINE)
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gte=first, ended_at__gt=F("started_at")))
        .select_related("operation__order__item")
        .order_by("started_at")
    )
    for run in runs:
        found[run.machine_id].append(run)
    return found


def open_operations(machines: Iterable[Machine]) -> list[Operation]:
    """Work that these machines may count, most urgent first. One query."""
    listed = list(machines)
    own = Q(machine__in=listed) | Q(
        machine__isnull=True, machine_group__in={machine.group_id for machine in listed}
    )
    return list(
        Operation.objects.filter(
            own, state__in=OPEN, order__state__in=(OrderState.RELEASED, OrderState.RUNNING)
        )
        .filter(Q(started_at__isnull=True) | Q(counting=CountingSource.MACHINE))
        .select_related("order__item")
        .order_by("order__priority", "order__requested_at", "order__number", "position")[:1000]
    )


def last_settlements(machine: Machine | None = None, *, most: int = 20) -> list[Settlement]:
    rows = Settlement.objects.select_related("machine__plant", "run__operation__order", "by")
    if machine is not None:
        rows = rows.filter(machine=machine)
    return list(rows.order_by("-id")[:most])
