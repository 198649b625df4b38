"""Reading the plant's own record: what was said of its orders, and how they turned out."""

from __future__ import annotations

from datetime import datetime

from machines.models import Plant
from orders.planning.promise.levels import Place, place_of, verdicts_of
from orders.planning.promise.record import Entry, Record
from orders.queries.records import Outcome, outcomes


def record_of(plant: Plant, *, before: datetime) -> Record:
    """One query."""
    return Record(_entry(one, before.timestamp()) for one in outcomes(plant, before=before))


def _entry(one: Outcome, now: float) -> Entry:
    ended = None if one.ended_at is None else one.ended_at.timestamp()
    verdicts = verdicts_of((date.timestamp() for date in one.dates), ended, now)
    place = Place(one.made_at.timestamp(), place_of(one.grid, one.seconds), ended, verdicts)
    return Entry(place, one.item, one.customer)
