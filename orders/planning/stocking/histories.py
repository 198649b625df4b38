"""Weekly demand of a plant's stocked items, ready for forecasting."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from machines.models import Plant
from orders.models import StockingRule
from orders.planning.forecast.errors import Floats
from orders.planning.forecast.paths import Likes, likes_of
from orders.queries.demand import demand_of

LONGEST_WEEKS = 156
"""Older demand says little about the next months."""


@dataclass(frozen=True, slots=True)
class History:
    """An item's demand by week from ``first`` on, up to the week that isn't over. ``left_out``: lines whose
    unit doesn't convert."""

    first: date
    values: Floats
    left_out: int

    @property
    def demands(self) -> int:
        return int(np.count_nonzero(self.values))


@dataclass(frozen=True, slots=True)
class Histories:
    """By item; ``likes``: what sizes of demand have in common."""

    by_item: Mapping[int, History]
    likes: Likes


def histories_of(plant: Plant, rules: Collection[StockingRule], *, until: date) -> Histories:
    """Of the rules' items before the week ``until`` (a Monday). A constant number of queries."""
    since = until - timedelta(weeks=LONGEST_WEEKS)
    found = {}
    for item, demand in demand_of(plant, rules, since=since, until=until).items():
        first, values = demand.series(until)
        found[item] = History(first, np.asarray(values, dtype=np.float64), demand.left_out)
    return Histories(found, likes_of(one.values for one in found.values()))


def seed_of(code: str) -> int:
    """The same for an item for ever: what is drawn changes with its demand, not with its neighbours."""
    return int.from_bytes(code.encode()[-8:].rjust(8, b"\0"), "big") % (2**31 - 1) or 1
