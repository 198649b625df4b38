"""The plant's own record, and the levels it asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orders.planning.promise.levels import Levels
from orders.planning.promise.tracking import ENOUGH, Statement, levels_of

WINDOW = 300
"""The last orders that are learned from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was first said of an order of that item and customer (ids)."""

    statement: Statement
    item: int = 0
    customer: int | None = None


class Record:
    """What was first said of each order, and how it has turned out until ``now`` (seconds of the statements'
    clock)."""

    def __init__(self, entries: Iterable[Entry], *, now: float) -> None:
        self.entries, self.now = newest_of(entries), now
        self._plant = self._levels(self.entries, "plant")

    def levels(self, *, item: int, customer: int | None) -> Levels:
        """By the item's own record where enough of the plant's newest orders are of it, else by the
        customer's, else the plant's. A group's older ones would tell of a plant that is gone."""
        of_item = [one for one in self.entries if one.item == item]
        if _is_enough(of_item):
            return self._levels(of_item, "item")
        of_customer = [one for one in self.entries if customer is not None and one.customer == customer]
        if _is_enough(of_customer):
            return self._levels(of_customer, "customer")
        return self._plant

    def _levels(self, entries: Sequence[Entry], basis: str) -> Levels:
        return levels_of((one.statement for one in entries), now=self.now, basis=basis)


def newest_of(entries: Iterable[Entry]) -> list[Entry]:
    """Those of the ``WINDOW`` orders that ended last, in that order, and of the open ones."""
    listed = list(entries)
    ended = [one for one in listed if one.statement.ended is not None]
    ended.sort(key=lambda one: (one.statement.ended or 0.0, one.statement.made))
    return [*ended[-WINDOW:], *(one for one in listed if one.statement.ended is None)]


def _is_enough(entries: Iterable[Entry]) -> bool:
    return sum(one.statement.ended is not None for one in entries) >= ENOUGH
