"""Reading the plant's own record from its finished orders."""

from __future__ import annotations

from datetime import datetime

from machines.models import Plant
from orders.planning.promise.levels import place_of
from orders.planning.promise.record import Record
from orders.queries.records import outcomes


def record_of(plant: Plant, *, before: datetime) -> Record:
    """One query."""
    record = Record()
    for one in outcomes(plant, before=before):
        place = place_of(one.grid, one.seconds)
        record.plant.append(place)
        record.items[one.item].append(place)
        if one.customer is not None:
            record.customers[one.customer].append(place)
    return record
