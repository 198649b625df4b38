"""Stock that people move: receipts from suppliers, transfers, counting, changes of status, shipments."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.fields import ZERO
from mes.lib.live import announce
from orders.domain.available import check_available, locked_of, supplies, today_in, unusable
from orders.domain.events import derived_key
from orders.domain.genealogy import stock_status
from orders.domain.holds import check_lots_free
from orders.domain.numbering import take_numbers
from orders.domain.pegging import peg_again
from orders.domain.stock import locked_balance, move_stock
from orders.domain.stock_locks import lock_items
from orders.enums import LotStatus, MoveKind, StockStatus
from orders.models import (
    CustomerOrderLine,
    Lot,
    Place,
    PurchaseOrderLine,
    Shipment,
    ShippedLot,
    StockBalance,
    StockMove,
)
from orders.queries.shipping import blocking_shipment


@transaction.atomic
def receive_purchase(
    *,
    line: PurchaseOrderLine,
    quantity: Decimal,
    by: User | None,
    key: uuid.UUID,
    number: str = "",
    supplier_lot: str = "",
    expires_on: date | None = None,
    place: Place | None = None,
    status: str = LotStatus.FREE,
    at: datetime | None = None,
) -> StockMove:
    """Book what a supplier brought for a line; more than ordered is accepted. The same key receives once.

    An item that is tracked by lot needs a lot number. Raises InvalidInput without one or for nothing.
    """
    if known := StockMove.objects.filter(key=key).first():
        return known
    line = (
        PurchaseOrderLine.objects.select_for_update(of=("self",), no_key=True)
        .select_related("order__plant", "item")
        .get(pk=line.pk)
    )
    _check_positive(quantity)
    if line.item.lot_tracked and not number:
        message = _("%(item)s is tracked by lot: say which lot it is.") % {"item": line.item.code}
        raise InvalidInput([Problem("lot_missing", message, "number")])
    moment = at or timezone.now()
    lock_items(plant_id=line.order.plant_id, items=[line.item_id])
    lot = None
    if number:
        lot, _new = Lot.objects.get_or_create(
            item=line.item,
            number=number,
            defaults={
                "supplier": line.order.supplier,
                "supplier_lot": supplier_lot or number,
                "expires_on": expires_on,
                "status": status,
                "made_at": moment,
            },
        )
    check_capacity(plant=line.order.plant, place=place, quantity=quantity)
    move = move_stock(
        plant=line.order.plant,
        item=line.item,
        quantity=quantity,
        kind=MoveKind.RECEIPT,
        lot=number,
        place=place,
        status=stock_status(lot),
        by=by,
        at=moment,
        key=key,
        comment=str(line),
        purchase_line=line,
    )
    PurchaseOrderLine.objects.filter(pk=line.pk).update(received=F("received") + quantity)
    peg_again(plant=line.order.plant, item=line.item)
    announce("stock")
    return move


def check_capacity(*, plant: Plant, place: Place | None, quantity: Decimal) -> None:
    """Raise Refused ``full`` when a place has no room for ``quantity`` more."""
    if place is None or place.capacity is None:
        return
    Place.objects.select_for_update(no_key=True).get(pk=place.pk)
    there = StockBalance.objects.filter(plant=plant, place=place).aggregate(sum=Sum("on_hand"))["sum"] or ZERO
    if there + quantity > place.capacity:
        raise Refused(
            "full",
            _("%(place)s has room for %(room)s more.")
            % {"place": place.code, "room": f"{max(place.capacity - there, ZERO).normalize():f}"},
            field="place",
        )


@transaction.atomic
def transfer_stock(
    *,
    plant: Plant,
    lot: Lot,
    quantity: Decimal,
    source: Place | None,
    target: Place | None,
    by: User | None,
    key: uuid.UUID,
) -> StockMove:
    """Move part of a lot to another place. Raises Refused when there isn't as much or no room."""
    if known := StockMove.objects.filter(key=derived_key(key, "in")).first():
        return known
    _check_positive(quantity)
    lock_items(plant_id=plant.pk, items=[lot.item_id])
    balance = check_available(plant=plant, lot=lot, quantity=quantity, place=source, status=stock_status(lot))
    return transfer_balance(balance=balance, quantity=quantity, target=target, by=by, key=key)


@transaction.atomic
def transfer_balance(
    *, balance: StockBalance, quantity: Decimal, target: Place | None, by: User | None, key: uuid.UUID
) -> StockMove:
    """Move part of a balance, with a lot or without, to another place. The same key moves once.

    Raises InvalidInput for the place where it lies already, Refused when there isn't as much that nobody
    locked, or no room.
    """
    if known := StockMove.objects.filter(key=derived_key(key, "in")).first():
        return known
    _check_positive(quantity)
    lock_items(plant_id=balance.plant_id, items=[balance.item_id])
    row = locked_balance(
        plant=balance.plant, item=balance.item, lot=balance.lot, place=balance.place, status=balance.status
    )
    if row.place == target:
        raise InvalidInput([Problem("same_place", _("It lies there already."), "target")])
    _check_unlocked(row, quantity)
    check_capacity(plant=row.plant, place=target, quantity=quantity)
    for place, amount, name in ((row.place, -quantity, "out"), (target, quantity, "in")):
        move = move_stock(
            plant=row.plant,
            item=row.item,
            quantity=amount,
            kind=MoveKind.TRANSFER,
            lot=row.lot,
            place=place,
            status=row.status,
            by=by,
            key=derived_key(key, name),
        )
    peg_again(plant=row.plant, item=row.item)
    announce("stock")
    return move


def _check_unlocked(row: StockBalance, quantity: Decimal) -> None:
    free = row.on_hand - locked_of(row)
    if free < quantity:
        message = (
            _("Only %s may be moved: orders in work have locked the rest.")
            % f"{max(free, ZERO).normalize():f}"
        )
        raise Refused("short", message, field="quantity")


@transaction.atomic
def give_lot(
    *,
    balance: StockBalance,
    quantity: Decimal,
    number: str,
    by: User | None,
    key: uuid.UUID,
    supplier_lot: str = "",
    expires_on: date | None = None,
) -> Lot:
    """Say which lot part of the stock is that was booked without one; it stays where it lies. The same key
    gives once.

    A lot that the item has already gets it besides, and keeps what is known of it. Raises InvalidInput for
    stock that has a lot, Refused when there isn't as much that nobody locked, or when stock that isn't free
    would become so.
    """
    if known := StockMove.objects.filter(key=derived_key(key, "in")).first():
        return Lot.objects.get(item=known.item_id, number=known.lot)
    _check_positive(quantity)
    if balance.lot:
        raise InvalidInput([Problem("has_a_lot", _("This stock has a lot already."))])
    lock_items(plant_id=balance.plant_id, items=[balance.item_id])
    row = locked_balance(plant=balance.plant, item=balance.item, place=balance.place, status=balance.status)
    _check_unlocked(row, quantity)
    lot, _made = Lot.objects.get_or_create(
        item=row.item,
        number=number,
        defaults={"supplier_lot": supplier_lot, "expires_on": expires_on, "status": row.status},
    )
    if row.status != StockStatus.FREE and stock_status(lot) != row.status:
        message = _("This stock is %(status)s, and lot %(lot)s is not.")
        said = {"status": row.get_status_display(), "lot": lot.number}
        raise Refused("other_status", message % said, field="number")
    for name, amount, to, status in (
        ("out", -quantity, "", row.status),
        ("in", quantity, lot.number, stock_status(lot)),
    ):
        move_stock(
            plant=row.plant,
            item=row.item,
            quantity=amount,
            kind=MoveKind.TRANSFER,
            lot=to,
            place=row.place,
            status=status,
            by=by,
            key=derived_key(key, name),
        )
    peg_again(plant=row.plant, item=row.item)
    announce("stock")
    return lot


@transaction.atomic
def count_stock(
    *, balance: StockBalance, counted: Decimal, by: User | None, key: uuid.UUID, comment: str = ""
) -> StockMove | None:
    """Book the difference between what was counted and what the record says; None if there is none.

    Raises InvalidInput for a negative count.
    """
    if known := StockMove.objects.filter(key=key).first():
        return known
    if counted < 0:
        raise InvalidInput([Problem("negative", _("A quantity can't be negative."), "counted")])
    lock_items(plant_id=balance.plant_id, items=[balance.item_id])
    row = locked_balance(
        plant=balance.plant, item=balance.item, lot=balance.lot, place=balance.place, status=balance.status
    )
    if counted == row.on_hand:
        return None
    move = move_stock(
        plant=row.plant,
        item=row.item,
        quantity=counted - row.on_hand,
        kind=MoveKind.COUNT,
        lot=row.lot,
        place=row.place,
        status=row.status,
        by=by,
        key=key,
        comment=comment,
    )
    peg_again(plant=row.plant, item=row.item)
    announce("stock")
    return move


@transaction.atomic
def set_lot_status(*, plant: Plant, lot: Lot, status: str, by: User | None, key: uuid.UUID) -> Lot:
    """Free, block or put a lot into inspection: its stock moves to that status. Once per key and balance."""
    lock_items(plant_id=plant.pk, items=[lot.item_id])
    lot = Lot.objects.select_for_update(of=("self",), no_key=True).select_related("item").get(pk=lot.pk)
    if lot.status == status:
        return lot
    lot.status = status
    lot.save(update_fields=["status"])
    target = stock_status(lot)
    rows = StockBalance.objects.select_for_update(of=("self",), no_key=True).filter(
        plant=plant, item=lot.item, lot=lot.number
    )
    for row in rows.exclude(status=target).exclude(on_hand=0).select_related("place").order_by("pk"):
        for to, amount in ((row.status, -row.on_hand), (target, row.on_hand)):
            move_stock(
                plant=plant,
                item=lot.item,
                quantity=amount,
                kind=MoveKind.STATUS,
                lot=lot.number,
                place=row.place,
                status=to,
                by=by,
                key=derived_key(key, f"{row.pk} {to}"),
            )
    peg_again(plant=plant, item=lot.item)
    announce("stock")
    return lot


@transaction.atomic
def ship(
    *,
    line: CustomerOrderLine,
    plant: Plant,
    lots: Sequence[tuple[Lot | None, Decimal]],
    by: User | None,
    key: uuid.UUID,
    number: str = "",
    at: datetime | None = None,
) -> Shipment:
    """Send lots, or stock that has none, to the customer of an order line: the shipment, what is in it, and
    its issue from stock.

    Without a ``number`` the shipment takes the next one of its range.

    Raises InvalidInput for another item, a number that is taken, or no lot where the item is tracked by lot;
    Refused for what is held, may not be used, or isn't there, and while a requirement of the customer isn't
    verified.
    """
    if known := Shipment.objects.filter(key=key).first():
        return known
    if number and Shipment.objects.filter(number=number).exists():
        raise InvalidInput([Problem("taken", _("This shipment number is taken."), "number", value=number)])
    if not lots:
        raise InvalidInput([Problem("zero", _("A shipment has something in it."), "lots")])
    check_shippable(line=line)
    lock_items(plant_id=plant.pk, items=[line.item_id])
    moment = at or timezone.now()
    number = number or f"S{take_numbers('shipment', 1)[0]}"
    named = {lot.number if lot else "" for lot, _quantity in lots}
    check_lots_free(plant=plant, lots={(line.item_id, one) for one in named})
    shipment = Shipment.objects.create(
        plant=plant, key=key, number=number, line=line, shipped_at=moment, by=by
    )
    for nth, (lot, quantity) in enumerate(sorted(lots, key=lambda one: one[0].pk if one[0] else 0)):
        _check_positive(quantity)
        _check_fit(line, lot, plant)
        left = quantity
        wanted = lot.number if lot else ""
        rows = [s for s in supplies(plant=plant, item_id=line.item_id) if s.balance.lot == wanted]
        for row in rows:
            step = min(left, row.unlocked)
            if step > 0:
                move_stock(
                    plant=plant,
                    item=line.item,
                    quantity=-step,
                    kind=MoveKind.SHIPPED,
                    lot=wanted,
                    place=row.balance.place,
                    by=by,
                    at=moment,
                    key=derived_key(key, f"{nth} {row.balance.pk}"),
                    comment=number,
                )
                left -= step
        if left > 0:
            raise Refused("short", _missing(lot, left), field="lots")
        ShippedLot.objects.create(shipment=shipment, lot=lot, quantity=quantity)
    peg_again(plant=plant, item=line.item)
    announce("stock")
    return shipment


def _check_fit(line: CustomerOrderLine, lot: Lot | None, plant: Plant) -> None:
    """Whether a lot, or stock without one, may go to the customer of a line."""
    if lot is None:
        if line.item.lot_tracked:
            message = _("%(item)s is tracked by lot: say which lot it is.") % {"item": line.item.code}
            raise InvalidInput([Problem("lot_missing", message, "lots")])
        return
    if lot.item_id != line.item_id:
        message = _("Lot %(lot)s is not %(item)s.") % {"lot": lot.number, "item": line.item.code}
        raise InvalidInput([Problem("wrong_item", message, "lots")])
    if reason := unusable(lot, today=today_in(plant)):
        raise Refused("unusable_lot", reason, field="lots")


def _missing(lot: Lot | None, left: Decimal) -> str:
    missing = f"{left.normalize():f}"
    if lot is None:
        return _("Of the stock without a lot %(missing)s are missing.") % {"missing": missing}
    return _("Of lot %(lot)s %(missing)s are missing.") % {"lot": lot.number, "missing": missing}


def can_ship(*, line: CustomerOrderLine) -> bool:
    """Whether every requirement of the orders that make the line is verified and none of them is on hold."""
    return not blocking_shipment([line.pk])[line.pk]


def check_shippable(*, line: CustomerOrderLine) -> None:
    """Raise Refused ``requirements_open`` with all that stands in the way."""
    if blocking := blocking_shipment([line.pk])[line.pk]:
        message = _("Shipping is held: %(what)s.") % {"what": "; ".join(blocking)}
        raise Refused("requirements_open", message, field="line")


def _check_positive(quantity: Decimal) -> None:
    if quantity <= 0:
        raise InvalidInput(
            [Problem("not_positive", _("The quantity must be positive."), "quantity", value=str(quantity))]
        )
