"""Whether a plant is still the one that was measured: newest values against those before them. Pure."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

LIMIT = 1.95
"""Kolmogorov–Smirnov: the limit of D × sqrt(n m / (n + m)) that chance passes once in a thousand times."""
LEAST = 30
"""Values on either side: fewer prove nothing."""


def apart(new: Sequence[float], old: Sequence[float]) -> float:
    """How far two samples are apart, comparable to ``LIMIT``."""
    first, second = sorted(new), sorted(old)
    widest = max(
        abs(bisect.bisect_right(first, value) / len(first) - bisect.bisect_right(second, value) / len(second))
        for value in (*first, *second)
    )
    return widest * math.sqrt(len(first) * len(second) / (len(first) + len(second)))


def changed_since(values: Sequence[float]) -> int:
    """How many of the newest values come from elsewhere than those before; 0 where nothing proves it.

    Looks at the newest 30, 60, 120 and so on, and takes what sets them apart most."""
    found, most, newest = 0, LIMIT, LEAST
    while newest + LEAST <= len(values):
        distance = apart(values[-newest:], values[:-newest])
        if distance > most:
            found, most = newest, distance
        newest *= 2
    return found
