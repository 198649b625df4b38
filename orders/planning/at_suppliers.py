"""When work comes back from its suppliers, by how long they took before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.models import Operation
from orders.planning.profiles.keep import profiles_of
from orders.planning.profiles.pools import quantile
from orders.planning.profiles.uncertain import Away, still_away
from orders.queries.outside import away_since


@dataclass(frozen=True, slots=True)
class Back:
    """``since``: when the plant's own work on it ended, or it left (None: it could have gone at any time).
    ``planned``: as long after as was planned (None: nobody planned how long). Of a hundred such, fifty are
    back by ``half`` and eighty by ``most``; None: nothing is known at all. ``measured``: how many times this
    supplier's group did this item."""

    since: datetime | None
    planned: datetime | None
    half: datetime | None
    most: datetime | None
    measured: int


def expected_back(operations: Iterable[Operation], *, now: datetime) -> Mapping[int, Back]:
    """By id, of operations as :func:`~orders.queries.outside.outside_work` reads them. The queries of one
    profile a plant."""
    listed = list(operations)
    plants = {one.plant_id: one.plant for one in listed}
    profiles = {pk: profiles_of(plant, now=now) for pk, plant in plants.items()}
    found = {}
    for one in listed:
        since = away_since(one.started_at, one.came_before)  # type: ignore[attr-defined]
        planned = float(one.planned_seconds)
        away = Away(planned, 0.0 if since is None else max((now - since).total_seconds(), 0.0))
        left = still_away(profiles[one.plant_id], one.machine_group_id, one.order.item_id, away)
        known = any(left.values)
        half, most = (now + timedelta(seconds=round(quantile(left, at))) for at in (0.5, 0.8))
        found[one.pk] = Back(
            since=since,
            planned=(since or now) + timedelta(seconds=round(planned)) if planned else None,
            half=half if known else None,
            most=most if known else None,
            measured=left.own,
        )
    return found
