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
    """What is planned: seconds of a piece, a set-up, a supplier, between operations, or that a delivery comes
    after its day; shares of pieces that are scrap and of time that a machine is available."""

    RUN = "run"
    SETUP = "setup"
    SCRAP = "scrap"
    AVAILABILITY = "availability"
    OUTSIDE = "outside"
    WAITING = "waiting"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Gap:
    """One standard of an item on a machine (a machine group for suppliers' work and waiting, who delivers for
    deliveries). Seconds or shares; ``low`` and ``high`` enclose the median (the share) with 95 %.

    ``pieces``: how often the standard was used in the window. ``operation`` is the last one measured (0:
    it is of no item). ``lost_hours``: what it cost where the times don't say it themselves.
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
    lost_hours: float | None = None

    @property
    def is_share(self) -> bool:
        return self.standard in (Standard.SCRAP, Standard.AVAILABILITY)

    @property
    def can_be_proposed(self) -> bool:
        """True for what stands in an ERP's routing."""
        return self.standard in (Standard.RUN, Standard.SETUP, Standard.SCRAP)

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
        if self.lost_hours is not None:
            return self.lost_hours
        return (self.measured - self.planned) * self.pieces / 3600

    @property
    def deviation(self) -> float | None:
        """Relative; None where nothing was planned."""
        return self.measured / self.planned - 1 if self.planned else None


def truth_gaps(machines: QuerySet[Machine], span: Span) -> list[Gap]:
    """Every standard used in ``span`` beside its measured twin, the most expensive first. Three queries.

    The interval is that of order statistics: the ranks n/2 ± 0.98 √n enclose the median of any distribution
    with 95 % (binomial, by its normal approximation; from ``FEWEST`` measurements on).
    """
    ids = list(machines.values_list("pk", flat=True))
    rows = [Gap(Standard.RUN, *row) for row in queries.run_times(ids, span)]
    rows += [Gap(Standard.SETUP, *row) for row in queries.setup_times(ids, span)]
    return sorted(rows, key=lambda gap: (-abs(gap.hours), gap.key))
