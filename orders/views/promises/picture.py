"""A distribution of ends as a picture: bars, the three dates, and what stands beside them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise as Text
from django.utils.translation import gettext_lazy as _

from orders.models.promise import Distribution

BARS, WIDTH, HEIGHT = 60, 960.0, 150.0
FAR = 1.0
"""A mark further out than so many spreads of the ends is named below the picture only."""


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    late: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A date. ``x`` None: it lies outside of the picture. ``row``: how deep its label stands, so that labels
    don't cover each other."""

    kind: str
    label: Text
    moment: datetime
    x: float | None
    row: int = 0

    @property
    def text_y(self) -> float:
        return HEIGHT + 18 + 17 * self.row

    @property
    def anchor(self) -> str:
        return "start" if (self.x or 0) < 90 else "end" if (self.x or 0) > WIDTH - 90 else "middle"


@dataclass(frozen=True, slots=True)
class Picture:
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def full_height(self) -> float:
        rows = max((mark.row for mark in self.marks if mark.x is not None), default=0)
        return HEIGHT + 28 + 17 * rows


def picture_of(
    said: Distribution,
    *,
    requested: datetime | None = None,
    promised: datetime | None = None,
    old_style: datetime | None = None,
) -> Picture:
    """Bars are shares of the futures by their end; those after the promised, else the requested date are
    marked."""
    ends = [said.zero_at + timedelta(seconds=seconds) for seconds in said.grid]
    dates: list[tuple[str, Text, datetime | None]] = [
        ("p50", _("50 %"), said.p50_at),
        ("p80", _("80 %"), said.p80_at),
        ("p95", _("95 %"), said.p95_at),
        ("requested", _("requested"), requested),
        ("promised", _("promised"), promised),
        ("old", _("without measuring"), old_style),
    ]
    known = [(kind, label, moment) for kind, label, moment in dates if moment is not None]
    spread = max(ends[-1] - ends[0], timedelta(hours=1))
    near = [moment for _k, _l, moment in known if ends[0] - FAR * spread <= moment <= ends[-1] + FAR * spread]
    low, high = min([ends[0], *near]), max([ends[-1], *near])
    margin = (high - low) * 0.03 + timedelta(minutes=5)
    low, high = low - margin, high + margin

    def place(moment: datetime) -> float:
        return round(WIDTH * ((moment - low) / (high - low)), 1)

    due = promised or requested
    marks: list[Mark] = []
    taken: list[tuple[float, int]] = []
    for kind, label, moment in sorted(known, key=lambda one: one[2]):
        x = place(moment) if low <= moment <= high else None
        row = 0
        if x is not None:
            while any(other == row and abs(x - at) < 170 for at, other in taken):
                row += 1
            taken.append((x, row))
        marks.append(Mark(kind, label, moment, x, row))
    return Picture(tuple(_bars(ends, low, high, due)), tuple(marks))


def _bars(ends: list[datetime], low: datetime, high: datetime, due: datetime | None) -> list[Bar]:
    """Each hundredth of the futures spread evenly over its stretch, added up by bar."""
    step = (high - low) / BARS
    mass = [0.0] * BARS
    for start, end in itertools.pairwise(ends):
        first = min(int((start - low) / step), BARS - 1)
        last = min(int((end - low) / step), BARS - 1)
        for bar in range(first, last + 1):
            begin, stop = low + step * bar, low + step * (bar + 1)
            inside = min(end, stop) - max(start, begin)
            mass[bar] += inside / (end - start) if end > start else 1.0 / (last - first + 1)
    most = max(mass) or 1.0
    width = WIDTH / BARS
    return [
        Bar(
            round(width * bar + 1, 1),
            round(HEIGHT * (1 - value / most), 1),
            round(width - 2, 1),
            round(HEIGHT * value / most, 1),
            due is not None and low + step * (bar + 0.5) > due,
        )
        for bar, value in enumerate(mass)
        if value > 0
    ]
