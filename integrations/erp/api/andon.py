"""Calls for help: what a terminal, a button on a machine or a pager asks and says."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView, json_body
from integrations.erp.api.fields import Moment, StrictSerializer, Text, Whole, problems_of
from integrations.erp.api.machines import MACHINE, machine_of
from integrations.erp.api.operation_commands import Caller, References, unknown
from integrations.erp.api.orders import said, short
from integrations.erp.api.production_orders import REFUSALS, command_key
from machines.domain.andon import acknowledge, arrive, call_help, close_call
from machines.models import AndonCall, AndonKind, AndonOutcome
from machines.queries.andon import calls, open_calls
from mes.accounts.authentication import Has
from mes.accounts.models import User
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, MesError
from mes.lib.retry import in_transaction
from mes.lib.sentences import gettext as _

COMMANDS = ("call", "acknowledge", "arrive", "close")


class AndonIn(StrictSerializer):
    """`call` needs `machine` and `kind` and makes a call with this `key`; the others name it as `call`."""

    key = Text(max_length=100)
    command = serializers.ChoiceField(choices=COMMANDS)
    machine = short(40)
    slot = Whole(**said(min_value=1, max_value=1000))
    kind = short(40)
    call = short(100)
    personnel_number = short(20)
    outcome = serializers.ChoiceField(choices=AndonOutcome.choices, **said())
    comment = short(500)
    at = Moment(**said())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        needed = {"call": ("machine", "kind"), "close": ("call", "outcome")}
        missing = [name for name in needed.get(attrs["command"], ("call",)) if not attrs.get(name)]
        if missing:
            raise ValidationError(
                {name: [serializers.ErrorDetail(_("This command needs it."), "required")] for name in missing}
            )
        return attrs


class AndonOut(serializers.ModelSerializer[AndonCall]):
    machine = serializers.CharField(source="machine.code")
    kind = serializers.CharField(source="kind.code")
    state = serializers.CharField()

    class Meta:
        model = AndonCall
        fields = (
            "id",
            "machine",
            "slot",
            "kind",
            "state",
            "automatic",
            "comment",
            "called_at",
            "acknowledged_at",
            "arrived_at",
            "closed_at",
            "outcome",
        )


@cache
def _schema() -> AndonIn:
    return AndonIn()


class AndonCalls(ApiView):
    message_type = MessageType.ANDON
    permission_classes = [Has(Right.VIEW)]

    @extend_schema(parameters=[MACHINE], responses={200: AndonOut(many=True)})
    def get(self, request: Request) -> Response:
        """Open calls, those that nobody comes to first."""
        code = request.query_params.get("machine", "")
        found = open_calls([machine_of(code).pk] if code else None)
        return Response(AndonOut([one.call for one in found], many=True).data)


class AndonCommands(ApiView):
    message_type = MessageType.ANDON
    permission_classes = [Has(Right.OPERATE)]

    @extend_schema(request=AndonIn, responses={200: AndonOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Call help, or say that one comes, is there, or what came of it. A repeat changes nothing."""
        _body, data = json_body(request)
        try:
            command = _schema().run_validation(data)
        except ValidationError as error:
            raise InvalidInput(list(problems_of(error, data))) from None
        by = Caller(request).actor(command, References.of([command]))
        call = in_transaction(lambda: execute(command, by, request), unique=True)
        return Response(AndonOut(calls().get(pk=call.pk)).data)


def execute(command: dict[str, Any], by: User | None, request: Request) -> AndonCall:
    at, comment = command.get("at"), command.get("comment") or ""
    if command["command"] == "call":
        machine = machine_of(command["machine"])
        kind = AndonKind.objects.filter(plant=machine.plant_id, code=command["kind"]).first()
        if kind is None:
            raise unknown("kind", _("There is no such kind of call."), command["kind"])
        return call_help(
            machine=machine,
            kind=kind,
            slot=command.get("slot") or 1,
            comment=comment,
            at=at,
            by=by,
            key=command_key(command["key"], request),
        )
    call = AndonCall.objects.filter(key=command_key(command["call"], request)).first()
    if call is None:
        raise unknown("call", _("There is no call with this key."), command["call"])
    if by is None:
        raise MesError("person_missing", _("Say who it is."), field="personnel_number")
    if command["command"] == "acknowledge":
        return acknowledge(call=call, by=by, at=at)
    if command["command"] == "arrive":
        return arrive(call=call, by=by, at=at)
    return close_call(call=call, outcome=command["outcome"], closing=comment, by=by, at=at)
