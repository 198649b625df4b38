"""The measuring station beside the machines: every so many pieces it measures some, and tool wear shows."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from mes.runtime.simulator.messages import Measured

KEYS = uuid.UUID("6a1b2f0e-0c55-4c67-9c3c-52f1b7a41f10")
LATER = timedelta(seconds=40)
"""Walking to the station and measuring."""


@dataclass(frozen=True, slots=True)
class Station:
    """``sample`` pieces are measured every ``every``; ``wear`` moves the mean within ``life`` pieces, then
    the tool is changed. ``least`` and ``most`` are never left: what misses a limit would stop the plant."""

    characteristic: str
    every: int
    sample: int
    mean: float
    spread: float
    wear: float
    life: int
    least: float
    most: float
    unit: str = "mm"


STATIONS = {
    ("MC-HUB", "0010"): Station("BORE", 10, 3, 25.0085, 0.0018, 0.005, 120, 25.001, 25.020),
    ("MC-FORK", "0010"): Station("PIN", 5, 1, 29.9920, 0.0012, 0.003, 60, 29.988, 29.999),
}


def measure(*, seed: int, item: str, order: str, operation: str, made: int, now: datetime) -> list[Measured]:
    """What is measured when the ``made``-th piece is done; with chances of its own."""
    station = STATIONS.get((item, operation))
    if station is None or made % station.every:
        return []
    chance = random.Random(f"{seed} measured {order} {operation} {made}")  # noqa: S311
    worn = station.wear * (made % station.life) / station.life
    found = []
    for nth in range(station.sample):
        value = min(max(chance.gauss(station.mean + worn, station.spread), station.least), station.most)
        key = uuid.uuid5(KEYS, f"{seed} {order} {operation} {made} {nth}")
        told = now + LATER + timedelta(seconds=8 * nth)
        found.append(
            Measured(str(key), told, order, operation, station.characteristic, f"{value:.3f}", station.unit)
        )
    return found
