"""The rules by which machines are read, from master data and from what was planned when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from machines.domain.measure import ProgramRule, Reference, Role, Rules, Trust
from machines.domain.measure.samples import Yield
from machines.models import CountingItem, Machine, ProgramRole
from mes.lib.programs import normalise_program

WITH_BAD = (CountingItem.PART_COUNT, CountingItem.GOOD_COUNT)

RULES_MARK = """
    hash_record_extended(m, 0),
    (SELECT max(planned.id) FROM machines_plannedcycle planned WHERE planned.machine_id = m.id),
    (SELECT bit_xor(hash_record_extended(r, 0)) FROM machines_programrole r WHERE r.machine_id = m.id)
"""
"""An SQL expression over ``machines_machine m`` that differs once any of its rules does."""

_PLANNED = """
    SELECT machine_id, slot, program, seconds, pieces_per_cycle, valid_from
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


def load_rules(machine_ids: Collection[int], *, since: datetime) -> dict[int, Rules]:
    """The rules of these machines for event times from ``since`` (UTC) on. Three queries."""
    planned: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_PLANNED, {"ids": list(machine_ids), "since": since})
        for machine, *row in cursor.fetchall():
            planned[machine].append(tuple(row))
    roles: dict[int, list[ProgramRole]] = defaultdict(list)
    for role in ProgramRole.objects.filter(machine__in=machine_ids).order_by("pk"):
        roles[role.machine_id].append(role)
    machines = Machine.objects.filter(pk__in=machine_ids)
    return {machine.pk: rules_of(machine, planned[machine.pk], roles[machine.pk]) for machine in machines}


def rules_of(machine: Machine, planned: list[tuple[Any, ...]], roles: Collection[ProgramRole] = ()) -> Rules:
    """``planned``: rows of (slot, program, seconds, pieces per cycle, valid from)."""
    references, yields = [], [Yield(machine.pieces_per_cycle)]
    if machine.reference_cycle_seconds:
        references.append(Reference(seconds(machine.reference_cycle_seconds)))
    for slot, program, cycle, pieces, valid_from in planned:
        references.append(Reference(seconds(cycle), normalise_program(program), valid_from, slot))
        yields.append(Yield(pieces, valid_from, slot))
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
    )


def seconds(value: Decimal | float) -> timedelta:
    return timedelta(seconds=float(value))
