"""``POST /api/v1/operation-commands``: what a terminal does, one by one or as a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Q
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView, json_body, rows_of
from integrations.erp.api.fields import Moment, Quantity, StrictSerializer, Text, Truth, Whole
from integrations.erp.api.orders import said, short
from integrations.erp.api.production_orders import REFUSALS, command_key
from integrations.erp.api.rows import RowOut, answers
from machines.models import Machine
from mes.accounts.authentication import Has, channel_of, person_of
from mes.accounts.models import User
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, NotAllowed, Problem
from mes.lib.prepared import Asked, Query
from mes.lib.sentences import gettext as _
from orders.domain import execution, outside, reports
from orders.domain.reports import Quantities
from orders.models import Operation, ProductionEvent, ScrapReason

COMMANDS = (
    "start_setup",
    "start_production",
    "interrupt",
    "resume",
    "send_out",
    "finish",
    "report",
    "record_run",
    "reverse",
    "join",
    "leave",
)
OLDEST_YEAR = 1970


class CommandIn(StrictSerializer):
    """One command. `key` is made by the terminal once per action, so that a repeat never counts twice.

    `reverse` takes back the report whose key is `reverses`; with quantities it books those instead.
    `record_run` books finished work of `started_at` to `ended_at`. `send_out` says that pieces left for their
    supplier; what comes back is a `report`. Others happen `at` (now if left out).
    """

    key = Text(max_length=100)
    command = serializers.ChoiceField(choices=COMMANDS)
    plant = short(20)
    order = short(40)
    operation = short(10)
    sequence = short(10)
    machine = short(40)
    slot = Whole(**said(min_value=1, max_value=1000))
    personnel_number = short(20)
    good = Quantity(**said(min_value=0))
    scrap = Quantity(**said(min_value=0))
    rework = Quantity(**said(min_value=0))
    scrap_reason = short(40)
    reverses = short(100)
    setup = Truth(**said(help_text="For `record_run`: the time was setup, not production."))
    at = Moment(**said())
    started_at = Moment(**said())
    ended_at = Moment(**said())
    comment = short(500)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        errors: dict[str, Any] = {}
        for name in needed_by(attrs["command"]):
            if attrs.get(name) in (None, ""):
                errors[name] = [serializers.ErrorDetail(_("This command needs it."), "required")]
        for name in ("at", "started_at", "ended_at"):
            moment = attrs.get(name)
            if moment is not None and moment.year < OLDEST_YEAR:
                errors[name] = [serializers.ErrorDetail(_("This time is too long ago."), "absurd_date")]
        if errors:
            raise ValidationError(errors)
        return attrs


def needed_by(command: str) -> tuple[str, ...]:
    if command == "reverse":
        return ("reverses", "comment")
    needed = {
        "start_setup": ("machine",),
        "start_production": ("machine",),
        "resume": ("machine",),
        "record_run": ("machine", "started_at", "ended_at"),
        "join": ("personnel_number",),
        "leave": ("personnel_number",),
    }
    return ("order", "operation", *needed.get(command, ()))


class CommandOut(RowOut):
    status = serializers.ChoiceField(choices=("accepted", "replayed", "refused"))
    event = serializers.IntegerField(allow_null=True)


class CommandsOut(serializers.Serializer[Any]):
    results = CommandOut(many=True)


class OperationCommands(ApiView):
    message_type = MessageType.OPERATION_COMMANDS
    permission_classes = [Has(Right.OPERATE)]

    @extend_schema(
        request=PolymorphicProxySerializer(
            component_name="OperationCommands",
            serializers=[CommandIn, CommandIn(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={200: CommandsOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Do up to 1,000 commands in their order, each wholly or not at all, each answered on its own."""
        _body, data = json_body(request)
        rows = rows_of(data)
        caller = Caller(request)
        known = References.of(row for row in rows if isinstance(row, dict))
        done = answers(rows, _command_schema(), lambda command: execute(command, known, caller), told)
        return Response({"results": done})


@cache
def _command_schema() -> CommandIn:
    return CommandIn()


class Caller:
    """Who sends the commands: a person acts as themselves, a terminal for the person it names."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.person = person_of(request)
        self.via = channel_of(request)

    def actor(self, command: Mapping[str, Any], known: References) -> User | None:
        number = command.get("personnel_number") or ""
        if self.person is None:
            return known.person(number) if number else None
        if number not in ("", self.person.personnel_number):
            raise NotAllowed("not_yourself", _("You act only for yourself."), field="personnel_number")
        return self.person


_OPERATIONS = Query(
    lambda: (
        Operation.objects.select_related("order__plant")
        .only("number", "sequence", "plant", "order__number", "order__plant__code")
        .filter(order__number__any=Asked("orders"), number__any=Asked("numbers"))
        .order_by()
    )
)


@dataclass(slots=True)
class References:
    """Everything that the rows of one request name, loaded with one query each."""

    operations: dict[tuple[str, str, str], list[Operation]] = field(default_factory=dict)
    machines: dict[str, Machine] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    reasons: dict[tuple[int, str], ScrapReason] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> References:
        listed = list(rows)

        def named(name: str) -> set[str]:
            return {row[name] for row in listed if isinstance(row.get(name), str) and storable(row[name])}

        found = cls()
        if numbers := named("order"):
            for operation in _OPERATIONS.all(orders=list(numbers), numbers=list(named("operation"))):
                place = (operation.order.number, operation.number, operation.sequence)
                found.operations.setdefault(place, []).append(operation)
        if codes := named("machine"):
            found.machines = {one.code: one for one in Machine.objects.filter(code__in=codes)}
        if people := named("personnel_number") - {""}:
            of_number = User.objects.filter(personnel_number__in=people, is_active=True)
            found.people = {one.personnel_number: one for one in of_number}
        if reasons := named("scrap_reason") - {""}:
            wanted = ScrapReason.objects.filter(Q(code__in=reasons), active=True)
            found.reasons = {(one.plant_id, one.code): one for one in wanted}
        return found

    def operation(self, command: Mapping[str, Any]) -> Operation:
        place = (command["order"], command["operation"], command.get("sequence") or "")
        found = self.operations.get(place, [])
        if plant := command.get("plant"):
            found = [one for one in found if one.order.plant.code == plant]
        if not found:
            raise unknown("operation", _("There is no such operation."), command["operation"])
        if len(found) > 1:
            raise unknown("plant", _("Several plants have this order: say which one."), command["order"])
        return found[0]

    def machine(self, command: Mapping[str, Any]) -> Machine:
        if command["machine"] not in self.machines:
            raise unknown("machine", _("There is no machine with this code."), command["machine"])
        return self.machines[command["machine"]]

    def person(self, number: str) -> User:
        if number not in self.people:
            raise unknown("personnel_number", _("There is no such person."), number)
        return self.people[number]

    def reason(self, command: Mapping[str, Any], plant_id: int) -> ScrapReason | None:
        code = command.get("scrap_reason") or ""
        if code and (plant_id, code) not in self.reasons:
            raise unknown("scrap_reason", _("There is no such reason."), code)
        return self.reasons.get((plant_id, code))


def unknown(name: str, message: str, value: str) -> InvalidInput:
    return InvalidInput([Problem(f"unknown_{name}", message, name, value=value)])


def storable(text: str) -> bool:
    return text.isprintable()


def told(event: ProductionEvent | None) -> dict[str, Any]:
    if event is None:
        return {"event": None}
    return {"event": event.pk, "status": "replayed" if event.replayed else "accepted"}


def execute(command: Mapping[str, Any], known: References, caller: Caller) -> ProductionEvent:
    """Hand a checked command to the domain. Raises MesError when it is refused."""
    by = caller.actor(command, known)
    key = command_key(command["key"], caller.request)
    common: dict[str, Any] = {"by": by, "key": key, "via": caller.via}
    name = command["command"]
    if name == "reverse":
        return reverse(command, known, caller, common)
    operation = known.operation(command)
    at: datetime | None = command.get("at")
    comment = command.get("comment") or ""
    if name in ("start_setup", "start_production", "resume"):
        start = execution.start_setup if name == "start_setup" else execution.start_production
        slot = command.get("slot")
        return start(operation=operation, machine=known.machine(command), slot=slot, at=at, **common)
    if name in ("join", "leave"):
        change: Callable[..., ProductionEvent] = execution.join_run if name == "join" else execution.leave_run
        return change(operation=operation, person=by, key=key, at=at)
    if name == "interrupt":
        return execution.interrupt(operation=operation, at=at, comment=comment, **common)
    if name == "send_out":
        return outside.send_out(operation=operation, at=at, comment=comment, **common)
    if name == "finish":
        return execution.finish(operation=operation, at=at, **common)
    amounts = {
        "operation": operation,
        "quantities": quantities(command),
        "scrap_reason": known.reason(command, operation.plant_id),
        "comment": comment,
        **common,
    }
    if name == "report":
        return reports.report(at=at, **amounts)
    return reports.record_run(
        machine=known.machine(command),
        started_at=command["started_at"],
        ended_at=command["ended_at"],
        setup=bool(command.get("setup")),
        **amounts,
    )


def reverse(
    command: Mapping[str, Any], known: References, caller: Caller, common: Mapping[str, Any]
) -> ProductionEvent:
    wanted = command_key(command["reverses"], caller.request)
    event = ProductionEvent.objects.filter(key=wanted).first()
    if event is None:
        raise unknown("reverses", _("There is no report with this key."), command["reverses"])
    replacement = quantities(command)
    return reports.reverse(
        event=event,
        comment=command["comment"],
        replacement=replacement if replacement.total else None,
        scrap_reason=known.reason(command, event.plant_id),
        **common,
    )


def quantities(command: Mapping[str, Any]) -> Quantities:
    return Quantities(
        **{name: command[name] for name in ("good", "scrap", "rework") if command.get(name) is not None}
    )
