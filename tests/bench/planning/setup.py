"""Setup prediction out of time: the constant, the machine's median, and the measured changeover."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.setups import Errors, of_the_log, out_of_time, simulated

SEEDS = (1, 2, 3, 4, 5)


def lines() -> Iterator[str]:
    """Mean absolute errors in minutes. P7: the log at most 0.90 of the constant, the simulated plant 0.50."""
    yield f"{'setup prediction (MAE, min)':<30}     n    mean  median  machine   pairs  ratio"
    yield _line("production log, 2nd half", out_of_time(of_the_log()))
    for seed in SEEDS:
        yield _line(f"simulated plant, seed {seed}", out_of_time(simulated(seed=seed, count=2000)))


def _line(name: str, found: Errors) -> str:
    figures = f"{found.constant:>8.1f}{found.middle:>8.1f}{found.machine:>9.1f}{found.predicted:>8.1f}"
    return f"{name:<30}{found.count:>6}{figures}{found.predicted / found.constant:>7.2f}"
