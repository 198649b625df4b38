"""What a recall would concern, summed up: which customers have how much of it, and where the rest lies."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection


class Delivered(NamedTuple):
    """What a customer got of one item, ``quantity`` in the item's unit."""

    customer: str
    item: str
    quantity: Decimal
    unit: str
    lots: int
    shipments: int
    latest: datetime


class Lying(NamedTuple):
    """What lies of one item at a place of a plant; ``place`` is empty where none was booked."""

    plant: str
    place: str
    item: str
    quantity: Decimal
    unit: str
    lots: int


class ShippedWithoutLot(NamedTuple):
    """A shipment of an item without a lot while a concerned lot of it was there."""

    customer: str
    order: str
    number: str
    at: datetime
    plant: str
    item: str
    quantity: Decimal
    unit: str


class KeptWithoutLot(NamedTuple):
    """What of a plant's stock of an item had no lot: ``used`` by orders while a concerned lot was there, and
    what is ``lying`` there now."""

    plant: str
    item: str
    used: Decimal
    lying: Decimal
    unit: str


_DELIVERED = """
SELECT k.name, i.code, sum(s.quantity), u.symbol, count(DISTINCT s.lot_id), count(DISTINCT s.shipment_id),
    max(d.shipped_at)
FROM orders_shippedlot s
JOIN orders_shipment d ON d.id = s.shipment_id
JOIN orders_customerorderline n ON n.id = d.line_id
JOIN orders_customerorder o ON o.id = n.order_id
JOIN orders_customer k ON k.id = o.customer_id
JOIN orders_lot l ON l.id = s.lot_id
JOIN orders_item i ON i.id = l.item_id
JOIN orders_unit u ON u.id = i.unit_id
WHERE s.lot_id = ANY(%s::bigint[])
GROUP BY k.id, k.name, i.id, i.code, u.symbol
ORDER BY k.name, i.code
"""
_LYING = """
WITH concerned AS (SELECT item_id, number FROM orders_lot WHERE id = ANY(%s::bigint[]))
SELECT p.code, coalesce(q.code, ''), i.code, sum(b.on_hand), u.symbol, count(DISTINCT b.lot)
FROM orders_stockbalance b
JOIN concerned c ON c.item_id = b.item_id AND c.number = b.lot
JOIN machines_plant p ON p.id = b.plant_id
LEFT JOIN orders_place q ON q.id = b.place_id
JOIN orders_item i ON i.id = b.item_id
JOIN orders_unit u ON u.id = i.unit_id
WHERE b.on_hand <> 0
GROUP BY p.code, q.code, i.code, u.symbol
ORDER BY p.code, q.code NULLS LAST, i.code
"""

_WITHOUT_LOT = """
WITH concerned AS (SELECT id, item_id, number, made_at FROM orders_lot WHERE id = ANY(%s::bigint[])),
gone AS ({gone}),
there AS MATERIALIZED (
    SELECT w.plant_id, c.item_id,
        CASE WHEN m.given THEN '-infinity' ELSE least(c.made_at, m.first) END AS since,
        CASE WHEN m.left <= 0 THEN m.last ELSE 'infinity' END AS until
    FROM (SELECT DISTINCT plant_id, item_id FROM gone) w
    JOIN concerned c ON c.item_id = w.item_id
    LEFT JOIN LATERAL (
        SELECT min(occurred_at) AS first, max(occurred_at) AS last, sum(quantity) AS left,
            (array_agg(kind ORDER BY id))[1] = 'transfer' AS given
        FROM orders_stockmove
        WHERE plant_id = w.plant_id AND item_id = c.item_id AND lot = c.number HAVING count(*) > 0
    ) m ON true
    WHERE m.first IS NOT NULL
        OR NOT EXISTS (SELECT FROM orders_stockbalance b WHERE b.item_id = c.item_id AND b.lot = c.number)
),
told AS (
    SELECT * FROM gone g
    WHERE g.at = 'infinity' OR EXISTS (SELECT FROM there t
        WHERE t.plant_id = g.plant_id AND t.item_id = g.item_id AND g.at BETWEEN t.since AND t.until)
)
{rest}
"""
"""``there``: by plant and lot from when until when it was there. A lot that stock was given later (its first
move is a transfer) may have been there since ever, one that stock never had may lie in any plant since it was
made. ``told``: what of ``gone`` was without a lot then; what is still there has no end of time."""

_SHIPPED_WITHOUT_LOT = _WITHOUT_LOT.format(
    gone="""SELECT d.plant_id, n.item_id, d.shipped_at AS at, s.quantity, d.number, n.order_id
    FROM orders_shippedlot s
    JOIN orders_shipment d ON d.id = s.shipment_id
    JOIN orders_customerorderline n ON n.id = d.line_id
    WHERE s.lot_id IS NULL AND n.item_id IN (SELECT item_id FROM concerned)""",
    rest="""SELECT k.name, o.number, g.number, g.at, p.code, i.code, g.quantity, u.symbol
FROM told g
JOIN orders_customerorder o ON o.id = g.order_id
JOIN orders_customer k ON k.id = o.customer_id
JOIN machines_plant p ON p.id = g.plant_id
JOIN orders_item i ON i.id = g.item_id
JOIN orders_unit u ON u.id = i.unit_id
ORDER BY i.code, k.name, g.at, g.number""",
)
_KEPT_WITHOUT_LOT = _WITHOUT_LOT.format(
    gone="""SELECT plant_id, item_id, occurred_at AS at, -quantity AS quantity
    FROM orders_stockmove
    WHERE lot = '' AND kind = 'issue' AND item_id IN (SELECT item_id FROM concerned)
    UNION ALL
    SELECT plant_id, item_id, 'infinity', on_hand
    FROM orders_stockbalance
    WHERE lot = '' AND on_hand > 0 AND item_id IN (SELECT item_id FROM concerned)""",
    rest="""SELECT p.code, i.code, coalesce(sum(g.quantity) FILTER (WHERE g.at < 'infinity'), 0),
    coalesce(sum(g.quantity) FILTER (WHERE g.at = 'infinity'), 0), u.symbol
FROM told g
JOIN machines_plant p ON p.id = g.plant_id
JOIN orders_item i ON i.id = g.item_id
JOIN orders_unit u ON u.id = i.unit_id
GROUP BY p.code, i.code, u.symbol
ORDER BY i.code, p.code""",
)


def delivered(lots: Collection[int]) -> list[Delivered]:
    """By customer and item what was shipped of these lots. One query."""
    return list(map(Delivered._make, _of(_DELIVERED, lots)))


def lying(lots: Collection[int]) -> list[Lying]:
    """By place and item what is in stock of these lots. One query."""
    return list(map(Lying._make, _of(_LYING, lots)))


def shipped_without_lot(lots: Collection[int]) -> list[ShippedWithoutLot]:
    """What no lot's trace leads to, though these lots may be among it: shipments of their items without a lot
    while they were there. One query."""
    return list(map(ShippedWithoutLot._make, _of(_SHIPPED_WITHOUT_LOT, lots)))


def kept_without_lot(lots: Collection[int]) -> list[KeptWithoutLot]:
    """The same of what didn't leave: used by orders, or still there. One query."""
    return list(map(KeptWithoutLot._make, _of(_KEPT_WITHOUT_LOT, lots)))


def _of(sql: str, lots: Collection[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(lots)])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
