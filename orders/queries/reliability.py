"""The first thing that was said of each order, finished or open, with its dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Min, Q
from django.db.models.functions import Least

from machines.models import Plant
from orders.models import OrderForecast, ProductionOrder, Promise, PromiseAlert

SAID = """
SELECT DISTINCT ON (o.id) o.id, o.number, i.code, coalesce(c.name, ''), said.made_at, said.zero_at,
       said.p50_at, said.p80_at, said.p95_at, said.grid, o.finished_at
FROM orders_productionorder o
JOIN orders_item i ON i.id = o.item_id
LEFT JOIN orders_customerorderline line ON line.id = o.customer_line_id
LEFT JOIN orders_customerorder co ON co.id = line.order_id
LEFT JOIN orders_customer c ON c.id = co.customer_id
JOIN LATERAL (
    SELECT 0 AS rank, q.made_at, q.zero_at, q.p50_at, q.p80_at, q.p95_at, q.grid
    FROM orders_promise p JOIN orders_quote q ON q.id = p.quote_id WHERE p.order_id = o.id
    UNION ALL
    SELECT 1, f.made_at, f.zero_at, f.p50_at, f.p80_at, f.p95_at, f.grid
    FROM orders_orderforecast f WHERE f.order_id = o.id
) said ON o.finished_at IS NULL OR said.made_at < o.finished_at
WHERE o.plant_id = %(plant)s AND o.state <> 'cancelled' AND said.made_at >= %(since)s
ORDER BY o.id, said.rank, said.made_at
"""


def said_rows(plant: Plant, *, since: datetime) -> Iterator[tuple[Any, ...]]:
    """Order id, number, item, customer, made, zero, three dates, grid, finished. One query."""
    with connection.cursor() as cursor:
        cursor.execute(SAID, {"plant": plant.pk, "since": since})
        yield from cursor.fetchall()


@dataclass(frozen=True, slots=True)
class OnTime:
    """One promised order: what was promised first and last, and its end (None: open and overdue)."""

    order: int
    number: str
    first: datetime
    last: datetime
    versions: int
    finished_at: datetime | None

    @property
    def first_kept(self) -> bool:
        return self.finished_at is not None and self.finished_at <= self.first

    @property
    def last_kept(self) -> bool:
        return self.finished_at is not None and self.finished_at <= self.last


def on_time_of(plant: Plant, *, since: datetime, now: datetime) -> list[OnTime]:
    """Orders whose last promise fell due since then, the open ones among them: they count as late. Two
    queries."""
    promises = Promise.objects.filter(order__plant=plant).order_by("order_id", "version")
    by_order: dict[int, list[datetime]] = {}
    for order, date in promises.values_list("order_id", "promised_at"):
        by_order.setdefault(order or 0, []).append(date)
    orders = ProductionOrder.objects.filter(plant=plant, pk__in=by_order).exclude(state="cancelled")
    due = orders.filter(Q(promised_at__gte=since, promised_at__lt=now) | Q(finished_at__gte=since))
    return [
        OnTime(pk, number, by_order[pk][0], by_order[pk][-1], len(by_order[pk]), finished)
        for pk, number, finished in due.order_by("promised_at").values_list("pk", "number", "finished_at")
    ]


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """How good alerts were: of those raised, how many orders did miss that promise; of the late orders, how
    many had an alert as long before as asked."""

    raised: int
    right: int
    late: int
    foreseen: int


def alert_record(plant: Plant, *, since: datetime, ahead_seconds: int) -> AlertRecord:
    """Of orders that are finished. Two queries."""
    done = ProductionOrder.objects.filter(plant=plant, finished_at__gte=since)
    alerts = list(
        PromiseAlert.objects.filter(order__in=done).values_list(
            "order_id", "raised_at", "promised_at", "order__finished_at"
        )
    )
    late = {
        pk: promised
        for pk, promised, finished in done.exclude(promised_at=None).values_list(
            "pk", "promised_at", "finished_at"
        )
        if finished is not None and promised is not None and finished > promised
    }
    foreseen = {
        order
        for order, raised, promised, _finished in alerts
        if order in late and (promised - raised).total_seconds() >= ahead_seconds
    }
    return AlertRecord(
        raised=len(alerts),
        right=sum(
            finished is not None and finished > promised for _order, _raised, promised, finished in alerts
        ),
        late=len(late),
        foreseen=len(foreseen),
    )


@dataclass(frozen=True, slots=True)
class Foretold:
    """A finished order that was promised: how long before the promised date it was first said to be late with
    more than so much (None: not before it, or not before it was done), and whether it was."""

    order: int
    ahead: timedelta | None
    late: bool


def foretold(plant: Plant, *, since: datetime, percent: int) -> list[Foretold]:
    """Orders that had a forecast of what was promised in the end. One query."""
    rows = (
        OrderForecast.objects.filter(
            order__plant=plant,
            order__finished_at__gte=since,
            promised_at=F("order__promised_at"),
            made_at__lt=Least("order__promised_at", "order__finished_at"),
        )
        .order_by("order_id")
        .values_list("order_id", "order__promised_at", "order__finished_at")
        .annotate(first=Min("made_at", filter=Q(late_percent__gt=percent)))
    )
    return [
        Foretold(order, None if first is None else promised - first, finished > promised)
        for order, promised, finished, first in rows
    ]
