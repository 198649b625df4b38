"""How quotes and forecasts turned out: where each finished order's end fell in what was said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from machines.models import Plant

FIRST_SAID = """
SELECT DISTINCT ON (o.id) o.id, o.item_id, line_order.customer_id, said.zero_at, o.finished_at, said.grid
FROM orders_productionorder o
LEFT JOIN orders_customerorderline line ON line.id = o.customer_line_id
LEFT JOIN orders_customerorder line_order ON line_order.id = line.order_id
JOIN LATERAL (
    SELECT 0 AS rank, q.made_at, q.zero_at, q.grid
    FROM orders_promise p JOIN orders_quote q ON q.id = p.quote_id WHERE p.order_id = o.id
    UNION ALL
    SELECT 1, f.made_at, f.zero_at, f.grid
    FROM orders_orderforecast f WHERE f.order_id = o.id
) said ON said.made_at < coalesce(o.finished_at, %(before)s)
WHERE o.id = ANY (
      (SELECT id FROM orders_productionorder
       WHERE plant_id = %(plant)s AND finished_at <= %(before)s
       ORDER BY finished_at DESC LIMIT %(most)s)
      UNION ALL
      (SELECT id FROM orders_productionorder
       WHERE plant_id = %(plant)s AND state = ANY (%(open)s)
       ORDER BY id DESC LIMIT %(most)s))
ORDER BY o.id, said.rank, said.made_at
"""
MOST = 300
"""Finished orders, and as many open ones."""
OPEN = ["planned", "released", "running"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The first thing that was said of an order's end, and the end. ``grid``: seconds after ``zero_at``.
    ``ended_at`` None: it goes on."""

    order: int
    item: int
    customer: int | None
    zero_at: datetime
    ended_at: datetime | None
    grid: tuple[int, ...]


def outcomes(plant: Plant, *, before: datetime, most: int = MOST) -> list[Outcome]:
    """Of the last finished orders and the newest open ones. The accepted quote counts, else the first
    forecast. One query."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_SAID, {"plant": plant.pk, "before": before, "most": most, "open": OPEN})
        rows = cursor.fetchall()
    return [
        Outcome(
            order, item, customer, zero, finished if finished and finished <= before else None, tuple(grid)
        )
        for order, item, customer, zero, finished, grid in rows
    ]
