"""Does the partner have what it should have, and if not, why. Pure arithmetic on sums of one operation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from integrations.enums import DifferenceReason

PIECES = ("good", "scrap", "rework")
SECONDS = ("setup_seconds", "run_seconds")
NAMES = (*PIECES, *SECONDS)
ZERO = Decimal(0)
TIME_SHARE = Decimal("0.01")
LEAST_SECONDS = Decimal(60)
"""ERPs round times to minutes or hundredths of an hour: less than 1 %, or than a minute, is no difference."""

Sums = Mapping[str, Decimal]
"""Pieces in the order's unit and seconds by their name in ``NAMES``; what is missing counts as zero."""


@dataclass(frozen=True, slots=True)
class Sides:
    """One operation. ``made``: what happened here; the others split it by what became of its messages, each
    with its reversals counted against. ``late`` arrived after the partner's word and can't be in it.
    ``booked``: the partner's word, a missing name meaning that it doesn't tell; None: no word at all."""

    made: Sums
    posted: Sums = field(default_factory=dict)
    accepted: Sums = field(default_factory=dict)
    late: Sums = field(default_factory=dict)
    in_flight: Sums = field(default_factory=dict)
    refused: Sums = field(default_factory=dict)
    given_up: Sums = field(default_factory=dict)
    booked: Sums | None = None


def reason_of(sides: Sides) -> DifferenceReason | None:
    """None when the partner has what happened here; else the most serious of what keeps them apart.

    ``gap`` is what the partner has beyond what it was sent and took: more was posted there by hand; less was
    cancelled there or, as far as it has only accepted it, is not posted yet. Without a gap the difference
    is what never arrived. Raises ValueError when there is no word to compare with.
    """
    if sides.booked is None:
        raise ValueError("no word of the partner")
    told = [name for name in NAMES if name in sides.booked]
    differing = [name for name in told if _differs(name, sides.made, sides.booked)]
    if not differing:
        return None
    reasons: set[DifferenceReason] = set()
    for name in differing:
        reasons |= _reasons(name, sides, sides.booked)
    return min(reasons, key=list(DifferenceReason).index)


def _reasons(name: str, sides: Sides, booked: Sums) -> set[DifferenceReason]:
    accepted = _of(sides.accepted, name)
    gap = booked[name] - _of(sides.posted, name) - accepted
    tolerance = _tolerance(name, booked[name])
    if gap > tolerance:
        return {DifferenceReason.BY_HAND}
    if gap < -tolerance:
        # Messages wholly accepted and not posted explain it; anything else was changed there.
        explained = accepted and abs(gap + accepted) <= tolerance
        return {DifferenceReason.ACCEPTED if explained else DifferenceReason.CANCELLED}
    found = {
        reason
        for reason, part in (
            (DifferenceReason.REFUSED, sides.refused),
            (DifferenceReason.GIVEN_UP, sides.given_up),
        )
        if _of(part, name)
    }
    return found or {DifferenceReason.IN_FLIGHT}


def _differs(name: str, made: Sums, booked: Sums) -> bool:
    return abs(_of(made, name) - booked[name]) > _tolerance(name, booked[name])


def _tolerance(name: str, value: Decimal) -> Decimal:
    return max(LEAST_SECONDS, abs(value) * TIME_SHARE) if name in SECONDS else ZERO


def _of(sums: Sums, name: str) -> Decimal:
    return sums.get(name, ZERO)


def added(parts: Iterable[Sums]) -> dict[str, Decimal]:
    """The sum of sums, with every name."""
    total = dict.fromkeys(NAMES, ZERO)
    for part in parts:
        for name, value in part.items():
            total[name] += value
    return total
