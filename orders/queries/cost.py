"""What the cost of orders is counted from: quotes, hours, people, material and what was told.

A constant number of queries, however many orders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Machine, MachineGroup
from orders.enums import CostKind, MoveKind, OperationState
from orders.models import (
    CostEntry,
    CostQuote,
    CostQuoteLine,
    Item,
    Operation,
    OrderComponent,
    ProductionOrder,
    StockMove,
)
from orders.queries.attendance import Attended, attended_hours
from orders.queries.forecast import remaining_pieces
from orders.queries.times import WorkTimes, work_times_by_machine

NOTHING = Decimal(0)
HOUR = Decimal(3600)
Euros = Mapping[CostKind, Decimal]


@dataclass(frozen=True, slots=True)
class MachineHours:
    """Hours of one operation on one machine; ``run`` leaves the stops out. ``rate``: euros an hour."""

    machine: str
    rate: Decimal | None
    setup: Decimal = NOTHING
    run: Decimal = NOTHING
    stop: Decimal = NOTHING

    @property
    def hours(self) -> Decimal:
        return self.setup + self.run + self.stop


@dataclass(frozen=True, slots=True)
class Planned:
    """What one operation was quoted with; of orders without a quote, what it is planned with now.

    ``rate`` and ``labour_rate`` are euros an hour, the last two euros a piece. None: nobody knows.
    """

    setup_hours: Decimal = NOTHING
    hours_per_piece: Decimal = NOTHING
    crew: Decimal = NOTHING
    rate: Decimal | None = None
    labour_rate: Decimal | None = None
    material_per_piece: Decimal = NOTHING
    outside_per_piece: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class OperationFacts:
    """One operation: as quoted, and as measured up to now.

    ``quoted`` is euros by kind. ``issued``: the material that it took, in euros. ``direct``: euros by kind
    that nobody measures. ``unpriced`` names what has hours or pieces but no price.
    """

    operation: Operation
    state: OperationState
    planned: Planned = field(default_factory=Planned)
    quoted: Euros = field(default_factory=dict)
    machines: tuple[MachineHours, ...] = ()
    labour_hours: Decimal = NOTHING
    overtime_hours: Decimal = NOTHING
    issued: Decimal = NOTHING
    direct: Euros = field(default_factory=dict)
    good: Decimal = NOTHING
    scrap: Decimal = NOTHING
    rework: Decimal = NOTHING
    remaining: Decimal = NOTHING
    unpriced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """``frozen_at`` None: released before costs were quoted. ``direct``: of the order as a whole."""

    order: ProductionOrder
    operations: tuple[OperationFacts, ...] = ()
    frozen_at: datetime | None = None
    quantity: Decimal = NOTHING
    unit_price: Decimal | None = None
    overtime_percent: Decimal = NOTHING
    direct: Euros = field(default_factory=dict)
    unpriced: tuple[str, ...] = ()


def cost_facts(orders: Iterable[ProductionOrder], *, now: datetime | None = None) -> list[OrderFacts]:
    """Facts of each order, in the given order. Orders come with their plant and customer line. About fifteen
    queries."""
    listed = list(orders)
    return _Collector(listed, now or timezone.now()).facts() if listed else []


class _Collector:
    """Reads everything at once, then takes it apart by order and operation."""

    def __init__(self, orders: list[ProductionOrder], now: datetime) -> None:
        self.orders = orders
        keys = [order.pk for order in orders]
        self.operations: dict[int, list[Operation]] = defaultdict(list)
        for operation in Operation.objects.filter(order__any=keys).order_by("order_id", "position"):
            self.operations[operation.order_id].append(operation)
        every = [operation for found in self.operations.values() for operation in found]
        self.quotes = {quote.order_id: quote for quote in CostQuote.objects.filter(order__any=keys)}
        self.lines: dict[tuple[int, int | None], list[CostQuoteLine]] = defaultdict(list)
        for line in CostQuoteLine.objects.filter(quote__any=[quote.pk for quote in self.quotes.values()]):
            self.lines[line.quote_id, line.operation_id].append(line)
        self.times: dict[int, list[tuple[int, WorkTimes]]] = defaultdict(list)
        for (operation_id, machine), times in work_times_by_machine(
            [operation.pk for operation in every], until=now
        ).items():
            self.times[operation_id].append((machine, times))
        used = {machine for found in self.times.values() for machine, _times in found}
        worked = Machine.objects.filter(pk__any=used).select_related("group")
        self.machines = {machine.pk: machine for machine in worked}
        groups = {one.machine_group_id for one in every}
        self.groups = {group.pk: group for group in MachineGroup.objects.filter(pk__any=groups)}
        self.attended = attended_hours([operation.pk for operation in every], until=now)
        self.needs = _needs(keys)
        self.issues = _issues(keys)
        used_items = {item for found in (*self.needs.values(), *self.issues.values()) for item in found}
        self.items = {item.pk: item for item in Item.objects.filter(pk__any=used_items)}
        self.entries = _entries(keys)

    def facts(self) -> list[OrderFacts]:
        return [self.order(order) for order in self.orders]

    def order(self, order: ProductionOrder) -> OrderFacts:
        quote = self.quotes.get(order.pk)
        coming: dict[str, Decimal] = {}
        found = []
        for operation in self.operations[order.pk]:
            remaining = NOTHING
            if operation.state != OperationState.CANCELLED:
                remaining = remaining_pieces(operation, coming.get(operation.sequence))
                coming[operation.sequence] = operation.good + remaining
            found.append(self.operation(quote, operation, remaining))
        line = order.customer_line
        issued, unpriced = self.valued(quote, self.issues.get((order.pk, ""), {}))
        direct = dict(self.entries.get((order.pk, None), {}))
        if issued:
            direct[CostKind.MATERIAL] = direct.get(CostKind.MATERIAL, NOTHING) + issued
        percent = None if quote is None else _decimal(quote.rates.get("overtime"))
        return OrderFacts(
            order=order,
            operations=tuple(found),
            frozen_at=quote.frozen_at if quote else None,
            quantity=order.quantity,
            unit_price=quote.unit_price if quote else line.unit_price if line else None,
            overtime_percent=order.plant.overtime_percent if percent is None else percent,
            direct=direct,
            unpriced=tuple(unpriced),
        )

    def operation(self, quote: CostQuote | None, operation: Operation, remaining: Decimal) -> OperationFacts:
        lines = self.lines.get((quote.pk, operation.pk), []) if quote else []
        planned, unpriced = _quoted(lines, quote.quantity) if quote and lines else self.planned(operation)
        machines = tuple(self.hours(quote, operation))
        issued, unknown = self.valued(quote, self.issues.get((operation.order_id, operation.number), {}))
        people = self.attended.get(operation.pk, Attended())
        unpriced = [*unpriced, *unknown, *(one.machine for one in machines if one.rate is None)]
        if people.labour and planned.labour_rate is None:
            unpriced.append(_people(self.groups[operation.machine_group_id].code))
        return OperationFacts(
            operation=operation,
            state=OperationState(operation.state),
            planned=planned,
            quoted={CostKind(kind): value for kind, value in _by_kind(lines).items()},
            machines=machines,
            labour_hours=people.labour,
            overtime_hours=people.overtime,
            issued=issued,
            direct=self.entries.get((operation.order_id, operation.pk), {}),
            good=operation.good,
            scrap=operation.scrap,
            rework=operation.rework,
            remaining=remaining,
            unpriced=tuple(dict.fromkeys(unpriced)),
        )

    def hours(self, quote: CostQuote | None, operation: Operation) -> Iterable[MachineHours]:
        for pk, times in self.times[operation.pk]:
            machine = self.machines[pk]
            frozen = None if quote is None else _decimal(quote.rates.get("machines", {}).get(str(pk)))
            yield MachineHours(
                machine=machine.code,
                rate=machine.rate if frozen is None else frozen,
                setup=times.setup / HOUR,
                run=times.run / HOUR,
                stop=times.stop / HOUR,
            )

    def planned(self, operation: Operation) -> tuple[Planned, list[str]]:
        """As the operation stands now, and what of it has no price."""
        group = self.groups[operation.machine_group_id]
        needs = self.needs.get((operation.order_id, operation.number), {})
        material, unpriced = self.valued(None, needs)
        if operation.outside:
            price = operation.outside_price
            if price is None:
                unpriced.append(_named(operation))
            piece = NOTHING if price is None else price / operation.base_quantity
            return Planned(
                material_per_piece=material / operation.quantity, outside_per_piece=piece
            ), unpriced
        if group.hourly_rate is None:
            unpriced.append(group.code)
        if group.labour_rate is None and group.crew:
            unpriced.append(_people(group.code))
        return (
            Planned(
                setup_hours=operation.setup_seconds / HOUR,
                hours_per_piece=operation.seconds_per_piece / HOUR,
                crew=group.crew,
                rate=group.hourly_rate,
                labour_rate=group.labour_rate,
                material_per_piece=material / operation.quantity,
            ),
            unpriced,
        )

    def valued(self, quote: CostQuote | None, items: Mapping[int, Decimal]) -> tuple[Decimal, list[str]]:
        """What quantities of items (by id) cost, and the items without a price."""
        frozen = {} if quote is None else quote.rates.get("items", {})
        total, unpriced = NOTHING, []
        for item, quantity in items.items():
            price = _decimal(frozen.get(str(item)))
            price = self.items[item].standard_price if price is None else price
            if price is None:
                unpriced.append(self.items[item].code)
            else:
                total += quantity * price
        return total, unpriced


def _quoted(lines: Iterable[CostQuoteLine], quantity: Decimal) -> tuple[Planned, list[str]]:
    """The plan that the lines of one operation state."""
    of = defaultdict(list)
    for line in lines:
        of[line.kind].append(line)
    hours = sum((line.quantity for line in (*of[CostKind.SETUP], *of[CostKind.MACHINE])), NOTHING)
    labour = of[CostKind.LABOUR][0] if of[CostKind.LABOUR] else None
    machine = (*of[CostKind.MACHINE], *of[CostKind.SETUP])
    return (
        Planned(
            setup_hours=sum((line.quantity for line in of[CostKind.SETUP]), NOTHING),
            hours_per_piece=sum((line.quantity for line in of[CostKind.MACHINE]), NOTHING) / quantity,
            crew=labour.quantity / hours if labour and hours else NOTHING,
            rate=machine[0].price if machine else None,
            labour_rate=labour.price if labour else None,
            material_per_piece=_by_kind(of[CostKind.MATERIAL]).get(CostKind.MATERIAL, NOTHING) / quantity,
            outside_per_piece=_by_kind(of[CostKind.OUTSIDE]).get(CostKind.OUTSIDE, NOTHING) / quantity,
        ),
        [line.label for line in lines if line.price is None and line.quantity],
    )


def _by_kind(lines: Iterable[CostQuoteLine]) -> dict[CostKind, Decimal]:
    sums: dict[CostKind, Decimal] = defaultdict(lambda: NOTHING)
    for line in lines:
        sums[CostKind(line.kind)] += line.value or NOTHING
    return dict(sums)


def _needs(orders: Collection[int]) -> dict[tuple[int, str], dict[int, Decimal]]:
    """Quantities of items by order and operation number."""
    found: dict[tuple[int, str], dict[int, Decimal]] = defaultdict(lambda: defaultdict(lambda: NOTHING))
    rows = OrderComponent.objects.filter(order__any=orders)
    for order, number, item, quantity in rows.values_list(
        "order_id", "operation_number", "item_id", "quantity"
    ):
        found[order, number][item] += quantity
    return found


def _issues(orders: Collection[int]) -> dict[tuple[int, str], dict[int, Decimal]]:
    """What was taken from stock, less what was given back."""
    found: dict[tuple[int, str], dict[int, Decimal]] = defaultdict(lambda: defaultdict(lambda: NOTHING))
    rows = (
        StockMove.objects.filter(order__any=orders, kind=MoveKind.ISSUE)
        .values("order_id", "component__operation_number", "item_id")
        .annotate(quantity=Sum("quantity"))
    )
    for row in rows.order_by():
        found[row["order_id"], row["component__operation_number"] or ""][row["item_id"]] -= row["quantity"]
    return found


def _entries(orders: Collection[int]) -> dict[tuple[int, int | None], dict[CostKind, Decimal]]:
    found: dict[tuple[int, int | None], dict[CostKind, Decimal]] = defaultdict(dict)
    rows = CostEntry.objects.filter(order__any=orders).values("order_id", "operation_id", "kind")
    for row in rows.annotate(sum=Sum("value")).order_by():
        found[row["order_id"], row["operation_id"]][CostKind(row["kind"])] = row["sum"]
    return found


def _named(operation: Operation) -> str:
    return f"{operation.number} {operation.text}".strip()


def _people(group: str) -> str:
    return _("people at %s") % group


def _decimal(said: object) -> Decimal | None:
    return None if said is None else Decimal(str(said))
