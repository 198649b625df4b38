"""Costs that partners tell with ``POST /api/v1/order-costs``: a supplier's invoice, freight, a correction."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from rest_framework import serializers

from integrations.erp.api.base import message_key
from integrations.erp.api.fields import Moment, Number, StrictSerializer, Text
from integrations.erp.api.operation_commands import storable, unknown
from integrations.erp.api.orders import said, short
from integrations.erp.api.rows import RowOut, answers
from integrations.models import Connection
from mes.lib.sentences import gettext as _
from orders.domain.quoting import TOLD, enter_cost
from orders.models import CostEntry, Operation, ProductionOrder


class CostEntryIn(StrictSerializer):
    """One cost of an order, or of one of its operations, in euros. `key` is made by the sender once per cost.

    A negative `value` takes back. Hours are measured and can't be told.
    """

    key = Text(max_length=100)
    order = Text(max_length=40)
    operation = short(10)
    kind = serializers.ChoiceField(choices=[kind.value for kind in TOLD])
    value = Number(max_digits=11, decimal_places=2)
    text = Text(max_length=200)
    at = Moment(**said(help_text="Left out: now."))


class CostEntriesOut(serializers.Serializer[Any]):
    results = RowOut(many=True)


@cache
def _schema() -> CostEntryIn:
    return CostEntryIn()


def enter_costs(connection: Connection, rows: list[Any]) -> list[dict[str, Any]]:
    """Enter each row on its own and say what became of it."""
    known = _Known(connection, rows)
    return answers(rows, _schema(), lambda row: _enter(row, known), lambda _entry: {})


class _Known:
    """The orders and operations of the partner's plant that the rows name, in two queries."""

    def __init__(self, connection: Connection, rows: list[Any]) -> None:
        self.connection = connection
        texts = [row.get("order") for row in rows if isinstance(row, dict)]
        numbers = {text for text in texts if isinstance(text, str) and storable(text)}
        orders = ProductionOrder.objects.filter(plant=connection.plant_id, number__in=numbers)
        self.orders = {order.number: order for order in orders}
        operations = Operation.objects.filter(order__any=[order.pk for order in self.orders.values()])
        self.operations = {(one.order_id, one.number): one for one in operations}

    def order(self, row: Mapping[str, Any]) -> ProductionOrder:
        if row["order"] not in self.orders:
            raise unknown("order", _("There is no such order."), row["order"])
        return self.orders[row["order"]]

    def operation(self, order: ProductionOrder, row: Mapping[str, Any]) -> Operation | None:
        number = row.get("operation") or ""
        if number and (order.pk, number) not in self.operations:
            raise unknown("operation", _("There is no such operation."), number)
        return self.operations.get((order.pk, number))


def _enter(row: Mapping[str, Any], known: _Known) -> CostEntry:
    order = known.order(row)
    return enter_cost(
        order=order,
        operation=known.operation(order, row),
        kind=row["kind"],
        value=row["value"],
        text=row["text"],
        at=row.get("at"),
        key=message_key(known.connection, f"cost {row['key']}"),
        by=None,
    )
