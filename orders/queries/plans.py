"""Plans as pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from machines.models import Machine, Plant
from orders.enums import PlanState
from orders.models import Plan, PlanEntry, ProductionOrder

PENDING = (PlanState.REQUESTED, PlanState.COMPUTING)


def plan_in_force(plant: Plant) -> Plan | None:
    return Plan.objects.filter(plant=plant, state=PlanState.PUBLISHED).select_related("published_by").first()


def newest_plans(plant: Plant) -> list[Plan]:
    """The last ones, newest first."""
    return list(Plan.objects.filter(plant=plant).select_related("requested_by", "published_by")[:15])


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order in a plan. ``late``: how long after its due date it ends; ``moved``: how much later
    than in the plan it is compared with, negative for earlier."""

    order: ProductionOrder
    due: datetime | None
    end: datetime
    late: timedelta
    moved: timedelta | None

    @property
    def moved_by(self) -> timedelta:
        """How far, either way."""
        return abs(self.moved or timedelta(0))

    @property
    def is_later(self) -> bool:
        return self.moved is not None and self.moved > timedelta(0)


def planned_orders(plan: Plan, *, against: Plan | None = None) -> list[PlannedOrder]:
    """The orders of a plan, the latest first, then by their end. Three queries."""
    ends = _ends(plan)
    before = _ends(against) if against is not None else {}
    found = []
    for order in ProductionOrder.objects.filter(pk__in=ends).select_related("item"):
        due, end = order.promised_at or order.requested_at, ends[order.pk]
        late = max(end - due, timedelta(0)) if due else timedelta(0)
        moved = end - before[order.pk] if order.pk in before else None
        found.append(PlannedOrder(order, due, end, late, moved))
    return sorted(found, key=lambda one: (-one.late, one.end, one.order.number))


def _ends(plan: Plan) -> dict[int, datetime]:
    rows = PlanEntry.objects.filter(plan=plan).values("operation__order").annotate(end=Max("end_at"))
    return {row["operation__order"]: row["end"] for row in rows.order_by()}


def board(plan: Plan) -> dict[str, Any]:
    """The plan as a picture: rows of machine slots, bars of operations. Times are Unix milliseconds."""
    entries = list(
        PlanEntry.objects.filter(plan=plan)
        .select_related("operation__order__item", "machine")
        .order_by("start_at", "id")
    )
    late = {one.order.pk for one in planned_orders(plan) if one.late}
    rows = list(_rows(plan, entries))
    index = {row: number for number, row in enumerate(rows)}
    names = {machine.pk: machine for machine in Machine.objects.filter(plant=plan.plant_id)}
    return {
        "zero": _millis(plan.zero_at),
        "rows": [_label(names, row) for row in rows],
        "bars": [
            [
                index[entry.machine_id, entry.slot],
                _millis(entry.start_at),
                _millis(entry.run_at),
                _millis(entry.end_at),
                entry.operation.order.number,
                entry.operation.number,
                entry.operation.order.item.code,
                entry.operation.order_id,
                int(entry.operation.order_id in late),
                int(entry.running),
            ]
            for entry in entries
        ],
    }


def _rows(plan: Plan, entries: Iterable[PlanEntry]) -> Iterable[tuple[int | None, int]]:
    """Every slot of every active machine, by code, and one row for what is done outside."""
    for machine in Machine.objects.filter(plant=plan.plant_id, active=True).order_by("code"):
        for slot in range(1, machine.slots + 1):
            yield machine.pk, slot
    known = {(entry.machine_id, entry.slot) for entry in entries}
    active = set(Machine.objects.filter(plant=plan.plant_id, active=True).values_list("pk", flat=True))
    yield from sorted(
        (row for row in known if row[0] not in active), key=lambda row: (row[0] is None, row[0] or 0, row[1])
    )


def _label(machines: dict[int, Machine], row: tuple[int | None, int]) -> str:
    """Empty for what is done outside: the page has the word."""
    machine, slot = row
    if machine is None:
        return ""
    found = machines[machine]
    return f"{found.code}/{slot}" if found.slots > 1 else found.code


def _millis(moment: datetime | None) -> int:
    return int(moment.timestamp() * 1000) if moment else 0
