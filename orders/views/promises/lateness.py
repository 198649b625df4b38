"""Causes of lateness as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from orders.enums import LateCause


@dataclass(frozen=True, slots=True)
class LateRow:
    """``orders``: how many it made later; None: the table is of one order."""

    cause: LateCause
    length: timedelta
    orders: int | None = None

    @property
    def gained(self) -> timedelta | None:
        """What it took less than the promise had foreseen."""
        return -self.length if self.length < timedelta(0) else None


def rows_of_one(causes: Iterable[tuple[LateCause, timedelta]]) -> list[LateRow]:
    return [LateRow(cause, length) for cause, length in causes]
