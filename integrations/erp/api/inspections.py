"""``POST /api/v1/inspections``: what gauges, measuring machines and test benches found."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView, json_body, rows_of
from integrations.erp.api.fields import Moment, Quantity, StrictSerializer, Text, Truth, problems_of
from integrations.erp.api.operation_commands import Caller, References, refused
from integrations.erp.api.orders import said, short
from integrations.erp.api.production_orders import REFUSALS, ProblemOut, command_key
from mes.accounts.authentication import Has
from mes.accounts.models import User
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, MesError, NotAllowed, Problem
from mes.lib.retry import repeated
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


class InspectionOut(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    key = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=("accepted", "refused"))
    inspection = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)
    problems = ProblemOut(many=True)


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
        return Response({"results": [_answer(n, row, known, caller) for n, row in enumerate(rows, start=1)]})


def _answer(row: int, data: Any, known: References, caller: Caller) -> dict[str, Any]:
    key = data.get("key") if isinstance(data, dict) else ""
    shown = key.encode(errors="replace").decode()[:100] if isinstance(key, str) else ""
    try:
        found = _inspection_schema().run_validation(data)
        inspection = repeated(lambda: _record(found, known, caller), unique=True)
    except ValidationError as error:
        answer = refused(row, shown, InvalidInput(list(problems_of(error, data, row=row))))
    except MesError as error:
        answer = refused(row, shown, error)
    else:
        answer = {"row": row, "key": shown, "status": "accepted", "code": "", "message": "", "problems": []}
        return answer | {"inspection": inspection.pk}
    answer.pop("event")
    return answer | {"inspection": None}


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
