"""What really takes how long, against the standard: ratios with their counts, drawn together where counts are
small.

Pure. A ratio is measured seconds / standard seconds of the same pieces, stops inside working time included.
Ratios are averaged as logarithms, so that twice as long and half as long cancel out. A machine with few
measurements is drawn towards its group, the group towards the plant, the plant towards 1 (partial pooling:
each level above counts like ``STRENGTH`` measurements of its own).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

STRENGTH = 5.0
LOWEST, HIGHEST = 0.1, 10.0
"""A single measurement beyond is an accident of recording; it counts as the limit."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One finished operation on one machine: working seconds it took and should have taken."""

    machine: int
    group: int
    seconds: float
    standard_seconds: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """``value`` times the standard is to be expected; ``count`` measurements of this very machine or
    group."""

    value: float
    count: int


@dataclass(frozen=True, slots=True)
class Profile:
    """Ratios by machine id; ``group`` and ``plant`` for machines that were never measured."""

    machines: dict[int, Ratio]
    groups: dict[int, Ratio]
    plant: Ratio

    def of(self, machine: int, group: int) -> Ratio:
        own = self.machines.get(machine)
        if own is not None:
            return own
        pooled = self.groups.get(group, self.plant)
        return Ratio(pooled.value, 0)


def profile_of(measured: Iterable[Measured]) -> Profile:
    """Draw measurements together. Those without a standard say nothing about it."""
    logs: dict[int, list[float]] = defaultdict(list)
    group_of: dict[int, int] = {}
    for one in measured:
        if one.standard_seconds > 0 and one.seconds > 0:
            ratio = min(max(one.seconds / one.standard_seconds, LOWEST), HIGHEST)
            logs[one.machine].append(math.log(ratio))
            group_of[one.machine] = one.group
    by_group: dict[int, list[float]] = defaultdict(list)
    for machine, values in logs.items():
        by_group[group_of[machine]] += values
    everything = [value for values in logs.values() for value in values]
    plant = _pooled(everything, 0.0)
    groups = {group: _pooled(values, plant) for group, values in by_group.items()}
    return Profile(
        machines={
            machine: Ratio(math.exp(_pooled(values, groups[group_of[machine]])), len(values))
            for machine, values in logs.items()
        },
        groups={group: Ratio(math.exp(value), len(by_group[group])) for group, value in groups.items()},
        plant=Ratio(math.exp(plant), len(everything)),
    )


def _pooled(values: list[float], prior: float) -> float:
    return (sum(values) + STRENGTH * prior) / (len(values) + STRENGTH)
