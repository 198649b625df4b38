"""What counts how much in a plant's plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from machines.models import Plant
from orders.models import PlanWeights
from orders.planning.engine.shop import Weights


@dataclass(frozen=True, slots=True)
class Counts:
    """``near``: how far ahead people prepare, so that moving something costs. ``chance``: what it costs that
    an order is late for certain, in hours of its lateness; 0: chances aren't looked at."""

    weights: Weights
    near: timedelta
    chance: float


def plan_weights_of(plant: Plant) -> Counts:
    row = PlanWeights.objects.filter(plant=plant).first() or PlanWeights(plant=plant)
    return Counts(
        Weights(lateness=float(row.lateness), setup=float(row.setup), stability=float(row.stability)),
        timedelta(hours=float(row.near_hours)),
        float(row.chance),
    )
