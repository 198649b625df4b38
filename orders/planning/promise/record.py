"""The plant's own record, and the levels it asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orders.planning.promise.levels import ENOUGH, Levels, Place, levels_of, newest_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement: ``place`` among its futures, of which item and customer (ids)."""

    place: Place
    item: int = 0
    customer: int | None = None


class Record:
    """What was first said of each order, and how it turned out so far."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        listed = list(entries)
        newest = {id(place) for place in newest_of(one.place for one in listed)}
        self.entries = [one for one in listed if id(one.place) in newest]
        self._plant = levels_of(one.place for one in self.entries)

    def levels(self, *, item: int, customer: int | None) -> Levels:
        """By the item's own record where enough of the plant's newest orders are of it, else by the
        customer's, else the plant's. A group's older ones would tell of a plant that is gone."""
        of_item = [one.place for one in self.entries if one.item == item]
        if _is_enough(of_item):
            return levels_of(of_item, basis="item")
        of_customer = [one.place for one in self.entries if customer is not None and one.customer == customer]
        if _is_enough(of_customer):
            return levels_of(of_customer, basis="customer")
        return self._plant


def _is_enough(places: Iterable[Place]) -> bool:
    return sum(one.ended is not None for one in places) >= ENOUGH
