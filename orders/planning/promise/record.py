"""The plant's own record, and the levels it asks for. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from orders.planning.promise.levels import ENOUGH, Levels, levels_of


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
