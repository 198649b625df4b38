"""The plant's own record, and the levels it asks for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from machines.models import Plant
from orders.planning.promise.levels import ENOUGH, Levels, levels_of, place_of
from orders.queries.records import outcomes


@dataclass(slots=True)
class Record:
    """Places of finished orders' ends in what was first said of them, oldest end first."""

    plant: list[float] = field(default_factory=list)
    items: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    customers: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    def levels(self, *, item: int, customer: int | None) -> Levels:
        """By the item's own record where it is long enough, else the customer's, else the plant's."""
        if len(self.items.get(item, ())) >= ENOUGH:
            return levels_of(self.items[item], basis="item")
        if customer is not None and len(self.customers.get(customer, ())) >= ENOUGH:
            return levels_of(self.customers[customer], basis="customer")
        return self.of_plant()

    def of_plant(self) -> Levels:
        return levels_of(self.plant)


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
