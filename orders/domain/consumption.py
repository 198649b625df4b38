"""Which lots an operation consumed: scanned, on the machine's feeder, or picked by expiry and age."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Machine, Plant
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.fields import ZERO
from mes.lib.live import announce
from orders.domain.available import (
    displace,
    short_sentence,
    supplies,
    today_in,
    unusable,
)
from orders.domain.events import derived_key
from orders.domain.genealogy import (
    Made,
    link_lots,
    made_by_event,
    may_be_linked,
    note_link,
    output_lots,
    pieces_before,
    shares_of,
)
from orders.domain.holds import check_lots_free
from orders.domain.locking import lock_order
from orders.domain.stock import consume_plain_components, locked_balance, move_stock
from orders.domain.stock_locks import lock_items
from orders.enums import MoveKind
from orders.models import (
    FeederLoad,
    GenealogyLink,
    Lot,
    Operation,
    OrderComponent,
    ProductionEvent,
    Run,
    StockBalance,
    StockMove,
    Substitute,
)


def consume_components(*, operation: Operation, pieces: Decimal, event: ProductionEvent) -> None:
    """Issue what ``pieces`` made (negative: taken back) consumed at this operation.

    A lot on the machine's feeder at that time comes first, then what is reserved for the order, then what is
    free by expiry and age. What is nowhere to be found is booked without a lot, below zero.
    """
    rest = consume_plain_components(operation=operation, pieces=pieces, event=event)
    if not rest:
        return
    operation.refresh_from_db(fields=["good"])
    components = OrderComponent.objects.select_related("item", "order__plant", "order__item").in_bulk(
        [number for number, _used in rest]
    )
    for number, used in rest:
        component = components[number]
        if used < 0:
            _take_back(component, -used, event)
            continue
        loads = _fed(component, event)
        picked = _from_feeder(loads, used, event) if loads else _picked(component, used)
        _issue(component, picked, operation, event)


@dataclass(frozen=True, slots=True)
class _Pick:
    """So much of a lot (None: of no known one) from a place; the balance where it is under lock already."""

    lot: Lot | None
    quantity: Decimal
    balance: StockBalance | None = None


def _fed(component: OrderComponent, event: ProductionEvent) -> list[FeederLoad]:
    if event.machine_id is None:
        return []
    start, end = event.period_start or event.occurred_at, event.period_end or event.occurred_at
    return list(
        FeederLoad.objects.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=start),
            Q(lot__item=component.item_id) | Q(lot__item__in=_allowed(component).values("substitute_id")),
            machine=event.machine_id,
            loaded_at__lte=end,
        )
        .select_related("lot__item")
        .order_by("loaded_at")
    )


def _from_feeder(loads: list[FeederLoad], used: Decimal, event: ProductionEvent) -> list[_Pick]:
    """Shared by the time that each lot was on the feeder while the pieces were made."""
    start, end = event.period_start or event.occurred_at, event.period_end or event.occurred_at
    if len(loads) == 1 or end <= start:
        return [_Pick(loads[-1].lot, used)]
    edges = [start, *(max(load.loaded_at, start) for load in loads[1:]), end]
    seconds = [Decimal(str((late - early).total_seconds())) for early, late in pairwise(edges)]
    return [
        _Pick(load.lot, share)
        for load, share in zip(loads, shares_of(used, seconds), strict=True)
        if share > 0
    ]


def _picked(component: OrderComponent, used: Decimal) -> list[_Pick]:
    """Own reservations first, then free stock, then what others have reserved but not locked."""
    found = supplies(plant=component.order.plant, item_id=component.item_id, component=component)
    taken: dict[int, Decimal] = {}
    left = used
    for limit in ("own", "free", "unlocked"):
        for supply in found:
            if left <= 0:
                break
            so_far = taken.get(supply.balance.pk, ZERO)
            there = max(supply.balance.on_hand - so_far, ZERO)
            allowed = {
                "own": min(supply.own, there),
                "free": min(supply.free + supply.own - so_far, there),
                "unlocked": min(supply.unlocked - so_far, there),
            }[limit]
            if (step := min(left, max(allowed, ZERO))) > 0:
                taken[supply.balance.pk] = so_far + step
                left -= step
    picks = [
        _Pick(supply.lot, taken[supply.balance.pk], supply.balance)
        for supply in found
        if supply.balance.pk in taken
    ]
    return [*picks, _Pick(None, left)] if left > 0 else picks


def _issue(
    component: OrderComponent, picks: list[_Pick], operation: Operation, event: ProductionEvent
) -> None:
    order = component.order
    pieces = event.good + event.scrap + event.rework + event.setup_pieces
    outputs: list[tuple[Lot, Decimal]] = []
    for pick in picks:
        lot = pick.lot
        balance = pick.balance or _balance_of(component, lot)
        _book_out(component, balance, pick.quantity, by=event.by, at=event.occurred_at, event=event)
        if lot is None:
            continue
        outputs = outputs or output_lots(
            order=order,
            before=pieces_before(operation, event),
            pieces=max(pieces, Decimal(1)),
            at=event.occurred_at,
        )
        shares = shares_of(pick.quantity, [share for _lot, share in outputs])
        for (child, _share), share in zip(outputs, shares, strict=True):
            if share and may_be_linked(parent=lot, child=child, plant_id=order.plant_id):
                note_link(parent=lot, child=child, quantity=share, made=made_by_event(event))


def _balance_of(component: OrderComponent, lot: Lot | None) -> StockBalance:
    """The free stock of a lot, or of the component's item without one, that lies at no known place."""
    item = lot.item if lot is not None else component.item
    number = lot.number if lot is not None else ""
    return locked_balance(plant=component.order.plant, item=item, lot=number)


_TAKE = """
WITH mine AS (
    SELECT id, least(quantity, %(quantity)s) AS taken FROM orders_reservation
    WHERE component_id = %(component)s AND balance_id = %(balance)s AND quantity > 0
), reservation AS (
    UPDATE orders_reservation r SET quantity = r.quantity - mine.taken FROM mine WHERE r.id = mine.id
), component AS (
    UPDATE orders_ordercomponent
    SET issued = issued + %(stands_for)s, reserved = reserved - coalesce((SELECT taken FROM mine), 0)
    WHERE id = %(component)s
)
UPDATE orders_stockbalance
SET on_hand = on_hand - %(quantity)s, reserved = reserved - coalesce((SELECT taken FROM mine), 0)
WHERE id = %(balance)s
RETURNING reserved - greatest(on_hand, 0)
"""
"""Takes from a balance under lock, out of the component's own reservation first; answers with how much more
others have reserved than is left."""


def _book_out(
    component: OrderComponent,
    balance: StockBalance,
    quantity: Decimal,
    *,
    by: User | None,
    at: datetime,
    event: ProductionEvent | None = None,
    key: uuid.UUID | None = None,
    stands_for: Decimal | None = None,
) -> StockMove:
    """One issue to an order: its move, its reservation, and the balance that others now can't have."""
    move = StockMove.objects.create(
        plant_id=balance.plant_id,
        item_id=balance.item_id,
        lot=balance.lot,
        place_id=balance.place_id,
        status=balance.status,
        quantity=-quantity,
        kind=MoveKind.ISSUE,
        order_id=component.order_id,
        component=component,
        event=event,
        by=by,
        occurred_at=at,
        key=key or uuid.uuid4(),
        stands_for=-stands_for if stands_for is not None else None,
    )
    taken: dict[str, int | Decimal] = {
        "component": component.pk,
        "balance": balance.pk,
        "quantity": quantity,
        "stands_for": quantity if stands_for is None else stands_for,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, taken)
        [surplus] = cursor.fetchone()
    displace(balance=balance, surplus=surplus)
    return move


def _take_back(component: OrderComponent, quantity: Decimal, event: ProductionEvent) -> None:
    """Undo the moves and links of the report that is reversed; without one, to stock without a lot."""
    left = quantity
    for move in StockMove.objects.filter(event__isnull=False, event=event.reverses_id, component=component):
        move_stock(
            plant=component.order.plant,
            item=move.item,
            quantity=-move.quantity,
            kind=MoveKind.ISSUE,
            lot=move.lot,
            place=move.place,
            status=move.status,
            order=component.order,
            component=component,
            event=event,
            by=event.by,
            at=event.occurred_at,
        )
        left += move.quantity
    if left != 0:
        move_stock(
            plant=component.order.plant,
            item=component.item,
            quantity=left,
            kind=MoveKind.ISSUE,
            order=component.order,
            component=component,
            event=event,
            by=event.by,
            at=event.occurred_at,
        )
    OrderComponent.objects.filter(pk=component.pk).update(issued=F("issued") - quantity)
    if event.reverses_id is None:
        return
    links = GenealogyLink.objects.filter(event=event.reverses_id, parent__item=component.item_id)
    for link in links.select_related("parent", "child"):
        link_lots(
            parent=link.parent,
            child=link.child,
            quantity=-link.quantity,
            made=made_by_event(event),
            key=derived_key(link.key, "taken back"),
        )


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
        for item, factor in _substitutes(component):
            if item == lot.item_id:
                return component, factor
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
    balance = _where(component, lot, quantity) or _balance_of(component, lot)
    moment = at or timezone.now()
    run = Run.objects.filter(operation=operation, ended_at__isnull=True).order_by("-started_at").first()
    [(child, _pieces)] = output_lots(order=order, before=operation.good, pieces=Decimal(1), at=moment)[:1]
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
    move = _book_out(component, balance, quantity, by=by, at=moment, key=key, stands_for=stands_for)
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


def _substitutes(component: OrderComponent) -> list[tuple[int, Decimal]]:
    return [(row.substitute_id, row.factor) for row in _allowed(component)]


def _allowed(component: OrderComponent) -> QuerySet[Substitute]:
    return Substitute.objects.filter(
        Q(product__isnull=True) | Q(product=component.order.item_id), item=component.item_id
    )


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
