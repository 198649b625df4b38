"""Material, equipment and operations definitions -> master documents."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from integrations.erp.b2mml import tables
from integrations.erp.b2mml.codec import DEFINITIONS, Message
from integrations.erp.b2mml.noun import Reader, level_of, property_of
from integrations.erp.b2mml.segments import Segment, flat_segments, materials_of
from integrations.erp.fields import BadValueError
from integrations.erp.safe_xml import Element
from mes.lib.sentences import gettext as _
from orders.domain.master_documents import (
    BomDocument,
    BomPosition,
    ItemDocument,
    MasterDocument,
    RoutingDocument,
    RoutingStep,
    WorkCentreDocument,
)

SEGMENT_NAMES = ("OperationsSegment", "ProductSegment")


def documents_of(noun: Element, message: Message, reader: Reader) -> Iterator[MasterDocument]:
    """What one noun says; a noun that says nothing to us is a problem."""
    if noun.name == "MaterialDefinition":
        yield from _items(noun, message, reader)
    elif noun.name == "Equipment":
        yield from _work_centres(noun, message, reader, _site(message.scope))
    elif noun.name in DEFINITIONS:
        yield from _definition(noun, message, reader)
    elif noun.name == "ProcessSegment":
        _refuse(
            noun, reader, _("A process segment alone is no routing: send it inside an operations definition.")
        )
    else:
        _refuse(noun, reader, _("%s is what a MES answers; it is not read here.") % noun.name)


def _refuse(noun: Element, reader: Reader, reason: str) -> None:
    reader.note(noun, BadValueError("not_understood", reason))


def _items(noun: Element, message: Message, reader: Reader) -> Iterator[ItemDocument]:
    unit = property_of(noun, "Property", tables.BASE_UNIT)
    names = {
        language.lower(): entry.text[:200]
        for entry in noun.all("Description")
        if len(language := entry.attributes.get("languageID", "")) == 2
    }
    yield ItemDocument(
        code=reader.required(noun, "ID"),
        row=reader.row,
        version=message.created,
        name=reader.described(noun),
        names=names or None,
        unit=reader.unit(Element("UnitOfMeasure", noun.line, pieces=[unit])),
        gone=message.deletes,
        raw={"release": message.release},
    )
    for part in noun.all("AssemblyDefinition"):
        yield from _items(part, message, reader)


def _work_centres(
    noun: Element, message: Message, reader: Reader, site: str | None
) -> Iterator[WorkCentreDocument]:
    """Equipment of the levels that work is planned on, at any depth."""
    level = level_of(noun)
    site = _site(noun.first("HierarchyScope")) or site
    if level == tables.PLANT_LEVEL:
        site = reader.text(noun, "ID", longest=40)
    if level in tables.WORK_CENTRE_LEVELS:
        yield WorkCentreDocument(
            code=reader.required(noun, "ID"),
            row=reader.row,
            version=message.created,
            plant=site,
            name=reader.described(noun),
            gone=message.deletes,
            raw={"release": message.release, "level": level},
        )
    for name in ("EquipmentChild", "Equipment"):
        for child in noun.all(name):
            yield from _work_centres(child, message, reader, site)


def _site(scope: Element | None) -> str | None:
    if scope is None or level_of(scope) != tables.PLANT_LEVEL:
        return None
    name = scope.first("EquipmentID")
    return name.text[:40] if name is not None else None


def _definition(noun: Element, message: Message, reader: Reader) -> Iterator[MasterDocument]:
    """A definition is the routing of what it produces, and its bill of material."""
    name = next((name for name in SEGMENT_NAMES if noun.first(name)), SEGMENT_NAMES[0])
    segments = list(flat_segments(noun, name))
    uses = [
        (segment, material, use)
        for segment in segments
        for material, use in materials_of(segment, "Specification")
    ]
    produced = [material for _segment, material, use in uses if use in tables.PRODUCED]
    if not produced:
        reason = _("The definition names no material that it produces: whose routing is it?")
        reader.note(noun, BadValueError("required", reason))
        return
    item = reader.required(produced[-1], "MaterialDefinitionID")
    base, _unit = reader.quantity(produced[-1])
    revision = reader.text(noun, "Version", longest=20) or ""
    yield RoutingDocument(
        item=item,
        row=reader.row,
        version=message.created,
        plant=_site(noun.first("HierarchyScope")) or _site(message.scope),
        revision=revision,
        steps=tuple(_step(segment, reader, base or Decimal(1)) for segment in segments),
        gone=message.deletes,
        raw={"release": message.release},
    )
    consumed = [(segment, material) for segment, material, use in uses if use in tables.CONSUMED]
    if consumed:
        yield BomDocument(
            item=item,
            row=reader.row,
            version=message.created,
            revision=revision,
            base_quantity=base or Decimal(1),
            positions=tuple(
                _position(material, segment, f"{10 * place:04d}", reader)
                for place, (segment, material) in enumerate(consumed, start=1)
            ),
            gone=message.deletes,
            raw={"release": message.release},
        )


def _step(segment: Segment, reader: Reader, base: Decimal) -> RoutingStep:
    """``Duration`` is the time for what the definition produces, setup included."""
    setup = reader.named_seconds(segment.parameters, "setup_seconds")
    run = reader.named_seconds(segment.parameters, "run_seconds")
    whole = reader.duration(segment.element, "Duration")
    if run is None and whole is not None:
        run = max(whole - (setup or 0), Decimal(0))
    return RoutingStep(
        number=segment.number,
        text=reader.described(segment.element) or reader.text(segment.element, "ProcessSegmentID") or "",
        work_centre=segment.work_centre(reader) or "",
        setup_seconds=setup,
        run_seconds=run,
        base_quantity=base,
        program=reader.named_text(segment.parameters, "program"),
    )


def _position(material: Element, segment: Segment, position: str, reader: Reader) -> BomPosition:
    quantity, unit = reader.quantity(material)
    return BomPosition(
        position=position,
        item=reader.required(material, "MaterialDefinitionID"),
        quantity=quantity or Decimal(0),
        unit=unit or "",
        operation=segment.number,
    )
