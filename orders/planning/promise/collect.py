"""Reading the plant's own record: what was said of its orders, and how they turned out."""

from __future__ import annotations

from datetime import datetime

from machines.models import Plant
from orders.planning.promise.record import Entry, Record
from orders.planning.promise.tracking import Statement
from orders.queries.records import Outcome, outcomes


def record_of(plant: Plant, *, before: datetime) -> Record:
    """One query."""
    return Record((_entry(one) for one in outcomes(plant, before=before)), now=before.timestamp())


def _entry(one: Outcome) -> Entry:
    ended = None if one.ended_at is None else one.ended_at.timestamp()
    return Entry(Statement(one.zero_at.timestamp(), one.grid, ended), one.item, one.customer)
