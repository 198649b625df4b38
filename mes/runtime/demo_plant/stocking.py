"""What the demo plant makes and buys for stock: rules, two years of weekly demand, purchases that took time.
All of it is invented."""

from __future__ import annotations

import math
import random
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from django.utils import timezone

from machines.models import Plant
from mes.accounts.models import User
from mes.runtime.demo_plant.materials import SUPPLIER
from mes.runtime.demo_plant.rows import add_missing
from orders.domain.demand_forecasts import (
    import_forecast,
    next_week,
    put_forecast_in_force,
    request_forecast,
)
from orders.domain.demand_rows import DemandRow
from orders.domain.inventory import receive_purchase
from orders.enums import StockPolicy
from orders.models import (
    DemandForecast,
    Item,
    PastDemand,
    Place,
    PurchaseOrder,
    PurchaseOrderLine,
    StockingRule,
    StockMove,
)

SOURCE = "Invented for the demo"
WEEKS = 104
RECEIPT_KEYS = uuid.UUID("0d8c5d1e-6c0f-4f0e-9a51-6a4f0d3c7b21")
SALES = "Sales plan, invented for the demo"
SALES_PLAN = uuid.UUID("5e0bb5c2-93a1-4d7a-8d53-1c4c0f3f0a11")
PLAN_TOLD_WEEKS, PLAN_WEEKS = 9, 35
SEALS = "Seals and Rings (demo)"


@dataclass(frozen=True, slots=True)
class Stocked:
    """An item kept in stock: ``mean`` a week, ``season`` as a share of it, ``chance`` that a week has any.

    The mean of what the simulated plant uses itself is what it uses in a week, so that its past goes on.
    """

    code: str
    mean: float
    season: float = 0.0
    chance: float = 1.0
    policy: StockPolicy = StockPolicy.REORDER_POINT
    lot: str | None = None
    place: str = ""
    supplier: str = ""
    weeks: int = 4
    days: int = 28


STOCKED = (
    Stocked("MP-CLIP", 2100, season=0.35, lot="2000", place="WH-1", days=4),
    Stocked("MC-HUB", 4000, weeks=1, days=2),
    Stocked("BP-SEAL", 5000, supplier=SEALS),
    Stocked("BP-KEY", 25, chance=0.2, supplier=SEALS),
    Stocked("RM-POM", 440, season=0.2, policy=StockPolicy.PERIOD, supplier=SUPPLIER, weeks=2),
)

# number, days from order to receipt; None: still to come
PURCHASES: tuple[tuple[str, int | None], ...] = (
    ("DEMO-P-1", 24),
    ("DEMO-P-2", 31),
    ("DEMO-P-3", 22),
    ("DEMO-P-4", 45),
    ("DEMO-P-5", None),
)


def load_stocking(plant: Plant) -> None:
    """Add what is missing, and ask for a first forecast."""
    items = {item.code: item for item in Item.objects.filter(code__in=[one.code for one in STOCKED])}
    places = add_missing(
        Place,
        [{"plant": plant, "code": "WH-1", "name": "Small parts store", "capacity": Decimal(40_000)}],
        by=("plant", "code"),
    )
    add_missing(
        StockingRule,
        [
            {
                "plant": plant,
                "item": items[one.code],
                "policy": one.policy,
                "lot_quantity": None if one.lot is None else Decimal(one.lot),
                "place": places.get((plant.pk, one.place)),
                "supplier": one.supplier,
                "period_weeks": one.weeks,
                "assumed_days": one.days,
            }
            for one in STOCKED
        ],
        by=("plant", "item"),
    )
    first = next_week(plant)
    add_missing(
        PastDemand,
        [
            {
                "plant": plant,
                "item": items[one.code],
                "week": week,
                "quantity": wanted(one, week),
                "source": SOURCE,
            }
            for one in STOCKED
            for week in (first - timedelta(weeks=number + 1) for number in range(WEEKS))
        ],
        by=("plant", "item", "week"),
    )
    _load_purchases(plant, items["BP-KEY"])
    if not DemandForecast.objects.filter(plant=plant).exists():
        _import_sales_plan(plant)
        request_forecast(plant=plant, by=None)


def _import_sales_plan(plant: Plant) -> None:
    """What sales said nine weeks ago, a tenth too much: it stands beside our own, and some of it is over."""
    told = next_week(plant) - timedelta(weeks=PLAN_TOLD_WEEKS)
    rows = [
        DemandRow(
            row,
            one.code,
            told + timedelta(weeks=week),
            Decimal(round(1.1 * one.mean * _wave(one, told + timedelta(weeks=week)))),
        )
        for row, (one, week) in enumerate(product(STOCKED, range(PLAN_WEEKS)), start=2)
    ]
    version, _before = import_forecast(plant=plant, rows=rows, source=SALES, key=SALES_PLAN, by=None)
    version = put_forecast_in_force(version=version, by=User.objects.get(username="planner"))
    version.made_at = timezone.now() - timedelta(weeks=PLAN_TOLD_WEEKS)
    version.save(update_fields=["made_at"])


def wanted(one: Stocked, week: date) -> Decimal:
    """The same for a week for ever."""
    drawn = random.Random(f"{one.code} {week}")  # noqa: S311
    if drawn.random() >= one.chance:
        return Decimal(0)
    size = one.mean / one.chance * _wave(one, week) * drawn.uniform(0.75, 1.25)
    return Decimal(round(size))


def _wave(one: Stocked, week: date) -> float:
    return 1 + one.season * math.sin(2 * math.pi * week.toordinal() / 365.25)


def _load_purchases(plant: Plant, item: Item) -> None:
    now = timezone.now()
    numbers = [number for number, _days in PURCHASES]
    known = set(
        PurchaseOrder.objects.filter(plant=plant, number__in=numbers).values_list("number", flat=True)
    )
    for nth, (number, days) in enumerate(PURCHASES):
        if number in known:
            continue
        ordered = now - timedelta(days=120 - 22 * nth)
        order = PurchaseOrder.objects.create(plant=plant, number=number, supplier=SEALS, ordered_at=ordered)
        line = PurchaseOrderLine.objects.create(
            order=order,
            position="10",
            item=item,
            quantity=Decimal(100),
            expected_on=(ordered + timedelta(days=28)).date(),
        )
        key = uuid.uuid5(RECEIPT_KEYS, number)
        if days is not None and not StockMove.objects.filter(key=key).exists():
            at = ordered + timedelta(days=days)
            receive_purchase(line=line, quantity=Decimal(100), by=None, key=key, at=at)
