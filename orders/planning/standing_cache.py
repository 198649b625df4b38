"""The plant as it stands, kept per process for as long as nothing has changed."""

from __future__ import annotations

import threading
from datetime import timedelta

from django.utils import timezone

from machines.models import Plant
from orders.models import Plan
from orders.planning.stand import Standing, stand
from orders.queries.facts_version import FactsVersion, facts_version

LONGEST = timedelta(seconds=20)
"""Even when no row changes, time passes: what runs comes nearer its end."""
MOST = 8
NEXT_LOOK = timedelta(seconds=15)
"""How often pages on which people are about to ask have the plant read."""

_one_at_a_time = threading.Lock()
_kept: dict[tuple[int, int | None], tuple[FactsVersion, Standing]] = {}


def standing_now(plant: Plant, *, plan: Plan | None = None, within: timedelta = LONGEST) -> Standing:
    """The plan that stands, or the named one, over the facts as they are: loaded anew whenever a row that it
    is made of was written (asked every time, one query; but for counts of pieces), and at the latest after
    ``within``, 20 s. Who asks while it is loaded waits for that. Don't change it."""
    version = facts_version(plant.pk)
    asked = plant.pk, plan.pk if plan else None
    if (known := _known(asked, version, within)) is not None:
        return known
    with _one_at_a_time:
        if (known := _known(asked, version, within)) is not None:
            return known
        standing = stand(plant, plan=plan)
        if len(_kept) >= MOST:
            _kept.clear()
        # Rows written between the two reads: the version is older than what was loaded, never newer.
        _kept[asked] = (version, standing)
        return standing


def look_ahead(plant: Plant) -> None:
    """Have the plant read for who is about to ask, so that it is there until the next look, unless something
    is booked: then whoever comes first reads it."""
    standing_now(plant, within=LONGEST - NEXT_LOOK)


def _known(asked: tuple[int, int | None], version: FactsVersion, within: timedelta) -> Standing | None:
    kept = _kept.get(asked)
    if kept is None or kept[0] != version or timezone.now() - kept[1].loaded.zero >= within:
        return None
    return kept[1]
