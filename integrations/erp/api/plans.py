"""``/api/v1/plan``: what a change of the plan would cost, and plans that another system made."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView, json_body
from integrations.erp.api.fields import Moment, StrictSerializer, Text, Whole, problems_of
from integrations.erp.api.operation_commands import unknown
from integrations.erp.api.orders import said, short
from integrations.erp.api.plants import plant_of
from integrations.erp.api.production_orders import REFUSALS, REPLAYED, command_key
from machines.models import Machine, Plant
from mes.accounts.authentication import Has, person_of
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput
from mes.lib.retry import in_transaction
from mes.lib.sentences import gettext as _
from orders.models import Operation, ProductionOrder
from orders.planning.external import Row, import_plan
from orders.planning.whatif import Change, Down, Late, Rush, ShiftChange, what_if
from orders.queries.orders import OPEN_STATES
from orders.queries.work import OVER

MOST_OPERATIONS = 20_000
NEEDED = {
    "rush": ("order",),
    "down": ("machine", "start", "end"),
    "shift_more": ("start", "end"),
    "shift_less": ("start", "end"),
    "late": ("order", "operation", "until"),
}


class WhatIfIn(StrictSerializer):
    """`rush`: the open `order` is wanted at `wanted_at` (as soon as possible if left out). `down`: the
    `machine` can't work from `start` to `end`. `shift_more`, `shift_less`: that time is worked, or not, on
    the `machine` or on all. `late`: the order's `operation` can't begin, or come back from outside, before
    `until`."""

    plant = Text(max_length=20)
    kind = serializers.ChoiceField(choices=tuple(NEEDED))
    order = short(40)
    operation = short(10)
    machine = short(40)
    wanted_at = Moment(**said())
    start = Moment(**said())
    end = Moment(**said())
    until = Moment(**said())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        missing = [name for name in NEEDED[attrs["kind"]] if not attrs.get(name)]
        if missing:
            raise ValidationError(
                {name: [serializers.ErrorDetail(_("This change needs it."), "required")] for name in missing}
            )
        return attrs


class ShiftOut(serializers.Serializer[Any]):
    order = serializers.CharField()
    item = serializers.CharField()
    customer = serializers.CharField(allow_blank=True)
    due = serializers.DateTimeField(allow_null=True)
    before = serializers.DateTimeField(allow_null=True)
    after = serializers.DateTimeField(allow_null=True)
    later_seconds = serializers.IntegerField()
    late_before_seconds = serializers.IntegerField()
    late_after_seconds = serializers.IntegerField()
    newly_late = serializers.BooleanField()


class HoursOut(serializers.Serializer[Any]):
    before = serializers.FloatField()
    after = serializers.FloatField()


class AlternativeOut(serializers.Serializer[Any]):
    way = serializers.CharField()
    own = ShiftOut(allow_null=True)
    late_hours = HoursOut()
    setup_hours = HoursOut()
    newly_late = serializers.ListField(child=serializers.CharField())
    later_operations = serializers.IntegerField()
    elsewhere_operations = serializers.IntegerField()
    frozen_moved = serializers.IntegerField()
    without_place = serializers.ListField(child=serializers.CharField())
    on_time_percent = serializers.IntegerField(
        allow_null=True, help_text="Chance that the rush order is in time; null where no date was wanted."
    )
    others_on_time = serializers.FloatField(
        help_text="How many more of the other orders are expected to be in time; negative: fewer."
    )
    setup_euros = serializers.CharField(
        allow_null=True, help_text="Additional setups, as text; null where a machine has no rate."
    )
    margin_euros = serializers.CharField(
        allow_null=True, help_text="The rush order's quoted margin, as text."
    )
    margin_at_risk_euros = serializers.CharField(
        help_text="Margins of the others times how much likelier each is late, as text."
    )
    margin_left_euros = serializers.CharField(
        allow_null=True, help_text="What is left of the margin when setups and risk are taken off, as text."
    )
    orders = ShiftOut(many=True)
    token = serializers.CharField(allow_blank=True)


class WhatIfOut(serializers.Serializer[Any]):
    plan = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    operations = serializers.IntegerField()
    frozen_operations = serializers.IntegerField()
    frozen_until = serializers.DateTimeField()
    alternatives = AlternativeOut(many=True)


class PlannedIn(StrictSerializer):
    """One operation from `start` to `end`, setup included; without a machine it is done outside."""

    order = Text(max_length=40)
    operation = Text(max_length=10)
    sequence = short(10)
    machine = short(40)
    slot = Whole(**said(min_value=1, max_value=1000))
    start = Moment()
    end = Moment()


class PlanIn(StrictSerializer):
    """A plan of another system; `key` is made by it once per plan."""

    key = Text(max_length=100)
    plant = Text(max_length=20)
    made_by = Text(max_length=80, help_text="The system that made it.")
    operations = serializers.ListField(child=PlannedIn(), allow_empty=False, max_length=MOST_OPERATIONS)


class ConflictOut(serializers.Serializer[Any]):
    rule = serializers.CharField()
    order = serializers.CharField()
    operation = serializers.CharField()


class PlanOut(serializers.Serializer[Any]):
    plan = serializers.IntegerField()
    state = serializers.CharField()
    late_orders = serializers.IntegerField()
    late_hours = serializers.FloatField()
    ours_late_orders = serializers.IntegerField()
    ours_late_hours = serializers.FloatField()
    conflicts = ConflictOut(many=True)


@cache
def _what_if_schema() -> WhatIfIn:
    return WhatIfIn()


@cache
def _plan_schema() -> PlanIn:
    return PlanIn()


class WhatIfs(ApiView):
    message_type = MessageType.PLANS
    permission_classes = [Has(Right.PLAN, Right.SEND_ORDERS)]
    is_reading = True

    @extend_schema(request=WhatIfIn, responses={200: WhatIfOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Up to three ways to meet a change, with what each does to every order. Nothing is stored."""
        asked = _read(_what_if_schema(), json_body(request)[1])
        plant = plant_of(asked["plant"])
        return Response(what_if(plant, _change(plant, asked)).as_json())


class Plans(ApiView):
    message_type = MessageType.PLANS
    permission_classes = [Has(Right.PLAN, Right.SEND_ORDERS)]

    @extend_schema(request=PlanIn, responses={201: PlanOut, 200: PlanOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Store a plan of another system as a draft, with what it breaks, beside the figures of ours."""
        sent = _read(_plan_schema(), json_body(request)[1])
        plant = plant_of(sent["plant"])
        rows = [
            Row(
                order=one["order"],
                operation=one["operation"],
                machine=one.get("machine") or "",
                start=one["start"].replace(microsecond=0),
                end=one["end"].replace(microsecond=0),
                sequence=one.get("sequence") or "",
                slot=one.get("slot") or 1,
            )
            for one in sent["operations"]
        ]
        plan, replayed = in_transaction(
            lambda: import_plan(
                plant=plant,
                rows=rows,
                source=sent["made_by"],
                key=command_key(sent["key"], request),
                by=person_of(request),
            )
        )
        answer = {
            "plan": plan.number,
            "state": plan.state,
            "late_orders": plan.late_orders,
            "late_hours": round(plan.late_hours, 2),
            "ours_late_orders": plan.first_late_orders,
            "ours_late_hours": round(plan.first_late_hours, 2),
            "conflicts": [
                {name: one[name] for name in ("rule", "order", "operation")} for one in plan.conflicts
            ],
        }
        if replayed:
            return Response(answer, headers={REPLAYED: "true"})
        return Response(answer, status=status.HTTP_201_CREATED)


def _read(schema: StrictSerializer, data: Any) -> dict[str, Any]:
    try:
        read: dict[str, Any] = schema.run_validation(data)
    except ValidationError as error:
        raise InvalidInput(list(problems_of(error, data))) from None
    return read


def _change(plant: Plant, asked: dict[str, Any]) -> Change:
    kind = asked["kind"]
    if kind == "rush":
        return Rush(_order(plant, asked["order"]).pk, asked.get("wanted_at"))
    if kind == "late":
        order, number = _order(plant, asked["order"]), asked["operation"]
        found = Operation.objects.filter(order=order, number=number).exclude(state__in=OVER).first()
        if found is None:
            raise unknown("operation", _("The order has no open operation with this number."), number)
        return Late(found.pk, asked["until"])
    machine = None
    if asked.get("machine"):
        machine = Machine.objects.filter(plant=plant, code=asked["machine"], active=True).first()
        if machine is None:
            raise unknown("machine", _("No active machine has this code."), asked["machine"])
    if kind == "down" and machine is not None:
        return Down(machine.pk, asked["start"], asked["end"])
    works = kind == "shift_more"
    return ShiftChange(None if machine is None else machine.pk, asked["start"], asked["end"], works)


def _order(plant: Plant, number: str) -> ProductionOrder:
    order = ProductionOrder.objects.filter(plant=plant, number=number, state__in=OPEN_STATES).first()
    if order is None:
        raise unknown("order", _("There is no open order with this number in the plant."), number)
    return order
