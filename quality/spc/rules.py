"""Patterns that chance rarely makes, on distances from the centre in standard deviations.

Each rule gives the positions of the points that complete its pattern. Sources: Western Electric,
Statistical Quality Control Handbook (1956); L. S. Nelson, The Shewhart Control Chart - Tests for Special
Causes, Journal of Quality Technology 16 (1984).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

Distances = Sequence[float]
Rule = Callable[[Distances], list[int]]


def beyond_limits(z: Distances) -> list[int]:
    """One point more than 3 away."""
    return [at for at, each in enumerate(z) if abs(each) > 3]


def run_on_one_side(z: Distances, length: int) -> list[int]:
    """``length`` points in a row on the same side of the centre."""
    return _windows(z, length, lambda w: all(each > 0 for each in w) or all(each < 0 for each in w))


def trend(z: Distances, length: int = 6) -> list[int]:
    """``length`` points in a row, each above (or each below) the one before."""
    return _windows(
        z,
        length,
        lambda w: all(b > a for a, b in pairwise(w)) or all(b < a for a, b in pairwise(w)),
    )


def alternating(z: Distances, length: int = 14) -> list[int]:
    """``length`` points in a row going up and down by turns."""

    def turns(w: Distances) -> bool:
        steps = [b - a for a, b in pairwise(w)]
        return all(a * b < 0 for a, b in pairwise(steps))

    return _windows(z, length, turns)


def far_on_one_side(z: Distances, *, of: int, count: int, away: float) -> list[int]:
    """``count`` of ``of`` points in a row more than ``away`` from the centre on one side; the last is one."""
    found = set()
    for sign in (1, -1):
        out = [sign * each > away for each in z]
        found |= {at for at in range(len(z)) if out[at] and sum(out[max(0, at - of + 1) : at + 1]) >= count}
    return sorted(found)


def hugging(z: Distances, length: int = 15) -> list[int]:
    """``length`` points in a row within 1 of the centre."""
    return _windows(z, length, lambda w: all(abs(each) < 1 for each in w))


def avoiding(z: Distances, length: int = 8) -> list[int]:
    """``length`` points in a row, none within 1 of the centre, on both sides."""
    return _windows(z, length, lambda w: all(abs(each) > 1 for each in w) and min(w) < 0 < max(w))


NELSON: dict[int, Rule] = {
    1: beyond_limits,
    2: lambda z: run_on_one_side(z, 9),
    3: trend,
    4: alternating,
    5: lambda z: far_on_one_side(z, of=3, count=2, away=2),
    6: lambda z: far_on_one_side(z, of=5, count=4, away=1),
    7: hugging,
    8: avoiding,
}
WESTERN_ELECTRIC: dict[int, Rule] = {
    1: beyond_limits,
    2: lambda z: far_on_one_side(z, of=3, count=2, away=2),
    3: lambda z: far_on_one_side(z, of=5, count=4, away=1),
    4: lambda z: run_on_one_side(z, 8),
}


def violations(z: Distances, rules: dict[int, Rule]) -> dict[int, list[int]]:
    """The numbers of the rules that each position breaks; positions that break none are left out."""
    found: dict[int, list[int]] = {}
    for number, rule in rules.items():
        for at in rule(z):
            found.setdefault(at, []).append(number)
    return found


def _windows(z: Distances, length: int, test: Callable[[Distances], bool]) -> list[int]:
    """The last position of each stretch of ``length`` that passes ``test``."""
    return [end - 1 for end in range(length, len(z) + 1) if test(z[end - length : end])]
