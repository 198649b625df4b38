"""What one plan changes against another, in the words of orders: plain data for pages and the API."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from orders.models import ProductionOrder
from orders.planning.stand import Standing

if TYPE_CHECKING:
    from orders.planning.engine.alternatives import Shift
    from orders.planning.engine.shop import Plan as EnginePlan
    from orders.planning.engine.shop import Shop


@dataclass(frozen=True, slots=True)
class OrderShift:
    """An order's end before and after; None: it has no place in the plan. Late is after its due date."""

    order_id: int
    number: str
    item: str
    customer: str
    due: datetime | None
    before: datetime | None
    after: datetime | None
    late_before: timedelta
    late_after: timedelta

    @property
    def later(self) -> timedelta:
        """Negative: earlier."""
        if self.before is None or self.after is None:
            return timedelta(0)
        return self.after - self.before

    @property
    def by(self) -> timedelta:
        return abs(self.later)

    @property
    def is_later(self) -> bool:
        return self.later > timedelta(0) or (self.after is None and self.before is not None)

    @property
    def pays(self) -> bool:
        return self.late_after > self.late_before

    @property
    def newly_late(self) -> bool:
        return bool(self.late_after) and not self.late_before

    def as_json(self) -> dict[str, Any]:
        return {
            "order": self.number,
            "item": self.item,
            "customer": self.customer,
            "due": _iso(self.due),
            "before": _iso(self.before),
            "after": _iso(self.after),
            "later_seconds": int(self.later.total_seconds()),
            "late_before_seconds": int(self.late_before.total_seconds()),
            "late_after_seconds": int(self.late_after.total_seconds()),
            "newly_late": self.newly_late,
        }


@dataclass(frozen=True, slots=True)
class Consequences:
    """Hours; lateness counts by urgency. Operations are counted as the engine's Effect says."""

    shifts: tuple[OrderShift, ...]
    late_hours_before: float
    late_hours_after: float
    setup_hours_before: float
    setup_hours_after: float
    later_operations: int
    elsewhere_operations: int
    frozen_moved: int
    without_place: tuple[str, ...]

    @property
    def payers(self) -> tuple[OrderShift, ...]:
        """Orders that end later, those first whose lateness costs most."""
        return tuple(one for one in self.shifts if one.is_later)

    @property
    def winners(self) -> tuple[OrderShift, ...]:
        return tuple(one for one in self.shifts if not one.is_later)

    @property
    def newly_late(self) -> tuple[OrderShift, ...]:
        return tuple(one for one in self.shifts if one.newly_late)

    @property
    def late_hours(self) -> float:
        return self.late_hours_after - self.late_hours_before

    @property
    def setup_hours(self) -> float:
        return self.setup_hours_after - self.setup_hours_before

    def as_json(self) -> dict[str, Any]:
        return {
            "late_hours": {
                "before": round(self.late_hours_before, 2),
                "after": round(self.late_hours_after, 2),
            },
            "setup_hours": {
                "before": round(self.setup_hours_before, 2),
                "after": round(self.setup_hours_after, 2),
            },
            "newly_late": [one.number for one in self.newly_late],
            "later_operations": self.later_operations,
            "elsewhere_operations": self.elsewhere_operations,
            "frozen_moved": self.frozen_moved,
            "without_place": list(self.without_place),
            "orders": [one.as_json() for one in self.shifts],
        }


def consequences_of(
    standing: Standing,
    shop: Shop,
    before: EnginePlan,
    after: EnginePlan,
    *,
    frozen: Iterable[int] = (),
    apart: Collection[int] = (),
    customers: dict[int, str] | None = None,
) -> Consequences:
    """``shop`` gives due dates and weights; ``apart``: jobs that aren't among the orders that pay."""
    from orders.planning.engine.alternatives import effect_of

    effect = effect_of(shop, before, after, frozen=frozen, apart=apart, jobs=standing.real_jobs)
    shown = [one for one in effect.shifts if one.job not in apart]
    if customers is None:
        customers = customers_of(standing.loaded.orders[one.job].pk for one in shown)
    return Consequences(
        shifts=tuple(shift_of(standing, one, customers) for one in shown),
        late_hours_before=effect.late_hours_before,
        late_hours_after=effect.late_hours_after,
        setup_hours_before=effect.setup_hours_before,
        setup_hours_after=effect.setup_hours_after,
        later_operations=effect.later,
        elsewhere_operations=effect.elsewhere,
        frozen_moved=effect.frozen_moved,
        without_place=tuple(
            standing.loaded.orders[job].number for job in effect.without_place if job < standing.real_jobs
        ),
    )


def shift_of(standing: Standing, shift: Shift, customers: dict[int, str]) -> OrderShift:
    order = standing.loaded.orders[shift.job]

    def moment(seconds: int | None) -> datetime | None:
        return None if seconds is None else standing.moment(seconds)

    return OrderShift(
        order_id=order.pk,
        number=order.number,
        item=order.item.code,
        customer=customers.get(order.pk, ""),
        due=moment(shift.due),
        before=moment(shift.before),
        after=moment(shift.after),
        late_before=timedelta(seconds=shift.late_before),
        late_after=timedelta(seconds=shift.late_after),
    )


def customers_of(orders: Iterable[int]) -> dict[int, str]:
    """The customer's name by order id, where an order has one. One query."""
    rows = ProductionOrder.objects.filter(pk__in=list(orders), customer_line__isnull=False)
    return dict(rows.values_list("pk", "customer_line__order__customer__name").order_by())


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
