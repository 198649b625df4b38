"""When a promise counts as at risk, and when as likely to be missed. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Percent late: it is said from above the one, and taken back only below the other, so that what stands
    on the edge doesn't come and go."""

    raise_at: int
    end_below: int

    def stands(self, late_percent: int | None, *, before: bool) -> bool:
        """Whether it is said at this chance, after it was or wasn't ``before``. None: nothing is promised."""
        if late_percent is None:
            return False
        return late_percent >= self.end_below if before else late_percent > self.raise_at

    def after(self, chances: Iterable[int | None]) -> bool:
        """Whether it is said at the end of these."""
        standing = False
        for chance in chances:
            standing = self.stands(chance, before=standing)
        return standing


AT_RISK = Rule(20, 10)
"""The 80 % date has passed the promise: time to look."""
LIKELY_LATE = Rule(50, 25)
"""Time to tell the customer: more of the plan's futures miss the promise than keep it. The record corrects
what is said first of an order; of one that is on its way the futures alone tell late ones apart better."""
