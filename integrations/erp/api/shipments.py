"""``POST /api/v1/shipments``: what a warehouse sent to customers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView, json_body, rows_of
from integrations.erp.api.fields import Moment, Quantity, StrictSerializer, Text
from integrations.erp.api.operation_commands import unknown
from integrations.erp.api.orders import said, short
from integrations.erp.api.plants import plant_of
from integrations.erp.api.production_orders import REFUSALS, command_key
from integrations.erp.api.rows import RowOut, answers
from machines.models import Plant
from mes.accounts.authentication import Has, person_of
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import Refused
from mes.lib.sentences import gettext as _
from orders.domain.inventory import check_shippable, ship
from orders.domain.shipping import lots_to_ship
from orders.models import CustomerOrderLine, Lot, Shipment


class ShipmentLotIn(StrictSerializer):
    lot = short(40, help_text="Left out: stock that has none.")
    quantity = Quantity(help_text="In the item's unit.")


class ShipmentIn(StrictSerializer):
    """What went to the customer of one order line; `key` is made once per shipment, so that a repeat ships
    once.

    Without `lots` goes what the office's page would propose: lots made for the line first, then by expiry and
    age, up to what the line still needs.
    """

    key = Text(max_length=100)
    plant = Text(max_length=20)
    customer_order = Text(max_length=40)
    position = Text(max_length=10)
    number = short(40, help_text="Delivery note; the next number if left out.")
    lots = serializers.ListField(child=ShipmentLotIn(), allow_empty=False, max_length=500, **said())
    at = Moment(**said())


class ShipmentOut(RowOut):
    shipment = serializers.CharField(allow_null=True)


class ShipmentsOut(serializers.Serializer[Any]):
    results = ShipmentOut(many=True)


@cache
def _schema() -> ShipmentIn:
    return ShipmentIn()


class Shipments(ApiView):
    message_type = MessageType.CUSTOMER_ORDERS
    permission_classes = [Has(Right.RELEASE, Right.SEND_ORDERS)]

    @extend_schema(request=ShipmentIn(many=True), responses={200: ShipmentsOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Book up to 1,000 shipments, each answered on its own.

        Refused while a requirement of the customer isn't verified, for what is on hold, and for what isn't
        there.
        """
        rows = rows_of(json_body(request)[1])
        return Response({"results": answers(rows, _schema(), lambda row: _ship(row, request), _told)})


def _told(shipment: Shipment | None) -> dict[str, Any]:
    return {"shipment": shipment and shipment.number}


def _ship(sent: Mapping[str, Any], request: Request) -> Shipment:
    identity = command_key(sent["key"], request)
    if known := Shipment.objects.filter(key=identity).first():
        return known
    plant = plant_of(sent["plant"])
    line = (
        CustomerOrderLine.objects.filter(order__number=sent["customer_order"], position=sent["position"])
        .select_related("item")
        .first()
    )
    if line is None:
        raise unknown("line", _("There is no such line of a customer order."), sent["customer_order"])
    return ship(
        line=line,
        plant=plant,
        lots=_named(line, sent["lots"]) if sent.get("lots") else _proposed(line, plant),
        number=sent.get("number") or "",
        at=sent.get("at"),
        by=person_of(request),
        key=identity,
    )


def _named(line: CustomerOrderLine, sent: list[dict[str, Any]]) -> list[tuple[Lot | None, Decimal]]:
    numbers = {one["lot"] for one in sent if one.get("lot")}
    lots = {lot.number: lot for lot in Lot.objects.filter(item=line.item_id, number__in=numbers)}
    for number in sorted(numbers - lots.keys()):
        message = _("%(item)s has no lot %(lot)s.") % {"item": line.item.code, "lot": number}
        raise unknown("lot", message, number)
    return [(lots[one["lot"]] if one.get("lot") else None, one["quantity"]) for one in sent]


def _proposed(line: CustomerOrderLine, plant: Plant) -> list[tuple[Lot | None, Decimal]]:
    check_shippable(line=line)
    offers = lots_to_ship(line=line, plant=plant)
    if found := [(offer.lot, offer.proposed) for offer in offers if offer.proposed > 0]:
        return found
    refusal = next((offer.refusal for offer in offers if offer.refusal), "")
    raise Refused("nothing_to_ship", refusal or _("Nothing of it lies in stock that could go."), field="lots")
