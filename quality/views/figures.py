"""Figures as a page shows them: a value, how it came about, and where the events behind it are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from mes.lib.templatetags import duration, percent, quantity
from quality.kpi import formulas
from quality.kpi.collect import Figures
from quality.views.explanations import EXPLANATIONS, Explanation


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``ratio`` is what a bar shows; ``reckoning`` is the formula with its numbers."""

    key: str
    value: str
    reckoning: str
    ratio: Decimal | None = None

    @property
    def explanation(self) -> Explanation:
        return EXPLANATIONS[self.key]


def factors(figures: Figures) -> Sequence[Figure]:
    """Availability, performance and quality under the definition set of ``figures``."""
    result, definition, elements = figures.oee, figures.definition, figures.elements
    pieces = figures.quantities
    return (
        Figure(
            "availability",
            percent(result.availability),
            f"{hours(definition.running(elements))} / {hours(definition.base(elements))}",
            result.availability,
        ),
        Figure(
            "effectiveness",
            percent(result.effectiveness),
            f"{hours(pieces.standard)} / {hours(definition.producing(elements) + elements.beyond)}",
            result.effectiveness,
        ),
        Figure(
            "quality",
            percent(result.quality),
            f"{quantity(pieces.good)} / {quantity(pieces.judged)}",
            result.quality,
        ),
    )


def oee_figure(figures: Figures) -> Figure:
    result = figures.oee
    product = " × ".join(
        percent(factor) for factor in (result.availability, result.effectiveness, result.quality)
    )
    return Figure("oee", percent(result.result), product, result.result)


def coverage_figure(figures: Figures) -> Figure:
    known = figures.coverage
    return Figure(
        "coverage",
        percent(figures.observed),
        _("%(observed)s observed, %(manual)s by people, %(unknown)s unknown")
        % {
            "observed": hours(known.observed),
            "manual": hours(known.manual),
            "unknown": hours(known.unknown),
        },
        figures.observed,
    )


def hours(time: timedelta) -> str:
    """Machine time as hours: days would be read as days of the calendar."""
    if time < timedelta(hours=1):
        return duration(time)
    minutes = time // timedelta(minutes=1)
    return f"{quantity(minutes // 60)} h {minutes % 60:02d} min"


def elements_of(figures: Figures) -> Sequence[Figure]:
    """The time elements behind the ratios, each with its share of planned busy time."""
    elements = figures.elements
    return tuple(
        Figure(key, hours(time), EXPLANATIONS[key].formula, formulas.ratio(time, elements.pbt))
        for key, time in (
            ("pbt", elements.pbt),
            ("apt", elements.apt),
            ("aust", elements.aust),
            ("adet", elements.adet),
            ("micro", elements.micro),
            ("adot", elements.adot),
            ("unknown", elements.unknown),
            ("pdot", elements.pdot),
        )
    )


def warnings(figures: Figures) -> list[str]:
    """What a reader must know before believing the figures."""
    found = []
    if figures.oee.standard_too_slow:
        found.append(_("Performance is above 100 %: the planned run time is too long."))
    if figures.quantities.unpriced:
        found.append(
            _("%(pieces)s pieces have no planned run time, so performance can't be said.")
            % {"pieces": quantity(figures.quantities.unpriced)}
        )
    if figures.quantities.undecided:
        found.append(
            _("%(pieces)s pieces are not judged yet.") % {"pieces": quantity(figures.quantities.undecided)}
        )
    return found
