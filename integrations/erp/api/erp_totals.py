"""``POST /api/v1/erp-totals``: what the partner has booked, for the reconciliation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.domain.connectors import ErpTotal
from integrations.domain.formats import Reading
from integrations.domain.keyed import Letter, take_once
from integrations.domain.reconciliation.totals import take_totals
from integrations.enums import TotalSource
from integrations.erp.api.base import (
    PartnerView,
    idempotency_key,
    json_body,
    message_key,
    parse_json,
    rows_of,
)
from integrations.erp.api.fields import Moment, Quantity, Seconds, StrictSerializer, Text, problems_of
from integrations.erp.api.orders import said, short
from integrations.erp.api.production_orders import KEY_HEADER, REFUSALS, answer_with
from integrations.models import Connection
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, Problem

MESSAGE_TYPE = "erp-totals"


class ErpTotalIn(StrictSerializer):
    """What stands booked in the ERP for one operation: all of it, not what is new."""

    order = Text(max_length=40)
    operation = short(20, help_text="Left out: the order as a whole.")
    good = Quantity()
    scrap = Quantity(**said())
    rework = Quantity(**said())
    setup_seconds = Seconds(**said())
    run_seconds = Seconds(**said())
    stated_at = Moment(**said(help_text="The moment that the totals are of; left out: now."))


class TotalResultOut(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    number = serializers.CharField()
    outcome = serializers.ChoiceField(choices=("noted",))


class TotalResultsOut(serializers.Serializer[Any]):
    results = TotalResultOut(many=True)


@cache
def _schema() -> ErpTotalIn:
    return ErpTotalIn()


class ErpTotals(PartnerView):
    message_type = MessageType.TOTALS
    permission_classes = [Has(Right.PULL_CONFIRMATIONS)]

    @extend_schema(
        parameters=[KEY_HEADER],
        request=PolymorphicProxySerializer(
            component_name="ErpTotals",
            serializers=[ErpTotalIn, ErpTotalIn(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={200: TotalResultsOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Tell what is booked for one operation, or for up to 1,000; it is compared with what was made."""
        connection = self.connection_of(request)
        body, data = json_body(request)
        key = idempotency_key(request, data)
        letter = Letter(connection, message_key(connection, key), key, MESSAGE_TYPE, body)
        return answer_with(take_once(letter, lambda: _note(connection, to_totals(data))))


def _note(connection: Connection, totals: Sequence[ErpTotal]) -> list[dict[str, Any]]:
    take_totals(totals, connection=connection, source=TotalSource.TOLD, stated_at=timezone.now())
    return [
        {"row": row, "number": total.order, "outcome": "noted"} for row, total in enumerate(totals, start=1)
    ]


def read_again(body: bytes) -> Reading:
    """The inbox's door to this message, for replays."""
    data = parse_json(body)
    if isinstance(data, dict):
        data.pop("key", None)
    return Reading(totals=tuple(to_totals(data)))


def to_totals(data: Any) -> list[ErpTotal]:
    """Raises InvalidInput naming every row and field that is wrong."""
    totals: list[ErpTotal] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows_of(data), start=1):
        try:
            found = _schema().run_validation(row)
        except ValidationError as error:
            problems += problems_of(error, row, row=number)
        else:
            totals.append(
                ErpTotal(
                    order=found["order"],
                    operation=found.get("operation") or "",
                    good=found["good"],
                    scrap=found.get("scrap"),
                    rework=found.get("rework"),
                    setup_seconds=found.get("setup_seconds"),
                    run_seconds=found.get("run_seconds"),
                    stated_at=found.get("stated_at"),
                )
            )
    if problems:
        raise InvalidInput(problems)
    return totals
