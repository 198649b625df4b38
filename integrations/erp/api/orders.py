"""Production orders as JSON <-> ``OrderDocument``. The names are those of ``orders.domain.documents``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from functools import cache
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from integrations.domain.formats import Identity, Reading
from integrations.erp.api.base import parse_json, rows_of
from integrations.erp.api.fields import (
    Moment,
    Number,
    Quantity,
    Seconds,
    StrictSerializer,
    Text,
    TextMap,
    Truth,
    Whole,
    problems_of,
)
from integrations.erp.links import is_link
from mes.lib.errors import MesError, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import ComponentLine, OperationLine, OrderDocument, RequirementLine
from orders.enums import ErpStatus, RequirementKind, Strategy

MESSAGE_TYPE = "production-orders"


def said(**kwargs: Any) -> dict[str, Any]:
    """A field that may be left out; null says the same."""
    return {"required": False, "allow_null": True, **kwargs}


def short(length: int, **kwargs: Any) -> Text:
    return Text(**said(max_length=length, allow_blank=True, **kwargs))


class RequirementIn(StrictSerializer):
    code = Text(max_length=40)
    kind = serializers.ChoiceField(choices=RequirementKind.choices)
    text = Text(max_length=500)
    value = short(500)
    choices = serializers.ListField(child=Text(max_length=120), max_length=100, **said())
    lower = Number(max_digits=18, decimal_places=6, **said())
    upper = Number(max_digits=18, decimal_places=6, **said())
    unit = short(20)
    url = short(500)
    operation = short(10, help_text="Number of the one operation it concerns; empty: every operation.")

    def validate_url(self, url: str | None) -> str | None:
        if url and not is_link(url):
            raise ValidationError(_("This is not a link to a document."), "bad_link")
        return url


class ComponentIn(StrictSerializer):
    position = Text(max_length=10)
    item = Text(max_length=60)
    quantity = Quantity(help_text="For the whole order, in `unit`.")
    unit = Text(max_length=10, help_text="UN/ECE code (C62, KGM) or symbol.")
    operation = short(10)
    backflush = Truth(**said(help_text="Consumed by the report of its operation."))


class OperationIn(StrictSerializer):
    """Times are seconds: setup once per order, run per `base_quantity` pieces."""

    number = Text(max_length=10)
    text = short(200)
    work_centre = Text(max_length=40)
    sequence = short(10)
    setup_seconds = Seconds(**said())
    run_seconds = Seconds(**said())
    base_quantity = Quantity(**said())
    send_ahead = Quantity(**said(help_text="After so many good pieces the next operation may begin."))
    longest_wait_seconds = Seconds(
        **said(help_text="It should begin at most so long after the operation before it.")
    )
    confirmation_number = short(20)
    control_key = short(10)
    program = short(200)
    program_revision = short(40)
    parameters = TextMap(**said())
    tool = short(40)
    inspection = Truth(**said())
    outside = Truth(**said())
    earliest_start = Moment(**said())
    latest_end = Moment(**said())
    cancelled = Truth(**said())


class ProductionOrderIn(StrictSerializer):
    """A new order, or the next version of one. What is left out, or null, stays as it is."""

    number = short(40, help_text="Left out: the next number of this installation.")
    version = short(60, help_text="Compared as text; an older version than the applied one is obsolete.")
    plant = short(20)
    item = Text(**said(max_length=60))
    revision = short(20)
    quantity = Quantity(**said())
    unit = Text(**said(max_length=10))
    order_type = short(20)
    strategy = serializers.ChoiceField(choices=Strategy.choices, **said())
    start = Moment(**said())
    due = Moment(**said(help_text="When the customer wants it."))
    promised = Moment(**said(help_text="What was said to the customer; every change is kept as a version."))
    priority = Whole(**said(min_value=0, max_value=999))
    status = serializers.ChoiceField(choices=ErpStatus.choices, **said())
    under_tolerance_percent = Number(max_digits=5, decimal_places=1, min_value=0, **said())
    over_tolerance_percent = Number(max_digits=5, decimal_places=1, min_value=0, **said())
    customer = short(40)
    customer_name = short(200)
    customer_order = short(40)
    customer_line = short(10)
    operations = serializers.ListField(child=OperationIn(), max_length=500, **said())
    components = serializers.ListField(child=ComponentIn(), max_length=2000, **said())
    requirements = serializers.ListField(child=RequirementIn(), max_length=500, **said())
    cancel = Truth(**said())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What names an operation names one of this message, when it lists the operations."""
        if attrs.get("operations") is None:
            return attrs
        numbers = {operation["number"] for operation in attrs["operations"]}
        errors: dict[str, Any] = {}
        for name in ("components", "requirements"):
            for index, part in enumerate(attrs.get(name) or ()):
                if part.get("operation") and part["operation"] not in numbers:
                    unknown = ValidationError(_("There is no such operation."), "unknown_operation")
                    errors.setdefault(name, {})[index] = {"operation": unknown.detail}
        if errors:
            raise ValidationError(errors)
        return attrs


@cache
def _order_schema() -> ProductionOrderIn:
    """One for all rows of all requests: it keeps nothing of what it reads, and is dear to make."""
    return ProductionOrderIn()


def read_documents(rows: Sequence[Any]) -> Reading:
    """The rows that are whole as documents, and every problem of the others by row and field."""
    schema = _order_schema()
    documents: list[OrderDocument] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, start=1):
        try:
            documents.append(to_document(schema.run_validation(row), number))
        except ValidationError as error:
            problems += problems_of(error, row, row=number)
    return Reading(tuple(documents), tuple(problems), Identity(message_type=MESSAGE_TYPE))


def to_document(row: Mapping[str, Any], number: int) -> OrderDocument:
    header = _said(row)
    header.setdefault("number", "")
    for name, line in (("operations", OperationLine), ("components", ComponentLine)):
        if name in header:
            header[name] = tuple(line(**_said(part)) for part in header[name])
    if "requirements" in header:
        header["requirements"] = tuple(to_requirement(part) for part in header["requirements"])
    return OrderDocument(row=number, **header)


def to_requirement(part: Mapping[str, Any]) -> RequirementLine:
    values = _said(part)
    return RequirementLine(**{**values, "choices": tuple(values.get("choices", ()))})


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


class ApiOrders:
    """The inbox's door to this folder, for replays of what came in over the API."""

    name = "api"

    def identify(self, body: bytes) -> Identity:
        return Identity(message_type=MESSAGE_TYPE)

    def read(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Reading:
        try:
            rows = rows_of(parse_json(body))
        except MesError as error:
            return Reading(problems=tuple(error.problems))
        for row in rows:
            if len(rows) == 1 and isinstance(row, dict):
                row.pop("key", None)
        return read_documents(rows)
