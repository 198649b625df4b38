"""Who gets the stock: reservations by the date of need, and locks from the start of the work on.

An item's stock is locked before components; those that somebody is booking on right now are left alone.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import DecimalField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from machines.models import Plant
from mes.lib.fields import ZERO
from orders.domain.available import displace, supplies
from orders.domain.stock_locks import lock_items, lock_items_of_operation
from orders.enums import OrderState
from orders.models import (
    Item,
    Lot,
    Operation,
    OrderComponent,
    ProductionOrder,
    Reservation,
    StockBalance,
)
from orders.queries.material import first_need

OPEN = (OrderState.RELEASED, OrderState.RUNNING)


@transaction.atomic
def peg_again(*, plant: Plant, item: Item) -> None:
    """Give the free stock of an item to open orders anew, the first need first. What is locked stays."""
    lock_items(plant_id=plant.pk, items=[item.pk])
    rows = supplies(plant=plant, item_id=item.pk)
    components = list(
        OrderComponent.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("order")
        .filter(item=item, order__plant=plant, order__state__in=OPEN)
        .order_by("pk")
    )
    if not components:
        return
    kept: dict[int, Decimal] = {}
    balances = {row.balance.pk for row in rows}
    soft = Reservation.objects.filter(component__in=components, locked=False)
    touched = balances | set(soft.values_list("balance", flat=True))
    soft.delete()
    taken = dict.fromkeys(balances, ZERO)
    for reservation in Reservation.objects.filter(balance__in=balances):
        taken[reservation.balance_id] += reservation.quantity
    for reservation in Reservation.objects.filter(component__in=components):
        kept[reservation.component_id] = kept.get(reservation.component_id, ZERO) + reservation.quantity
    locked = set(kept)
    made = []
    for component in sorted(components, key=lambda one: (*first_need(one.order), one.pk)):
        missing = component.quantity - component.issued - kept.get(component.pk, ZERO)
        if component.pk in locked:
            continue
        for row in rows:
            pk = row.balance.pk
            if (step := min(missing, row.balance.on_hand - taken[pk])) > 0:
                made.append(Reservation(component=component, balance_id=pk, quantity=step))
                taken[pk] += step
                missing -= step
    Reservation.objects.bulk_create(made)
    _add_up(balances=touched, components={component.pk for component in components})


@transaction.atomic
def lock_components(*, operation: Operation) -> None:
    """From the start of an operation on its material is given to nobody else: what is reserved for it, what
    is free, and what others have only reserved. What others have locked stays theirs."""
    lock_items_of_operation(operation, product=operation.order.item_id)
    needed = list(
        OrderComponent.objects.filter(order=operation.order_id, operation_number=operation.number)
        .select_related("order__plant")
        .order_by("item", "pk")
    )
    for component in needed:
        _lock(component)


@transaction.atomic
def keep_output(*, order: ProductionOrder) -> None:
    """Reserve what an order made for the component that it supplies, before anything else that lies there."""
    if order.supplies_id is None:
        return
    supplied = OrderComponent.objects.select_related("order__plant").get(pk=order.supplies_id)
    if supplied.order.state not in OPEN:
        return
    lock_items(plant_id=supplied.order.plant_id, items=[supplied.item_id])
    rows = supplies(plant=supplied.order.plant, item_id=supplied.item_id)
    component = OrderComponent.objects.select_for_update(of=("self",), no_key=True).get(pk=supplied.pk)
    made = set(Lot.objects.filter(order=order).values_list("number", flat=True)) or {""}
    missing = component.quantity - component.issued - component.reserved
    touched = set()
    for row in rows:
        if row.balance.lot in made and (step := min(missing, row.free)) > 0:
            reservation, _made = Reservation.objects.get_or_create(
                component=component, balance=row.balance, defaults={"quantity": ZERO}
            )
            reservation.quantity += step
            reservation.save(update_fields=["quantity"])
            missing -= step
            touched.add(row.balance.pk)
    _add_up(balances=touched, components={component.pk})


def _lock(component: OrderComponent) -> None:
    rows = supplies(plant=component.order.plant, item_id=component.item_id, component=component)
    component.refresh_from_db(fields=["issued", "reserved"])
    Reservation.objects.filter(component=component).update(locked=True)
    missing = component.quantity - component.issued - component.reserved
    touched = set()
    for row in rows:
        if missing <= 0:
            break
        step = min(missing, row.unlocked - row.own)
        if step <= 0:
            continue
        reservation, _made = Reservation.objects.get_or_create(
            component=component, balance=row.balance, defaults={"quantity": ZERO, "locked": True}
        )
        reservation.quantity += step
        reservation.save(update_fields=["quantity"])
        missing -= step
        touched.add(row.balance.pk)
    _add_up(balances=touched, components={component.pk})
    for balance in StockBalance.objects.filter(pk__in=touched):
        displace(balance=balance, surplus=balance.reserved - max(balance.on_hand, ZERO))


def _add_up(*, balances: set[int], components: set[int]) -> None:
    """Write the sums of reservations into what they are reserved of and for."""
    for model, which, pks in (
        (StockBalance, "balance", balances),
        (OrderComponent, "component", components),
    ):
        sums = (
            Reservation.objects.filter(**{which: OuterRef("pk")})
            .order_by()
            .values(which)
            .annotate(sum=Sum("quantity"))
            .values("sum")
        )
        model._default_manager.filter(pk__in=pks).update(
            reserved=Coalesce(
                Subquery(sums), ZERO, output_field=DecimalField(max_digits=15, decimal_places=3)
            )
        )
