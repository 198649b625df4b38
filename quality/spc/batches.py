"""A production run beside the golden one, and how even it was from its first to its last piece. Pure.

Uniformity compares the first third of the values with the last third: their difference with its 95 %
interval by Welch (Biometrika 34, 1947), by the normal approximation, which from five values a side on is
within some percent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, median, quantiles, stdev

LEAST = 15
"""Fewer values say nothing about first and last pieces."""
CONFIDENT = NormalDist().inv_cdf(0.975)
SIGMAS = 3.0


@dataclass(frozen=True, slots=True)
class Drift:
    """``first`` and ``last`` are the means of the first and last third; ``low`` to ``high`` holds their
    difference with 95 %."""

    first: float
    last: float
    low: float
    high: float
    n: int

    @property
    def change(self) -> float:
        return self.last - self.first

    @property
    def drifts(self) -> bool:
        """Whether the interval leaves out zero: the run wasn't even."""
        return self.low > 0 or self.high < 0


def drift_of(values: Sequence[float]) -> Drift | None:
    """Values in the order in which they were made; None where there are too few."""
    if len(values) < LEAST:
        return None
    third = len(values) // 3
    first, last = values[:third], values[-third:]
    spread = sqrt((stdev(first) ** 2 + stdev(last) ** 2) / third) * CONFIDENT
    change = fmean(last) - fmean(first)
    return Drift(fmean(first), fmean(last), change - spread, change + spread, len(values))


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of one run. Times in seconds; ``cycle_times`` and the ``measured`` values in the order of
    time. ``repaired`` of the good ones were not good at first."""

    good: float
    scrap: float
    rework: float
    setup_seconds: float
    seconds_per_piece: float | None
    cycle_times: Sequence[float] = ()
    measured: Mapping[str, Sequence[float]] | None = None
    parameters: Mapping[str, str] | None = None
    program: str = ""
    repaired: float = 0.0

    @property
    def made(self) -> float:
        return self.good + self.scrap + self.rework

    @property
    def first_pass(self) -> float | None:
        """Share of all pieces that were good at first; no repair or later decision makes it better."""
        return (self.good - self.repaired) / self.made if self.made else None


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure beside the golden run's. ``low`` to ``high`` is the band that counts as like it."""

    name: str
    golden: float
    low: float
    high: float
    value: float | None

    @property
    def inside(self) -> bool | None:
        return None if self.value is None else self.low <= self.value <= self.high


@dataclass(frozen=True, slots=True)
class Differing:
    """A parameter or program that isn't the golden run's."""

    name: str
    golden: str
    value: str


CYCLE, PIECE, SETUP, YIELD = "cycle", "piece", "setup", "yield"


def compared(golden: Figures, run: Figures, *, tolerance: float) -> list[Compared]:
    """The figures that both could have. ``tolerance`` is a share: the band of what the golden run has one
    figure of. A band of many values is their own spread: the 5th to the 95th percentile of cycle times,
    three sigma of measured values, never narrower than the tolerance for times.
    """
    rows = []
    if len(golden.cycle_times) >= 2:
        middle = median(golden.cycle_times)
        grid = quantiles(golden.cycle_times, n=20, method="inclusive")
        low, high = min(grid[0], middle * (1 - tolerance)), max(grid[-1], middle * (1 + tolerance))
        mine = median(run.cycle_times) if run.cycle_times else None
        rows.append(Compared(CYCLE, middle, low, high, mine))
    for name, best, mine in (
        (PIECE, golden.seconds_per_piece, run.seconds_per_piece),
        (SETUP, golden.setup_seconds or None, run.setup_seconds or None),
    ):
        if best is not None:
            rows.append(Compared(name, best, best * (1 - tolerance), best * (1 + tolerance), mine))
    if golden.first_pass is not None:
        rows.append(
            Compared(YIELD, golden.first_pass, golden.first_pass * (1 - tolerance), 1.0, run.first_pass)
        )
    for code, values in (golden.measured or {}).items():
        if len(values) >= 2:
            mean, sigma = fmean(values), stdev(values)
            mine_values = (run.measured or {}).get(code, ())
            mine = fmean(mine_values) if mine_values else None
            rows.append(Compared(code, mean, mean - SIGMAS * sigma, mean + SIGMAS * sigma, mine))
    return rows


def differing(golden: Figures, run: Figures) -> list[Differing]:
    """Parameters and program that aren't as in the golden run; a missing one is empty."""
    best, mine = dict(golden.parameters or {}), dict(run.parameters or {})
    rows = [
        Differing(name, best.get(name, ""), mine.get(name, ""))
        for name in sorted({*best, *mine})
        if best.get(name, "") != mine.get(name, "")
    ]
    if golden.program != run.program:
        rows.insert(0, Differing("program", golden.program, run.program))
    return rows
