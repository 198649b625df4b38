"""``/api/v1/order-exports``: results by order, pulled and acknowledged with an export status per order."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.domain.outbox.canonical import public
from integrations.domain.outbox.exports import ExportStatus, not_exported, settle_exports
from integrations.erp.api.base import PartnerView, json_body, rows_of
from integrations.erp.api.confirmations import MessageOut, whole
from integrations.erp.api.fields import StrictSerializer, Text, problems_of
from integrations.erp.api.orders import short
from integrations.erp.api.production_orders import REFUSALS, RefusalOut
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, Problem
from mes.lib.retry import in_transaction

MOST = 200


class OrderExportOut(serializers.Serializer[Any]):
    order = serializers.CharField()
    plant = serializers.CharField()
    messages = MessageOut(many=True)


class OrderExportsOut(serializers.Serializer[Any]):
    transaction_key = serializers.CharField(help_text="Name it in the export status.")
    orders = OrderExportOut(many=True)


class ExportStatusIn(StrictSerializer):
    """What became of one order's results: `exported`, or `error` with a text that a person here reads."""

    order = Text(max_length=40)
    plant = short(20)
    transaction_key = Text(max_length=40)
    status = serializers.ChoiceField(choices=("exported", "error"))
    text = short(500)
    reference = short(100, help_text="The ERP's own number of what it booked.")


class SettledOut(serializers.Serializer[Any]):
    settled = serializers.IntegerField(help_text="Messages; 0 when it was said before.")


@cache
def _status_schema() -> ExportStatusIn:
    return ExportStatusIn()


class OrderExports(PartnerView):
    message_type = MessageType.CONFIRMATIONS
    permission_classes = [Has(Right.PULL_CONFIRMATIONS)]

    @extend_schema(
        parameters=[OpenApiParameter("limit", int)], responses={200: OrderExportsOut, 422: RefusalOut}
    )
    def get(self, request: Request) -> Response:
        """Orders with results not yet exported; asked again without a status, the same again."""
        connection = self.connection_of(request)
        limit = whole(request, "limit", default=50, largest=MOST)
        key, orders = in_transaction(lambda: not_exported(connection=connection, limit=limit))
        return Response(
            {
                "transaction_key": key,
                "orders": [
                    {
                        "order": one.order,
                        "plant": one.plant,
                        "messages": [
                            {
                                "sequence": message.sequence,
                                "identity": message.identity.hex.upper(),
                                "kind": message.kind,
                                "content": public(message.canonical),
                            }
                            for message in one.messages
                        ],
                    }
                    for one in orders
                ],
            }
        )


class OrderExportStatus(PartnerView):
    message_type = MessageType.CONFIRMATIONS
    is_reading = True
    permission_classes = [Has(Right.PULL_CONFIRMATIONS)]

    @extend_schema(
        request=PolymorphicProxySerializer(
            component_name="ExportStatuses",
            serializers=[ExportStatusIn, ExportStatusIn(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={200: SettledOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Say order by order what was exported and what was an error; repeating it changes nothing."""
        connection = self.connection_of(request)
        _body, data = json_body(request)
        statuses: list[ExportStatus] = []
        problems: list[Problem] = []
        for row, entry in enumerate(rows_of(data), start=1):
            try:
                statuses.append(to_status(_status_schema().run_validation(entry)))
            except ValidationError as error:
                problems += problems_of(error, entry, row=row)
        if problems:
            raise InvalidInput(problems)
        return Response(
            {"settled": in_transaction(lambda: settle_exports(connection=connection, statuses=statuses))}
        )


def to_status(entry: dict[str, Any]) -> ExportStatus:
    return ExportStatus(
        order=entry["order"],
        plant=entry.get("plant") or "",
        transaction_key=entry["transaction_key"],
        exported=entry["status"] == "exported",
        text=entry.get("text") or "",
        reference=entry.get("reference") or "",
    )
