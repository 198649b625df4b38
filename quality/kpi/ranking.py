"""Who is better? Only machines that are judged and seen alike are ranked; the others say why they are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from statistics import median

from quality.kpi.bounds import Bounds, oee_bounds
from quality.kpi.collect import Figures

MOST_DIFFERENCE = Decimal("0.1")
"""More difference of coverage than this, as a share of planned time, and figures can't be compared."""


class Refusal(StrEnum):
    """Why a place has no rank."""

    NO_FIGURE = "no_figure"
    OTHER_DEFINITION = "other_definition"
    OTHER_COVERAGE = "other_coverage"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place with its figures. ``own_definitions``: codes of the sets its machines are judged by at home."""

    figures: Figures
    own_definitions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """``rank`` from 1, equal figures share one; without a rank ``refusal`` says why."""

    bounds: Bounds
    rank: int | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """By the candidates' keys. ``definition`` and ``coverage`` are what most of them have."""

    standings: Mapping[str, Standing]
    definition: str
    coverage: Decimal | None


def rank(candidates: Mapping[str, Candidate], *, chosen: str | None = None) -> Ranking:
    """Rank by index, best first.

    A definition set that the reader has ``chosen`` judges all alike; otherwise those whose own one differs
    from what most have are left out. So are those whose coverage is further than ``MOST_DIFFERENCE`` from the
    median of the rest, and those without a figure.
    """
    definition = chosen or _most_common(one.own_definitions for one in candidates.values())
    refused: dict[str, Refusal] = {}
    for key, one in candidates.items():
        if one.figures.oee.result is None:
            refused[key] = Refusal.NO_FIGURE
        elif chosen is None and one.own_definitions != {definition}:
            refused[key] = Refusal.OTHER_DEFINITION
    seen = {key: one.figures.observed for key, one in candidates.items() if key not in refused}
    usual = median([share for share in seen.values() if share is not None] or [Decimal(0)]) if seen else None
    for key, share in seen.items():
        if usual is not None and (share is None or abs(share - usual) > MOST_DIFFERENCE):
            refused[key] = Refusal.OTHER_COVERAGE
    results = sorted(
        (one.figures.oee.result or Decimal(0) for key, one in candidates.items() if key not in refused),
        reverse=True,
    )
    alone = len(results) < 2
    return Ranking(
        {
            key: Standing(
                _bounds(one.figures),
                None if key in refused or alone else results.index(one.figures.oee.result or Decimal(0)) + 1,
                refused.get(key),
            )
            for key, one in candidates.items()
        },
        definition,
        usual,
    )


def _most_common(sets: Iterable[frozenset[str]]) -> str:
    counted = Counter(code for codes in sets for code in codes)
    return max(counted, key=lambda code: (counted[code], code), default="")


def _bounds(figures: Figures) -> Bounds:
    return oee_bounds(figures.elements, figures.quantities, figures.definition)
