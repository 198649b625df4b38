"""Master data as JSON <-> canonical documents. The names are those of ``orders.domain.master_documents``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from integrations.domain.formats import Identity, Reading
from integrations.erp.api.base import parse_json, rows_of
from integrations.erp.api.errors import NotJson
from integrations.erp.api.fields import (
    Number,
    Price,
    Quantity,
    Seconds,
    StrictSerializer,
    Text,
    TextMap,
    Truth,
    problems_of,
)
from integrations.erp.api.orders import said, short
from mes.lib.errors import MesError, Problem
from mes.lib.sentences import gettext as _
from orders.domain.master_documents import (
    BomDocument,
    BomPosition,
    CustomerDocument,
    ItemDocument,
    MasterDocument,
    RoutingDocument,
    RoutingStep,
    UnitFactor,
    WorkCentreDocument,
)
from orders.enums import Strategy

MOST_ROWS = 10_000


class RecordIn(StrictSerializer):
    version = short(60, help_text="Compared as text; an older version than the applied one is obsolete.")
    gone = Truth(**said(help_text="The ERP no longer has it: it is switched off here, never deleted."))


class FactorIn(StrictSerializer):
    """One `unit` is `numerator / denominator` of the item's own unit."""

    unit = Text(max_length=10)
    numerator = Number(max_digits=15, decimal_places=6)
    denominator = Number(max_digits=15, decimal_places=6, **said())


class ItemRecordIn(RecordIn):
    """A new item, or what changed of one. What is left out, or null, stays as it is."""

    code = Text(max_length=60)
    name = short(200)
    names = TextMap(**said(help_text="By language code; the plant's language is the name if there is none."))
    unit = Text(**said(max_length=10, help_text="UN/ECE code (C62, KGM) or symbol."))
    revision = short(20)
    strategy = serializers.ChoiceField(choices=Strategy.choices, **said())
    setup_family = short(40)
    stocked = Truth(**said())
    lot_tracked = Truth(**said())
    standard_price = Price(**said(help_text="Euros for one unit, as material."))
    factors = serializers.ListField(child=FactorIn(), max_length=50, **said())


class PositionIn(StrictSerializer):
    position = Text(max_length=10)
    item = Text(max_length=60)
    quantity = Number(max_digits=18, decimal_places=6, help_text="Per base quantity, in `unit`.")
    unit = short(10, help_text="Left out: the component's own unit.")
    scrap_percent = Number(max_digits=5, decimal_places=2, **said())
    operation = short(10)
    backflush = Truth(**said(help_text="Consumed by the report of its operation; true if left out."))


class BomIn(RecordIn):
    """The whole bill of material of an item and revision: positions that are not named are gone."""

    item = Text(max_length=60)
    revision = short(20)
    base_quantity = Quantity(**said())
    positions = serializers.ListField(child=PositionIn(), max_length=2000, **said())


class StepIn(StrictSerializer):
    """Times are seconds: setup once per order, run per `base_quantity` pieces."""

    number = Text(max_length=10)
    text = short(200)
    work_centre = Text(max_length=40, help_text="The ERP's code, ours, or the ERP's internal key.")
    setup_seconds = Seconds(**said())
    run_seconds = Seconds(**said())
    base_quantity = Quantity(**said())
    program = short(200)
    program_revision = short(40)
    parameters = TextMap(**said())
    tool = short(40)
    inspection = Truth(**said())
    outside = Truth(**said())


class RoutingIn(RecordIn):
    """The whole routing of an item and revision in a plant: steps that are not named are gone."""

    item = Text(max_length=60)
    plant = short(20)
    revision = short(20)
    steps = serializers.ListField(child=StepIn(), max_length=500, **said())


class WorkCentreIn(RecordIn):
    """A work centre: here a machine group."""

    code = Text(max_length=40)
    plant = short(20)
    name = short(120)
    internal_id = short(40, help_text="The ERP's own key, which routings may name.")
    standard_key = short(20, help_text="What the planned activities mean.")


class CustomerIn(RecordIn):
    code = Text(max_length=40)
    name = short(200)


Line = Callable[..., object]


@dataclass
class MasterReader:
    """Reads one kind of record; the inbox's door for messages of this kind. ``name`` is the message's type.

    ``lines``: the field that holds lines, and what each of them becomes.
    """

    name: str
    serializer: type[RecordIn]
    document: Callable[..., MasterDocument]
    lines: tuple[str, Line] | None = None

    def identify(self, body: bytes) -> Identity:
        return Identity(message_type=self.name)

    def read(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Reading:
        try:
            return self.read_rows(parse_rows(body))
        except MesError as error:
            return Reading(problems=tuple(error.problems), identity=self.identify(body))

    def read_rows(self, rows: Sequence[Any]) -> Reading:
        """The rows that are whole as documents, and every problem of the others by row and field."""
        documents: list[MasterDocument] = []
        problems: list[Problem] = []
        for number, row in enumerate(rows, start=1):
            try:
                documents.append(self.to_document(self.schema.run_validation(row), number))
            except ValidationError as error:
                problems += problems_of(error, row, row=number)
        return Reading(problems=tuple(problems), master=tuple(documents), identity=self.identify(b""))

    def to_document(self, row: Mapping[str, Any], number: int) -> MasterDocument:
        values = _told(row)
        if self.lines is not None:
            name, line = self.lines
            if name in values:
                values[name] = tuple(line(**_told(part)) for part in values[name])
        return self.document(row=number, **values)

    @cached_property
    def schema(self) -> RecordIn:
        """One for all rows of all requests: it keeps nothing of what it reads, and is dear to make."""
        return self.serializer()


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def parse_rows(body: bytes) -> list[Any]:
    """A JSON list, one JSON object, or one object per line (NDJSON). Raises NotJson or InvalidInput."""
    try:
        data = parse_json(body)
    except NotJson:
        lines = [line for line in body.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        data = [_parse_line(line, number) for number, line in enumerate(lines, start=1)]
    return rows_of(data, most=MOST_ROWS)


def _parse_line(line: bytes, number: int) -> Any:
    try:
        return parse_json(line)
    except NotJson as error:
        message = _("Line %(number)d: %(reason)s") % {"number": number, "reason": error}
        raise NotJson("not_json", message) from None


ITEMS = MasterReader("items", ItemRecordIn, ItemDocument, ("factors", UnitFactor))
BOMS = MasterReader("boms", BomIn, BomDocument, ("positions", BomPosition))
ROUTINGS = MasterReader("routings", RoutingIn, RoutingDocument, ("steps", RoutingStep))
WORK_CENTRES = MasterReader("work-centres", WorkCentreIn, WorkCentreDocument)
CUSTOMERS = MasterReader("customers", CustomerIn, CustomerDocument)
MASTER_READERS = (ITEMS, BOMS, ROUTINGS, WORK_CENTRES, CUSTOMERS)
