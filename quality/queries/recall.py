"""What a recall would concern, summed up: which customers have how much of it, and where the rest lies."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

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


def delivered(lots: Collection[int]) -> list[Delivered]:
    """By customer and item what was shipped of these lots. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_DELIVERED, [list(lots)])
        return list(map(Delivered._make, cursor.fetchall()))


def lying(lots: Collection[int]) -> list[Lying]:
    """By place and item what is in stock of these lots. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LYING, [list(lots)])
        return list(map(Lying._make, cursor.fetchall()))
