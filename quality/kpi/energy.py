"""What a machine used of energy, by what its time counts as."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from machines.queries.energy import Amount, Metered, amount_in
from mes.lib.spans import Span, intersect, subtract
from quality.kpi.behind import BEYOND
from quality.kpi.facts import SlotSegment

ORDER = ("apt", BEYOND, "aust", "micro", "adet", "adot", "pdot", "unknown", "off")
"""Where several slots share a meter, the first of these that any of them does counts."""


def energy_by_use(
    told: Sequence[Metered], segments: Iterable[SlotSegment], span: Span
) -> list[tuple[str, Amount]]:
    """By the words of the page of events, where the meters tell anything; they add up to all of it."""
    spans: dict[str, list[Span]] = defaultdict(list)
    for row in segments:
        segment = row.segment
        spans[BEYOND if segment.is_beyond_plan else segment.element.value].append(segment.span)
    rest, found = [span], []
    for key in ORDER:
        here = intersect(spans[key], rest)
        amount = amount_in(told, here)
        if amount.known:
            found.append((key, amount))
        rest = subtract(rest, here)
    return found
