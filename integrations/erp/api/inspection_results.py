"""``POST /api/v1/inspection-results``: values of gauges and coordinate measuring machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView, json_body, rows_of
from integrations.erp.api.fields import Moment, StrictSerializer, Text, Truth, Whole
from integrations.erp.api.operation_commands import Caller, References
from integrations.erp.api.orders import said, short
from integrations.erp.api.production_orders import REFUSALS, command_key
from integrations.erp.api.rows import RowOut, answers
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.models import Operation
from quality.domain.results import Found, record_result, said_of
from quality.models import Characteristic, Gauge, InspectionResult
from quality.queries.due import characteristics_of


class InspectionResultIn(StrictSerializer):
    """One result of a characteristic at an operation. `key` is made by the sender once per result.

    `value` is a text with a decimal point in `unit`, the characteristic's unit if there is none; attributes
    have `passed`, or `wrong` of `inspected` pieces. With `at` it was measured then: a gauge whose calibration
    had expired is flagged and not refused. `trigger` names the demand it answers, else the oldest open one.
    """

    key = Text(max_length=100)
    plant = short(20)
    order = Text(max_length=40)
    operation = Text(max_length=10)
    sequence = short(10)
    characteristic = Text(max_length=40)
    value = short(40)
    unit = short(20)
    passed = Truth(**said())
    inspected = Whole(**said(min_value=1))
    wrong = Whole(**said(min_value=0))
    gauge = short(40)
    machine = short(40)
    piece = short(80)
    trigger = short(60)
    personnel_number = short(20)
    at = Moment(**said())


class InspectionResultOut(RowOut):
    result = serializers.IntegerField(allow_null=True)
    verdict = serializers.CharField(allow_blank=True)
    flags = serializers.ListField(child=serializers.CharField())


class InspectionResultsOut(serializers.Serializer[Any]):
    results = InspectionResultOut(many=True)


@cache
def _schema() -> InspectionResultIn:
    return InspectionResultIn()


class InspectionResults(ApiView):
    """A person acts as themselves; a device's account names the operator or inspector, or nobody."""

    message_type = MessageType.INSPECTIONS
    permission_classes = [Has(Right.INSPECT, Right.OPERATE)]

    @extend_schema(request=InspectionResultIn(many=True), responses={200: InspectionResultsOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Record up to 1,000 results, each answered on its own; a repeated key changes nothing.

        A result outside its limits puts the operation on hold in the same moment.
        """
        _body, data = json_body(request)
        rows = rows_of(data)
        listed = [row for row in rows if isinstance(row, dict)]
        known = Known(References.of(listed), listed)
        caller = Caller(request)
        done = answers(rows, _schema(), lambda found: _record(found, known, caller), _told)
        return Response({"results": done})


class Known:
    """What the rows of one request name; characteristics are read once per operation."""

    def __init__(self, references: References, rows: Iterable[Mapping[str, Any]]) -> None:
        self.references = references
        codes = {row["gauge"] for row in rows if isinstance(row.get("gauge"), str) and row["gauge"]}
        gauges = Gauge.objects.filter(code__in=codes, active=True).select_related("plant")
        self.gauges = {(one.plant_id, one.code): one for one in gauges}
        self._characteristics: dict[int, dict[str, Characteristic]] = {}

    def characteristic(self, operation: Operation, code: str) -> Characteristic:
        """Raises InvalidInput for one that the plan in force doesn't have."""
        if operation.pk not in self._characteristics:
            whole = Operation.objects.select_related("order").get(pk=operation.pk)
            self._characteristics[operation.pk] = {one.code: one for one in characteristics_of(whole)}
        found = self._characteristics[operation.pk].get(code)
        if found is None:
            message = _("The inspection plan of this operation has no such characteristic.")
            raise InvalidInput([Problem("unknown_characteristic", message, "characteristic", value=code)])
        return found

    def gauge(self, operation: Operation, code: str | None) -> Gauge | None:
        """Raises InvalidInput for a gauge that the plant doesn't have."""
        if not code:
            return None
        found = self.gauges.get((operation.plant_id, code))
        if found is None:
            message = _("There is no gauge with this code.")
            raise InvalidInput([Problem("unknown_gauge", message, "gauge", value=code)])
        return found


def _told(result: InspectionResult | None) -> dict[str, Any]:
    if result is None:
        return {"result": None, "verdict": "", "flags": []}
    said_so = {"message": said_of(result), "verdict": result.verdict, "flags": result.flags}
    return said_so | {"result": result.pk}


def _record(found: Mapping[str, Any], known: Known, caller: Caller) -> InspectionResult:
    operation = known.references.operation(found)
    characteristic = known.characteristic(operation, found["characteristic"])
    machine = known.references.machine(found) if found.get("machine") else None
    return record_result(
        characteristic=characteristic,
        operation=operation,
        found=Found(
            value=found.get("value") or "",
            unit=found.get("unit") or "",
            passed=found.get("passed"),
            inspected=found.get("inspected") or 1,
            wrong=found.get("wrong"),
            piece=found.get("piece") or "",
            gauge=known.gauge(operation, found.get("gauge")),
        ),
        trigger=found.get("trigger") or "",
        machine=machine,
        at=found.get("at"),
        by=caller.actor(found, known.references),
        key=command_key(found["key"], caller.request),
        via=caller.via,
    )
