"""``/api/v1/demand-forecasts``, ``past-demand``, ``replenishment-proposals``: what others forecast and sold,
what we propose to make or buy for stock."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView, json_body
from integrations.erp.api.fields import Quantity, StrictSerializer, Text, problems_of
from integrations.erp.api.orders import short
from integrations.erp.api.plants import plant_of
from integrations.erp.api.production_orders import REFUSALS, REPLAYED, command_key
from mes.accounts.authentication import Has, person_of
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput
from mes.lib.retry import in_transaction
from orders.domain.demand_forecasts import import_forecast, import_past_demand
from orders.domain.demand_rows import MOST_ROWS, read_rows
from orders.enums import ProposalState
from orders.models import ReplenishmentProposal


class DemandRowIn(StrictSerializer):
    """So much of an item in a `week` (2026-W48, or a day of it) or a `month` (2026-11)."""

    item = Text(max_length=60)
    week = short(10)
    month = short(7)
    quantity = Quantity()
    unit = short(3, help_text="UN/ECE code; the item's own if left out.")


class DemandIn(StrictSerializer):
    plant = Text(max_length=20)
    source = Text(max_length=80, help_text="The system that says it.")  # type: ignore[assignment]
    rows = serializers.ListField(child=DemandRowIn(), allow_empty=False, max_length=MOST_ROWS)


class ForecastIn(DemandIn):
    """`key` is made by the sender once per forecast."""

    key = Text(max_length=100)


class ForecastOut(serializers.Serializer[Any]):
    forecast = serializers.IntegerField()
    state = serializers.CharField()
    first_week = serializers.DateField()
    weeks = serializers.IntegerField()


class PastDemandOut(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class ProposalOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    item = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=15, decimal_places=3)
    unit = serializers.CharField()
    needed_on = serializers.DateField()
    bought = serializers.BooleanField()
    made_at = serializers.DateTimeField()
    figures = serializers.DictField()


class ProposalsOut(serializers.Serializer[Any]):
    proposals = ProposalOut(many=True)


@cache
def _forecast_schema() -> ForecastIn:
    return ForecastIn()


@cache
def _demand_schema() -> DemandIn:
    return DemandIn()


class DemandForecasts(ApiView):
    message_type = MessageType.FORECASTS
    permission_classes = [Has(Right.PLAN, Right.SEND_ORDERS)]

    @extend_schema(request=ForecastIn, responses={201: ForecastOut, 200: ForecastOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Store a forecast as a draft: nothing follows it before a person puts it in force."""
        sent = read(_forecast_schema(), json_body(request)[1])
        rows = read_rows(sent["rows"], first=1)
        version, replayed = in_transaction(
            lambda: import_forecast(
                plant=plant_of(sent["plant"]),
                rows=rows,
                source=sent["source"],
                key=command_key(sent["key"], request),
                by=person_of(request),
            )
        )
        answer = {
            "forecast": version.number,
            "state": version.state,
            "first_week": version.zero_on,
            "weeks": version.horizon_weeks,
        }
        if replayed:
            return Response(answer, headers={REPLAYED: "true"})
        return Response(answer, status=status.HTTP_201_CREATED)


class PastDemands(ApiView):
    message_type = MessageType.FORECASTS
    permission_classes = [Has(Right.PLAN, Right.SEND_ORDERS)]

    @extend_schema(request=DemandIn, responses={200: PastDemandOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Keep what was wanted before the MES counted it, by week; a known week is replaced."""
        sent = read(_demand_schema(), json_body(request)[1])
        rows = read_rows(sent["rows"], first=1)
        return Response(
            in_transaction(
                lambda: import_past_demand(
                    plant=plant_of(sent["plant"]), rows=rows, source=sent["source"], by=person_of(request)
                )
            )
        )


class Proposals(ApiView):
    message_type = MessageType.FORECASTS
    permission_classes = [Has(Right.VIEW, Right.SEND_ORDERS)]

    @extend_schema(
        parameters=[OpenApiParameter("plant", str, required=True)],
        responses={200: ProposalsOut, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Open proposals to make or buy for stock, the first needed first, each with its figures."""
        plant = plant_of(request.query_params.get("plant", ""))
        rows = ReplenishmentProposal.objects.filter(rule__plant=plant, state=ProposalState.OPEN)
        found = [
            {
                "id": one.pk,
                "item": one.rule.item.code,
                "quantity": one.quantity,
                "unit": one.rule.item.unit.code,
                "needed_on": one.needed_on,
                "bought": one.bought,
                "made_at": one.made_at,
                "figures": one.figures,
            }
            for one in rows.select_related("rule__item__unit").order_by("needed_on", "pk")
        ]
        return Response(ProposalsOut({"proposals": found}).data)


def read(schema: StrictSerializer, data: Any) -> dict[str, Any]:
    """What the message says. Raises InvalidInput with every field that is wrong."""
    try:
        found: dict[str, Any] = schema.run_validation(data)
    except ValidationError as error:
        raise InvalidInput(list(problems_of(error, data))) from None
    return found
