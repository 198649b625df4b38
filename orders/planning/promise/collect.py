"""Reading the plant's own record: what was said of its orders, and how they turned out."""

from __future__ import annotations

from datetime import datetime

from machines.models import Plant
from orders.planning.promise.hindsight import Hindsight, Look, hindsight_of
from orders.planning.promise.levels import Levels, chance_of
from orders.planning.promise.record import Entry, Record
from orders.planning.promise.tracking import Statement
from orders.queries.records import Outcome, PastForecast, outcomes, past_forecasts


def record_of(plant: Plant, *, before: datetime) -> Record:
    """One query."""
    return Record((_entry(one) for one in outcomes(plant, before=before)), now=before.timestamp())


def _entry(one: Outcome) -> Entry:
    ended = None if one.ended_at is None else one.ended_at.timestamp()
    return Entry(Statement(one.zero_at.timestamp(), one.grid, ended), one.item, one.customer)


def hindsight_at(plant: Plant, *, before: datetime) -> Hindsight:
    """One query."""
    return hindsight_of([_look(one) for one in past_forecasts(plant, before=before)])


def _look(one: PastForecast) -> Look:
    left = (one.promised_at - one.zero_at).total_seconds()
    first, second, third = one.levels
    return Look(one.order, 1.0 - chance_of(one.grid, left, Levels((first, second, third))), left, one.late)
