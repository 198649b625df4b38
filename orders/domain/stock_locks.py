"""Who may change the stock of an item: one transaction at a time in a plant, items in their order.

Everything that touches balances takes these locks first, all that it needs at once and in one order: whoever
waits holds none that the other wants. Balances, reservations and the components of other orders are touched
only under them, in any order. They end with the transaction; taking one twice is allowed.

Items share ``SHARES`` locks, so that a transaction with thousands of items doesn't use up the server's lock
table; two items that share one only wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from orders.models import Operation

STOCK_LOCK = 0x570C
"""Class of these advisory locks; the number in it is that of the plant and the item's share."""
SHARES = 512

_LOCK = f"""
    SELECT pg_advisory_xact_lock({STOCK_LOCK}, number)
    FROM (SELECT DISTINCT (%(plant)s * {SHARES} + item %% {SHARES})::int AS number FROM (%s) AS needed
        ORDER BY number) AS sorted
"""  # noqa: S608 (texts of ours)
_ITEMS = "SELECT unnest(%(items)s::bigint[]) AS item"
_OF_ORDERS = """
    WITH needed AS (
        SELECT item_id AS item FROM orders_ordercomponent WHERE order_id = ANY(%(orders)s)
        UNION ALL
        SELECT l.item_id FROM orders_bomline l JOIN orders_bom b ON b.id = l.bom_id
        JOIN orders_productionorder o ON o.item_id = b.item_id
        WHERE o.id = ANY(%(orders)s) AND (o.state = 'planned' OR %(changing)s) AND b.active
    )
    SELECT item FROM needed
    UNION ALL
    SELECT s.substitute_id FROM orders_substitute s JOIN needed n ON s.item_id = n.item
    UNION ALL SELECT item_id FROM orders_productionorder WHERE id = ANY(%(orders)s)
"""
_OF_OPERATION = """
    SELECT item_id AS item FROM orders_ordercomponent
    WHERE order_id = %(order)s AND operation_number IN (%(number)s, '')
    UNION ALL
    SELECT s.substitute_id FROM orders_substitute s JOIN orders_ordercomponent c ON c.item_id = s.item_id
    WHERE c.order_id = %(order)s AND c.operation_number IN (%(number)s, '')
    UNION ALL SELECT %(product)s::bigint
"""


def lock_items(*, plant_id: int, items: Collection[int]) -> None:
    """Take the stock of these items. One query."""
    _lock(_ITEMS, plant=plant_id, items=list(items))


def lock_items_of_orders(*, plant_id: int, orders: Collection[int], changing: bool = False) -> None:
    """Take the stock of what orders of a plant make and need, of what may stand for it, and of their bills of
    material: for planned ones, and for all that are ``changing`` to another revision. One query."""
    _lock(_OF_ORDERS, plant=plant_id, orders=list(orders), changing=changing)


def lock_items_of_operation(operation: Operation, *, product: int) -> None:
    """Take the stock of what an operation consumes, of what may stand for it, and of the order's ``product``.

    One query.
    """
    _lock(
        _OF_OPERATION,
        plant=operation.plant_id,
        order=operation.order_id,
        number=operation.number,
        product=product,
    )


def _lock(needed: str, **given: int | str | list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.replace("(%s)", f"({needed})"), given)
