"""How vendors read the same time differently: named definition sets, as data.

The event stream stays one; a definition set only says which elements form the base of availability, which of
them count as running, and over which time performance is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from mes.lib.errors import MesError
from mes.lib.spans import ZERO
from quality.kpi import formulas
from quality.kpi.timemodel import Quantities, TimeElements

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class MicroStops(StrEnum):
    DELAY = "delay"
    SPEED_LOSS = "speed_loss"


class Setup(StrEnum):
    LOSS = "loss"
    PRODUCTIVE = "productive"
    PLANNED = "planned"


class PlannedStops(StrEnum):
    OUT_OF_BASE = "out_of_base"
    DELAY = "delay"


class NoOrder(StrEnum):
    IN_BASE = "in_base"
    CLOCK_STOPPED = "clock_stopped"


class BaseTime(StrEnum):
    PLANNED = "planned"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class DefinitionSet:
    """One way to read time elements.

    ``result_name`` is what its product is called, ``text`` what is different.
    """

    code: str
    name: _StrPromise
    text: _StrPromise
    result_name: str = "OEE"
    micro_stops: MicroStops = MicroStops.DELAY
    setup: Setup = Setup.LOSS
    planned_stops: PlannedStops = PlannedStops.OUT_OF_BASE
    no_order: NoOrder = NoOrder.IN_BASE
    base_time: BaseTime = BaseTime.PLANNED

    def base(self, elements: TimeElements) -> timedelta:
        """The denominator of availability. Unknown time is in no ratio."""
        if self.base_time is BaseTime.CALENDAR:
            return elements.calendar - elements.unknown
        return (
            elements.known
            - (elements.aust if self.setup is Setup.PLANNED else ZERO)
            + (elements.pdot if self.planned_stops is PlannedStops.DELAY else ZERO)
            - (elements.adot if self.no_order is NoOrder.CLOCK_STOPPED else ZERO)
        )

    def running(self, elements: TimeElements) -> timedelta:
        """The numerator of availability."""
        return self.producing(elements) + (elements.aust if self.setup is Setup.PRODUCTIVE else ZERO)

    def producing(self, elements: TimeElements) -> timedelta:
        """The time over which performance is measured."""
        return elements.apt + (elements.micro if self.micro_stops is MicroStops.SPEED_LOSS else ZERO)


ISO_22400 = DefinitionSet(
    "iso22400",
    _("ISO 22400"),
    _("Production over planned busy time. Micro-stops, set-up and missing orders lower availability."),
)
VDMA_66412 = DefinitionSet(
    "vdma66412",
    _("VDMA 66412-1"),
    _("Main usage time over planned allocation time: other words for the reading of ISO 22400."),
)
NAKAJIMA = DefinitionSet(
    "nakajima",
    _("Nakajima (micro-stops are speed loss)"),
    _("Micro-stops lower performance and not availability. The product is the same."),
    micro_stops=MicroStops.SPEED_LOSS,
)
NEE = DefinitionSet(
    "nee",
    _("NEE (setup counts as productive)"),
    _("Set-up counts as use of the machine: net equipment effectiveness of ISO 22400."),
    result_name="NEE",
    setup=Setup.PRODUCTIVE,
)
SETUP_PLANNED = DefinitionSet(
    "setup_planned",
    _("Setup is planned, out of the base"),
    _("Set-up is taken out of the planned time, so that no change-over lowers the figure."),
    setup=Setup.PLANNED,
)
PLANNED_STOPS_DELAY = DefinitionSet(
    "planned_stops_delay",
    _("Planned stops count as delay"),
    _("Breaks and planned maintenance inside shifts lower availability."),
    planned_stops=PlannedStops.DELAY,
)
NO_ORDER_OUT = DefinitionSet(
    "no_order_out",
    _("The clock stops without an order"),
    _("Time without an order is taken out: the figure says how well orders run, not how much is used."),
    no_order=NoOrder.CLOCK_STOPPED,
)
TEEP = DefinitionSet(
    "teep",
    _("TEEP (of calendar time)"),
    _("The base is the whole calendar, nights and weekends included."),
    result_name="TEEP",
    base_time=BaseTime.CALENDAR,
)

DEFINITION_SETS: dict[str, DefinitionSet] = {
    definition.code: definition
    for definition in (
        *(ISO_22400, VDMA_66412, NAKAJIMA, NEE, SETUP_PLANNED, PLANNED_STOPS_DELAY, NO_ORDER_OUT, TEEP),
    )
}


def definition_set(code: str) -> DefinitionSet:
    """The set of that code. Raises ``MesError`` ``unknown_definition_set``."""
    try:
        return DEFINITION_SETS[code]
    except KeyError:
        message = _("There is no KPI definition set “%(code)s”.") % {"code": code}
        raise MesError("unknown_definition_set", message, field="definition") from None


@dataclass(frozen=True, slots=True)
class Oee:
    """The three factors and their product under one definition set. ``None`` means "no data", never 0."""

    definition: DefinitionSet
    availability: Decimal | None
    effectiveness: Decimal | None
    quality: Decimal | None
    result: Decimal | None

    @property
    def standard_too_slow(self) -> bool:
        """More pieces came than the planned cycle allows: shown as it is, and flagged."""
        return self.effectiveness is not None and self.effectiveness > 1


def oee(elements: TimeElements, quantities: Quantities, definition: DefinitionSet = ISO_22400) -> Oee:
    """Availability × effectiveness × quality, read as ``definition`` says.

    Pieces made outside planned busy time are among the quantities, so the time they took (``beyond``) stands
    in the denominator of effectiveness.
    """
    availability = formulas.ratio(definition.running(elements), definition.base(elements))
    effectiveness = formulas.effectiveness(quantities, definition.producing(elements) + elements.beyond)
    quality = formulas.quality_ratio(quantities)
    return Oee(
        definition,
        availability,
        effectiveness,
        quality,
        formulas.product(availability, effectiveness, quality),
    )
