"""``/api/v1/order-costs``: what orders were quoted at and cost, for controlling; and costs that are told."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import PartnerView, json_body, rows_of
from integrations.erp.api.confirmations import whole
from integrations.erp.api.cost_entries import CostEntriesOut, CostEntryIn, enter_costs
from integrations.erp.api.production_orders import REFUSALS, RefusalOut
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from orders.domain.cost import OrderCost, cost_of
from orders.enums import Cause, CostKind, OrderState
from orders.models import ProductionOrder
from orders.queries.cost import cost_facts

MOST = 200
COUNTED = (OrderState.RELEASED, OrderState.RUNNING, OrderState.FINISHED, OrderState.CLOSED)


def euros(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=14, decimal_places=2, **kwargs)


class OrderCostOut(serializers.Serializer[Any]):
    """Euros. `causes` add up to `variance` = `at_completion` − `quote`; `spent` by kind to its total."""

    order = serializers.CharField()
    plant = serializers.CharField()
    item = serializers.CharField()
    state = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=15, decimal_places=3)
    good = serializers.DecimalField(max_digits=15, decimal_places=3)
    quoted_at = serializers.DateTimeField(allow_null=True, help_text="Null: released without a quote.")
    price = euros(allow_null=True)
    quote = euros()
    quoted = serializers.DictField(child=euros())
    spent = serializers.DictField(child=euros())
    to_come = euros()
    at_completion = euros()
    variance = euros()
    causes = serializers.DictField(child=euros())
    margin = euros(allow_null=True)
    without_price = serializers.ListField(child=serializers.CharField())


class OrderCostsOut(serializers.Serializer[Any]):
    orders = OrderCostOut(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="Ask on with `after`; null: that was all.")


class OrderCosts(PartnerView):
    message_type = MessageType.TOTALS
    permission_classes = [Has(Right.PULL_CONFIRMATIONS)]

    @extend_schema(
        parameters=[
            OpenApiParameter("after", int, description="`next` of the answer before."),
            OpenApiParameter("limit", int),
            OpenApiParameter("order", str, description="Only the order with this number."),
        ],
        responses={200: OrderCostsOut, 422: RefusalOut},
    )
    def get(self, request: Request) -> Response:
        """Released orders in the sequence of their creation, counted at this moment."""
        connection = self.connection_of(request)
        limit = whole(request, "limit", default=50, largest=MOST)
        after = whole(request, "after", default=0, largest=2**63 - 1)
        orders = ProductionOrder.objects.filter(
            plant=connection.plant_id, state__in=COUNTED, pk__gt=after
        ).select_related("plant", "item", "customer_line")
        if number := request.query_params.get("order"):
            orders = orders.filter(number=number)
        found = list(orders.order_by("pk")[: limit + 1])
        more = found[limit - 1].pk if len(found) > limit else None
        costs = [cost_of(facts) for facts in cost_facts(found[:limit])]
        return Response(OrderCostsOut({"orders": [_said(cost) for cost in costs], "next": more}).data)

    @extend_schema(request=CostEntryIn(many=True), responses={200: CostEntriesOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Tell up to 1,000 costs that nobody measures, each answered on its own; a repeated key is one."""
        connection = self.connection_of(request)
        _body, data = json_body(request)
        return Response({"results": enter_costs(connection, rows_of(data))})


def _said(cost: OrderCost) -> dict[str, Any]:
    order = cost.facts.order
    return {
        "order": order.number,
        "plant": order.plant.code,
        "item": order.item.code,
        "state": order.state,
        "quantity": order.quantity,
        "good": order.good,
        "quoted_at": cost.facts.frozen_at,
        "price": cost.price,
        "quote": cost.quote,
        "quoted": {kind.value: cost.quoted[kind] for kind in CostKind if kind in cost.quoted},
        "spent": {kind.value: cost.spent[kind] for kind in CostKind if kind in cost.spent},
        "to_come": cost.remaining,
        "at_completion": cost.at_completion,
        "variance": cost.variance,
        "causes": {cause.value: cost.causes[cause] for cause in Cause if cause in cost.causes},
        "margin": cost.margin,
        "without_price": list(cost.unpriced),
    }
