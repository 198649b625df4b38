"""What the demo plant inspects: gauges and plans for two machined parts, plainly invented."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from machines.models import Plant
from mes.runtime.demo_plant.rows import add_missing
from orders.models import Item
from quality.enums import CharacteristicKind, PlanState, Sampling
from quality.models import Characteristic, Gauge, InspectionPlan

HISTORY = timedelta(days=60)
"""So long ago gauges were calibrated and plans released."""

# code, name, unit, from, to, resolution
GAUGES = (
    ("MIC-25", "Inside micrometer 5-30 mm (demo)", "mm", "5", "30", "0.001"),
    ("MIC-50", "Micrometer 25-50 mm (demo)", "mm", "25", "50", "0.001"),
    ("RA-1", "Roughness tester (demo)", "µm", "0", "25", "0.01"),
)
# item: code, name, nominal, lower, upper, unit, decimals, sampling, every, sample, gauge, requirement
MEASURED: dict[str, tuple[tuple[Any, ...], ...]] = {
    "MC-HUB": (
        ("BORE", "Bore 25 H7", "25.0105", "25", "25.021", "mm", 3, Sampling.PIECES, 10, 3, "MIC-25", "BORE"),
        ("LENGTH", "Length 42", "42", "41.95", "42.05", "mm", 3, Sampling.SETUP, None, 1, "MIC-50", ""),
    ),
    "MC-FORK": (
        ("PIN", "Pin 30 h6", "29.9935", "29.987", "30", "mm", 3, Sampling.PIECES, 5, 1, "MIC-50", "PIN"),
        ("RA", "Roughness Ra", "0.8", "0", "1.6", "µm", 2, Sampling.SETUP, None, 1, "RA-1", ""),
    ),
}
ATTRIBUTE = {
    "MC-HUB": ("BURR", "Free of burr", Sampling.FIRST),
    "MC-FORK": ("BURR", "Free of burr", Sampling.SETUP),
}


def load_inspection(plant: Plant) -> None:
    """Add gauges and released plans where they are missing."""
    today = timezone.localdate()
    gauges = add_missing(
        Gauge,
        [
            {
                "plant": plant,
                "code": code,
                "name": name,
                "unit": unit,
                "lower": Decimal(lower),
                "upper": Decimal(upper),
                "resolution": Decimal(step),
                "calibrated_on": today - HISTORY,
            }
            for code, name, unit, lower, upper, step in GAUGES
        ],
        by=("plant", "code"),
    )
    items = Item.objects.in_bulk(list(ATTRIBUTE), field_name="code")
    plans = add_missing(
        InspectionPlan,
        [
            {
                "plant": plant,
                "item": items[item],
                "operation_number": "0010",
                "text": "Turning and milling (demo)",
                "state": PlanState.RELEASED,
                "released_at": timezone.now() - HISTORY,
            }
            for item in ATTRIBUTE
        ],
        by=("plant", "item", "operation_number", "revision"),
    )
    rows: list[dict[str, Any]] = []
    for item, plan in ((item, plans[plant.pk, items[item].pk, "0010", ""]) for item in ATTRIBUTE):
        code, name, sampling = ATTRIBUTE[item]
        kind = CharacteristicKind.ATTRIBUTE
        rows.append({"plan": plan, "code": code, "name": name, "kind": kind, "sampling": sampling})
        rows += [_measured(plan, plant, gauges, row) for row in MEASURED[item]]
    add_missing(Characteristic, rows, by=("plan", "code"))


def _measured(plan: InspectionPlan, plant: Plant, gauges: Any, row: tuple[Any, ...]) -> dict[str, Any]:
    code, name, nominal, lower, upper, unit, decimals, sampling, every, sample, gauge, requirement = row
    return {
        "plan": plan,
        "code": code,
        "name": name,
        "kind": CharacteristicKind.MEASURED,
        "nominal": Decimal(nominal),
        "lower": Decimal(lower),
        "upper": Decimal(upper),
        "unit": unit,
        "decimals": decimals,
        "sampling": sampling,
        "every": every,
        "sample_size": sample,
        "gauge": gauges[plant.pk, gauge],
        "requirement_code": requirement,
    }
