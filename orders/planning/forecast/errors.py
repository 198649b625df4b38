"""How wrong a forecast was, free of scale where items are compared."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LEVELS = (0.5, 0.8, 0.95)
"""The shares of futures whose bounds are judged."""


def scale_of(history: Floats, season: int) -> float:
    """What an error is divided by: the mean absolute error of repeating last season in the history itself
    (Hyndman and Koehler 2006); of a history without a whole season of the last value; at least a hundredth
    of its mean. 1.0 where nothing was ever wanted."""
    lag = season if len(history) > season else 1
    naive = float(np.mean(np.abs(history[lag:] - history[:-lag]))) if len(history) > lag else 0.0
    return max(naive, 0.01 * float(np.mean(history)) if len(history) else 0.0) or 1.0


def mase(actual: Floats, mean: Floats, scale: float) -> float:
    """Mean absolute scaled error; 1.0 is as wrong as repeating last season was."""
    return float(np.mean(np.abs(actual - mean))) / scale


def bias(actual: Floats, mean: Floats) -> float | None:
    """Forecast beyond what was wanted, as a share of it. None where nothing was wanted."""
    wanted = float(np.sum(actual))
    return (float(np.sum(mean)) - wanted) / wanted if wanted > 0 else None


def pinball(actual: Floats, bound: Floats, level: float) -> float:
    """Mean quantile loss (Koenker and Bassett 1978): ``level`` of it for each unit above the bound,
    1 - ``level`` for each unit below. Smaller is better."""
    miss = actual - bound
    return float(np.mean(np.where(miss >= 0, level * miss, (level - 1.0) * miss)))
