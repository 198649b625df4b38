"""What each figure on a page means: in words, as a formula, and which facts it is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quality.kpi.definitions import BaseTime, DefinitionSet, MicroStops, NoOrder, PlannedStops, Setup


@dataclass(frozen=True, slots=True)
class Explanation:
    """``events`` names what the page of events shows behind the figure: time elements, speed, pieces."""

    name: Promise
    meaning: Promise
    formula: str
    source: Promise
    events: tuple[str, ...] = ()

    @property
    def times(self) -> str:
        """What of the events is time, as an address has it."""
        return ",".join(key for key in self.events if key != "pieces")

    @property
    def has_pieces(self) -> bool:
        return "pieces" in self.events


CALENDAR = _("Shift calendar")
SIGNALS_AND_RUNS = _("Machine states joined with calendar and runs")
METERS = _("Readings of the machine's energy meter, joined with its states")
BOOKINGS = _("Production events: counted by machines or reported by people")

EXPLANATIONS: dict[str, Explanation] = {
    "energy": Explanation(
        _("Energy per piece"),
        _("What the machine used, standing still included, over all pieces made, good or not."),
        "E / PQ",
        _("ISO 22400-2, comprehensive energy consumption; readings of the machine's energy meter"),
    ),
    "energy_used": Explanation(
        _("Energy used"),
        _("What the machine's meters tell of this interval. Time that they leave out is in no figure here."),
        "E = Σ ΔkWh",
        METERS,
    ),
    "energy_standing": Explanation(
        _("While not running"),
        _("The share of the energy that was used in setup, stops, maintenance and unknown time."),
        "(E − E running) / E",
        METERS,
    ),
    "energy_metered": Explanation(
        _("Metered time"),
        _("The share of the interval that its meters tell of."),
        "t metered / t",
        METERS,
    ),
    "oee": Explanation(
        _("OEE"),
        _("How much of the planned time went into good pieces at planned speed."),
        "A × E × Q",
        _("ISO 22400-2, overall equipment effectiveness index"),
        ("apt", "aust", "adet", "micro", "adot", "unknown", "pieces"),
    ),
    "availability": Explanation(
        _("Availability"),
        _("The share of planned busy time in which the machine produced."),
        "APT / PBT",
        SIGNALS_AND_RUNS,
        ("adet", "micro", "aust", "adot"),
    ),
    "base": Explanation(
        _("Base"),
        _("The time that availability is a share of. Unknown time is not in it."),
        "PBT",
        SIGNALS_AND_RUNS,
        ("apt", "aust", "adet", "micro", "adot"),
    ),
    "effectiveness": Explanation(
        _("Performance"),
        _("The planned time of all pieces made over the time it took to make them."),
        "Σ (PRI × PQ) / APT",
        _("Planned run times of operations, pieces of production events, production time of machine states"),
        ("speed", "pieces"),
    ),
    "quality": Explanation(
        _("Quality"),
        _("Good pieces over all pieces judged. What nobody has judged yet stays out."),
        "GQ / PQ",
        BOOKINGS,
        ("pieces",),
    ),
    "coverage": Explanation(
        _("Coverage"),
        _("The share of planned busy time that signals have seen. Unknown time is in no ratio."),
        "observed / PBT",
        SIGNALS_AND_RUNS,
        ("unknown",),
    ),
    "pbt": Explanation(
        _("Planned busy time"),
        _("Time in which the machine was meant to work: shifts without planned breaks and stops."),
        "PBT = POT − PDOT",
        CALENDAR,
        ("apt", "aust", "adet", "micro", "adot", "unknown"),
    ),
    "pdot": Explanation(
        _("Planned down time"),
        _("Breaks, planned maintenance and stops for a planned reason, inside shifts."),
        "PDOT",
        CALENDAR,
        ("pdot",),
    ),
    "apt": Explanation(
        _("Production"),
        _("Time in which the machine produced for an order."),
        "APT",
        SIGNALS_AND_RUNS,
        ("apt",),
    ),
    "aust": Explanation(
        _("Setup"),
        _("Time in which the machine was set up for an order."),
        "AUST",
        SIGNALS_AND_RUNS,
        ("aust",),
    ),
    "adet": Explanation(
        _("Delay"),
        _("Unplanned standstill while an order was in production, micro-stops included."),
        "ADET",
        SIGNALS_AND_RUNS,
        ("adet", "micro"),
    ),
    "micro": Explanation(
        _("Micro-stops"),
        _("Standstills shorter than the machine's threshold: a part of delay."),
        "⊂ ADET",
        SIGNALS_AND_RUNS,
        ("micro",),
    ),
    "adot": Explanation(
        _("Without order"),
        _("Planned busy time in which no order was on the machine."),
        "ADOT",
        SIGNALS_AND_RUNS,
        ("adot",),
    ),
    "unknown": Explanation(
        _("Unknown"),
        _("Planned busy time about which nothing is known. It is in no ratio."),
        "PBT − (APT + AUST + ADET + ADOT)",
        SIGNALS_AND_RUNS,
        ("unknown",),
    ),
}


def under(key: str, definition: DefinitionSet) -> Explanation:
    """The explanation of one of the factors, of their product or base, as ``definition`` reads time."""
    known = EXPLANATIONS[key]
    base, running, producing = _base(definition), _running(definition), _producing(definition)
    if key == "base":
        return replace(known, formula=" ".join(_base_formula(definition)), events=base)
    if key == "oee":
        return replace(known, events=(*base, "unknown", "pieces"))
    if key == "availability":
        over = _in_brackets(_base_formula(definition))
        lost = tuple(word for word in base if word not in running)
        return replace(known, formula=f"{_in_brackets(_sum(running))} / {over}", events=lost)
    if key == "effectiveness" and len(producing) > 1:
        # the page of speed counts micro-stops as standstill, so the times of both are shown instead
        over = _in_brackets(_sum(producing))
        return replace(known, formula=f"Σ (PRI × PQ) / {over}", events=(*producing, "beyond", "pieces"))
    return known


def _base(definition: DefinitionSet) -> tuple[str, ...]:
    """The time elements that ``DefinitionSet.base`` adds up."""
    if definition.base_time is BaseTime.CALENDAR:
        return ("off", "pdot", "adot", "aust", "adet", "micro", "apt")
    return (
        "apt",
        *(() if definition.setup is Setup.PLANNED else ("aust",)),
        *("adet", "micro"),
        *(() if definition.no_order is NoOrder.CLOCK_STOPPED else ("adot",)),
        *(("pdot",) if definition.planned_stops is PlannedStops.DELAY else ()),
    )


def _running(definition: DefinitionSet) -> tuple[str, ...]:
    return (*_producing(definition), *(("aust",) if definition.setup is Setup.PRODUCTIVE else ()))


def _producing(definition: DefinitionSet) -> tuple[str, ...]:
    return ("apt", *(("micro",) if definition.micro_stops is MicroStops.SPEED_LOSS else ()))


def _base_formula(definition: DefinitionSet) -> list[str]:
    if definition.base_time is BaseTime.CALENDAR:
        return ["POT", "+", "off"]
    return [
        "PBT",
        *(["−", "AUST"] if definition.setup is Setup.PLANNED else []),
        *(["+", "PDOT"] if definition.planned_stops is PlannedStops.DELAY else []),
        *(["−", "ADOT"] if definition.no_order is NoOrder.CLOCK_STOPPED else []),
    ]


def _sum(words: tuple[str, ...]) -> list[str]:
    return " + ".join(word if word == "micro" else word.upper() for word in words).split()


def _in_brackets(terms: list[str]) -> str:
    return terms[0] if len(terms) == 1 else f"({' '.join(terms)})"
