"""Stock: moves, reservations, and consumption by reports."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem
from orders.domain.available import today_in
from orders.domain.stock_locks import lock_items, lock_items_of_orders
from orders.enums import MoveKind, StockStatus
from orders.models import (
    Item,
    Lot,
    Operation,
    OrderComponent,
    Place,
    ProductionEvent,
    ProductionOrder,
    PurchaseOrderLine,
    StockBalance,
    StockMove,
)

Use = tuple[ProductionEvent, Decimal]
"""What an event made, or how much of a component that consumed; negative: taken back."""

_RESERVE = """
WITH need AS (
    SELECT c.id, c.item_id, c.quantity - c.reserved - c.issued AS missing,
           sum(c.quantity - c.reserved - c.issued) OVER (PARTITION BY c.item_id ORDER BY c.id) AS running
    FROM orders_ordercomponent c
    WHERE c.order_id = ANY(%(orders)s) AND c.quantity > c.reserved + c.issued
), balance AS (
    SELECT b.id, b.item_id, b.lot, greatest(b.on_hand - b.reserved, 0) AS free
    FROM orders_stockbalance b
    WHERE b.plant_id = %(plant)s AND b.status = 'free' AND b.item_id IN (SELECT item_id FROM need)
    ORDER BY b.id
    FOR NO KEY UPDATE
), supply AS (
    SELECT b.id, b.item_id, b.free,
           sum(b.free) OVER (
               PARTITION BY b.item_id ORDER BY l.expires_on NULLS LAST, l.made_at NULLS FIRST, b.id
           ) AS running
    FROM balance b LEFT JOIN orders_lot l ON l.item_id = b.item_id AND l.number = b.lot
    WHERE b.free > 0
      AND (l.id IS NULL OR (l.status = 'free' AND (l.expires_on IS NULL OR l.expires_on >= %(today)s)))
      AND NOT EXISTS (
          SELECT FROM orders_hold h WHERE h.item_id = b.item_id AND h.plant_id = %(plant)s
            AND h.lot IN ('', b.lot) AND h.lifted_at IS NULL
      )
), share AS (
    SELECT n.id AS component_id, s.id AS balance_id,
           least(n.running, s.running) - greatest(n.running - n.missing, s.running - s.free) AS taken
    FROM need n JOIN supply s USING (item_id)
    WHERE least(n.running, s.running) > greatest(n.running - n.missing, s.running - s.free)
), kept AS (
    INSERT INTO orders_reservation (component_id, balance_id, quantity, locked)
    SELECT component_id, balance_id, taken, false FROM share ORDER BY component_id, balance_id
    ON CONFLICT (component_id, balance_id) DO UPDATE
    SET quantity = orders_reservation.quantity + excluded.quantity
), component AS (
    UPDATE orders_ordercomponent c SET reserved = c.reserved + s.taken
    FROM (SELECT component_id, sum(taken) AS taken FROM share GROUP BY component_id) s
    WHERE c.id = s.component_id
)
UPDATE orders_stockbalance b SET reserved = b.reserved + t.taken
FROM (SELECT balance_id, sum(taken) AS taken FROM share GROUP BY balance_id) t
WHERE b.id = t.balance_id
"""
"""What is free goes to the components in their order, soonest expiry first, then the oldest."""

_CONSUME = """
WITH made AS (
    SELECT * FROM unnest(%(events)s::bigint[], %(pieces)s::numeric[], %(at)s::timestamptz[], %(by)s::bigint[])
        WITH ORDINALITY AS made (event, pieces, at, by, nth)
), component AS (
    SELECT c.id, c.item_id, c.quantity, c.reserved,
           NOT i.lot_tracked AND NOT EXISTS (
               SELECT FROM orders_stockbalance b
               WHERE b.plant_id = %(plant)s AND b.item_id = c.item_id
                 AND (b.lot <> '' OR b.place_id IS NOT NULL)
           ) AS plain
    FROM orders_ordercomponent c JOIN orders_item i ON i.id = c.item_id
    WHERE c.order_id = %(order)s AND c.backflush AND c.operation_number = %(number)s
    ORDER BY c.item_id, c.id
    FOR NO KEY UPDATE OF c
), used AS (
    SELECT c.*, m.*, round(c.quantity * m.pieces / %(planned)s, 3) AS used FROM component c CROSS JOIN made m
), freed AS (
    SELECT id, item_id, sum(used) AS used, least(sum(greatest(used, 0)), max(reserved)) AS released
    FROM used WHERE plain AND used <> 0 GROUP BY id, item_id
), moved AS (
    INSERT INTO orders_stockmove
        (plant_id, key, item_id, lot, status, quantity, kind, order_id, component_id, event_id,
         occurred_at, by_id, comment)
    SELECT %(plant)s, gen_random_uuid(), item_id, '', 'free', -used, 'issue', %(order)s, id, event,
           at, by, ''
    FROM used WHERE plain AND used <> 0 ORDER BY nth, item_id, id
), taken AS (
    UPDATE orders_ordercomponent c SET issued = c.issued + f.used, reserved = c.reserved - f.released
    FROM freed f WHERE c.id = f.id
), reservation AS (
    UPDATE orders_reservation r SET quantity = r.quantity - f.released
    FROM freed f WHERE r.component_id = f.id AND f.released > 0
), balance AS (
    INSERT INTO orders_stockbalance (plant_id, item_id, lot, status, on_hand, reserved, may_go_negative)
    SELECT %(plant)s, item_id, '', 'free', -sum(used), 0, true FROM freed GROUP BY item_id ORDER BY item_id
    ON CONFLICT (plant_id, item_id, lot, place_id, status) DO UPDATE
    SET on_hand = orders_stockbalance.on_hand + excluded.on_hand,
        reserved = orders_stockbalance.reserved
            - (SELECT coalesce(sum(f.released), 0) FROM freed f WHERE f.item_id = orders_stockbalance.item_id)
)
SELECT id, nth, used FROM used WHERE NOT plain AND used <> 0 ORDER BY item_id, id, nth
"""
"""Books what has neither lots nor places; answers with the components whose lots are still to be chosen."""


@transaction.atomic
def move_stock(
    *,
    plant: Plant,
    item: Item,
    quantity: Decimal,
    kind: str = MoveKind.ADJUSTMENT,
    lot: str = "",
    place: Place | None = None,
    status: str = StockStatus.FREE,
    key: uuid.UUID | None = None,
    by: User | None = None,
    order: ProductionOrder | None = None,
    component: OrderComponent | None = None,
    event: ProductionEvent | None = None,
    at: datetime | None = None,
    comment: str = "",
    purchase_line: PurchaseOrderLine | None = None,
) -> StockMove:
    """Book one movement, positive into stock, in the item's unit. The same ``key`` moves once.

    What happened is booked even below zero and for a lot that nobody knew: it is known from then on. Raises
    InvalidInput for a quantity of zero.
    """
    if quantity == 0:
        raise InvalidInput([Problem("zero", _("A movement moves something."), "quantity", value="0")])
    lock_items(plant_id=plant.pk, items=[item.pk])
    if lot:
        Lot.objects.get_or_create(item=item, number=lot, defaults={"made_at": at or timezone.now()})
    balance = locked_balance(plant=plant, item=item, lot=lot, place=place, status=status)
    if key is not None and (known := StockMove.objects.filter(key=key).first()):
        return known
    move = StockMove.objects.create(
        plant=plant,
        item=item,
        lot=lot,
        place=place,
        status=status,
        quantity=quantity,
        kind=kind,
        key=key or uuid.uuid4(),
        by=by,
        order=order,
        component=component,
        event=event,
        occurred_at=at or timezone.now(),
        comment=comment,
        purchase_line=purchase_line,
    )
    StockBalance.objects.filter(pk=balance.pk).update(on_hand=F("on_hand") + quantity)
    return move


def locked_balance(
    *, plant: Plant, item: Item, lot: str = "", place: Place | None = None, status: str = StockStatus.FREE
) -> StockBalance:
    """The balance under lock, made if there is none yet; the caller has the item's stock."""
    balance, _made = StockBalance.objects.get_or_create(
        plant=plant, item=item, lot=lot, place=place, status=status
    )
    return StockBalance.objects.select_for_update(no_key=True).get(pk=balance.pk)


def reserve_components(*, plant: Plant, orders: Collection[int]) -> None:
    """Reserve what is free in stock for the components of a plant's orders, those of the oldest order first:
    two queries, none for no order. Missing stock stays missing."""
    if not orders:
        return
    lock_items_of_orders(plant_id=plant.pk, orders=orders)
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, {"orders": list(orders), "plant": plant.pk, "today": today_in(plant)})


def consume_plain_components(*, operation: Operation, made: Sequence[Use]) -> dict[int, list[Use]]:
    """Issue what the pieces of these events (negative: taken back) consumed at their operation: one query.

    The caller has the stock of these items. Only components that the BOM marks as consumed by the report; the
    ERP's backflush rule. Returns by number of the component what each event used where stock has lots or
    places: which of them, ``backflush`` decides.
    """
    events = [event for event, _pieces in made]
    values = {
        "order": operation.order_id,
        "plant": operation.plant_id,
        "number": operation.number,
        "planned": operation.quantity,
        "events": [event.pk for event in events],
        "pieces": [pieces for _event, pieces in made],
        "at": [event.occurred_at for event in events],
        "by": [event.by_id for event in events],
    }
    rest: dict[int, list[Use]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_CONSUME, values)
        for component, nth, used in cursor.fetchall():
            rest.setdefault(component, []).append((events[nth - 1], used))
    return rest


def free_reservations(*, plant_id: int, orders: Collection[int]) -> None:
    """Give back what finished, cancelled or closed orders of a plant had reserved: three queries, none for no
    order."""
    if not orders:
        return
    lock_items_of_orders(plant_id=plant_id, orders=orders)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH mine AS (
                SELECT r.id, r.balance_id, r.quantity FROM orders_reservation r
                JOIN orders_ordercomponent c ON c.id = r.component_id
                WHERE c.order_id = ANY(%s)
            ), held AS (
                SELECT id FROM orders_stockbalance WHERE id IN (SELECT balance_id FROM mine)
                ORDER BY id FOR NO KEY UPDATE
            ), gone AS (
                DELETE FROM orders_reservation r USING mine WHERE r.id = mine.id
            )
            UPDATE orders_stockbalance b SET reserved = b.reserved - t.reserved
            FROM (SELECT balance_id, sum(quantity) AS reserved FROM mine GROUP BY balance_id) t
            WHERE b.id = t.balance_id AND b.id IN (SELECT id FROM held)
            """,
            [list(orders)],
        )
    OrderComponent.objects.filter(order__in=orders, reserved__gt=0).update(reserved=0)
