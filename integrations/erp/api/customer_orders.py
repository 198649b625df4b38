"""``POST /api/v1/customer-orders``: what customers ordered and what they require of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.domain.keyed import Letter, take_once
from integrations.domain.late_links import link_arrived
from integrations.erp.api.base import (
    PartnerView,
    idempotency_key,
    json_body,
    message_key,
    parse_json,
    rows_of,
)
from integrations.erp.api.fields import Moment, Price, Quantity, StrictSerializer, Text, problems_of
from integrations.erp.api.orders import RequirementIn, said, short, to_requirement
from integrations.erp.api.production_orders import KEY_HEADER, REFUSALS, answer_with
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, Problem
from orders.domain.customer_orders import CustomerDocument, CustomerLine, apply_customer_orders
from orders.enums import Strategy

MESSAGE_TYPE = "customer-orders"


class CustomerLineIn(StrictSerializer):
    position = Text(max_length=10)
    item = Text(max_length=60)
    quantity = Quantity(help_text="In the item's unit.")
    strategy = serializers.ChoiceField(choices=Strategy.choices, **said())
    requested = Moment(**said())
    unit_price = Price(**said(help_text="Euros for one, net: what margins are counted with."))
    requirements = serializers.ListField(child=RequirementIn(), max_length=200, **said())


class CustomerOrderIn(StrictSerializer):
    """Every operation of the orders made for a line inherits the line's requirements at release."""

    number = Text(max_length=40)
    customer = Text(max_length=40)
    customer_name = short(200)
    customer_reference = short(80)
    lines = serializers.ListField(child=CustomerLineIn(), min_length=1, max_length=500)


class CustomerResultOut(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    number = serializers.CharField()
    outcome = serializers.ChoiceField(choices=("created", "changed"))


class CustomerResultsOut(serializers.Serializer[Any]):
    results = CustomerResultOut(many=True)


@cache
def _schema() -> CustomerOrderIn:
    return CustomerOrderIn()


class CustomerOrders(PartnerView):
    message_type = MessageType.CUSTOMER_ORDERS
    permission_classes = [Has(Right.SEND_ORDERS)]

    @extend_schema(
        parameters=[KEY_HEADER],
        request=PolymorphicProxySerializer(
            component_name="CustomerOrders",
            serializers=[CustomerOrderIn, CustomerOrderIn(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={200: CustomerResultsOut, 201: CustomerResultsOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Create or bring up to date one customer order, or up to 1,000: all of them or none."""
        connection = self.connection_of(request)
        body, data = json_body(request)
        key = idempotency_key(request, data)
        letter = Letter(connection, message_key(connection, key), key, MESSAGE_TYPE, body)
        answer = take_once(letter, lambda: take_orders(data))
        link_arrived()
        return answer_with(answer)


def take_orders(data: Any) -> list[dict[str, Any]]:
    documents: list[CustomerDocument] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows_of(data), start=1):
        try:
            documents.append(to_document(_schema().run_validation(row), number))
        except ValidationError as error:
            problems += problems_of(error, row, row=number)
    if problems:
        raise InvalidInput(problems)
    outcomes = apply_customer_orders(documents)
    return [
        {"row": document.row, "number": document.number, "outcome": outcome}
        for document, outcome in zip(documents, outcomes, strict=True)
    ]


def apply_again(body: bytes) -> list[dict[str, Any]]:
    """The inbox's door to this message, for replays. Raises MesError for a body that can't be applied."""
    data = parse_json(body)
    if isinstance(data, dict):
        data.pop("key", None)
    return take_orders(data)


def to_document(row: Mapping[str, Any], number: int) -> CustomerDocument:
    return CustomerDocument(
        row=number,
        number=row["number"],
        customer=row["customer"],
        customer_name=row.get("customer_name") or "",
        customer_reference=row.get("customer_reference") or "",
        lines=tuple(
            CustomerLine(
                position=line["position"],
                item=line["item"],
                quantity=line["quantity"],
                strategy=line.get("strategy") or "",
                requested=line.get("requested"),
                unit_price=line.get("unit_price"),
                requirements=tuple(to_requirement(part) for part in line.get("requirements") or ()),
            )
            for line in row["lines"]
        ),
    )
