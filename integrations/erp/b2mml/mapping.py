"""ProductionSchedule and OperationsSchedule -> ``OrderDocument``; the inbox's door to this folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from integrations.domain.formats import Identity, Reading
from integrations.erp.b2mml import master, tables
from integrations.erp.b2mml.codec import REQUESTS, Message, first_identity, read_message, word
from integrations.erp.b2mml.confirm import answers_of
from integrations.erp.b2mml.noun import Parameter, Reader, level_of, parameters_of, property_of
from integrations.erp.b2mml.segments import flat_segments, materials_of
from integrations.erp.safe_xml import Element
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import ComponentLine, OperationLine, OrderDocument
from orders.domain.master_documents import MasterDocument


class B2mmlFormat:
    name = "b2mml"

    def identify(self, body: bytes) -> Identity:
        return first_identity(body)

    def read(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Reading:
        return read_document(body, zone=zone, profile=tables.profile(settings))


def read_document(body: bytes, *, zone: tzinfo, profile: tables.Profile | None = None) -> Reading:
    """Every noun that can be taken whole; problems for the others."""
    profile = profile or tables.Profile()
    try:
        message, problems = read_message(body)
    except InvalidInput as error:
        return Reading(problems=tuple(error.problems))
    orders: list[OrderDocument] = []
    records: list[MasterDocument] = []
    for row, noun in enumerate(message.nouns, start=1):
        reader = Reader(row, zone, profile, [])
        if noun.name in REQUESTS:
            order = _Request(noun, message, reader).document()
            if not reader.problems:
                orders.append(order)
        else:
            found = list(master.documents_of(noun, message, reader))
            if not reader.problems:
                records += found
        problems += reader.problems
    answers = tuple(answers_of(message, problems))
    if not message.nouns and not answers and not problems:
        reason = _("Nothing in a %s is read here.") % message.root[:60]
        problems.append(Problem("not_understood", reason, value=message.root[:60]))
    return Reading(tuple(orders), tuple(problems), message.identity, tuple(records), answers)


class _Request:
    """One OperationsRequest or ProductionRequest."""

    def __init__(self, noun: Element, message: Message, reader: Reader) -> None:
        self.noun = noun
        self.message = message
        self.reader = reader
        self.segments = list(flat_segments(noun, "SegmentRequirement"))
        self.parameters = parameters_of(noun)

    def document(self) -> OrderDocument:
        noun, reader = self.noun, self.reader
        state = word(noun.first("RequestState"))
        produced, quantity, unit = self.product()
        return OrderDocument(
            number=reader.required(noun, "ID"),
            row=reader.row,
            version=self.message.created,
            plant=self.plant(),
            item=produced,
            quantity=quantity,
            unit=unit,
            start=reader.moment(noun, "StartTime") or self.earliest(),
            due=reader.moment(noun, "EndTime") or self.latest(),
            priority=self.priority(),
            status=tables.STATES.get(state),
            operations=tuple(self.operations(quantity)) or None,
            components=tuple(self.components()) or None,
            customer=reader.named_text(self.parameters, "customer"),
            customer_name=reader.named_text(self.parameters, "customer_name"),
            customer_order=reader.named_text(self.parameters, "customer_order"),
            customer_line=reader.named_text(self.parameters, "customer_line"),
            cancel=self.message.deletes or state in tables.GONE,
            raw={"release": self.message.release, "state": state, **_as_raw(self.parameters)},
        )

    def plant(self) -> str | None:
        """The site, where the request or its schedule names one."""
        for scope in (self.noun.first("HierarchyScope"), self.message.scope):
            if scope is not None and level_of(scope) == tables.PLANT_LEVEL:
                return self.reader.text(scope, "EquipmentID", longest=40)
        return None

    def product(self) -> tuple[str | None, Decimal | None, str | None]:
        """What the last segment that says so produces."""
        produced = [
            material
            for segment in self.segments
            for material, use in materials_of(segment, "Requirement")
            if use in tables.PRODUCED
        ]
        if not produced:
            return None, None, None
        quantity, unit = self.reader.quantity(produced[-1])
        return self.reader.required(produced[-1], "MaterialDefinitionID"), quantity, unit

    def priority(self) -> int | None:
        text = self.reader.text(self.noun, "Priority", longest=9) or ""
        return int(text) if text.isascii() and text.isdigit() else None

    def earliest(self) -> datetime | None:
        starts = [self.reader.moment(segment.element, "EarliestStartTime") for segment in self.segments]
        return min((start for start in starts if start), default=None)

    def latest(self) -> datetime | None:
        ends = [self.reader.moment(segment.element, "LatestEndTime") for segment in self.segments]
        return max((end for end in ends if end), default=None)

    def operations(self, quantity: Decimal | None) -> Iterator[OperationLine]:
        reader = self.reader
        for segment in self.segments:
            element, parameters = segment.element, segment.parameters
            setup = reader.named_seconds(parameters, "setup_seconds")
            run = reader.named_seconds(parameters, "run_seconds")
            whole = reader.duration(element, "Duration")
            if run is None and whole is not None:
                run = max(whole - (setup or 0), Decimal(0))
            yield OperationLine(
                number=segment.number,
                text=reader.described(element) or reader.text(element, "ProcessSegmentID") or "",
                work_centre=segment.work_centre(reader) or "",
                setup_seconds=setup,
                run_seconds=run,
                base_quantity=quantity or Decimal(1),
                confirmation_number=reader.named_text(parameters, "confirmation_number") or "",
                program=reader.named_text(parameters, "program"),
                earliest_start=reader.moment(element, "EarliestStartTime"),
                latest_end=reader.moment(element, "LatestEndTime"),
                cancelled=word(element.first("SegmentState")) in tables.GONE,
                raw=_as_raw(parameters),
            )

    def components(self) -> Iterator[ComponentLine]:
        found = [
            (material, segment.number)
            for segment in self.segments
            for material, use in materials_of(segment, "Requirement")
            if use in tables.CONSUMED
        ]
        positions = _positions([material for material, _number in found])
        for (material, operation), position in zip(found, positions, strict=True):
            quantity, unit = self.reader.quantity(material)
            yield ComponentLine(
                position=position,
                item=self.reader.required(material, "MaterialDefinitionID"),
                quantity=quantity or Decimal(0),
                unit=unit or "",
                operation=operation,
            )


def _positions(materials: Sequence[Element]) -> list[str]:
    """Their own IDs or position properties where all differ, else tens."""
    own = [
        (material.first("ID") or Element("", 0)).text or property_of(material, "Property", tables.POSITION)
        for material in materials
    ]
    if all(0 < len(name) <= 10 for name in own) and len(set(own)) == len(own):
        return own
    return [f"{10 * place:04d}" for place in range(1, len(materials) + 1)]


def _as_raw(parameters: Mapping[str, Parameter]) -> dict[str, object]:
    said = {path: f"{one.text} {one.unit}".strip() for path, one in parameters.items() if one.text}
    return {"parameters": said} if said else {}
