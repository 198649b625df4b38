"""What a figure is made of: the stretches of time behind it, and how fast each operation ran in them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from mes.lib.spans import ZERO
from quality.enums import Unexplained
from quality.kpi.collect import MachineFigures, Reading
from quality.kpi.elements import Element
from quality.kpi.facts import SlotSegment
from quality.kpi.stops import causes
from quality.kpi.timemodel import TimeElements

BEYOND = "beyond"
"""The word for production beyond the plan, beside those of the time elements."""
KEYS = (*(element.value for element in Element), BEYOND)
USUAL = tuple(element.value for element in Element if element is not Element.OFF)
"""What is shown if nothing is chosen."""
MICROSECOND = timedelta(microseconds=1)


def stretches(
    reading: Reading, shown: Collection[str], *, cause: str = "", operation: str = ""
) -> list[SlotSegment]:
    """The stretches that count as one of ``shown`` (words of ``KEYS``), the latest first.

    ``cause`` keeps the delays (but micro-stops) that a bar of the Pareto of stops is made of.
    """
    wanted = set(shown) or set(USUAL)
    found = [row for machine in reading.machines for row in _of_machine(machine, wanted, cause)]
    if operation:
        found = [row for row in found if str(row.segment.operation) == operation]
    return sorted(found, key=lambda row: (row.segment.span.start, row.machine, row.slot), reverse=True)


def _of_machine(machine: MachineFigures, wanted: Collection[str], cause: str) -> list[SlotSegment]:
    if cause:
        return [row for row, why in causes(machine) if _word(why) == cause]
    beyond = machine.beyond if BEYOND in wanted else ()
    return [
        *(
            row
            for row in machine.segments
            if row.segment.element in wanted or (BEYOND in wanted and row.segment.is_beyond_plan)
        ),
        *beyond,
    ]


def _word(cause: int | Unexplained) -> str:
    return cause.value if isinstance(cause, Unexplained) else str(cause)


def time_behind(elements: TimeElements, shown: Collection[str]) -> timedelta:
    """The time that ``stretches`` of these words add up to."""
    times = {key: getattr(elements, key) for key in KEYS}
    times["adet"] -= elements.micro
    return sum((times[key] for key in set(shown) or set(USUAL)), ZERO)


@dataclass(slots=True)
class Pace:
    """How long one operation's production on one machine took, and how long its pieces take as planned."""

    machine: int
    operation: int
    taken: timedelta = ZERO
    pieces: Decimal = Decimal(0)
    unpriced: Decimal = Decimal(0)
    standard: Decimal = Decimal(0)

    @property
    def planned(self) -> timedelta:
        return timedelta(microseconds=round(self.standard))

    @property
    def lost(self) -> timedelta:
        return self.taken - self.planned


def paces(reading: Reading) -> list[Pace]:
    """What performance is made of, the greatest loss first."""
    found: dict[tuple[int, int], Pace] = {}

    def of(machine: int, operation: int) -> Pace:
        return found.setdefault((machine, operation), Pace(machine, operation))

    for machine in reading.machines:
        for row in _of_machine(machine, (Element.PRODUCTION, BEYOND), ""):
            of(row.machine, row.segment.operation or 0).taken += row.segment.duration
        for pieces in machine.pieces:
            pace = of(pieces.machine, pieces.operation)
            pace.pieces += pieces.good + pieces.scrap + pieces.rework
            pace.unpriced += pieces.unpriced
            pace.standard += pieces.standard
    return sorted(found.values(), key=lambda pace: (-pace.lost, pace.machine, pace.operation))
