"""Settling what the rules can't: a person says whose pieces they are, or that they are none.

The word is a fact (R4). It names cycles, stands above the rules in every later recomputation, and comes back
as a conflict where its cycles are no more.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef

from machines.models import Cycle, Machine
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, KeyReused, Problem, Refused
from mes.lib.fields import ZERO
from orders.domain.attribution import CycleKey, attribute, split
from orders.domain.counted import bucket_of, counted_cycles, spans_between
from orders.domain.events import body_hash, derived_key
from orders.domain.execution import mark_attribution_dirty
from orders.domain.locking import LockedOperation
from orders.domain.reports import REPORTABLE, open_recorded_run
from orders.domain.settled import gone_between, settled_since
from orders.domain.unresolved import lock_unresolved
from orders.enums import CountingSource, Doubt, SettlementKind
from orders.models import Operation, Run, SettledCycle, Settlement

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Unresolved pieces of one machine slot, reason and program: cycles that start in [start, end]."""

    machine: Machine
    slot: int
    start: datetime
    end: datetime
    doubt: Doubt
    program: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """An unresolved cycle, or one that a person settled and that is gone. ``waits`` of its ``pieces`` do."""

    key: CycleKey
    start: datetime
    waits: Decimal
    pieces: Decimal


def unresolved_in(stretch: Stretch) -> list[Piece]:
    """The cycles of a stretch that wait for a person as things stand now."""
    if stretch.doubt == Doubt.GONE:
        gone = gone_between(stretch.machine.pk, stretch.start, stretch.end + MICROSECOND)
        return [
            Piece(one.key, one.key[1], one.pieces, one.pieces) for one in gone if one.key[0] == stretch.slot
        ]
    rows = Cycle.objects.filter(
        machine=stretch.machine,
        slot=stretch.slot,
        credit_at__gte=stretch.start,
        credit_at__lte=stretch.end,
        ended_at__lte=stretch.end,
    )
    cycles = counted_cycles(rows.order_by("credit_at"))
    if not cycles:
        return []
    first = min(cycle.since or cycle.credit_at for cycle in cycles)
    found = attribute(
        cycles,
        spans_between(stretch.machine.pk, first, stretch.end),
        settled_since(stretch.machine.pk, stretch.start),
    )
    counted = {cycle.key: cycle.quantity + cycle.waiting for cycle in cycles}
    if stretch.doubt == Doubt.NO_RUN:
        left = [(cycle, cycle.quantity) for cycle in found.unassigned]
    else:
        left = [(cycle, cycle.waiting) for cycle in found.waiting if cycle.doubt == stretch.doubt]
    return [
        Piece(cycle.key, cycle.credit_at, waits, counted[cycle.key])
        for cycle, waits in left
        if cycle.key is not None and cycle.program == stretch.program
    ]


@transaction.atomic
def settle(
    *,
    stretch: Stretch,
    kind: SettlementKind,
    pieces: Decimal,
    by: User,
    key: uuid.UUID,
    run: Run | None = None,
    operation: Operation | None = None,
    quantity: Decimal | None = None,
    comment: str = "",
    via: str = "",
) -> Settlement:
    """Say whose the unresolved pieces of a stretch are. ``pieces``: how many the person saw wait there.

    Given ``operation`` in place of ``run``, a run of it is recorded over the stretch. ``quantity`` is how
    many of the pieces count (default: all). Raises Refused when other pieces wait there by now or the run
    isn't counted by this machine, InvalidInput for a quantity that can't be, KeyReused for a key with another
    body.
    """
    body = body_hash(
        {
            "machine": stretch.machine.pk,
            "slot": stretch.slot,
            "from": stretch.start.isoformat(),
            "to": stretch.end.isoformat(),
            "doubt": stretch.doubt,
            "program": stretch.program,
            "kind": kind,
            "run": run.pk if run else None,
            "operation": operation.pk if operation else None,
            "quantity": f"{quantity:.3f}" if quantity is not None else None,
        }
    )
    if target := run.operation_id if run else operation.pk if operation else None:
        LockedOperation(operation_id=target, key=key)
    lock_unresolved(stretch.machine.pk)
    known = Settlement.objects.filter(key=key).first()
    if known is not None:
        if known.body_hash != body:
            raise KeyReused("key_reused", "This key was already used for something else.", field="key")
        return known
    waiting = unresolved_in(stretch)
    if not waiting or sum((one.waits for one in waiting), ZERO) != pieces:
        raise Refused("unresolved_changed", "Other pieces wait there by now. Look again.")
    whole = sum((one.pieces for one in waiting), ZERO)
    counts = _counting(kind, stretch, whole, quantity)
    if kind in (SettlementKind.CREDIT, SettlementKind.SETUP):
        if run is None and operation is not None:
            run = _record(stretch, operation, by=by, key=key, via=via)
        check_credit(run=run, machine=stretch.machine)
    else:
        run = None
    settlement = Settlement.objects.create(
        plant_id=stretch.machine.plant_id,
        machine=stretch.machine,
        slot=stretch.slot,
        started_at=min(one.start for one in waiting),
        ended_at=max(one.key[1] for one in waiting),
        kind=kind,
        run=run,
        cycles=len(waiting),
        pieces=whole,
        quantity=counts,
        comment=comment[:500],
        by=by,
        via=via,
        key=key,
        body_hash=body,
    )
    _name_cycles(settlement, waiting)
    mark_attribution_dirty(machine=stretch.machine, since=bucket_of(settlement.started_at))
    return settlement


def _counting(kind: SettlementKind, stretch: Stretch, pieces: Decimal, quantity: Decimal | None) -> Decimal:
    """How many pieces count. A correction that the counter proposes is taken as a whole."""
    if kind in (SettlementKind.NOTHING, SettlementKind.RULES):
        return ZERO
    if stretch.doubt == Doubt.GONE:
        raise Refused("cycles_gone", "These cycles are no more: nothing can be credited from them.")
    if quantity is None or quantity == pieces:
        return pieces
    if pieces < 0 or quantity < 0 or quantity > pieces or quantity != int(quantity):
        raise InvalidInput(
            [
                Problem(
                    "not_of_these", "At most the pieces that wait can count.", "quantity", value=str(quantity)
                )
            ]
        )
    return quantity


def check_credit(*, run: Run | None, machine: Machine) -> None:
    """Raises Refused when pieces of this machine can't be credited to the run."""
    if run is None or run.machine_id != machine.pk:
        raise Refused("wrong_machine", "This run was on another machine.")
    if run.operation.counting != CountingSource.MACHINE:
        raise Refused("counted_by_people", "People report the pieces of this operation.")


def _record(stretch: Stretch, operation: Operation, *, by: User, key: uuid.UUID, via: str) -> Run:
    """A run of the operation over the stretch: a late log-on."""
    if operation.state not in REPORTABLE:
        raise Refused("wrong_state", f"Nothing can be recorded while {operation.get_state_display()}.")
    following = Run.objects.filter(
        machine=stretch.machine, slot=stretch.slot, started_at__gt=stretch.start
    ).order_by("started_at")
    next_start = following.values_list("started_at", flat=True).first()
    return open_recorded_run(
        operation=operation,
        machine=stretch.machine,
        slot=stretch.slot,
        started_at=stretch.start,
        ended_at=min(stretch.end, next_start) if next_start else stretch.end,
        by=by,
        key=derived_key(key, "run"),
        via=via,
    )


def _name_cycles(settlement: Settlement, waiting: Sequence[Piece]) -> None:
    if settlement.quantity == settlement.pieces:
        counts = [one.pieces for one in waiting]
    else:
        counts = split(settlement.quantity, [float(one.pieces) for one in waiting])
    SettledCycle.objects.bulk_create(
        [
            SettledCycle(
                settlement=settlement,
                machine_id=settlement.machine_id,
                slot=one.key[0],
                ended_at=one.key[1],
                nth=one.key[2],
                pieces=one.pieces,
                quantity=quantity,
            )
            for one, quantity in zip(waiting, counts, strict=True)
        ],
        batch_size=5000,
    )


@transaction.atomic
def withdraw(
    *, settlement: Settlement, by: User, key: uuid.UUID, comment: str = "", via: str = ""
) -> Settlement:
    """Leave the cycles of a settlement to the rules again. The cycles that a later one means stay with it."""
    lock_unresolved(settlement.machine_id)
    body = body_hash({"withdraw": settlement.pk})
    known = Settlement.objects.filter(key=key).first()
    if known is not None:
        if known.body_hash != body:
            raise KeyReused("key_reused", "This key was already used for something else.", field="key")
        return known
    later = SettledCycle.objects.filter(
        machine_id=settlement.machine_id,
        slot=OuterRef("slot"),
        ended_at=OuterRef("ended_at"),
        nth=OuterRef("nth"),
        settlement__gt=settlement.pk,
    )
    mine = list(settlement.settled.filter(~Exists(later)))
    if not mine:
        raise Refused("settled_anew", "Somebody has settled these pieces anew.")
    new = Settlement.objects.create(
        plant_id=settlement.plant_id,
        machine_id=settlement.machine_id,
        slot=settlement.slot,
        started_at=settlement.started_at,
        ended_at=settlement.ended_at,
        kind=SettlementKind.RULES,
        cycles=len(mine),
        pieces=sum((one.pieces for one in mine), ZERO),
        quantity=ZERO,
        comment=comment[:500],
        by=by,
        via=via,
        key=key,
        body_hash=body,
    )
    SettledCycle.objects.bulk_create(
        [
            SettledCycle(
                settlement=new,
                machine_id=one.machine_id,
                slot=one.slot,
                ended_at=one.ended_at,
                nth=one.nth,
                pieces=one.pieces,
                quantity=ZERO,
            )
            for one in mine
        ],
        batch_size=5000,
    )
    mark_attribution_dirty(machine=settlement.machine, since=bucket_of(settlement.started_at))
    return new
