"""Sources whose clocks go wrong."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, FloatField, IntegerField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Abs

from machines.domain.clocks import LIMIT, OFFSETS_NEEDED, WARN
from machines.models import Source

MOST = 50


@dataclass(frozen=True, slots=True)
class WrongClock:
    """``behind``: seconds, negative where it is ahead of ours. ``believed``: its times are still used."""

    source: Source
    behind: float

    @property
    def ahead(self) -> bool:
        return self.behind < 0

    @property
    def seconds(self) -> float:
        return abs(self.behind)

    @property
    def believed(self) -> bool:
        return self.seconds <= LIMIT.total_seconds()


def wrong_clocks() -> list[WrongClock]:
    """Sources of active machines whose clock is more than 5 s off, by the median of what they last sent.

    The worst first, at most 50. One query.
    """
    middle = RawSQL(
        "(SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY one) FROM unnest(clock_offsets) AS one)",
        (),
        output_field=FloatField(),
    )
    heard = RawSQL("cardinality(clock_offsets)", (), output_field=IntegerField())
    sources = (
        Source.objects.filter(machine__active=True)
        .annotate(heard=heard)
        .filter(heard__gte=OFFSETS_NEEDED)
        .annotate(behind=middle, off=Abs(F("behind")))
        .filter(off__gt=WARN.total_seconds())
        .select_related("machine")
        .order_by("-off", "pk")[:MOST]
    )
    return [WrongClock(source, source.behind) for source in sources]
