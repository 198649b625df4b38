"""What is measured and looked at beside the machines: the first piece, and some of every so many; tool wear
shows. It answers what the demo's inspection plans ask for."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from mes.runtime.simulator.messages import Measured

KEYS = uuid.UUID("6a1b2f0e-0c55-4c67-9c3c-52f1b7a41f10")
LATER = timedelta(seconds=40)
"""Walking to the station and measuring."""
FORGOTTEN_SHARE = 0.03
"""So many first pieces nobody looks at: they stay open until somebody does."""


@dataclass(frozen=True, slots=True)
class Station:
    """``sample`` pieces are measured every ``every``, or only the first one where that is 0; ``wear`` moves
    the mean within ``life`` pieces, then the tool is changed. ``least`` and ``most`` are never left: what
    misses a limit would stop the plant."""

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
    decimals: int = 3


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looks at the first piece and says that it is OK."""

    characteristic: str


WORK = {
    ("MC-HUB", "0010"): (
        Look("BURR"),
        Station("BORE", 10, 3, 25.0085, 0.0018, 0.005, 120, 25.001, 25.020),
        Station("LENGTH", 0, 1, 42.004, 0.008, 0, 1, 41.96, 42.04),
    ),
    ("MC-FORK", "0010"): (
        Look("BURR"),
        Station("PIN", 5, 1, 29.9920, 0.0012, 0.003, 60, 29.988, 29.999),
        Station("RA", 0, 1, 0.74, 0.12, 0, 1, 0.3, 1.5, "µm", 2),
    ),
}


def measure(
    *, seed: int, item: str, order: str, operation: str, made: int, first: bool, now: datetime, person: str
) -> list[Measured]:
    """What is found when the ``made``-th piece is done; ``first`` is the first after setting up, which
    ``person`` looks at. With chances of its own."""
    found = []
    for work in WORK.get((item, operation), ()):
        name = f"{seed} {order} {operation} {made} {work.characteristic}"
        chance = random.Random(name)  # noqa: S311
        if isinstance(work, Station) and work.every:
            values = _values(work, chance, made) if made % work.every == 0 else []
        elif not first or chance.random() < FORGOTTEN_SHARE:
            values = []
        else:
            values = _values(work, chance, made) if isinstance(work, Station) else [""]
        for nth, value in enumerate(values):
            found.append(
                Measured(
                    str(uuid.uuid5(KEYS, f"{name} {nth}")),
                    now + LATER + timedelta(seconds=8 * nth),
                    *(order, operation, work.characteristic, value),
                    unit=work.unit if isinstance(work, Station) else "",
                    person="" if isinstance(work, Station) and work.every else person,
                )
            )
    return found


def _values(station: Station, chance: random.Random, made: int) -> list[str]:
    worn = station.wear * (made % station.life) / station.life
    return [
        format(
            min(max(chance.gauss(station.mean + worn, station.spread), station.least), station.most),
            f".{station.decimals}f",
        )
        for _nth in range(station.sample)
    ]
