"""The truth gap: what is planned beside what is measured, how sure that is and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db.models import QuerySet

from machines.models import Machine
from mes.lib.spans import Span
from quality.queries import gaps as queries

WINDOW = timedelta(days=28)
FEWEST = 6
"""With fewer measurements no two of them enclose the median with 95 %."""


class Standard(StrEnum):
    """What is planned: the run time of a piece, or the set-up of an operation, in seconds."""

    RUN = "run"
    SETUP = "setup"


@dataclass(frozen=True, slots=True)
class Gap:
    """One standard of an item on a machine. Seconds; ``low`` and ``high`` enclose the median with 95 %.

    ``pieces``: how often the standard was used in the window. ``operation`` is the last one measured.
    """

    standard: Standard
    machine: str
    plant: int
    item: str
    item_name: str
    operation: int
    planned: float
    measured: float
    low: float
    high: float
    count: int
    pieces: float

    @property
    def key(self) -> str:
        return f"{self.standard}:{self.machine}:{self.item}"

    @property
    def has_interval(self) -> bool:
        return self.count >= FEWEST

    @property
    def is_certain(self) -> bool:
        """True if the planned value lies outside what chance explains."""
        return self.has_interval and not self.low <= self.planned <= self.high

    @property
    def hours(self) -> float:
        """What plans were wrong by in the window: above zero took longer than planned."""
        return (self.measured - self.planned) * self.pieces / 3600

    @property
    def deviation(self) -> float:
        return self.measured / self.planned - 1


def truth_gaps(machines: QuerySet[Machine], span: Span) -> list[Gap]:
    """Every standard used in ``span`` beside its measured twin, the most expensive first. Three queries.

    The interval is that of order statistics: the ranks n/2 ± 0.98 √n enclose the median of any distribution
    with 95 % (binomial, by its normal approximation; from ``FEWEST`` measurements on).
    """
    ids = list(machines.values_list("pk", flat=True))
    rows = [Gap(Standard.RUN, *row) for row in queries.run_times(ids, span)]
    rows += [Gap(Standard.SETUP, *row) for row in queries.setup_times(ids, span)]
    return sorted(rows, key=lambda gap: (-abs(gap.hours), gap.key))
