"""``POST /api/v1/promises``: a configuration in, dates with their confidence out; and whether one can be
computed again."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView, idempotency_key, json_body
from integrations.erp.api.fields import Moment, Quantity, StrictSerializer, problems_of
from integrations.erp.api.orders import said, short
from integrations.erp.api.production_orders import KEY_HEADER, REFUSALS, REPLAYED, command_key
from machines.models import Plant
from mes.accounts.authentication import Has, channel_of, person_of
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.models import Customer, Item, ProductionOrder, Quote

TOLD_AGAIN = "When that was, where a plant's history is told again as in the demo. Refused elsewhere."


class PromiseIn(StrictSerializer):
    """Either ``order`` (an open one), or ``item`` and ``quantity``. ``plant`` may be left out where there is
    one only."""

    plant = short(20)
    item = short(60)
    quantity = Quantity(**said(min_value=0))
    options = serializers.DictField(child=serializers.CharField(max_length=200), required=False)
    customer = short(40)
    requested = Moment(**said())
    order = short(40)
    at = Moment(**said(), help_text=TOLD_AGAIN)


class AcceptIn(StrictSerializer):
    confidence_percent = serializers.IntegerField(min_value=1, max_value=99)
    at = Moment(**said(), help_text=TOLD_AGAIN)


class AcceptedOut(serializers.Serializer[Any]):
    order = serializers.CharField(source="order.number")
    version = serializers.IntegerField()
    promised = serializers.DateTimeField(source="promised_at")
    confidence_percent = serializers.IntegerField()


class CauseOut(serializers.Serializer[Any]):
    kind = serializers.CharField(
        help_text="run, setup, extra, outside, common, breakdown, rush, supply, machine or record"
    )
    machine = serializers.CharField(allow_blank=True)
    percent = serializers.IntegerField(help_text="By how much the spread would shrink without it")


class EarlierOut(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="skip_queue or shift")
    machine = serializers.CharField(allow_blank=True)
    seconds = serializers.IntegerField()


class MaterialOut(serializers.Serializer[Any]):
    item = serializers.CharField()
    needed = serializers.CharField()
    free = serializers.CharField()
    missing = serializers.CharField()


class PromiseOut(serializers.Serializer[Any]):
    key = serializers.UUIDField()
    made_at = serializers.DateTimeField()
    p50 = serializers.DateTimeField(source="p50_at")
    p80 = serializers.DateTimeField(source="p80_at")
    p95 = serializers.DateTimeField(source="p95_at")
    without_record = serializers.SerializerMethodField(help_text="p50, p80, p95 of the futures alone")
    requested = serializers.DateTimeField(source="requested_at", allow_null=True)
    without_measuring = serializers.DateTimeField(source="old_style_at", allow_null=True)
    if_all_goes_as_expected = serializers.DateTimeField(source="certain_at")
    bottleneck = serializers.CharField(allow_blank=True)
    causes = CauseOut(many=True)
    earlier = EarlierOut(many=True)
    material = MaterialOut(many=True)
    futures = serializers.IntegerField()
    seed = serializers.IntegerField()
    plan = serializers.IntegerField(source="plan_number")
    record_of = serializers.CharField()
    record_count = serializers.IntegerField()
    inputs_sha256 = serializers.CharField(source="inputs_hash")

    def get_without_record(self, quote: Quote) -> list[str]:
        return [date.isoformat() for date in (quote.raw_p50_at, quote.raw_p80_at, quote.raw_p95_at)]


class CheckOut(serializers.Serializer[Any]):
    reproducible = serializers.BooleanField()
    inputs_sha256 = serializers.CharField()


class Promises(ApiView):
    message_type = MessageType.CUSTOMER_ORDERS
    permission_classes = [Has(Right.PLAN, Right.SEND_ORDERS)]

    @extend_schema(
        request=PromiseIn, parameters=[KEY_HEADER], responses={200: PromiseOut, 201: PromiseOut, **REFUSALS}
    )
    def post(self, request: Request) -> Response:
        """Quote a date. The same key gives the same quote; it is kept with everything it came from."""
        # Compiled code: only who asks pays for loading it.
        from orders.planning.promise.quote import check_told_again, make_quote

        given, key = _given(request, PromiseIn)
        at = given.get("at")
        check_told_again(at)
        quote = make_quote(
            asked=_asked(given), by=person_of(request), key=key, via=channel_of(request), now=at
        )
        answer = Response(PromiseOut(quote).data, status=200 if quote.replayed else 201)
        if quote.replayed:
            answer[REPLAYED] = "true"
        return answer


class PromiseAccept(ApiView):
    message_type = MessageType.CUSTOMER_ORDERS
    permission_classes = [Has(Right.PLAN, Right.SEND_ORDERS)]

    @extend_schema(
        request=AcceptIn,
        parameters=[KEY_HEADER],
        responses={200: AcceptedOut, 201: AcceptedOut, **REFUSALS},
    )
    def post(self, request: Request, key: uuid.UUID) -> Response:
        """Make a quoted date the promise of its order, or of an order that is made for it."""
        from orders.planning.promise.quote import accept_quote, check_told_again

        given, own_key = _given(request, AcceptIn)
        at = given.get("at")
        check_told_again(at)
        quote = Quote.objects.filter(key=key).first()
        if quote is None:
            raise Http404
        promise = accept_quote(
            quote=quote, percent=given["confidence_percent"], by=person_of(request), key=own_key, now=at
        )
        answer = Response(AcceptedOut(promise).data, status=200 if promise.replayed else 201)
        if promise.replayed:
            answer[REPLAYED] = "true"
        return answer


class PromiseCheck(ApiView):
    message_type = MessageType.CUSTOMER_ORDERS
    permission_classes = [Has(Right.VIEW, Right.SEND_ORDERS)]

    @extend_schema(responses={200: CheckOut, **REFUSALS})
    def get(self, request: Request, key: uuid.UUID) -> Response:
        """Compute a quote again from its stored inputs: the same to the last second, or not."""
        from orders.planning.promise.quote import is_reproducible

        quote = Quote.objects.filter(key=key).first()
        if quote is None:
            raise Http404
        shown = {"reproducible": is_reproducible(quote), "inputs_sha256": quote.inputs_hash}
        return Response(CheckOut(shown).data)


def _given(request: Request, form_of: type[StrictSerializer]) -> tuple[dict[str, Any], uuid.UUID]:
    """What was sent, and its key. Raises InvalidInput, naming every field that is wrong."""
    _body, data = json_body(request)
    key = command_key(idempotency_key(request, data), request)
    if not isinstance(data, dict):
        raise InvalidInput([Problem("not_an_object", _("Send one object."))])
    form = form_of(data=data)
    try:
        form.is_valid(raise_exception=True)
    except ValidationError as error:
        raise InvalidInput(list(problems_of(error, data))) from None
    return form.validated_data, key


def _asked(given: dict[str, Any]) -> Any:
    """The configuration. Raises InvalidInput for what there isn't."""
    from orders.planning.promise.quote import Configuration, of_order

    plants = list(Plant.objects.all()[:2]) if not given.get("plant") else []
    plant = Plant.objects.filter(code=given["plant"]).first() if given.get("plant") else None
    if len(plants) == 1:
        plant = plants[0]
    problems = []
    if plant is None:
        problems.append(Problem("unknown_plant", _("There is no such plant."), "plant"))
    if given.get("order"):
        related = ("plant", "item__setup_family", "customer_line__order__customer")
        order = (
            ProductionOrder.objects.filter(plant=plant, number=given["order"])
            .select_related(*related)
            .first()
        )
        if order is not None:
            return of_order(order)
        problems.append(Problem("unknown_order", _("There is no such order."), "order"))
    item = Item.objects.filter(code=given.get("item") or "").select_related("setup_family").first()
    if item is None and not given.get("order"):
        problems.append(Problem("unknown_item", _("There is no such item."), "item"))
    if given.get("quantity") is None and not given.get("order"):
        problems.append(Problem("missing", _("Say how many."), "quantity"))
    customer = Customer.objects.filter(code=given.get("customer") or "").first()
    if given.get("customer") and customer is None:
        problems.append(Problem("unknown_customer", _("There is no such customer."), "customer"))
    if problems or plant is None or item is None:
        raise InvalidInput(problems)
    return Configuration(
        plant=plant,
        item=item,
        quantity=given["quantity"],
        options=dict(given.get("options") or {}),
        customer=customer,
        requested_at=given.get("requested"),
    )
