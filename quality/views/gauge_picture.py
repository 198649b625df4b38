"""A value within its limits as a picture: limits, nominal value and what was found last on a bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from quality.models import Characteristic, InspectionResult

WIDTH = 1000
MARGIN = 0.22


@dataclass(frozen=True, slots=True)
class Dot:
    x: int
    good: bool
    newest: bool


@dataclass(frozen=True, slots=True)
class LimitPicture:
    """Positions on a bar of 1,000 units; None where there is no such limit."""

    lower: int | None
    upper: int | None
    nominal: int | None
    dots: Sequence[Dot]

    @property
    def good_from(self) -> int:
        return 0 if self.lower is None else self.lower

    @property
    def good_width(self) -> int:
        return (WIDTH if self.upper is None else self.upper) - self.good_from


def limit_picture(characteristic: Characteristic, results: Sequence[InspectionResult]) -> LimitPicture:
    """The good range takes the middle; values beyond the bar stick to its end."""
    low, high = characteristic.lower, characteristic.upper
    values = [result.value for result in results if result.value is not None]
    start, end = _ends(low, high, [*values, *([characteristic.nominal] if characteristic.nominal else [])])

    def place(value: Decimal | None) -> int | None:
        if value is None:
            return None
        return max(8, min(WIDTH - 8, round((value - start) / (end - start) * WIDTH)))

    dots = [
        Dot(place(result.value) or 0, result.verdict == "passed", number == len(results))
        for number, result in enumerate(results, start=1)
        if result.value is not None
    ]
    return LimitPicture(place(low), place(high), place(characteristic.nominal), dots)


def _ends(low: Decimal | None, high: Decimal | None, others: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """What the bar's ends stand for."""
    if low is not None and high is not None:
        margin = (high - low) * Decimal(str(MARGIN))
        return low - margin, high + margin
    known = [value for value in (low, high, *others) if value is not None]
    spread = max(known) - min(known) or abs(known[0]) / 10 or Decimal(1)
    return min(known) - spread / 4, max(known) + spread / 4
