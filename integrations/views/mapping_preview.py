"""What a mapping makes of a file, as people read it. Nothing is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from django.utils import timezone

from integrations.domain.outbox.canonical import addressed, from_json
from integrations.domain.translating import Tables, inward
from integrations.erp.mapped import tables
from integrations.erp.mapped.confirmations import write
from integrations.erp.mapped.definition import Layout, layout
from integrations.erp.mapped.mapping import Explained, read
from integrations.models import Connection, MessageMapping, OutboundMessage
from mes.lib.errors import InvalidInput, Problem
from orders.domain.documents import Confirmation, OrderDocument, StopLine

MOST_SHOWN = 20
MOST_PROBLEMS = 50
MOST_TEXT = 20_000
HIDDEN = ("row", "raw", "cancel", "gone", "cancelled")


@dataclass(frozen=True, slots=True)
class ShownPart:
    label: str
    heads: Sequence[str]
    lines: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class ShownDocument:
    label: str
    key: str
    row: int
    facts: Sequence[tuple[str, str]]
    parts: Sequence[ShownPart]
    is_gone: bool


@dataclass(frozen=True, slots=True)
class SeenValue:
    """What stands in a row of the editor: the raw value and its result, or what is wrong with the row."""

    raw: str = ""
    value: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """``faults``: of the mapping itself. ``seen``: by the number of the field."""

    faults: Sequence[Problem] = ()
    problems: Sequence[Problem] = ()
    documents: Sequence[ShownDocument] = ()
    count: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[int, SeenValue] = field(default_factory=dict)
    text: str = ""

    @property
    def more(self) -> int:
        return max(0, self.count - len(self.documents))


def preview(
    definition: Mapping[str, Any],
    body: bytes,
    *,
    zone: tzinfo,
    units: Mapping[str, str] | None = None,
    words: Tables | None = None,
) -> Preview:
    """Read a file by a definition, and by a connection's translations (``units`` and ``words``) if given.
    Never raises for a bad file or a bad definition."""
    try:
        made = layout(definition)
    except InvalidInput as error:
        wrong = {one.row: SeenValue(wrong=one.message) for one in reversed(error.problems) if one.row}
        return Preview(faults=error.problems, seen=wrong)
    found = read(body, made, zone=zone, units=units)
    with timezone.override(zone):
        return _shown(made, found, words)


def _shown(made: Layout, found: Explained, words: Tables | None) -> Preview:
    """Times as the file's people write them."""
    reading = inward(found.reading, words) if words else found.reading
    documents = [*reading.master, *reading.documents]
    values = {number: SeenValue(one.raw, shown(one.value)) for number, one in found.seen.items()}
    sources = {(rule.source.written): rule.number for rule in made.fields}
    for problem in found.reading.problems:
        number = sources.get(problem.field.rpartition("]/")[2] or problem.field)
        if number in values and not values[number].value:
            values[number] = replace(values[number], wrong=problem.message)
    return Preview(
        problems=found.reading.problems[:MOST_PROBLEMS],
        documents=[_document(one) for one in documents[:MOST_SHOWN]],
        count=len(documents),
        counts=found.counts,
        seen=values,
    )


def preview_out(definition: Mapping[str, Any], confirmations: Sequence[Confirmation]) -> Preview:
    """Write confirmations by a definition, as text."""
    try:
        made = layout(definition)
        rendered = write(confirmations, made, message_id="0" * 32, created=datetime.now(UTC))
    except InvalidInput as error:
        wrong = {one.row: SeenValue(wrong=one.message) for one in reversed(error.problems) if one.row}
        return Preview(faults=error.problems, seen=wrong)
    text = rendered.body.decode(made.file.encoding or "utf-8", "replace")
    return Preview(text=text[:MOST_TEXT], count=len(confirmations))


def confirmations_for(mapping: MessageMapping) -> list[Confirmation]:
    """The newest confirmations of the connections that use the mapping, else an example."""
    using = Connection.objects.filter(confirmation_mapping=mapping)
    told = OutboundMessage.objects.filter(connection__in=using, kind="confirmation").select_related(
        "operation"
    )
    found = [from_json(addressed(message)) for message in told.order_by("-pk")[:3]]
    return found or [EXAMPLE, replace(EXAMPLE, identity="F" * 32, reverses=EXAMPLE.identity, sequence=2)]


EXAMPLE = Confirmation(
    identity="E" * 32,
    sequence=1,
    order="4711",
    operation="0010",
    plant="P1",
    work_centre="SAW-1",
    confirmation_number="",
    unit="C62",
    good=Decimal(120),
    scrap=Decimal(3),
    rework=Decimal(0),
    scrap_reason="SURFACE",
    setup_seconds=Decimal(900),
    run_seconds=Decimal(5430),
    stop_seconds=Decimal(420),
    labour_seconds=Decimal(5850),
    start=datetime(2026, 3, 2, 6, 5, tzinfo=UTC),
    end=datetime(2026, 3, 2, 7, 58, tzinfo=UTC),
    person="1001",
    final=True,
    created=datetime(2026, 3, 2, 8, tzinfo=UTC),
    time_zone="Europe/Berlin",
    stops=(StopLine("TOOL", Decimal(420)),),
)


def shown(value: Any) -> str:
    """A value of a document in few signs."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "✓" if value else "–"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {shown(one)}" for key, one in value.items())
    if isinstance(value, tuple):
        return ", ".join(shown(one) for one in value)
    return str(value)


def _document(document: Any) -> ShownDocument:
    of = next(name for name, target in tables.TARGETS.items() if isinstance(document, target.make))
    target = tables.TARGETS[of]
    told = [
        (entry.name, getattr(document, entry.name))
        for entry in fields(document)
        if entry.name not in HIDDEN and getattr(document, entry.name) not in (None, "", ())
    ]
    parts = [
        part
        for name, value in told
        if isinstance(value, tuple) and value and is_dataclass(value[0])
        for part in [_part(name, value)]
    ]
    facts = [
        (_label(of, name), shown(value))
        for name, value in told
        if not (isinstance(value, tuple) and is_dataclass(value[0])) and name != target.key[0]
    ]
    gone = document.cancel if isinstance(document, OrderDocument) else document.gone
    return ShownDocument(
        str(target.label), str(getattr(document, target.key[0])), document.row, facts, parts, gone
    )


def _part(name: str, lines: Sequence[Any]) -> ShownPart:
    of = next(kind for kind, target in tables.TARGETS.items() if target.into == name)
    columns = [
        entry.name
        for entry in fields(lines[0])
        if entry.name not in HIDDEN and any(getattr(line, entry.name) not in (None, "", ()) for line in lines)
    ]
    return ShownPart(
        str(tables.TARGETS[of].label),
        [_label(of, column) for column in columns],
        [[shown(getattr(line, column)) for column in columns] for line in lines[:50]],
    )


def _label(of: str, name: str) -> str:
    found = tables.TARGETS[of].fields.get(name)
    label = str(found.label) if found else name
    return f"{label} (s)" if found and found.kind == tables.SECONDS else label
