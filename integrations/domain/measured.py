"""Recording the measured values of a message: each judged on its own, each once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from integrations.domain.formats import MeasuredValue
from integrations.enums import PartKind
from integrations.models import Connection
from machines.models import Machine
from mes.lib.errors import InvalidInput, MesError, Problem
from mes.lib.sentences import gettext as _
from orders.models import Operation
from quality.domain.results import Found, record_result
from quality.models import Characteristic, Gauge, InspectionResult
from quality.queries.due import characteristics_of

VALUES = uuid.UUID("0b6a5c0e-8d2e-4f4e-9a53-7d2f7b1c9e10")


def record_measured(
    measured: Sequence[MeasuredValue], *, connection: Connection, received_at: datetime
) -> tuple[list[dict[str, object]], list[Problem]]:
    """A result of the message for each value, and what is wrong with those that aren't recorded.

    What was measured has happened: an expired gauge, or a value beyond its range, is flagged, not refused.
    """
    known = _Known(connection)
    results: list[dict[str, object]] = []
    problems: list[Problem] = []
    for value in measured:
        told: list[Problem] = []
        try:
            outcome = _record(value, known, received_at)
        except MesError as error:
            outcome = "refused"
            told = [replace(problem, row=value.row) for problem in error.problems]
        problems += told
        results.append(
            {
                "row": value.row,
                "kind": PartKind.MEASURED.value,
                "number": f"{value.order} / {value.operation} {value.characteristic}"[:120],
                "outcome": outcome,
                "changes": {},
                "kept": [],
                "waits_for": [],
                "problems": [problem.as_json() for problem in told],
            }
        )
    return results, problems


class _Known:
    """What the values of one message name, each looked up once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._operations: dict[tuple[str, str, str], Operation | None] = {}
        self._characteristics: dict[int, dict[str, Characteristic]] = {}
        plant = connection.plant
        self._gauges = {one.code: one for one in Gauge.objects.filter(plant=plant).select_related("plant")}
        self._machines = {one.code: one for one in Machine.objects.filter(plant=plant)}

    def operation(self, value: MeasuredValue) -> Operation:
        place = (value.order, value.operation, value.sequence)
        if place not in self._operations:
            rows = Operation.objects.select_related("order").filter(
                plant=self.connection.plant,
                order__number=value.order,
                number=value.operation,
                sequence=value.sequence,
            )
            self._operations[place] = rows.first()
        found = self._operations[place]
        if found is None:
            raise _unknown(
                "operation", _("There is no such operation."), f"{value.order} / {value.operation}"
            )
        return found

    def characteristic(self, operation: Operation, code: str) -> Characteristic:
        if operation.pk not in self._characteristics:
            self._characteristics[operation.pk] = {one.code: one for one in characteristics_of(operation)}
        found = self._characteristics[operation.pk].get(code)
        if found is None:
            message = _("The inspection plan of this operation has no such characteristic.")
            raise _unknown("characteristic", message, code)
        return found

    def gauge(self, code: str) -> Gauge | None:
        if code and code not in self._gauges:
            raise _unknown("gauge", _("There is no gauge with this code."), code)
        return self._gauges.get(code)

    def machine(self, code: str) -> Machine | None:
        if code and code not in self._machines:
            raise _unknown("machine", _("There is no machine with this code."), code)
        return self._machines.get(code)


def _record(value: MeasuredValue, known: _Known, received_at: datetime) -> str:
    operation = known.operation(value)
    characteristic = known.characteristic(operation, value.characteristic)
    key = key_of(value, known.connection)
    if InspectionResult.objects.filter(key=key).exists():
        return "unchanged"
    record_result(
        characteristic=characteristic,
        operation=operation,
        found=Found(value=value.value, unit=value.unit, piece=value.piece, gauge=known.gauge(value.gauge)),
        machine=known.machine(value.machine),
        at=value.at or received_at,
        by=None,
        key=key,
        via=known.connection.via,
    )
    return "created"


def key_of(value: MeasuredValue, connection: Connection) -> uuid.UUID:
    """The same value of a connection always has the same key; without a time its line tells it apart."""
    when = value.at.isoformat() if value.at else f"line {value.row}"
    place = (value.order, value.operation, value.sequence, value.characteristic, value.piece)
    return uuid.uuid5(VALUES, "\n".join((str(connection.pk), *place, when, value.value)))


def _unknown(name: str, message: str, value: str) -> InvalidInput:
    return InvalidInput([Problem(f"unknown_{name}", message, name, value=value[:80])])
