"""Stock: moves, reservations, and consumption by reports."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from machines.models import Plant
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem
from orders.enums import MoveKind
from orders.models import Item, Operation, ProductionEvent, ProductionOrder, StockBalance, StockMove

_RESERVE = """
WITH need AS (
    SELECT c.id, c.item_id, c.quantity - c.reserved - c.issued AS missing,
           sum(c.quantity - c.reserved - c.issued) OVER (PARTITION BY c.item_id ORDER BY c.id) AS running
    FROM orders_ordercomponent c
    WHERE c.order_id = %(order)s AND c.quantity > c.reserved + c.issued
), balance AS (
    SELECT b.id, b.item_id, greatest(b.on_hand - b.reserved, 0) AS free
    FROM orders_stockbalance b
    WHERE b.plant_id = %(plant)s AND b.lot = '' AND b.item_id IN (SELECT item_id FROM need)
    ORDER BY b.id
    FOR NO KEY UPDATE
), share AS (
    SELECT n.id, n.item_id, least(n.missing, greatest(b.free - (n.running - n.missing), 0)) AS taken
    FROM need n JOIN balance b USING (item_id)
), component AS (
    UPDATE orders_ordercomponent c SET reserved = c.reserved + s.taken
    FROM share s WHERE c.id = s.id AND s.taken > 0
)
UPDATE orders_stockbalance b SET reserved = b.reserved + t.taken
FROM (SELECT item_id, sum(taken) AS taken FROM share GROUP BY item_id HAVING sum(taken) > 0) t
WHERE b.plant_id = %(plant)s AND b.lot = '' AND b.item_id = t.item_id
"""

_CONSUME = """
WITH need AS (
    SELECT c.id, c.item_id, round(c.quantity * %(pieces)s / %(planned)s, 3) AS used, c.reserved
    FROM orders_ordercomponent c
    WHERE c.order_id = %(order)s AND c.backflush AND c.operation_number = %(number)s
      AND round(c.quantity * %(pieces)s / %(planned)s, 3) <> 0
    ORDER BY c.item_id, c.id
    FOR NO KEY UPDATE
), freed AS (
    SELECT id, item_id, used, least(greatest(used, 0), reserved) AS released FROM need
), moved AS (
    INSERT INTO orders_stockmove
        (plant_id, key, item_id, lot, quantity, kind, order_id, component_id, event_id,
         occurred_at, by_id, comment)
    SELECT %(plant)s, gen_random_uuid(), item_id, '', -used, 'issue', %(order)s, id, %(event)s,
           %(at)s, %(by)s, ''
    FROM freed
), component AS (
    UPDATE orders_ordercomponent c SET issued = c.issued + f.used, reserved = c.reserved - f.released
    FROM freed f WHERE c.id = f.id
)
INSERT INTO orders_stockbalance (plant_id, item_id, lot, on_hand, reserved, may_go_negative)
SELECT %(plant)s, item_id, '', -sum(used), 0, true FROM freed GROUP BY item_id ORDER BY item_id
ON CONFLICT (plant_id, item_id, lot) DO UPDATE
SET on_hand = orders_stockbalance.on_hand + excluded.on_hand,
    reserved = orders_stockbalance.reserved
        - (SELECT coalesce(sum(f.released), 0) FROM freed f WHERE f.item_id = orders_stockbalance.item_id)
"""


@transaction.atomic
def move_stock(
    *,
    plant: Plant,
    item: Item,
    quantity: Decimal,
    kind: str = MoveKind.ADJUSTMENT,
    lot: str = "",
    key: uuid.UUID | None = None,
    by: User | None = None,
    order: ProductionOrder | None = None,
    event: ProductionEvent | None = None,
    at: datetime | None = None,
    comment: str = "",
) -> StockMove:
    """Book one movement, positive into stock, in the item's unit. The same ``key`` moves once.

    Raises InvalidInput for a quantity of zero.
    """
    if quantity == 0:
        raise InvalidInput([Problem("zero", "A movement moves something.", "quantity", value="0")])
    balance, _ = StockBalance.objects.get_or_create(plant=plant, item=item, lot=lot)
    balance = StockBalance.objects.select_for_update(no_key=True).get(pk=balance.pk)
    if key is not None and (known := StockMove.objects.filter(key=key).first()):
        return known
    move = StockMove.objects.create(
        plant=plant,
        item=item,
        lot=lot,
        quantity=quantity,
        kind=kind,
        key=key or uuid.uuid4(),
        by=by,
        order=order,
        event=event,
        occurred_at=at or timezone.now(),
        comment=comment,
    )
    StockBalance.objects.filter(pk=balance.pk).update(on_hand=F("on_hand") + quantity)
    return move


def reserve_components(*, order: ProductionOrder) -> None:
    """Reserve what is free in stock for the order's components: one query. Missing stock stays missing."""
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, {"order": order.pk, "plant": order.plant_id})


def consume_components(*, operation: Operation, pieces: Decimal, event: ProductionEvent) -> None:
    """Issue what ``pieces`` made (negative: taken back) consumed at this operation: one query.

    Only components that the BOM marks as consumed by the report; the ERP's backflush rule.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _CONSUME,
            {
                "order": operation.order_id,
                "plant": operation.plant_id,
                "number": operation.number,
                "pieces": pieces,
                "planned": operation.quantity,
                "event": event.pk,
                "at": event.occurred_at,
                "by": event.by_id,
            },
        )


def free_reservations(*, order: ProductionOrder) -> None:
    """Give back what a cancelled or closed order had reserved: two queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE orders_stockbalance b SET reserved = b.reserved - t.reserved
            FROM (SELECT item_id, sum(reserved) AS reserved FROM orders_ordercomponent
                  WHERE order_id = %s AND reserved > 0 GROUP BY item_id) t
            WHERE b.plant_id = %s AND b.lot = '' AND b.item_id = t.item_id
            """,
            [order.pk, order.plant_id],
        )
    order.components.filter(reserved__gt=0).update(reserved=0)
