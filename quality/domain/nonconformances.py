"""Commands: raise a nonconformance, contain it, decide about its pieces, close it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.domain.photos import clean_photo
from machines.models import Plant
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.accounts.signing import Meaning, Proof, register, sign
from mes.lib.errors import InvalidInput, KeyReused, NotAllowed, Problem, Refused
from mes.lib.fields import ZERO
from mes.lib.live import announce
from mes.lib.tracking import changes_by_command
from orders.domain.holds import hold_item, hold_machine, place_hold, release_hold
from orders.domain.numbering import take_numbers
from orders.domain.rework import ReworkStep, Standing, insert_rework, reclassify
from orders.domain.stock import move_stock
from orders.models import Hold, HoldKind, Operation, ProductionEvent
from quality.domain.subjects import Subject, stands_as
from quality.domain.transitions import next_state
from quality.enums import DispositionKind, NonconformanceState
from quality.models import DefectCode, Disposition, Nonconformance, NonconformancePhoto

TARGETS = {DispositionKind.USE_AS_IS: Standing.GOOD, DispositionKind.REWORK: Standing.REWORK}
TARGETS[DispositionKind.SCRAP] = Standing.SCRAP
HELD = ("order", "operation", "machine", "item", "lot")


@transaction.atomic
def raise_nonconformance(
    *,
    subject: Subject,
    defect: DefectCode,
    quantity: Decimal,
    by: User,
    key: uuid.UUID,
    description: str = "",
    photo: bytes | None = None,
) -> Nonconformance:
    """Say that something doesn't conform. The same key raises once.

    Raises ``InvalidInput`` for a defect of another plant, a negative quantity, a photo that is none.
    """
    plant = subject.place()
    if (made := Nonconformance.objects.filter(key=key).first()) is not None:
        if (made.defect_id, made.plant_id) != (defect.pk, plant.pk):
            raise KeyReused("key_reused", _("This key already made something else."), field="key")
        return made
    check_raise(plant=plant, defect=defect, quantity=quantity)
    [number] = take_numbers(f"nonconformance {plant.code}"[:40], 1)
    with changes_by_command("raise_nonconformance", by=by):
        row = Nonconformance.objects.create(
            plant=plant,
            key=key,
            number=f"NC{number}",
            order=subject.order,
            operation=subject.operation,
            machine=subject.machine,
            item=subject.item or (subject.order.item if subject.order else None),
            lot=subject.lot,
            event=subject.event,
            inspection=subject.inspection,
            result=subject.result,
            stop_at=subject.stop_at,
            cycle_at=subject.cycle_at,
            defect=defect,
            quantity=quantity,
            stands_as=stands_as(subject),
            description=description.strip()[:1000],
            photo=_photo(photo, by) if photo else None,
            raised_by=by,
        )
    _announce(row)
    return row


def check_raise(*, plant: Plant, defect: DefectCode, quantity: Decimal) -> None:
    if defect.plant_id != plant.pk:
        message = _("This defect code belongs to another plant.")
        raise InvalidInput([Problem("other_plant", message, "defect", value=defect.code)])
    if not quantity.is_finite() or quantity < 0:
        message = _("A quantity can't be negative.")
        raise InvalidInput([Problem("negative", message, "quantity", value=str(quantity))])


@transaction.atomic
def contain(*, nonconformance: Nonconformance, what: str, by: User) -> Hold:
    """Put what it concerns on hold: ``what`` is one of ``HELD``. Held already: the same hold.

    Raises ``NotAllowed`` without the right to inspect, ``Refused`` when it is decided or has no such thing.
    """
    row = _locked(nonconformance, by)
    state = next_state(row.state, "contain")
    hold = _held_already(row, what) or _hold(row, what, by)
    with changes_by_command("contain", by=by):
        row.state = state
        row.save(update_fields=["state"])
    _announce(row)
    return hold


def can_contain(nonconformance: Nonconformance, what: str) -> bool:
    """Whether it concerns such a thing and has not put it on hold yet."""
    row = nonconformance
    concerned = row.lot and row.item_id if what == "lot" else getattr(row, f"{what}_id") is not None
    return bool(concerned) and _held_already(row, what) is None


@transaction.atomic
def dispose(
    *,
    nonconformance: Nonconformance,
    kind: DispositionKind,
    quantity: Decimal,
    reason: str,
    by: User,
    key: uuid.UUID,
    proof: Proof,
    steps: Sequence[ReworkStep] = (),
) -> Disposition:
    """Decide about pieces, book what follows and sign it. The same key decides once.

    Use as is, rework and scrap move the pieces to what they are now; rework and sort give the order
    operations (``steps``); a return to the supplier takes the pieces from stock. When all pieces are decided,
    so is the nonconformance.

    Raises ``InvalidInput`` (``more_than_open``, ``comment_missing``, ``steps_missing``,
    ``nothing_to_return``), ``NotAllowed``, ``Refused`` for the wrong state.
    """
    row = _locked(nonconformance, by)
    if (made := Disposition.objects.filter(key=key).first()) is not None:
        return made
    next_state(row.state, "decide")
    check_dispose(row, kind=kind, quantity=quantity, reason=reason, steps=steps)
    if proof.person.pk != by.pk:
        raise NotAllowed("somebody_else", _("Whoever decides signs."))
    event, operations = _book(row, kind, quantity, reason, steps, by, key)
    decided = Disposition.objects.create(
        nonconformance=row,
        key=key,
        kind=kind,
        quantity=quantity,
        reason=reason.strip()[:500],
        event=event,
        operations=[operation.pk for operation in operations],
        by=by,
    )
    sign(record=decided, meaning=Meaning.APPROVED, proof=proof)
    if kind != DispositionKind.SORT and open_quantity(row) <= 0:
        with changes_by_command("dispose", by=by):
            row.state = next_state(row.state, "decide")
            row.save(update_fields=["state"])
    _announce(row)
    return decided


def check_dispose(
    row: Nonconformance, *, kind: DispositionKind, quantity: Decimal, reason: str, steps: Sequence[ReworkStep]
) -> None:
    """Raise ``InvalidInput`` with every reason for which this can't be decided."""
    problems = []
    still = open_quantity(row)
    if not quantity.is_finite() or quantity < 0 or (quantity == 0 and still > 0):
        problems.append(Problem("zero", _("Enter at least one piece."), "quantity", value=str(quantity)))
    elif quantity > still:
        message = _("Only %(number)s pieces wait for a decision.") % {"number": f"{still.normalize():f}"}
        problems.append(Problem("more_than_open", message, "quantity", value=str(quantity)))
    if not reason.strip():
        problems.append(Problem("comment_missing", _("Say in a few words why."), "reason"))
    if kind in (DispositionKind.REWORK, DispositionKind.SORT):
        if row.operation_id is None:
            message = _("Only pieces of an operation can be reworked or sorted.")
            problems.append(Problem("no_operation", message, "kind"))
        elif not steps:
            message = _("Say what is to be done, and where.")
            problems.append(Problem("steps_missing", message, "work"))
    if kind == DispositionKind.RETURN and (row.item_id is None or row.order_id is not None):
        message = _("Only material of a supplier can be returned.")
        problems.append(Problem("nothing_to_return", message, "kind"))
    if problems:
        raise InvalidInput(problems)


def open_quantity(row: Nonconformance) -> Decimal:
    """Pieces about which nothing is decided yet; sorting decides nothing."""
    decided = row.dispositions.exclude(kind=DispositionKind.SORT).aggregate(sum=Sum("quantity"))["sum"]
    left: Decimal = row.quantity - (decided or ZERO)
    return left


@transaction.atomic
def close_nonconformance(
    *, nonconformance: Nonconformance, conclusion: str, by: User, proof: Proof
) -> Nonconformance:
    """Close what is decided and done. Holds that were laid for it are lifted.

    Raises ``Refused`` ``rework_open`` while operations made for it aren't over and ``holds_open`` where a
    second person must release, ``InvalidInput`` without a conclusion, ``NotAllowed``.
    """
    row = _locked(nonconformance, by)
    state = next_state(row.state, "close")
    if open_work(row):
        raise Refused("rework_open", _("The rework is not finished yet."))
    if not conclusion.strip():
        raise InvalidInput([Problem("comment_missing", _("Say in a few words why."), "conclusion")])
    _end(row, state, conclusion, by, proof, "close_nonconformance")
    sign(record=row, meaning=Meaning.REVIEWED, proof=proof)
    return row


@transaction.atomic
def cancel_nonconformance(*, nonconformance: Nonconformance, reason: str, by: User) -> Nonconformance:
    """Take back what was raised by mistake, as long as nothing is decided. Its holds are lifted."""
    row = _locked(nonconformance, by)
    state = next_state(row.state, "cancel")
    if row.dispositions.exists():
        raise Refused("decided", _("Something is decided already: close it instead."))
    if not reason.strip():
        raise InvalidInput([Problem("comment_missing", _("Say in a few words why."), "reason")])
    _end(row, state, reason, by, None, "cancel_nonconformance")
    return row


def open_work(row: Nonconformance) -> list[Operation]:
    """Operations that were made for it and are neither finished nor cancelled."""
    made = [pk for one in row.dispositions.all() for pk in one.operations]
    return list(Operation.objects.filter(pk__in=made).exclude(state__in=("finished", "cancelled")))


def holds_of(row: Nonconformance) -> list[Hold]:
    return list(
        Hold.objects.filter(reference=_reference(row))
        .select_related("order", "operation", "machine", "item", "placed_by", "asked_by", "lifted_by")
        .order_by("pk")
    )


def _end(
    row: Nonconformance, state: NonconformanceState, text: str, by: User, proof: Proof | None, command: str
) -> None:
    with changes_by_command(command, by=by):
        row.state, row.conclusion = state, text.strip()[:500]
        row.ended_at, row.ended_by = timezone.now(), by
        row.save(update_fields=["state", "conclusion", "ended_at", "ended_by"])
    for hold in holds_of(row):
        if hold.open and release_hold(hold=hold, by=by, reason=row.conclusion, proof=proof).open:
            raise Refused("holds_open", _("A second person must release its holds first."))
    _announce(row)


def _book(
    row: Nonconformance,
    kind: DispositionKind,
    quantity: Decimal,
    reason: str,
    steps: Sequence[ReworkStep],
    by: User,
    key: uuid.UUID,
) -> tuple[ProductionEvent | None, list[Operation]]:
    """What follows in orders and stock: the event that moved pieces, and the operations that were made."""
    if row.operation is None:
        if kind in (DispositionKind.SCRAP, DispositionKind.RETURN) and row.item is not None and quantity:
            comment = f"{row.number} {kind.label}"
            move_stock(
                plant=row.plant,
                item=row.item,
                lot=row.lot,
                quantity=-quantity,
                key=key,
                by=by,
                comment=comment,
            )
        return None, []
    event = None
    target = TARGETS.get(kind)
    if target is not None and row.stands_as and row.stands_as != target and quantity:
        event = reclassify(
            operation=row.operation,
            quantity=quantity,
            source=Standing(row.stands_as),
            target=target,
            scrap_reason=row.defect.scrap_reason,
            by=by,
            key=uuid.uuid5(key, "moved"),
            reference=row.number,
            comment=reason,
            via="nonconformance",
        )
    operations: list[Operation] = []
    if kind in (DispositionKind.REWORK, DispositionKind.SORT):
        operations = insert_rework(
            operation=row.operation,
            quantity=quantity,
            steps=steps,
            by=by,
            key=uuid.uuid5(key, "work"),
            returns=kind == DispositionKind.REWORK,
        )
    return event, operations


def _held_already(row: Nonconformance, what: str) -> Hold | None:
    shapes: dict[str, dict[str, object]] = {
        "order": {"order": row.order, "operation": None},
        "operation": {"operation": row.operation},
        "machine": {"machine": row.machine},
        "item": {"item": row.item, "lot": ""},
        "lot": {"item": row.item, "lot": row.lot},
    }
    if next(iter(shapes[what].values())) is None:
        return None
    filters = {
        f"{name}__isnull" if value is None else name: True if value is None else value
        for name, value in shapes[what].items()
    }
    return Hold.objects.filter(reference=_reference(row), lifted_at__isnull=True, **filters).first()


def _hold(row: Nonconformance, what: str, by: User) -> Hold:
    reason = f"{row.number}: {row.defect.name}"
    said = {"kind": HoldKind.NONCONFORMANCE, "reason": reason, "by": by, "reference": _reference(row)}
    if what in ("order", "operation") and row.order is not None:
        operation = row.operation if what == "operation" else None
        if what == "order" or operation is not None:
            return place_hold(order=row.order, operation=operation, **said)  # type: ignore[arg-type]
    if what == "machine" and row.machine is not None:
        return hold_machine(machine=row.machine, **said)  # type: ignore[arg-type]
    if what == "item" and row.item is not None:
        return hold_item(item=row.item, plant=row.plant, **said)  # type: ignore[arg-type]
    if what == "lot" and row.item is not None and row.lot:
        return hold_item(item=row.item, plant=row.plant, lot=row.lot, **said)  # type: ignore[arg-type]
    raise Refused("nothing_to_hold", _("There is no such thing to hold here."))


def _reference(row: Nonconformance) -> str:
    return f"{row.plant.code} {row.number}"


def _locked(nonconformance: Nonconformance, by: User) -> Nonconformance:
    if not by.may(Right.INSPECT):
        raise NotAllowed("not_an_inspector", _("Quality decides about nonconformances."))
    return (
        Nonconformance.objects.select_for_update(of=("self",), no_key=True)
        .select_related("plant", "order", "operation", "machine", "item", "defect__scrap_reason")
        .get(pk=nonconformance.pk)
    )


def _photo(file: bytes, by: User) -> NonconformancePhoto:
    image, (width, height) = clean_photo(file)
    return NonconformancePhoto.objects.create(image=image, width=width, height=height, by=by)


def _announce(row: Nonconformance) -> None:
    announce("nonconformances", *([f"order:{row.order_id}"] if row.order_id else []))


@register(Disposition)
def _decision(decided: Disposition) -> dict[str, object]:
    """What a signature under a disposition covers."""
    row = decided.nonconformance
    return {
        "nonconformance": row.number,
        "plant": row.plant.code,
        "order": row.order.number if row.order else "",
        "operation": row.operation.number if row.operation else "",
        "item": row.item.code if row.item else "",
        "lot": row.lot,
        "defect": row.defect.code,
        "disposition": decided.kind,
        "quantity": decided.quantity,
        "reason": decided.reason,
        "at": decided.at,
    }


@register(Nonconformance)
def _closed(row: Nonconformance) -> dict[str, object]:
    """What a signature under a closed nonconformance covers."""
    return {
        "nonconformance": row.number,
        "plant": row.plant.code,
        "defect": row.defect.code,
        "quantity": row.quantity,
        "description": row.description,
        "conclusion": row.conclusion,
        "closed_at": row.ended_at,
    }
