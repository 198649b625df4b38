"""Two plans beside each other: which orders end later or earlier, and what went to another machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from orders.models import Plan, PlanEntry, ProductionOrder

ZERO = timedelta(0)
SAME = timedelta(minutes=1)
"""An end that moves less than this stays where it is."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One order in two plans. ``before``/``after``: its end there, None where it isn't planned;
    ``elsewhere``: how many of its operations change the machine."""

    order: ProductionOrder
    due: datetime | None
    before: datetime | None
    after: datetime | None
    elsewhere: int

    @property
    def moved(self) -> timedelta | None:
        return self.after - self.before if self.after and self.before else None

    @property
    def moved_by(self) -> timedelta:
        """How far, either way."""
        moved = self.moved or ZERO
        return abs(moved) if abs(moved) >= SAME else ZERO

    @property
    def is_later(self) -> bool:
        return (self.moved or ZERO) >= SAME

    @property
    def newly_late(self) -> bool:
        return self._late(self.after) and not self._late(self.before)

    @property
    def rescued(self) -> bool:
        return self.before is not None and self._late(self.before) and not self._late(self.after)

    def _late(self, end: datetime | None) -> bool:
        return self.due is not None and end is not None and end > self.due


@dataclass(frozen=True, slots=True)
class Comparison:
    """``rows``: orders that differ, those that become late first, then by how far they move."""

    rows: list[Difference]
    same: int

    @property
    def later(self) -> int:
        return sum(1 for one in self.rows if one.is_later)

    @property
    def earlier(self) -> int:
        return sum(1 for one in self.rows if one.moved_by and not one.is_later)

    @property
    def newly_late(self) -> int:
        return sum(1 for one in self.rows if one.newly_late)

    @property
    def rescued(self) -> int:
        return sum(1 for one in self.rows if one.rescued)

    @property
    def elsewhere(self) -> int:
        return sum(one.elsewhere for one in self.rows)


def compare_plans(before: Plan, after: Plan) -> Comparison:
    """What changes from one plan to the other. Five queries."""
    ends_before, ends_after = order_ends(before), order_ends(after)
    machines_before = dict(_machines(before))
    elsewhere: Counter[int] = Counter()
    for (operation, order), machine in _machines(after):
        if machines_before.get((operation, order), machine) != machine:
            elsewhere[order] += 1
    orders = ProductionOrder.objects.filter(pk__in={*ends_before, *ends_after}).select_related("item")
    found = [
        Difference(
            order,
            order.promised_at or order.requested_at,
            ends_before.get(order.pk),
            ends_after.get(order.pk),
            elsewhere[order.pk],
        )
        for order in orders
    ]
    rows = [one for one in found if one.moved is None or one.moved_by or one.elsewhere]
    rows.sort(key=lambda one: (not one.newly_late, -one.moved_by, one.order.number))
    return Comparison(rows, len(found) - len(rows))


def order_ends(plan: Plan) -> dict[int, datetime]:
    """When each order of the plan is done, by its id."""
    rows = PlanEntry.objects.filter(plan=plan).values("operation__order").annotate(end=Max("end_at"))
    return {row["operation__order"]: row["end"] for row in rows.order_by()}


def _machines(plan: Plan) -> Iterable[tuple[tuple[int, int], int | None]]:
    rows = PlanEntry.objects.filter(plan=plan).values_list(
        "operation_id", "operation__order_id", "machine_id"
    )
    for operation, order, machine in rows.order_by():
        yield (operation, order), machine
