"""``/api/v1/production-orders``: orders in, orders read, orders released."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.domain.inbox import release_arrived, result_json
from integrations.domain.keyed import Answer, Letter, take_once
from integrations.erp.api.base import ApiView, PartnerView, idempotency_key, json_body, message_key, rows_of
from integrations.erp.api.orders import MESSAGE_TYPE, ProductionOrderIn, read_documents
from integrations.models import Connection
from mes.accounts.authentication import Has, channel_of, person_of
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, Problem
from mes.lib.retry import in_transaction
from mes.lib.sentences import gettext as _
from orders.domain.documents import OrderDocument
from orders.domain.events import derived_key
from orders.domain.intake import apply_documents
from orders.domain.release import release_order
from orders.enums import OrderState, Outcome
from orders.models import CustomerOrder, Operation, OrderComponent, OrderRequirement, ProductionOrder
from orders.queries.energy import OperationEnergy, energy_of_operations

KEY_HEADER = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Made once per message by the sender. The same key and body again gets the same answer.",
)
REPLAYED = "Idempotent-Replayed"


class ProblemOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    field = serializers.CharField(allow_blank=True)
    row = serializers.IntegerField(allow_null=True)
    value = serializers.CharField(allow_blank=True)


class RefusalOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    problems = ProblemOut(many=True)


class ResultOut(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    number = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    order = serializers.IntegerField(allow_null=True)
    changes = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    conflicts = serializers.ListField(child=serializers.CharField())
    problems = ProblemOut(many=True)


class ResultsOut(serializers.Serializer[Any]):
    results = ResultOut(many=True)


REFUSALS = {
    400: RefusalOut,
    401: RefusalOut,
    403: RefusalOut,
    409: RefusalOut,
    422: RefusalOut,
    429: RefusalOut,
    503: RefusalOut,
}


class EnergyOut(serializers.Serializer[Any]):
    """kWh that the machine used during the operation's runs; `per_piece` (of all made) is null below a
    `coverage` of 0.9, the share of the work that meters tell of."""

    setup = serializers.DecimalField(max_digits=18, decimal_places=3, source="setup.kwh")
    production = serializers.DecimalField(max_digits=18, decimal_places=3, source="production.kwh")
    per_piece = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    coverage = serializers.DecimalField(max_digits=5, decimal_places=4)


class OperationOut(serializers.ModelSerializer[Operation]):
    work_centre = serializers.CharField(source="machine_group.code")
    energy_kwh = serializers.SerializerMethodField(help_text="Null where no meter tells of the work.")

    class Meta:
        model = Operation
        fields = (
            "number",
            "sequence",
            "text",
            "work_centre",
            "state",
            "counting",
            "quantity",
            "good",
            "scrap",
            "rework",
            "setup_seconds",
            "run_seconds",
            "base_quantity",
            "started_at",
            "finished_at",
            "energy_kwh",
        )

    @extend_schema_field(EnergyOut(allow_null=True))
    def get_energy_kwh(self, operation: Operation) -> dict[str, Any] | None:
        energy: OperationEnergy | None = self.context["energy"].get(operation.pk)
        return EnergyOut(energy).data if energy is not None and energy.total.known else None


class ComponentOut(serializers.ModelSerializer[OrderComponent]):
    item = serializers.CharField(source="item.code")
    unit = serializers.CharField(source="unit.code")
    operation = serializers.CharField(source="operation_number")

    class Meta:
        model = OrderComponent
        fields = ("position", "item", "operation", "quantity", "unit", "backflush", "reserved", "issued")


class RequirementOut(serializers.ModelSerializer[OrderRequirement]):
    operation = serializers.CharField(source="operation_number")

    class Meta:
        model = OrderRequirement
        fields = ("code", "kind", "text", "value", "choices", "lower", "upper", "unit", "url", "operation")


class OrderOut(serializers.ModelSerializer[ProductionOrder]):
    plant = serializers.CharField(source="plant.code")
    item = serializers.CharField(source="item.code")
    unit = serializers.CharField(source="unit.code")

    class Meta:
        model = ProductionOrder
        fields = (
            "number",
            "plant",
            "item",
            "revision",
            "quantity",
            "unit",
            "strategy",
            "priority",
            "state",
            "erp_status",
            "requested_at",
            "promised_at",
            "released_at",
            "started_at",
            "finished_at",
            "good",
            "scrap",
            "rework",
        )


class OrderDetailOut(OrderOut):
    operations = OperationOut(many=True)
    components = ComponentOut(many=True)
    requirements = RequirementOut(many=True)

    class Meta:
        model = ProductionOrder
        fields = (*OrderOut.Meta.fields, "operations", "components", "requirements")


class OrderFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=OrderState.choices)
    plant = django_filters.CharFilter(field_name="plant__code")
    item = django_filters.CharFilter(field_name="item__code")
    due_before = django_filters.IsoDateTimeFilter(field_name="requested_at", lookup_expr="lt")

    class Meta:
        model = ProductionOrder
        fields = ("state", "plant", "item", "due_before")


class NewestFirst(CursorPagination):
    ordering = "-id"
    page_size = 50
    max_page_size = 500
    page_size_query_param = "limit"


class ProductionOrders(PartnerView, ListAPIView[ProductionOrder]):
    message_type = MessageType.PRODUCTION_ORDERS
    queryset = ProductionOrder.objects.select_related("plant", "item", "unit").order_by("-id")
    serializer_class = OrderOut
    filterset_class = OrderFilter
    pagination_class = NewestFirst

    def get_permissions(self) -> list[Any]:
        rights = (Right.SEND_ORDERS,) if self.request.method == "POST" else (Right.VIEW, Right.SEND_ORDERS)
        return [Has(*rights)()]

    @extend_schema(
        parameters=[KEY_HEADER],
        request=PolymorphicProxySerializer(
            component_name="ProductionOrders",
            serializers=[ProductionOrderIn, ProductionOrderIn(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={200: ResultsOut, 201: ResultsOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Create or change one order, or up to 1,000: all of them or none."""
        connection = self.connection_of(request)
        body, data = json_body(request)
        key = idempotency_key(request, data)
        letter = Letter(connection, message_key(connection, key), key, MESSAGE_TYPE, body)
        answer = take_once(letter, lambda: take_orders(data, connection, channel_of(request)))
        return answer_with(answer)


def take_orders(data: Any, connection: Connection, via: str) -> list[dict[str, Any]]:
    """Apply every order of a body or none. Raises InvalidInput with every problem by row and field."""
    reading = read_documents(rows_of(data))
    if problems := [*reading.problems, *unknown_customer_orders(reading.documents)]:
        raise InvalidInput(problems)
    results = apply_documents(reading.documents, plant=connection.plant, via=via, all_or_nothing=True)
    if connection.release_on_arrival:
        release_arrived(results, connection)
    return [result_json(result) for result in results]


def unknown_customer_orders(documents: Sequence[OrderDocument]) -> Iterator[Problem]:
    """A customer order is made when its customer is named; without one it must be there."""
    named = {one.customer_order for one in documents if one.customer_order and not one.customer}
    if not named:
        return
    known = {one.customer_order for one in documents if one.customer}
    known |= set(CustomerOrder.objects.filter(number__in=named).values_list("number", flat=True))
    message = _("There is no such customer order. Name its customer too, and it is made.")
    for one in documents:
        if one.customer_order in named - known:
            yield Problem(
                "unknown_customer_order", message, "customer_order", one.row, str(one.customer_order)
            )


def answer_with(answer: Answer) -> Response:
    created = any(result["outcome"] == Outcome.CREATED for result in answer.results)
    return Response(
        {"results": answer.results},
        status=status.HTTP_201_CREATED if created else status.HTTP_200_OK,
        headers={REPLAYED: "true"} if answer.replayed else {},
    )


class ProductionOrderDetail(ApiView):
    message_type = MessageType.PRODUCTION_ORDERS
    permission_classes = [Has(Right.VIEW, Right.SEND_ORDERS)]

    @extend_schema(
        parameters=[OpenApiParameter("plant", str)], responses={200: OrderDetailOut, 404: RefusalOut}
    )
    def get(self, request: Request, number: str) -> Response:
        """One order with its operations, components and requirements."""
        orders = ProductionOrder.objects.select_related("plant", "item", "unit").prefetch_related(
            Prefetch("operations", Operation.objects.select_related("machine_group").order_by("position")),
            Prefetch("components", OrderComponent.objects.select_related("item", "unit")),
            "requirements",
        )
        order = the_order(orders, request, number)
        energy = energy_of_operations(list(order.operations.all()), now=timezone.now())
        context = {"energy": {row.operation.pk: row for row in energy}}
        return Response(OrderDetailOut(order, context=context).data)


class ReleaseOrder(ApiView):
    message_type = MessageType.PRODUCTION_ORDERS
    permission_classes = [Has(Right.RELEASE, Right.SEND_ORDERS)]

    @extend_schema(
        parameters=[KEY_HEADER, OpenApiParameter("plant", str)],
        request=None,
        responses={200: OrderOut, 404: RefusalOut, **REFUSALS},
    )
    def post(self, request: Request, number: str) -> Response:
        """Release an order: its routing, bill of material and requirements are frozen from then on."""
        orders = ProductionOrder.objects.select_related("plant", "item", "unit")
        order = the_order(orders, request, number)
        key = command_key(idempotency_key(request, None), request)
        in_transaction(
            lambda: release_order(order=order, by=person_of(request), key=key, via=channel_of(request)),
            unique=True,
        )
        order.refresh_from_db()
        return Response(OrderOut(order).data)


def the_order(orders: QuerySet[ProductionOrder], request: Request, number: str) -> ProductionOrder:
    """Raises Http404, or InvalidInput when several plants have this number and the caller named none."""
    plant = request.query_params.get("plant", "")
    found = orders.filter(number=number, **({"plant__code": plant} if plant else {}))[:2]
    if not found:
        raise Http404
    if len(found) > 1:
        message = _("Several plants have this order: say which one.")
        raise InvalidInput([Problem("ambiguous", message, "plant")])
    return found[0]


def command_key(text: str, request: Request) -> uuid.UUID:
    """The key of a command: the client's own where it is a UUID, else one made of it and the account."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return derived_key(uuid.NAMESPACE_OID, f"{request.user.pk} {text}")
