"""Machines, their queues and their stops: what a terminal or a simulated operator asks."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView, json_body
from integrations.erp.api.fields import Moment, StrictSerializer, Text, Whole, problems_of
from integrations.erp.api.operation_commands import Caller, References, unknown
from integrations.erp.api.orders import said, short
from integrations.erp.api.production_orders import REFUSALS, RefusalOut, command_key
from machines.domain.stops import code_stop, stops_without_reason
from machines.models import Machine, MachineNow, StopReason
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput
from mes.lib.retry import in_transaction
from mes.lib.sentences import gettext as _
from orders.queries.queue import Waiting, queue_of, slots_of

ASKED_FOR = timedelta(days=2)
MACHINE = OpenApiParameter("machine", str, description="Code of the machine.")


class NowOut(serializers.ModelSerializer[MachineNow]):
    class Meta:
        model = MachineNow
        fields = ("slot", "state", "since", "alarm", "program", "last_cycle_at", "cycle_seconds")


class MachineOut(serializers.ModelSerializer[Machine]):
    plant = serializers.CharField(source="plant.code")
    area = serializers.CharField(source="area.code")
    work_centre = serializers.CharField(source="group.code")
    measured = serializers.BooleanField()
    now = NowOut(many=True)

    class Meta:
        model = Machine
        fields = ("code", "name", "plant", "area", "work_centre", "slots", "measured", "now")


class Machines(ApiView):
    message_type = MessageType.MACHINES
    permission_classes = [Has(Right.VIEW, Right.SEND_ORDERS)]

    @extend_schema(responses={200: MachineOut(many=True)})
    def get(self, request: Request) -> Response:
        """All active machines with the state of each slot."""
        machines = Machine.objects.filter(active=True).select_related("plant", "area", "group")
        now = MachineNow.objects.order_by("slot")
        return Response(MachineOut(machines.prefetch_related(Prefetch("now", now)), many=True).data)


class NeedOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    text = serializers.CharField()
    weight = serializers.CharField()


class WorkOut(serializers.Serializer[Any]):
    order = serializers.CharField()
    operation = serializers.CharField()
    sequence = serializers.CharField(allow_blank=True)
    item = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    state = serializers.CharField()
    quantity = serializers.CharField()
    good = serializers.CharField()
    setup_seconds = serializers.CharField()
    seconds_per_piece = serializers.CharField()
    program = serializers.CharField(allow_blank=True)
    priority = serializers.IntegerField()
    due = serializers.DateTimeField(allow_null=True)
    ready = serializers.BooleanField()
    needs = NeedOut(many=True)


class RunOut(serializers.Serializer[Any]):
    slot = serializers.IntegerField()
    order = serializers.CharField()
    operation = serializers.CharField()
    phase = serializers.CharField()
    started_at = serializers.DateTimeField()
    people = serializers.ListField(child=serializers.CharField())


class QueueOut(serializers.Serializer[Any]):
    machine = serializers.CharField()
    running = RunOut(many=True)
    queue = WorkOut(many=True)
    more = serializers.IntegerField()


class WorkQueue(ApiView):
    message_type = MessageType.MACHINES
    permission_classes = [Has(Right.VIEW)]

    @extend_schema(parameters=[MACHINE], responses={200: QueueOut, 422: RefusalOut})
    def get(self, request: Request) -> Response:
        """What runs on a machine and what waits for it, most urgent first, with what is missing."""
        machine = machine_of(request.query_params.get("machine", ""))
        queue = queue_of(machine)
        return Response(
            {
                "machine": machine.code,
                "running": [
                    {
                        "slot": slot.number,
                        "order": slot.run.operation.order.number,
                        "operation": slot.run.operation.number,
                        "phase": slot.run.phase,
                        "started_at": slot.run.started_at,
                        "people": [person.personnel_number for person in slot.people],
                    }
                    for slot in slots_of(machine)
                    if slot.run is not None
                ],
                "queue": [work_json(waiting) for waiting in (*queue.ready, *queue.blocked)],
                "more": queue.more,
            }
        )


def work_json(waiting: Waiting) -> dict[str, Any]:
    operation, order = waiting.operation, waiting.operation.order
    return {
        "order": order.number,
        "operation": operation.number,
        "sequence": operation.sequence,
        "item": order.item.code,
        "text": operation.text,
        "state": operation.state,
        "quantity": str(operation.quantity),
        "good": str(operation.good),
        "setup_seconds": str(operation.setup_seconds),
        "seconds_per_piece": f"{operation.seconds_per_piece:.3f}",
        "program": operation.program,
        "priority": order.priority,
        "due": order.requested_at,
        "ready": waiting.readiness.ready,
        "needs": [
            {"code": need.code, "text": str(need.text), "weight": need.weight}
            for need in waiting.readiness.needs
        ],
    }


def machine_of(code: str) -> Machine:
    """Raises InvalidInput when no machine has this code."""
    machine = Machine.objects.filter(code=code).first() if code.isprintable() else None
    if machine is None:
        raise unknown("machine", _("There is no machine with this code."), code[:40])
    return machine


class StopOut(serializers.Serializer[Any]):
    machine = serializers.CharField()
    slot = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    state = serializers.CharField()
    alarm = serializers.CharField(allow_blank=True)


class OpenStops(ApiView):
    message_type = MessageType.MACHINES
    permission_classes = [Has(Right.VIEW)]

    @extend_schema(parameters=[MACHINE], responses={200: StopOut(many=True)})
    def get(self, request: Request) -> Response:
        """Stops of the last two days that wait for a reason, oldest first."""
        code = request.query_params.get("machine", "")
        wanted = [machine_of(code)] if code else list(Machine.objects.filter(active=True))
        codes = {machine.pk: machine.code for machine in wanted}
        stops = stops_without_reason(list(codes), since=timezone.now() - ASKED_FOR)
        rows = [
            {
                "machine": codes[stop.machine],
                "slot": stop.slot,
                "started_at": stop.start,
                "ended_at": stop.end,
                "state": stop.state,
                "alarm": stop.alarm,
            }
            for stop in stops
        ]
        return Response(StopOut(rows, many=True).data)


class StopCodingIn(StrictSerializer):
    """Why a machine stood still at `started_at`; of a machine without signals say until when, too."""

    key = Text(max_length=100)
    machine = Text(max_length=40)
    slot = Whole(**said(min_value=1, max_value=1000))
    started_at = Moment()
    ended_at = Moment(**said())
    reason = Text(max_length=40)
    personnel_number = short(20)
    comment = short(500)


class StopCodingOut(serializers.Serializer[Any]):
    machine = serializers.CharField()
    slot = serializers.IntegerField()
    reason = serializers.CharField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()


@cache
def _coding_schema() -> StopCodingIn:
    return StopCodingIn()


class StopCodings(ApiView):
    message_type = MessageType.MACHINES
    permission_classes = [Has(Right.OPERATE)]

    @extend_schema(request=StopCodingIn, responses={200: StopCodingOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Say why a machine stood still; a later reason for the same stop replaces the earlier one."""
        _body, data = json_body(request)
        try:
            coded = _coding_schema().run_validation(data)
        except ValidationError as error:
            raise InvalidInput(list(problems_of(error, data))) from None
        machine = machine_of(coded["machine"])
        reason = StopReason.objects.filter(plant=machine.plant_id, code=coded["reason"], active=True).first()
        if reason is None:
            raise unknown("reason", _("There is no such reason."), coded["reason"])
        by = Caller(request).actor(coded, References.of([coded]))
        coding = in_transaction(
            lambda: code_stop(
                machine=machine,
                slot=coded.get("slot") or 1,
                started_at=coded["started_at"],
                reason=reason,
                by=by,
                key=command_key(coded["key"], request),
                comment=coded.get("comment") or "",
                ended_at=coded.get("ended_at"),
            ),
            unique=True,
        )
        return Response(
            StopCodingOut(
                {
                    "machine": machine.code,
                    "slot": coding.slot,
                    "reason": reason.code,
                    "started_at": coding.span.lower,
                    "ended_at": coding.span.upper,
                }
            ).data
        )
