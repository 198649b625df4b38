"""Converting quantities of a bill of material into the component's own unit. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext

# UN/ECE code -> (what it measures, how much of the base unit it is)
MEASURES: Mapping[str, tuple[str, Decimal]] = {
    "TNE": ("mass", Decimal(1000)),
    "KGM": ("mass", Decimal(1)),
    "GRM": ("mass", Decimal("0.001")),
    "MGM": ("mass", Decimal("0.000001")),
    "KMT": ("length", Decimal(1000)),
    "MTR": ("length", Decimal(1)),
    "CMT": ("length", Decimal("0.01")),
    "MMT": ("length", Decimal("0.001")),
    "MTK": ("area", Decimal(1)),
    "MTQ": ("volume", Decimal(1000)),
    "LTR": ("volume", Decimal(1)),
    "MLT": ("volume", Decimal("0.001")),
}
STEP = Decimal("0.001")
CLOSE_ENOUGH = Decimal("0.000001")
LARGEST = Decimal("999999999.999")


def standard_factor(unit: str, own: str) -> Decimal | None:
    """How much of ``own`` one ``unit`` is, where both measure the same thing; None otherwise."""
    if unit == own:
        return Decimal(1)
    if unit not in MEASURES or own not in MEASURES:
        return None
    (kind, size), (own_kind, own_size) = MEASURES[unit], MEASURES[own]
    return size / own_size if kind == own_kind else None


def storable(base: Decimal, quantities: Sequence[Decimal]) -> tuple[Decimal, list[Decimal]] | None:
    """Base quantity and quantities, all times the smallest power of ten at which three decimal places hold
    each to a millionth of itself: 0.4 g per piece become 0.4 kg per 1000 pieces. None where there is none.
    """
    for power in range(10):
        factor = Decimal(10) ** power
        with localcontext(prec=40):
            grown = [base * factor, *(quantity * factor for quantity in quantities)]
            kept = [value.quantize(STEP) for value in grown]
        if max(kept) > LARGEST:
            return None
        if all(
            abs(was - now) <= CLOSE_ENOUGH * abs(was) and now > 0
            for was, now in zip(grown, kept, strict=True)
        ):
            return kept[0], kept[1:]
    return None
