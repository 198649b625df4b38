"""How quotes and forecasts turned out: where each finished order's end fell in what was said of it, and which
promises were missed after what had been said of them."""

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
LOOKED_AT = """
WITH judged AS (
    SELECT id, finished_at FROM (
        (SELECT id, finished_at, promised_at FROM orders_productionorder
         WHERE plant_id = %(plant)s AND finished_at <= %(before)s
         ORDER BY finished_at DESC LIMIT %(most)s)
        UNION ALL
        (SELECT id, NULL, promised_at FROM orders_productionorder
         WHERE plant_id = %(plant)s AND state = ANY (%(open)s) AND promised_at <= %(before)s
         ORDER BY promised_at DESC LIMIT %(most)s)) known
    ORDER BY least(finished_at, promised_at) DESC LIMIT %(most)s),
newest AS (
    SELECT DISTINCT ON (f.order_id, stage) f.id, judged.finished_at
    FROM judged
    JOIN orders_orderforecast f ON f.order_id = judged.id
    CROSS JOIN LATERAL (
        SELECT floor(ln(greatest(extract(epoch FROM f.promised_at - f.zero_at) / 3600, 1)::float8)
                     / ln(2::float8)) AS stage) AS said
    WHERE f.promised_at > f.zero_at AND least(f.promised_at, judged.finished_at) <= %(before)s
      AND f.zero_at < coalesce(judged.finished_at, %(before)s)
    ORDER BY f.order_id, stage, f.id DESC)
SELECT f.order_id, f.zero_at, f.promised_at, newest.finished_at, f.grid, f.levels
FROM newest JOIN orders_orderforecast f ON f.id = newest.id
ORDER BY f.id
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


@dataclass(frozen=True, slots=True)
class PastForecast:
    """What was expected of a promised order before its date and its end, and whether it kept its promise."""

    order: int
    zero_at: datetime
    promised_at: datetime
    late: bool
    grid: tuple[int, ...]
    levels: tuple[float, ...]


def past_forecasts(plant: Plant, *, before: datetime, most: int = MOST) -> list[PastForecast]:
    """Of the orders whose promises were kept or missed last, the newest forecast in each of the stages of
    ``hindsight.stage_of``. An order that is open after its date missed it. One query."""
    with connection.cursor() as cursor:
        cursor.execute(LOOKED_AT, {"plant": plant.pk, "before": before, "most": most, "open": OPEN})
        rows = cursor.fetchall()
    return [
        PastForecast(
            order, zero, promised, finished is None or finished > promised, tuple(grid), tuple(levels)
        )
        for order, zero, promised, finished, grid, levels in rows
    ]
