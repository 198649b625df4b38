"""When a promise counts as at risk; from which chance on, a plant's rule says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Rule:
    """Percent late: it is said from above the one, and taken back only below the other, so that what stands
    on the edge doesn't come and go."""

    raise_at: int
    end_below: int

    @classmethod
    def over(cls, percent: int) -> Self:
        """Taken back at half of it."""
        return cls(percent, (percent + 1) // 2)

    def stands(self, late_percent: int | None, *, before: bool) -> bool:
        """Whether it is said at this chance, after it was or wasn't ``before``. None: nothing is promised."""
        if late_percent is None:
            return False
        return late_percent >= self.end_below if before else late_percent > self.raise_at
