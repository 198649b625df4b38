"""What the index could be if all that nobody knows were known."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from quality.kpi import formulas
from quality.kpi.definitions import DefinitionSet, oee
from quality.kpi.formulas import MICROSECOND
from quality.kpi.timemodel import Quantities, TimeElements

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """From the worst to the best case; ``None`` where performance or quality can't be said at all."""

    low: Decimal | None
    high: Decimal | None

    @property
    def width(self) -> Decimal | None:
        return None if self.low is None or self.high is None else self.high - self.low


def oee_bounds(elements: TimeElements, quantities: Quantities, definition: DefinitionSet) -> Bounds:
    """The index if the unknown time had been all delay, and if it had made nothing but good pieces (ours).

    In the best case the unknown time went at planned speed, or at the measured one if that was faster.
    Without unknown time both are the index itself.
    """
    result = oee(elements, quantities, definition)
    unknown = Decimal(elements.unknown // MICROSECOND)
    if not unknown:
        return Bounds(result.result, result.result)
    if quantities.unpriced:
        return Bounds(None, None)
    base = Decimal(definition.base(elements) // MICROSECOND) + unknown
    running = Decimal(definition.running(elements) // MICROSECOND)
    producing = Decimal((definition.producing(elements) + elements.beyond) // MICROSECOND)
    standard = Decimal(quantities.standard // MICROSECOND)
    quality = formulas.quality_ratio(quantities) or Decimal(0)
    speed = max(ONE, result.effectiveness or ONE)
    valued = standard * quality
    low = running / base * (valued / producing if producing else Decimal(0))
    high = (running + unknown) / base * (valued + unknown * speed) / (producing + unknown)
    return Bounds(low, high)
