"""Everything that a batch of order documents refers to, loaded once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from machines.models import MachineGroup, Plant, Tool
from mes.lib.prepared import Asked, Query
from orders.domain.documents import OrderDocument
from orders.models import Customer, CustomerOrder, CustomerOrderLine, Item, Operation, ProductionOrder, Unit


@dataclass(slots=True)
class References:
    """Look-ups by the sender's codes. ``orders`` are locked, with their operations by order id."""

    plants: dict[str, Plant]
    items: dict[str, Item]
    units: dict[str, Unit]
    groups: dict[tuple[int, str], MachineGroup]
    tools: dict[str, Tool]
    customers: dict[str, Customer]
    customer_orders: dict[str, CustomerOrder]
    customer_lines: dict[tuple[str, str], CustomerOrderLine]
    orders: dict[tuple[int, str], ProductionOrder]
    operations: dict[int, list[Operation]]


_ORDERS = Query(
    lambda: (
        ProductionOrder.objects.select_for_update(of=("self",), no_key=True)
        .select_related("item", "unit")
        .filter(plant__any=Asked("plants"), number__any=Asked("numbers"))
        .order_by("pk")
    )
)
_ITEMS = Query(lambda: Item.objects.filter(code__any=Asked("codes")).order_by())
_UNITS = Query(lambda: Unit.objects.order_by("code"))
_GROUPS = Query(
    lambda: (
        MachineGroup.objects.filter(plant__any=Asked("plants"))
        .filter(
            Q(code__any=Asked("codes")) | Q(erp_code__any=Asked("codes")) | Q(internal_id__any=Asked("codes"))
        )
        .order_by("code")
    )
)


def load_references(documents: Sequence[OrderDocument], *, plant: Plant) -> References:
    """At most ten queries. ``plant`` is the connection's own, for documents that name none."""
    plants = plants_by_code({one.plant for one in documents if one.plant}, plant)
    plant_ids = list({found.pk for found in plants.values()})
    numbers = list({document.number for document in documents})
    orders = {
        (order.plant_id, order.number): order for order in _ORDERS.all(plants=plant_ids, numbers=numbers)
    }
    operations: dict[int, list[Operation]] = {}
    if orders:
        pks = [order.pk for order in orders.values()]
        for operation in (
            Operation.objects.select_for_update(of=("self",), no_key=True)
            .select_related("machine_group")
            .filter(order__in=pks)
            .order_by("order_id", "position")
        ):
            operations.setdefault(operation.order_id, []).append(operation)
    lines = {document.customer_order for document in documents if document.customer_order}
    return References(
        plants=plants,
        items={item.code: item for item in _ITEMS.all(codes=list(_item_codes(documents)))},
        units=units_by_code(),
        groups=_groups(documents, plant_ids),
        tools=_tools(documents),
        customers=_customers(documents),
        customer_orders={order.number: order for order in CustomerOrder.objects.filter(number__in=lines)}
        if lines
        else {},
        customer_lines={
            (line.order.number, line.position): line
            for line in CustomerOrderLine.objects.select_related("order").filter(order__number__in=lines)
        }
        if lines
        else {},
        orders=orders,
        operations=operations,
    )


def plants_by_code(named: set[str], own: Plant) -> dict[str, Plant]:
    """The named plants by code and by ERP code; ``own`` also under the empty name. At most one query."""
    found = {"": own, own.code: own} | ({own.erp_code: own} if own.erp_code else {})
    if named - set(found):
        for plant in Plant.objects.filter(Q(code__in=named) | Q(erp_code__in=named)):
            found[plant.code] = plant
            if plant.erp_code:
                found[plant.erp_code] = plant
    return found


def _item_codes(documents: Iterable[OrderDocument]) -> set[str]:
    codes = {document.item for document in documents if document.item}
    for document in documents:
        codes.update(component.item for component in document.components or ())
    return codes


def units_by_code() -> dict[str, Unit]:
    """Every unit by its code and by its symbol. One query."""
    units = {}
    for unit in _UNITS.all():
        units[unit.code] = unit
        units.setdefault(unit.symbol, unit)
    return units


def _groups(documents: Iterable[OrderDocument], plants: list[int]) -> dict[tuple[int, str], MachineGroup]:
    codes = {operation.work_centre for document in documents for operation in document.operations or ()}
    if not codes:
        return {}
    found = _GROUPS.all(plants=plants, codes=list(codes))
    groups: dict[tuple[int, str], MachineGroup] = {}
    for name in ("erp_code", "code", "internal_id"):
        for group in found:
            if named := getattr(group, name):
                groups.setdefault((group.plant_id, named), group)
    return groups


def _tools(documents: Iterable[OrderDocument]) -> dict[str, Tool]:
    codes = {
        operation.tool for document in documents for operation in document.operations or () if operation.tool
    }
    return {tool.code: tool for tool in Tool.objects.filter(code__in=codes)} if codes else {}


def _customers(documents: Iterable[OrderDocument]) -> dict[str, Customer]:
    codes = {document.customer for document in documents if document.customer}
    return {customer.code: customer for customer in Customer.objects.filter(code__in=codes)} if codes else {}
