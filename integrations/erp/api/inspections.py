"""``POST /api/v1/inspections``: what gauges, measuring machines and test benches found."""

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
from integrations.erp.api.fields import Moment, Quantity, StrictSerializer, Text, Truth
from integrations.erp.api.operation_commands import Caller, References
from integrations.erp.api.orders import said, short
from integrations.erp.api.production_orders import REFUSALS, command_key
from integrations.erp.api.rows import RowOut, answers
from mes.accounts.authentication import Has
from mes.accounts.models import User
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, NotAllowed, Problem
from mes.lib.sentences import gettext as _
from quality.domain.verification import inspect_operation
from quality.models import Inspection


class InspectionIn(StrictSerializer):
    """One inspection of an operation. `key` is made by the sender once per inspection.

    `inspected` and `defective` are pieces; a failed inspection needs a `comment`. A machine account names
    the inspector in `personnel_number`.
    """

    key = Text(max_length=100)
    plant = short(20)
    order = Text(max_length=40)
    operation = Text(max_length=10)
    sequence = short(10)
    inspected = Quantity(min_value=0)
    defective = Quantity(**said(min_value=0))
    passed = Truth()
    comment = short(500)
    personnel_number = short(20)
    at = Moment(**said())


class InspectionOut(RowOut):
    inspection = serializers.IntegerField(allow_null=True)


class InspectionsOut(serializers.Serializer[Any]):
    results = InspectionOut(many=True)


@cache
def _inspection_schema() -> InspectionIn:
    return InspectionIn()


class Inspections(ApiView):
    """A person needs the right to inspect; a terminal's account acts for the inspector it names."""

    message_type = MessageType.INSPECTIONS
    permission_classes = [Has(Right.INSPECT, Right.OPERATE)]

    @extend_schema(request=InspectionIn(many=True), responses={200: InspectionsOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Record up to 1,000 inspections, each answered on its own; a repeated key changes nothing.

        A passed inspection lifts the operation's quality hold, a failed one leaves it on hold.
        """
        _body, data = json_body(request)
        rows = rows_of(data)
        caller = Caller(request)
        known = References.of(row for row in rows if isinstance(row, dict))
        done = answers(rows, _inspection_schema(), lambda found: _record(found, known, caller), _told)
        return Response({"results": done})


def _told(inspection: Inspection | None) -> dict[str, Any]:
    return {"inspection": inspection and inspection.pk}


def _record(found: Mapping[str, Any], known: References, caller: Caller) -> Inspection:
    return inspect_operation(
        operation=known.operation(found),
        inspected=found["inspected"],
        defective=found.get("defective") or Decimal(0),
        passed=found["passed"],
        comment=found.get("comment") or "",
        at=found.get("at"),
        by=_inspector(found, known, caller),
        key=command_key(found["key"], caller.request),
    )


def _inspector(found: Mapping[str, Any], known: References, caller: Caller) -> User:
    """Raises InvalidInput when nobody is named, NotAllowed for a person without the right to inspect."""
    inspector = caller.actor(found, known)
    if inspector is None:
        raise InvalidInput([Problem("required", _("Say who inspected."), "personnel_number")])
    if not inspector.may(Right.INSPECT):
        raise NotAllowed("not_inspector", _("This person may not inspect."), field="personnel_number")
    return inspector
