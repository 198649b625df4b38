"""``/api/v1/nonconformances``: raising them from any system, reading them, and deciding about them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView, json_body, rows_of
from integrations.erp.api.fields import Moment, Quantity, StrictSerializer, Text, Whole, problems_of
from integrations.erp.api.operation_commands import Caller, References, unknown
from integrations.erp.api.orders import said, short
from integrations.erp.api.production_orders import REFUSALS, command_key
from integrations.erp.api.rows import RowOut, answers
from machines.models import MachineGroup, Plant
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from mes.accounts.signing import prove
from mes.lib.errors import InvalidInput, NotAllowed, Problem
from mes.lib.fields import ZERO
from mes.lib.sentences import gettext as _
from orders.domain.rework import ReworkStep
from orders.models import Item, Lot
from quality.domain.nonconformances import dispose, raise_nonconformance
from quality.domain.subjects import Subject, subject_of_lot, subject_of_stop
from quality.enums import DispositionKind, NonconformanceState
from quality.models import DefectCode, Nonconformance
from quality.queries.nonconformances import listed_nonconformances

MOST = 200


class NonconformanceIn(StrictSerializer):
    """One nonconformance. `key` is made by the sender once.

    It is about an `order` and `operation`, an `item` with its `lot`, or a `machine`; with `stop_at` about the
    stop of that machine. `defect` is a code of the plant.
    """

    key = Text(max_length=100)
    plant = short(20)
    order = short(40)
    operation = short(10)
    sequence = short(10)
    machine = short(40)
    slot = Whole(**said(min_value=1, max_value=1000))
    item = short(40)
    lot = short(40)
    defect = Text(max_length=40)
    quantity = Quantity(**said(min_value=0))
    description = short(1000)
    stop_at = Moment(**said())
    personnel_number = short(20)


class DispositionIn(StrictSerializer):
    """One decision about pieces. Whoever decides is logged on and signs with user name and password; an API
    key can't sign. `rework` and `sort` need `work` and `work_centre`, `seconds` are planned per piece."""

    key = Text(max_length=100)
    plant = short(20)
    kind = serializers.ChoiceField(choices=DispositionKind.choices)
    quantity = Quantity(min_value=0)
    reason = Text(max_length=500)
    work = short(200)
    work_centre = short(40)
    seconds = Quantity(**said(min_value=0))
    username = Text(max_length=150)
    password = Text(max_length=200)


class NonconformanceRow(serializers.ModelSerializer[Nonconformance]):
    plant = serializers.CharField(source="plant.code")
    order = serializers.CharField(source="order.number", default="")
    operation = serializers.CharField(source="operation.number", default="")
    machine = serializers.CharField(source="machine.code", default="")
    item = serializers.CharField(source="item.code", default="")
    defect = serializers.CharField(source="defect.code")
    undecided = serializers.DecimalField(source="open_pieces", max_digits=15, decimal_places=3)

    class Meta:
        model = Nonconformance
        fields = (
            *("number", "plant", "state", "order", "operation", "machine", "item", "lot", "defect"),
            *("quantity", "undecided", "stands_as", "description", "stop_at", "raised_at", "ended_at"),
            "conclusion",
        )


class NonconformanceOut(RowOut):
    number = serializers.CharField(allow_blank=True)


class NonconformancesOut(serializers.Serializer[Any]):
    results = NonconformanceOut(many=True)


@cache
def _schema() -> NonconformanceIn:
    return NonconformanceIn()


@cache
def _decision_schema() -> DispositionIn:
    return DispositionIn()


class Nonconformances(ApiView):
    message_type = MessageType.INSPECTIONS
    permission_classes = [Has(Right.INSPECT, Right.OPERATE)]

    @extend_schema(
        parameters=[
            OpenApiParameter("state", str, description="One state, or `all`; left out: all that isn't over."),
            OpenApiParameter("q", str, description="Number, order, item, lot or machine."),
        ],
        responses={200: NonconformanceRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """The newest 200, each with the pieces about which nothing is decided."""
        state = request.query_params.get("state", "")
        if state not in ("", "all", *NonconformanceState.values):
            raise InvalidInput([Problem("unknown", _("There is no such state."), "state", value=state[:40])])
        found = listed_nonconformances(state=state, text=request.query_params.get("q", "").strip())
        return Response(NonconformanceRow(found[:MOST], many=True).data)

    @extend_schema(request=NonconformanceIn(many=True), responses={200: NonconformancesOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Raise up to 1,000, each answered on its own; a repeated key changes nothing."""
        _body, data = json_body(request)
        rows = rows_of(data)
        caller = Caller(request)
        known = References.of(row for row in rows if isinstance(row, dict))
        done = answers(rows, _schema(), lambda found: _raise(found, known, caller), _told)
        return Response({"results": done})


class NonconformanceDispositions(ApiView):
    message_type = MessageType.INSPECTIONS
    permission_classes = [Has(Right.INSPECT)]

    @extend_schema(request=DispositionIn, responses={200: NonconformanceRow, **REFUSALS})
    def post(self, request: Request, number: str) -> Response:
        """Decide about pieces and sign it. A repeated key decides once."""
        _body, data = json_body(request)
        try:
            said_so = _decision_schema().run_validation(data)
        except ValidationError as error:
            raise InvalidInput(list(problems_of(error, data))) from None
        caller = Caller(request)
        if caller.person is None:
            raise NotAllowed("not_a_person", _("Only a person who is logged on can sign."))
        row = _numbered(number, said_so.get("plant") or "")
        proof = prove(request._request, username=said_so["username"], password=said_so["password"])
        dispose(
            nonconformance=row,
            kind=DispositionKind(said_so["kind"]),
            quantity=said_so["quantity"],
            reason=said_so["reason"],
            by=caller.person,
            key=command_key(said_so["key"], request),
            proof=proof,
            steps=_steps(row, said_so),
        )
        return Response(NonconformanceRow(listed_nonconformances(state="all").get(pk=row.pk)).data)


def _told(made: Nonconformance | None) -> dict[str, Any]:
    return {"number": made.number if made else ""}


def _raise(found: Mapping[str, Any], known: References, caller: Caller) -> Nonconformance:
    subject = _subject(found, known)
    plant = subject.place()
    defect = DefectCode.objects.filter(plant=plant, code=found["defect"], active=True).first()
    if defect is None:
        raise unknown("defect", _("This plant has no such defect."), found["defect"])
    by = caller.actor(found, known)
    if by is None:
        raise InvalidInput([Problem("required", _("Say who raises it."), "personnel_number")])
    return raise_nonconformance(
        subject=subject,
        defect=defect,
        quantity=found.get("quantity") or ZERO,
        description=found.get("description") or "",
        by=by,
        key=command_key(found["key"], caller.request),
    )


def _subject(found: Mapping[str, Any], known: References) -> Subject:
    """What it is about. Raises InvalidInput for what isn't there."""
    machine = known.machine(found) if found.get("machine") else None
    if found.get("order"):
        if not found.get("operation"):
            raise InvalidInput([Problem("required", _("Say at which operation."), "operation")])
        operation = known.operation(found)
        return Subject(
            order=operation.order, operation=operation, machine=machine, lot=found.get("lot") or ""
        )
    if machine is not None:
        if found.get("stop_at"):
            return subject_of_stop(machine=machine, slot=found.get("slot") or 1, start=found["stop_at"])
        return Subject(machine=machine)
    return _of_item(found)


def _of_item(found: Mapping[str, Any]) -> Subject:
    code, number = found.get("item") or "", found.get("lot") or ""
    item = Item.objects.filter(code=code).first()
    if item is None:
        raise unknown("item", _("There is no such item."), code)
    lots = Lot.objects.select_related("item", "order__plant", "order__item")
    lot = lots.filter(item=item, number=number).first() if number else None
    if number and lot is None:
        raise unknown("lot", _("There is no such lot."), number)
    if lot is not None:
        return subject_of_lot(lot)
    plant = Plant.objects.filter(code=found.get("plant") or "").first()
    return Subject(item=item, plant=plant)


def _numbered(number: str, plant: str) -> Nonconformance:
    """Raises InvalidInput where none, or one in each of several plants, has the number."""
    rows = Nonconformance.objects.select_related("plant", "order").filter(number=number)
    if plant:
        rows = rows.filter(plant__code=plant)
    found = list(rows[:2])
    if len(found) != 1:
        code = "ambiguous" if found else "unknown"
        message = _("Say in which plant.") if found else _("There is no such nonconformance.")
        raise InvalidInput([Problem(code, message, "plant" if found else "number", value=number[:40])])
    return found[0]


def _steps(row: Nonconformance, said_so: Mapping[str, Any]) -> list[ReworkStep]:
    if not (said_so.get("work") and said_so.get("work_centre")):
        return []
    group = MachineGroup.objects.filter(plant=row.plant, code=said_so["work_centre"], active=True).first()
    if group is None:
        raise unknown("work_centre", _("There is no such work centre."), said_so["work_centre"])
    return [ReworkStep(said_so["work"], group, run_seconds=said_so.get("seconds") or ZERO)]
