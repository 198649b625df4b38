"""How the demo plant plans: by itself, so that its board is never empty, and with an eye on chances."""

from __future__ import annotations

from machines.models import Plant
from mes.runtime.demo_plant.rows import add_missing
from orders.enums import OnStale
from orders.models import PlanRule, PlanWeights


def load_plan_rule(plant: Plant) -> None:
    """Add the rule and the weights where they are missing."""
    add_missing(
        PlanRule, [{"plant": plant, "on_stale": OnStale.AUTOMATIC, "pause_seconds": 600}], by=("plant",)
    )
    add_missing(PlanWeights, [{"plant": plant, "chance": 4}], by=("plant",))
