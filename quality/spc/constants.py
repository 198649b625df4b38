"""Factors for control charts by the size of the subgroup, 2 to 25 pieces.

d2 and d3 (mean and standard deviation of the range of n standard normal values) are the published figures
(ASTM MNL 7, ISO 7870-2 Annex; Montgomery, Introduction to Statistical Quality Control, Appendix VI);
everything else follows from them and from c4 by its formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, sqrt

SMALLEST, LARGEST = 2, 25
_D2 = (
    *(1.128, 1.693, 2.059, 2.326, 2.534, 2.704, 2.847, 2.970, 3.078, 3.173, 3.258, 3.336),
    *(3.407, 3.472, 3.532, 3.588, 3.640, 3.689, 3.735, 3.778, 3.819, 3.858, 3.895, 3.931),
)
_D3 = (
    *(0.853, 0.888, 0.880, 0.864, 0.848, 0.833, 0.820, 0.808, 0.797, 0.787, 0.778, 0.770),
    *(0.763, 0.756, 0.750, 0.744, 0.739, 0.734, 0.729, 0.724, 0.720, 0.716, 0.712, 0.708),
)


@dataclass(frozen=True, slots=True)
class Factors:
    """The factors for subgroups of ``n`` pieces."""

    n: int
    d2: float
    d3: float
    c4: float

    @property
    def A2(self) -> float:  # noqa: N802 (their names in every book)
        return 3 / (self.d2 * sqrt(self.n))

    @property
    def A3(self) -> float:  # noqa: N802
        return 3 / (self.c4 * sqrt(self.n))

    @property
    def B3(self) -> float:  # noqa: N802
        return max(0.0, 1 - 3 * sqrt(1 - self.c4**2) / self.c4)

    @property
    def B4(self) -> float:  # noqa: N802
        return 1 + 3 * sqrt(1 - self.c4**2) / self.c4

    @property
    def D3(self) -> float:  # noqa: N802
        return max(0.0, 1 - 3 * self.d3 / self.d2)

    @property
    def D4(self) -> float:  # noqa: N802
        return 1 + 3 * self.d3 / self.d2


def factors(n: int) -> Factors:
    """Raises ``ValueError`` for a subgroup of less than 2 or more than 25 pieces."""
    if not SMALLEST <= n <= LARGEST:
        raise ValueError(f"There are no factors for subgroups of {n} pieces.")
    return Factors(n, _D2[n - SMALLEST], _D3[n - SMALLEST], c4(n))


def c4(n: int) -> float:
    """The mean of the standard deviation of n standard normal values: √(2/(n-1)) Γ(n/2) / Γ((n-1)/2)."""
    return sqrt(2 / (n - 1)) * exp(lgamma(n / 2) - lgamma((n - 1) / 2))
