"""Booking in Tryton with one effect, however often it is tried.

First an empty cycle, then our name on it (a note), then the time, then *do*. Until the last step nothing
counts there, and each step first looks how far an earlier attempt came: an empty cycle of ours without a
name is taken instead of making another one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from integrations.domain.connectors import Posting
from integrations.domain.outbox.outcome import Outcome, posted
from integrations.erp.tryton import sales, tables
from integrations.erp.tryton.notes import confirmation_note, taking_back_note
from integrations.erp.tryton.records import (
    CYCLE,
    MOVE,
    NOTE,
    PRODUCTION,
    WORK,
    Cycle,
    Production,
    read_cycles,
    read_notes,
    read_production,
)
from integrations.erp.tryton.session import RefusalError, Session
from mes.lib.sentences import gettext as _
from orders.domain.documents import Confirmation
from orders.enums import OperationState

REVERSAL = "reversal"
AT_WORK = (
    OperationState.SETUP,
    OperationState.PRODUCTION,
    OperationState.INTERRUPTED,
    OperationState.FINISHED,
)


def book(erp: Session, posting: Posting) -> Outcome:
    """Raises ``RefusalError`` in Tryton's or our words, ``PartnerError`` when there is no usable answer."""
    confirmation = posting.confirmation
    production = read_production(erp, confirmation.order)
    if not confirmation.operation:
        return _tell(erp, production, confirmation)
    if posting.kind == REVERSAL:
        return _take_back(erp, production, posting)
    return _confirm(erp, production, confirmation)


def _tell(erp: Session, production: Production, confirmation: Confirmation) -> Outcome:
    """News of the order as a whole: Tryton has no field for it, the sale behind it gets a note."""
    sales.tell(erp, production, confirmation.status)
    return posted(_answer(production))


def _confirm(erp: Session, production: Production, confirmation: Confirmation) -> Outcome:
    work = production.work(confirmation.operation, confirmation.confirmation_number)
    cycles = read_cycles(erp, [work["id"]])
    cycle = _named(cycles, confirmation.identity)
    if cycle is None:
        _check_open(production, work)
    carries = confirmation.final or _has_amounts(confirmation)
    if production.state in tables.NOT_STARTED and (carries or confirmation.status in AT_WORK):
        production = _start(erp, production)
    if production.state == "running":
        sales.tell(erp, production, sales.RUNNING)
    if cycle is None and not carries:
        return posted(_answer(production))
    cycle = cycle or _claim(erp, work["id"], cycles, confirmation)
    cycle = _carry(erp, cycle, _duration(erp, confirmation))
    if confirmation.final and production.state != "done" and _all_final(erp, production):
        production = _finish(erp, production)
        sales.tell(erp, production, sales.DONE)
    return posted(_answer(production, cycle), reference=f"{CYCLE},{cycle.id}")


def _check_open(production: Production, work: Mapping[str, Any]) -> None:
    if production.state not in tables.OPEN:
        raise RefusalError(
            "not_open",
            _("Production %(number)s is “%(state)s” in Tryton: nothing can be booked on it any more.")
            % {"number": production.number, "state": production.state},
        )
    if (work.get("work_center.") or {}).get("cost_method") == "cycle":
        raise RefusalError(
            "cost_per_cycle",
            _("The work centre of operation %s is charged per cycle in Tryton; each report would cost one.")
            % production.numbers[work["id"]],
        )


def _has_amounts(confirmation: Confirmation) -> bool:
    return any(
        (
            confirmation.good,
            confirmation.scrap,
            confirmation.rework,
            confirmation.setup_seconds,
            confirmation.run_seconds,
        )
    )


def _duration(erp: Session, confirmation: Confirmation) -> Decimal:
    return sum((getattr(confirmation, f"{name}_seconds") for name in erp.profile.time), Decimal(0))


def _named(cycles: list[Cycle], identity: str) -> Cycle | None:
    return next((cycle for cycle in cycles if cycle.note and cycle.note.identity == identity), None)


def _claim(erp: Session, work: int, cycles: list[Cycle], confirmation: Confirmation) -> Cycle:
    """A cycle with our name on it: an empty one that an earlier attempt left, or a new one."""
    left = (cycle for cycle in cycles if cycle.note is None and cycle.is_empty and cycle.made_by == erp.user)
    cycle = next(left, None)
    if cycle is None:
        (made,) = erp.call(CYCLE, "create", [{"work": work}])
        cycle = Cycle(made, work, "draft", None, Decimal(0), erp.user)
    note = {"resource": f"{CYCLE},{cycle.id}", "message": confirmation_note(confirmation)}
    erp.call(NOTE, "create", [note])
    return cycle


def _carry(erp: Session, cycle: Cycle, seconds: Decimal) -> Cycle:
    """Bring the cycle to *done* with this time, from wherever it stands."""
    if cycle.state == "done":
        return cycle
    if cycle.state == "draft":
        erp.call(CYCLE, "run", [cycle.id])
    erp.call(CYCLE, "write", [cycle.id], {"duration": timedelta(seconds=float(seconds))})
    erp.call(CYCLE, "do", [cycle.id])
    return next(one for one in read_cycles(erp, [cycle.work]) if one.id == cycle.id)


def _start(erp: Session, production: Production) -> Production:
    """Assign the material and start. Without material the work is booked all the same: it has happened."""
    if production.state == "waiting":
        erp.call(PRODUCTION, "assign_try", [production.id])
        production = read_production(erp, production.number)
    if production.state == "assigned":
        erp.call(PRODUCTION, "run", [production.id])
        production = read_production(erp, production.number)
    return production


def _all_final(erp: Session, production: Production) -> bool:
    """Did every work get its final confirmation?"""
    done = {
        cycle.work
        for cycle in read_cycles(erp, production.numbers)
        if cycle.state == "done" and cycle.note and cycle.note.final
    }
    return done == set(production.numbers)


def _finish(erp: Session, production: Production) -> Production:
    """Tell what came out, then end the production."""
    production = _start(erp, production)
    if production.state != "running":
        raise RefusalError(
            "not_started",
            _("Production %s can't be ended in Tryton: its material could not be assigned there.")
            % production.number,
        )
    cycles = read_cycles(erp, production.numbers)
    for cycle in cycles:
        if cycle.is_empty and cycle.made_by == erp.user:
            erp.call(CYCLE, "cancel", [cycle.id])
    _tell_outputs(erp, production, cycles)
    erp.call(PRODUCTION, "do", [production.id])
    return read_production(erp, production.number)


def _tell_outputs(erp: Session, production: Production, cycles: list[Cycle]) -> None:
    """The good pieces of the last work go to stock, the scrap of all works to waste if there is a place."""
    notes = [(cycle.work, cycle.note) for cycle in cycles if cycle.state == "done" and cycle.note]
    good = sum((note.good for work, note in notes if work == production.last_work), Decimal(0))
    scrap = sum((note.scrap for _work, note in notes), Decimal(0))
    stocked = [move for move in production.outputs(waste=False) if move["unit"] == production.unit]
    if len(stocked) == 1 and Decimal(str(stocked[0]["quantity"])) != good:
        erp.call(MOVE, "write", [stocked[0]["id"]], {"quantity": float(good)})
    if scrap and production.waste_location and not production.outputs(waste=True):
        waste = {
            "production_output": production.id,
            "product": production.product,
            "quantity": float(scrap),
            "unit": production.unit,
            "from_location": production.row["location"],
            "to_location": production.waste_location,
            "company": production.row["company"],
        }
        erp.call(MOVE, "create", [waste])


def _take_back(erp: Session, production: Production, posting: Posting) -> Outcome:
    """A cycle that is done has no way back in Tryton: it is deleted, and a note at the work keeps it."""
    said = posting.confirmation
    work = production.work(said.operation, said.confirmation_number)
    cycle = _named(read_cycles(erp, [work["id"]]), said.reverses)
    place = f"{WORK},{work['id']}"
    is_noted = any(
        note.taken_back and note.identity == said.reverses for note in read_notes(erp, [place]).get(place, ())
    )
    if cycle is None:
        if is_noted or not posting.reference:
            _refresh(erp, work)
            return posted(_answer(production))
        raise RefusalError(
            "unknown_cycle", _("%s is no longer in Tryton: somebody deleted it there.") % posting.reference
        )
    if production.state not in tables.OPEN or erp.profile.reversals != "delete":
        raise RefusalError(
            "no_way_back",
            _(
                "Tryton can't take back cycle %(cycle)d of production %(number)s, which is “%(state)s” there."
                " Correct its cost and stock in Tryton by hand, then discard this message."
            )
            % {"cycle": cycle.id, "number": production.number, "state": production.state},
        )
    if not is_noted:
        erp.call(NOTE, "create", [{"resource": place, "message": taking_back_note(said)}])
    erp.call(CYCLE, "delete", [cycle.id])
    _refresh(erp, work)
    return posted(_answer(production))


def _refresh(erp: Session, work: Mapping[str, Any]) -> None:
    """Tryton works out a work's state when it is written, not when a cycle of it is deleted."""
    erp.call(WORK, "write", [work["id"]], {"sequence": work["sequence"]})


def _answer(production: Production, cycle: Cycle | None = None) -> str:
    """What Tryton has now, kept with the message."""
    said: dict[str, Any] = {"production": production.number, "state": production.state}
    if cycle is not None:
        said |= {"cycle": cycle.id, "seconds": str(cycle.seconds), "cost": str(cycle.cost)}
    return json.dumps({**said, "production_cost": str(production.cost)})
