"""Setup prediction out of time: the constant, the machine's median, and the measured changeover."""

from __future__ import annotations

from tests.bench.planning.table import headed, row
from tests.support.setups import Errors, of_the_log, out_of_time, simulated

SEEDS = (1, 2, 3, 4, 5)


def predicted(_budgets: list[float]) -> None:
    """Mean absolute errors in minutes. Wanted: on the log at most 0.90 of the constant, simulated 0.50."""
    headed("Setup prediction", "MAE in minutes", "n", "mean", "median", "machine", "pairs", "of the mean")
    _row("production log", out_of_time(of_the_log()))
    for seed in SEEDS:
        _row(f"simulated, seed {seed}", out_of_time(simulated(seed=seed, count=2000)))


def _row(name: str, found: Errors) -> None:
    errors = (found.constant, found.middle, found.machine, found.predicted)
    row(name, found.count, *errors, f"{found.predicted / found.constant:.2f}")
