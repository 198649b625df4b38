"""The rules by which machines are read, from master data and from what was planned when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection

from machines.domain.measure import Limits, ProgramRule, Reference, Role, Rules, Trust
from machines.domain.measure.samples import Yield
from machines.models import CountingItem, Machine, ProgramRole
from mes.lib.programs import normalise_program

BEGINNING = datetime.min.replace(tzinfo=UTC)
WITH_BAD = (CountingItem.PART_COUNT, CountingItem.GOOD_COUNT)

RULES_MARK = """
    hash_record_extended(m, 0),
    (SELECT max(planned.id) FROM machines_plannedcycle planned WHERE planned.machine_id = m.id),
    (SELECT max(asked.id) FROM machines_thresholdchange asked WHERE asked.machine_id = m.id),
    (SELECT bit_xor(hash_record_extended(r, 0)) FROM machines_programrole r WHERE r.machine_id = m.id)
"""
"""An SQL expression over ``machines_machine m`` that differs once any of its rules does."""

RULES_STAMP = """
    SELECT (SELECT max(pgh_id) FROM machines_machineevent), (SELECT max(id) FROM machines_plannedcycle),
        (SELECT max(id) FROM machines_thresholdchange), (SELECT max(pgh_id) FROM machines_programroleevent),
        pg_snapshot_xmin(pg_current_snapshot())::text::int8,
        pg_snapshot_xmax(pg_current_snapshot())::text::int8
"""
"""The newest row of each table that makes rules, and the oldest and the next transaction."""

_PLANNED = """
    SELECT machine_id, slot, program, seconds, pieces_per_cycle, valid_from, micro_stop_seconds, gap_factor,
        minimum_cycle_seconds, work
    FROM (
        SELECT * FROM machines_plannedcycle WHERE machine_id = ANY(%(ids)s) AND valid_from >= %(since)s
        UNION ALL
        SELECT * FROM (
            SELECT DISTINCT ON (machine_id, slot, program) *
            FROM machines_plannedcycle WHERE machine_id = ANY(%(ids)s) AND valid_from < %(since)s
            ORDER BY machine_id, slot, program, valid_from DESC, id DESC
        ) before
    ) p
    ORDER BY valid_from, id
"""
_THRESHOLDS = """
    SELECT machine_id, said_at, valid_from, micro_stop_seconds, gap_factor, gap_floor_seconds,
        minimum_cycle_seconds
    FROM (
        SELECT pgh_obj_id AS machine_id, pgh_created_at AS valid_from, pgh_created_at AS said_at,
            micro_stop_seconds, gap_factor, gap_floor_seconds, minimum_cycle_seconds,
            lag(ROW(micro_stop_seconds, gap_factor, gap_floor_seconds, minimum_cycle_seconds))
                OVER (PARTITION BY pgh_obj_id ORDER BY pgh_id) AS before
        FROM machines_machineevent WHERE pgh_obj_id = ANY(%(ids)s)
    ) typed
    WHERE before IS DISTINCT FROM
        ROW(micro_stop_seconds, gap_factor, gap_floor_seconds, minimum_cycle_seconds)
    UNION ALL
    SELECT machine_id, recorded_at, valid_from, micro_stop_seconds, gap_factor, gap_floor_seconds,
        minimum_cycle_seconds
    FROM machines_thresholdchange WHERE machine_id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned cycle as stored: see ``machines.models.PlannedCycle``."""

    slot: int
    program: str
    seconds: Decimal | None
    pieces: Decimal
    valid_from: datetime
    micro: Decimal | None
    k: Decimal | None
    min_cycle: Decimal | None
    work: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A machine's own thresholds from a moment on; None: since always."""

    valid_from: datetime | None
    micro: Decimal
    k: Decimal
    floor: Decimal
    min_cycle: Decimal


def load_rules(machine_ids: Collection[int], *, since: datetime) -> dict[int, Rules]:
    """The rules of these machines for event times from ``since`` (UTC) on. Four queries."""
    planned: dict[int, list[Planned]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_PLANNED, {"ids": list(machine_ids), "since": since})
        for machine, *row in cursor.fetchall():
            planned[machine].append(Planned(*row))
    thresholds = load_thresholds(machine_ids)
    roles: dict[int, list[ProgramRole]] = defaultdict(list)
    for role in ProgramRole.objects.filter(machine__in=machine_ids).order_by("pk"):
        roles[role.machine_id].append(role)
    machines = Machine.objects.filter(pk__in=machine_ids)
    return {
        machine.pk: rules_of(machine, planned[machine.pk], roles[machine.pk], thresholds.get(machine.pk, ()))
        for machine in machines
    }


def load_thresholds(machine_ids: Collection[int]) -> dict[int, list[Thresholds]]:
    """What held when (R6): typed into the machine's form, it holds from that moment; asked for the past, from
    the date that was asked. What was said later stands above what was said before."""
    said: dict[int, list[tuple[datetime, Thresholds]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_THRESHOLDS, {"ids": list(machine_ids)})
        for machine, said_at, valid_from, *figures in cursor.fetchall():
            said[machine].append((said_at, Thresholds(valid_from, *figures)))
    return {machine: _in_force(rows) for machine, rows in said.items()}


def _in_force(said: list[tuple[datetime, Thresholds]]) -> list[Thresholds]:
    found: list[Thresholds] = []
    for _said_at, row in sorted(said, key=lambda one: one[0]):
        if not found:
            found.append(replace(row, valid_from=None))
            continue
        found = [
            one
            for one in found
            if one.valid_from is None or row.valid_from is None or one.valid_from < row.valid_from
        ]
        found.append(row)
    return found


def rules_of(
    machine: Machine,
    planned: Sequence[Planned],
    roles: Collection[ProgramRole] = (),
    thresholds: Sequence[Thresholds] = (),
) -> Rules:
    references, yields = [], [Yield(machine.pieces_per_cycle)]
    if machine.reference_cycle_seconds:
        references.append(Reference(seconds(machine.reference_cycle_seconds)))
    for row in planned:
        if row.seconds is not None:
            program = normalise_program(row.program)
            references.append(Reference(seconds(row.seconds), program, row.valid_from, row.slot, row.work))
        yields.append(Yield(row.pieces, row.valid_from, row.slot))
    counts_runs = machine.counting_item == CountingItem.STATE
    return Rules(
        count_item="execution" if counts_runs else machine.counting_item,
        bad_item="bad_count" if machine.counting_item in WITH_BAD else None,
        trust=Trust(machine.trust),
        slots=machine.slots,
        micro=seconds(machine.micro_stop_seconds),
        k=float(machine.gap_factor),
        floor=seconds(machine.gap_floor_seconds),
        min_cycle=seconds(machine.minimum_cycle_seconds) or None,
        modulus=machine.counter_modulus,
        reset_to=machine.counter_reset_to,
        silence=seconds(machine.silence_seconds) or None,
        pieces_per_cycle=tuple(yields),
        references=tuple(references),
        roles=tuple(
            ProgramRule(role.pattern, Role(role.role), role.valid_from, role.valid_until) for role in roles
        ),
        limits=_limits(machine, planned, thresholds),
    )


def _limits(
    machine: Machine, planned: Sequence[Planned], thresholds: Sequence[Thresholds]
) -> tuple[Limits, ...]:
    """The thresholds of each slot whenever one of them changes; none while all is as the machine says."""
    own = [row for row in planned if row.micro or row.k or row.min_cycle]
    if not own and len(thresholds) < 2:
        return ()
    base = list(thresholds) or [
        Thresholds(
            None,
            machine.micro_stop_seconds,
            machine.gap_factor,
            machine.gap_floor_seconds,
            machine.minimum_cycle_seconds,
        )
    ]
    found: list[Limits] = []
    for slot in range(machine.slots + 1):
        works = [row for row in planned if row.slot == slot]
        moments = {one.valid_from for one in base if one.valid_from is not None}
        moments |= {work.valid_from for work in works}
        for moment in (None, *sorted(moments)):
            machines = [one for one in base if _began(one.valid_from, moment)][-1]
            current = next((one for one in reversed(works) if _began(one.valid_from, moment)), None)
            found.append(_joined(slot, moment, machines, current))
    return tuple(sorted(found, key=lambda row: row.valid_from or BEGINNING))


def _began(valid_from: datetime | None, moment: datetime | None) -> bool:
    return valid_from is None or (moment is not None and valid_from <= moment)


def _joined(slot: int, moment: datetime | None, machine: Thresholds, work: Planned | None) -> Limits:
    def stated(name: str) -> Decimal:
        own = getattr(work, name) if work is not None else None
        return getattr(machine, name) if own is None else own  # type: ignore[no-any-return]

    return Limits(
        slot=slot,
        micro=seconds(stated("micro")),
        k=float(stated("k")),
        floor=seconds(machine.floor),
        min_cycle=seconds(stated("min_cycle")) or None,
        valid_from=moment,
    )


def seconds(value: Decimal | float) -> timedelta:
    return timedelta(seconds=float(value))
