"""Lots that people give to an operation: scanned, or put on the machine's feeder."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Machine, Plant
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.fields import ZERO
from mes.lib.live import announce
from orders.domain.available import allowed_substitutes, short_sentence, supplies, today_in, unusable
from orders.domain.events import derived_key
from orders.domain.genealogy import Made, OutputLots, link_lots
from orders.domain.holds import check_lots_free
from orders.domain.issuing import Taken, balance_of, issue
from orders.domain.locking import lock_order
from orders.domain.stock_locks import lock_items
from orders.models import FeederLoad, Lot, Operation, OrderComponent, Run, StockBalance, StockMove


def component_for(*, operation: Operation, lot: Lot) -> tuple[OrderComponent, Decimal]:
    """The component of an operation that a lot can serve, and how much of the lot stands for one of it.

    Raises Refused ``wrong_item`` when neither the item nor an allowed substitute is needed here.
    """
    components = list(
        operation.order.components.filter(
            Q(operation_number=operation.number) | Q(operation_number="")
        ).select_related("item__unit", "order__plant", "order__item")
    )
    for component in components:
        if component.item_id == lot.item_id:
            return component, Decimal(1)
    for component in components:
        for substitute in allowed_substitutes(component):
            if substitute.substitute_id == lot.item_id:
                return component, substitute.factor
    needed = ", ".join(component.item.code for component in components) or "–"
    raise Refused(
        "wrong_item",
        _("Lot %(lot)s is %(item)s; this operation needs %(needed)s. Engineering can allow a substitute.")
        % {"lot": lot.number, "item": lot.item.code, "needed": needed},
        field="lot",
    )


def check_usable(*, operation: Operation, lot: Lot) -> None:
    """Raise Refused ``held`` or ``unusable_lot`` for a held, blocked, uninspected or expired lot."""
    _check_usable(operation.order.plant, lot)


def _check_usable(plant: Plant, lot: Lot) -> None:
    check_lots_free(plant=plant, lots={(lot.item_id, lot.number)})
    if reason := unusable(lot, today=today_in(plant)):
        raise Refused("unusable_lot", reason, field="lot")


@transaction.atomic
def consume_lot(
    *,
    operation: Operation,
    lot: Lot,
    quantity: Decimal,
    by: User | None,
    key: uuid.UUID,
    unit: str = "",
    at: datetime | None = None,
) -> StockMove:
    """Issue a scanned lot to an operation and link it to what the order makes.

    ``quantity`` is in the lot's own unit; ``unit`` is the label's and must be that unit. Raises Refused for a
    lot of another item, a lot that may not be used, or stock that other orders have locked; more than the
    record shows is accepted, because the material is in the hand of whoever scanned it.
    """
    order = lock_order(operation.order_id)
    if known := StockMove.objects.filter(key=key).first():
        return known
    component, factor = component_for(operation=operation, lot=lot)
    check_usable(operation=operation, lot=lot)
    own = lot.item.unit.code
    if unit and unit not in (own, lot.item.unit.symbol):
        message = _("The label says %(label)s, but %(item)s is booked in %(unit)s. Ask for a new label.")
        values = {"label": unit, "item": lot.item.code, "unit": lot.item.unit.symbol}
        raise InvalidInput([Problem("wrong_unit", message % values, "unit", value=unit)])
    if quantity <= 0:
        raise InvalidInput(
            [Problem("not_positive", _("The quantity must be positive."), "quantity", value=str(quantity))]
        )
    lock_items(plant_id=order.plant_id, items=[lot.item_id])
    balance = _where(component, lot, quantity) or balance_of(component, lot)
    moment = at or timezone.now()
    run = Run.objects.filter(operation=operation, ended_at__isnull=True).order_by("-started_at").first()
    [(child, _pieces)] = OutputLots(order).of(before=operation.good, pieces=Decimal(1), at=moment)[:1]
    link_lots(
        parent=lot,
        child=child,
        quantity=quantity,
        made=Made(
            order.plant_id,
            moment,
            by.pk if by else None,
            operation.pk,
            run.pk if run else None,
            run.machine_id if run else None,
        ),
        key=derived_key(key, "link"),
    )
    stands_for = (quantity / factor).quantize(Decimal("0.001")) if factor != 1 else None
    taken = Taken(balance, quantity, moment, by, key=key, stands_for=stands_for)
    [move] = issue(component, [taken])
    announce("queue", f"order:{order.pk}", f"operation:{operation.pk}")
    return move


def _where(component: OrderComponent, lot: Lot, quantity: Decimal) -> StockBalance | None:
    """Where most of the lot lies, under lock. Raises Refused when others' locks leave too little."""
    found = [
        supply
        for supply in supplies(
            plant=component.order.plant, item_id=lot.item_id, component=component, usable_only=False
        )
        if supply.balance.lot == lot.number
    ]
    if not found:
        return None
    on_hand = sum((supply.balance.on_hand for supply in found), ZERO)
    locked = sum((supply.others_locked for supply in found), ZERO)
    if locked > 0 and on_hand - locked < quantity:
        raise Refused("locked", short_sentence(lot, on_hand, locked), field="quantity")
    return max(found, key=lambda supply: supply.unlocked).balance


@transaction.atomic
def load_feeder(
    *,
    machine: Machine,
    lot: Lot,
    by: User | None,
    key: uuid.UUID,
    feeder: str = "",
    at: datetime | None = None,
) -> FeederLoad:
    """Put a lot on a machine's feeder: what the machine takes from now on is of it, until the next one.

    A feeder without a name stands for the item. Raises Refused for a lot that may not be used.
    """
    if known := FeederLoad.objects.filter(key=key).first():
        return known
    moment = at or timezone.now()
    feeder = feeder or lot.item.code[:20]
    _check_usable(machine.plant, lot)
    Machine.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=machine.pk)
    FeederLoad.objects.filter(machine=machine, feeder=feeder, ended_at__isnull=True).update(ended_at=moment)
    load = FeederLoad.objects.create(
        machine=machine, feeder=feeder, lot=lot, key=key, loaded_at=moment, by=by
    )
    announce(f"machine:{machine.pk}")
    return load
