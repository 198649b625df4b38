"""Figures as a page shows them: a value, how it came about, and where the events behind it are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mes.lib.spans import ZERO
from mes.lib.templatetags import duration, percent, quantity
from quality.kpi import formulas
from quality.kpi.bounds import Bounds, oee_bounds
from quality.kpi.collect import Figures
from quality.kpi.definitions import DEFINITION_SETS, DefinitionSet
from quality.kpi.losses import loss_tree
from quality.kpi.ranking import Refusal, Standing
from quality.views.explanations import EXPLANATIONS, Explanation, under


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``ratio`` is what a bar shows; ``reckoning`` is the formula with its numbers;
    ``definition`` is the set that it is read by, if that makes a difference.
    """

    key: str
    value: str
    reckoning: str
    ratio: Decimal | None = None
    definition: DefinitionSet | None = None

    @property
    def explanation(self) -> Explanation:
        return EXPLANATIONS[self.key] if self.definition is None else under(self.key, self.definition)


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
            definition,
        ),
        Figure(
            "effectiveness",
            percent(result.effectiveness),
            f"{hours(pieces.standard)} / {hours(definition.producing(elements) + elements.beyond)}",
            result.effectiveness,
            definition,
        ),
        Figure(
            "quality",
            percent(result.quality),
            f"{quantity(pieces.good)} / {quantity(pieces.judged)}",
            result.quality,
            definition,
        ),
    )


def oee_figure(figures: Figures) -> Figure:
    result = figures.oee
    product = " × ".join(
        percent(factor) for factor in (result.availability, result.effectiveness, result.quality)
    )
    return Figure("oee", percent(result.result), product, result.result, figures.definition)


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


def signed_hours(time: timedelta) -> str:
    return ("−" if time < ZERO else "") + hours(abs(time))


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


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the loss tree as a bar: all of them share one scale of 1000. ``events`` is what the page of
    events shows behind it."""

    key: str
    name: Promise
    time: str
    share: str
    pieces: str
    kept: int
    lost: int
    is_gain: bool

    @property
    def events(self) -> str:
        return LOSS_EVENTS.get(self.key, self.key)


def losses(figures: Figures) -> Sequence[Step]:
    """From calendar time to the time of good pieces."""
    tree = loss_tree(figures.elements, figures.quantities)
    whole = max([tree.calendar, *(loss.left for loss in tree.losses)])
    if not whole:
        return ()

    def permille(time: timedelta) -> int:
        return round(1000 * time / whole)

    def step(key: str, time: timedelta, pieces: Decimal | None, kept: timedelta, lost: timedelta) -> Step:
        return Step(
            key=key,
            name=LOSS_NAMES[key],
            time=signed_hours(time),
            share=percent(formulas.ratio(time, tree.calendar)),
            pieces="" if pieces is None else quantity(pieces.quantize(Decimal(1))),
            kept=permille(max(kept, ZERO)),
            lost=permille(abs(lost)),
            is_gain=lost < ZERO,
        )

    steps = [step("calendar", tree.calendar, None, tree.calendar, ZERO)]
    for loss in tree.losses:
        steps.append(step(loss.key, loss.time, loss.pieces, min(loss.left, loss.before), loss.time))
    if tree.is_complete:
        steps.append(step("good", tree.good, figures.quantities.good, tree.good, ZERO))
    return steps


LOSS_NAMES: dict[str, Promise] = {
    "calendar": gettext_lazy("Calendar time"),
    "off": gettext_lazy("No shift"),
    "pdot": gettext_lazy("Planned down time"),
    "unknown": gettext_lazy("Unknown"),
    "adot": gettext_lazy("Without order"),
    "aust": gettext_lazy("Setup"),
    "adet": gettext_lazy("Stops"),
    "micro": gettext_lazy("Micro-stops"),
    "beyond": gettext_lazy("Made outside planned time"),
    "speed": gettext_lazy("Slower than planned"),
    "quality": gettext_lazy("Scrap and rework"),
    "good": gettext_lazy("Good pieces at planned speed"),
}


LOSS_EVENTS = {
    "calendar": "off,pdot,unknown,adot,aust,adet,micro,apt",
    "quality": "pieces",
    "good": "pieces",
}
"""Steps of the loss tree that the page of events knows by another word."""
TIME_NAMES: dict[str, Promise] = {"apt": EXPLANATIONS["apt"].name, **LOSS_NAMES}
"""What the stretches behind a figure are called."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The same events under one definition set; ``points`` is the difference to the shown one."""

    definition: DefinitionSet
    factors: Sequence[Figure]
    oee: Figure
    base: Figure
    points: str
    is_shown: bool


def translated(figures: Figures) -> Sequence[Reading]:
    """The figures under every definition set there is."""
    shown = figures.oee.result
    found = []
    for definition in DEFINITION_SETS.values():
        read = figures.under(definition)
        result, points = oee_figure(read), ""
        if result.ratio is not None and shown is not None:
            points = _points(result.ratio - shown)
        found.append(
            Reading(definition, factors(read), result, _base(read), points, definition == figures.definition)
        )
    return found


def _base(figures: Figures) -> Figure:
    definition = figures.definition
    base = hours(definition.base(figures.elements))
    return Figure("base", base, base, definition=definition)


def _points(difference: Decimal) -> str:
    points = round(difference * 100, 1)
    return ("−" if points < 0 else "+") + number_format(abs(points), 1, use_l10n=True)


def bounds(figures: Figures) -> Bounds:
    return oee_bounds(figures.elements, figures.quantities, figures.definition)


def refusal(standing: Standing, figures: Figures) -> str:
    """Why a place isn't ranked, in a sentence."""
    if standing.refusal is Refusal.NO_FIGURE:
        return _("There is no index for it: nothing was planned, seen or priced.")
    if standing.refusal is Refusal.OTHER_DEFINITION:
        return _("Its plant reads time by another definition set.")
    if standing.refusal is Refusal.OTHER_COVERAGE and not standing.bounds.width:
        return _("Signals saw %(observed)s of its planned time; the rest is what people say.") % {
            "observed": percent(figures.observed, 0)
        }
    if standing.refusal is Refusal.OTHER_COVERAGE:
        return _(
            "Signals saw %(observed)s of its planned time: its index lies between %(low)s and %(high)s."
        ) % {
            "observed": percent(figures.observed, 0),
            "low": percent(standing.bounds.low),
            "high": percent(standing.bounds.high),
        }
    return ""
