"""``GET /api/v1/customer-orders/<number>/status``: how a customer order stands, for a CRM or a shop."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView
from integrations.erp.api.production_orders import RefusalOut
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from orders.models import CustomerOrder
from orders.queries.customer_status import Reason, Stage, status_of


class LineStatusOut(serializers.Serializer[Any]):
    position = serializers.CharField()
    item = serializers.CharField()
    item_name = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3)
    unit = serializers.CharField()
    stage = serializers.ChoiceField(choices=[stage.value for stage in Stage])
    requested = serializers.DateTimeField(allow_null=True)
    promised = serializers.DateTimeField(allow_null=True)
    forecast = serializers.DateTimeField(allow_null=True, help_text="Null: it can't be said.")
    changed = serializers.DateTimeField(allow_null=True)
    reason = serializers.ChoiceField(choices=[reason.value for reason in Reason], allow_null=True)


class CustomerStatusOut(serializers.Serializer[Any]):
    number = serializers.CharField()
    customer_reference = serializers.CharField()
    lines = LineStatusOut(many=True)


class CustomerOrderStatus(ApiView):
    message_type = MessageType.CUSTOMER_ORDERS
    permission_classes = [Has(Right.VIEW, Right.SEND_ORDERS)]

    @extend_schema(responses={200: CustomerStatusOut, 404: RefusalOut})
    def get(self, request: Request, number: str) -> Response:
        """Stage, dates and the reason of the last change by line; nothing that a customer may not read."""
        order = CustomerOrder.objects.filter(number=number).first()
        if order is None:
            raise Http404
        shown = {
            "number": order.number,
            "customer_reference": order.customer_reference,
            "lines": status_of(order),
        }
        return Response(CustomerStatusOut(shown).data)
