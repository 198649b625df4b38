"""``/api/v1/purchases`` and ``purchase-receipts``: supplier orders, their confirmed dates, what arrived."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db.models import F
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView, json_body, rows_of
from integrations.erp.api.demand import read
from integrations.erp.api.fields import Moment, Quantity, StrictSerializer, Text
from integrations.erp.api.operation_commands import unknown
from integrations.erp.api.orders import said, short
from integrations.erp.api.plants import plant_of
from integrations.erp.api.production_orders import REFUSALS, command_key
from integrations.erp.api.rows import RowOut, answers
from machines.models import Plant
from mes.accounts.authentication import Has, person_of
from mes.accounts.roles import MessageType, Right
from mes.lib.retry import in_transaction
from mes.lib.sentences import gettext as _
from orders.domain.inventory import receive_purchase
from orders.domain.purchases import PurchaseDocument, PurchaseLine, apply_purchases
from orders.models import Place, PurchaseOrderLine, StockMove

MOST_LINES = 500


class PurchaseLineIn(StrictSerializer):
    position = Text(max_length=10)
    item = Text(max_length=60)
    quantity = Quantity()
    unit = short(3, help_text="UN/ECE code; the item's own if left out.")
    expected_on = serializers.DateField()
    confirmed_on = serializers.DateField(**said(help_text="What the supplier said; it counts then."))


class PurchaseIn(StrictSerializer):
    """A supplier order. Sent again, it is brought up to date: the number is its identity."""

    number = Text(max_length=40)
    supplier = Text(max_length=120)
    lines = serializers.ListField(child=PurchaseLineIn(), allow_empty=False, max_length=MOST_LINES)


class PurchasesIn(StrictSerializer):
    plant = Text(max_length=20)
    orders = serializers.ListField(child=PurchaseIn(), allow_empty=False, max_length=MOST_LINES)


class OpenLineOut(serializers.Serializer[Any]):
    number = serializers.CharField()
    supplier = serializers.CharField()
    position = serializers.CharField()
    item = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=15, decimal_places=3)
    received = serializers.DecimalField(max_digits=15, decimal_places=3)
    expected_on = serializers.DateField()
    confirmed_on = serializers.DateField(allow_null=True)


class OpenLinesOut(serializers.Serializer[Any]):
    lines = OpenLineOut(many=True)


class GoodsReceiptIn(StrictSerializer):
    """What arrived for one line; `key` is made once per delivery, so that a repeat receives once."""

    key = Text(max_length=100)
    plant = Text(max_length=20)
    number = Text(max_length=40)
    position = Text(max_length=10)
    quantity = Quantity()
    lot = short(40)
    supplier_lot = short(60)
    expires_on = serializers.DateField(**said())
    place = short(40)
    at = Moment(**said())


class ReceiptOut(RowOut):
    status = serializers.ChoiceField(choices=("accepted", "replayed", "refused"))


class ReceiptsOut(serializers.Serializer[Any]):
    results = ReceiptOut(many=True)


@cache
def _purchases_schema() -> PurchasesIn:
    return PurchasesIn()


@cache
def _receipt_schema() -> GoodsReceiptIn:
    return GoodsReceiptIn()


class Purchases(ApiView):
    message_type = MessageType.PURCHASES
    permission_classes = [Has(Right.RELEASE, Right.SEND_ORDERS)]

    @extend_schema(
        parameters=[OpenApiParameter("plant", str, required=True)],
        responses={200: OpenLinesOut, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Lines that suppliers still have to bring."""
        return Response(
            OpenLinesOut({"lines": _open_lines(plant_of(request.query_params.get("plant", "")))}).data
        )

    @extend_schema(request=PurchasesIn, responses={200: OpenLinesOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Create supplier orders or bring known ones up to date, dates confirmed by the supplier too: all of
        them or none."""
        sent = read(_purchases_schema(), json_body(request)[1])
        plant = plant_of(sent["plant"])
        documents = [_document(one, row) for row, one in enumerate(sent["orders"], 1)]
        in_transaction(lambda: apply_purchases(documents, plant=plant, by=person_of(request)))
        numbers = [one.number for one in documents]
        return Response(OpenLinesOut({"lines": _open_lines(plant, numbers)}).data, status=status.HTTP_200_OK)


class PurchaseReceipts(ApiView):
    message_type = MessageType.PURCHASES
    permission_classes = [Has(Right.RELEASE, Right.SEND_ORDERS)]

    @extend_schema(request=GoodsReceiptIn(many=True), responses={200: ReceiptsOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Book what arrived: one receipt or a list, each with its own answer."""
        rows = rows_of(json_body(request)[1])
        return Response(
            {"results": answers(rows, _receipt_schema(), lambda row: _receive(row, request), _told)}
        )


def _document(one: dict[str, Any], row: int) -> PurchaseDocument:
    return PurchaseDocument(
        number=one["number"],
        supplier=one["supplier"],
        row=row,
        lines=tuple(
            PurchaseLine(
                position=line["position"],
                item=line["item"],
                quantity=line["quantity"],
                expected_on=line["expected_on"],
                unit=line.get("unit") or "",
                confirmed_on=line.get("confirmed_on"),
            )
            for line in one["lines"]
        ),
    )


def _open_lines(plant: Plant, numbers: list[str] | None = None) -> list[dict[str, Any]]:
    lines = PurchaseOrderLine.objects.filter(order__plant=plant, received__lt=F("quantity"))
    if numbers is not None:
        lines = lines.filter(order__number__in=numbers)
    return [
        {
            "number": line.order.number,
            "supplier": line.order.supplier,
            "position": line.position,
            "item": line.item.code,
            "quantity": line.quantity,
            "received": line.received,
            "expected_on": line.expected_on,
            "confirmed_on": line.confirmed_on,
        }
        for line in lines.select_related("order", "item").order_by("expected_on", "pk")
    ]


def _receive(row: Mapping[str, Any], request: Request) -> bool:
    """Whether it was booked now, not by an earlier request with the same key."""
    identity = command_key(row["key"], request)
    known = StockMove.objects.filter(key=identity).exists()
    _book(row, identity, request)
    return not known


def _told(booked_now: bool | None) -> dict[str, Any]:
    return {"status": "replayed"} if booked_now is False else {}


def _book(sent: Mapping[str, Any], identity: Any, request: Request) -> StockMove:
    plant = plant_of(sent["plant"])
    line = PurchaseOrderLine.objects.filter(
        order__plant=plant, order__number=sent["number"], position=sent["position"]
    ).first()
    if line is None:
        raise unknown("line", _("There is no such line of a supplier order."), sent["number"])
    place = None
    if sent.get("place"):
        place = Place.objects.filter(plant=plant, code=sent["place"], active=True).first()
        if place is None:
            raise unknown("place", _("There is no active storage place with this code."), sent["place"])
    return receive_purchase(
        line=line,
        quantity=sent["quantity"],
        number=sent.get("lot") or "",
        supplier_lot=sent.get("supplier_lot") or "",
        expires_on=sent.get("expires_on"),
        place=place,
        at=sent.get("at"),
        by=person_of(request),
        key=identity,
    )
