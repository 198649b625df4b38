"""Records of a partner's file -> canonical documents, by a layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from integrations.domain.formats import Identity, Reading
from integrations.erp.files.values import BadCellError
from integrations.erp.links import is_link
from integrations.erp.mapped import tables
from integrations.erp.mapped.codec import Record, root, rows
from integrations.erp.mapped.definition import INWARD, TREES, FieldRule, Layout, RecordRule, layout
from integrations.erp.mapped.tree import Node
from integrations.erp.mapped.values import Converter, Profile, zone
from integrations.erp.units import UNITS
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import OrderDocument
from orders.domain.master_documents import MasterDocument
from orders.enums import RequirementKind

MOST_PROBLEMS = 1000


class MappedOrders:
    """The inbox's door to this folder. The mapping comes with the connection's settings."""

    name = "mapped"

    def identify(self, body: bytes) -> Identity:
        return Identity(message_type="mapped")

    def read(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Reading:
        if not settings.get("mapping"):
            problem = Problem("no_mapping", _("The connection has no published mapping for what comes in."))
            return Reading(problems=(problem,))
        try:
            made = layout(settings["mapping"])
        except InvalidInput as error:
            return Reading(problems=tuple(error.problems))
        return read(body, made, zone=zone, units=settings.get("units")).reading


@dataclass(frozen=True, slots=True)
class Seen:
    """What a field of the mapping found first in a file, and what became of it."""

    row: int
    raw: str
    value: Any


@dataclass(frozen=True, slots=True)
class Explained:
    """``seen``: by the number of the field. ``counts``: records found, by the name of their kind."""

    reading: Reading
    seen: Mapping[int, Seen]
    counts: Mapping[str, int]


def read(body: bytes, made: Layout, *, zone: tzinfo, units: Mapping[str, str] | None = None) -> Explained:
    """Everything that is whole, and a problem with line, place and value for what isn't. Never raises for
    a bad file. ``zone`` is the plant's; ``units`` those of the connection."""
    reader = _Reader(made, profile_of(made, zone, units))
    try:
        if made.direction != INWARD:
            raise InvalidInput([Problem("no_mapping", _("This mapping writes; it can't read."))])
        reader.take_file(body)
    except InvalidInput as error:
        reader.problems += error.problems
        reader.is_broken = True
    return Explained(reader.reading(), reader.seen, reader.counts)


def profile_of(made: Layout, plant_zone: tzinfo, units: Mapping[str, str] | None = None) -> Profile:
    shape = made.file
    return Profile(
        zone=zone(shape.zone) if shape.zone else plant_zone,
        decimal=shape.decimal,
        date=shape.date,
        empty_clears=shape.empty == "clears",
        units={**UNITS, **(units or {}), **made.units},
        tables=made.tables,
    )


@dataclass(slots=True)
class Draft:
    """A document in the making. One thing wrong with any part of it and it isn't taken."""

    of: str
    row: int
    values: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    places: dict[tuple[str, Any], dict[str, Any]] = field(default_factory=dict)
    is_bad: bool = False
    is_deleted: bool = False


class _Reader:
    def __init__(self, made: Layout, profile: Profile) -> None:
        self.layout = made
        self.fields = {
            record.name: [
                (rule, Converter(rule.steps, found, profile))
                for rule in made.of_record(record.name)
                if (found := tables.field_of(record.of, rule.target))
            ]
            for record in made.records
        }
        self.drafts: dict[tuple[str, Any], Draft] = {}
        self.current: dict[str, Draft] = {}
        self.problems: list[Problem] = []
        self.seen: dict[int, Seen] = {}
        self.counts: dict[str, int] = dict.fromkeys((record.name for record in made.records), 0)
        self.is_broken = False

    # --- Finding records

    def take_file(self, body: bytes) -> None:
        if self.layout.file.kind in TREES:
            document = root(body, self.layout.file)
            self.take_nodes("", Node(document.element), {})
        else:
            for row in rows(body, self.layout.file):
                self.take_row(row)
        if not any(self.counts.values()) and not self.problems:
            message = _("Nothing in the file fits a kind of record of the mapping.")
            raise InvalidInput([Problem("nothing_found", message)])

    def take_row(self, row: Record) -> None:
        fitting = [record for record in self.layout.records if record.when.holds(row.get)]
        if not fitting and self.layout.file.unmatched == "refuse":
            self.note(row, "", "unknown_record", _("No kind of record of the mapping fits this line."))
            self.is_broken = True
        for record in fitting:
            self.take(record, row, self.current)

    def take_nodes(self, within: str, around: Node, parents: Mapping[str, Draft]) -> None:
        for record in self.layout.records:
            if record.within != within:
                continue
            for node in around.records(record.path):
                if record.when.holds(node.get):
                    inside = dict(parents)
                    self.take(record, node, inside)
                    self.take_nodes(record.name, node, inside)

    # --- One record

    def take(self, record: RecordRule, found: Record, parents: dict[str, Draft]) -> None:
        self.counts[record.name] += 1
        target = tables.TARGETS[record.of]
        before = len(self.problems)
        values, is_good = self.values(record, found)
        for name, wanted in target.fields.items():
            if is_good and wanted.required and values.get(name) in (None, "", ()):
                self.note(found, name, "required", _("The field “%s” is empty.") % wanted.label)
                is_good = False
        is_good = self.is_sensible(record.of, values, found) and is_good and len(self.problems) == before
        if target.parent:
            self.add_part(record, found, values, parents, is_good=is_good)
        else:
            self.add_header(record, found, values, parents, is_good=is_good)

    def values(self, record: RecordRule, found: Record) -> tuple[dict[str, Any], bool]:
        values: dict[str, Any] = {}
        is_good = True
        for rule, converter in self.fields[record.name]:
            if not rule.when.holds(found.get):
                continue
            raw = rule.source.value(found.get) if rule.source.parts else None
            try:
                value = converter.read(raw)
            except BadCellError as bad:
                self.note(found, rule.source.written, bad.code, str(bad), raw or "")
                is_good = False
                value = None
            if rule.number not in self.seen and (raw or value is not None):
                self.seen[rule.number] = Seen(found.line, (raw or "")[:100], value)
            if value is not None:
                values[rule.target] = value
        return values, is_good

    def is_sensible(self, of: str, values: Mapping[str, Any], found: Record) -> bool:
        """What a codec must refuse because no later step could tell where it stood."""
        is_good = True
        for name in tables.POSITIVE:
            if name in values and values[name] <= 0 and (of, name) != ("component", "quantity"):
                self.note(found, self.source_of(of, name), "not_positive", _("This must be above zero."))
                is_good = False
        if of != "requirement":
            return is_good
        lower, upper = values.get("lower"), values.get("upper")
        if values.get("kind") == RequirementKind.LIMIT and lower is None and upper is None:
            self.note(found, "lower", "required", _("A limit needs a lower or an upper value."))
            is_good = False
        if lower is not None and upper is not None and upper < lower:
            self.note(found, "upper", "inconsistent", _("The upper limit is below the lower one."))
            is_good = False
        if values.get("kind") == RequirementKind.DOCUMENT and not is_link(values.get("url", "")):
            message = _("A document needs a link (http, https, ftp or file).")
            self.note(found, "url", "required", message)
            is_good = False
        return is_good

    def source_of(self, of: str, name: str) -> str:
        names = {record.name for record in self.layout.records if record.of == of}
        rules: Iterable[FieldRule] = self.layout.fields
        return next((one.source.written for one in rules if one.record in names and one.target == name), name)

    # --- Putting it together

    def add_header(
        self,
        record: RecordRule,
        found: Record,
        values: dict[str, Any],
        parents: dict[str, Draft],
        *,
        is_good: bool,
    ) -> None:
        target = tables.TARGETS[record.of]
        status = values.pop(tables.LINE_STATUS, tables.NEW)
        key = tuple(values.get(name, "") for name in target.key)
        if not key[0]:
            # What follows belongs to it, and must not fall to the one before.
            parents[record.of] = self.drafts[record.of, object()] = Draft(record.of, found.line, is_bad=True)
            return
        draft = self.drafts.setdefault((record.of, key), Draft(record.of, found.line))
        parents[record.of] = draft
        draft.is_bad |= not is_good
        draft.is_deleted |= status == tables.DELETED
        for name, value in values.items():
            if draft.values.setdefault(name, value) != value:
                message = _("Another record of the same key says something else.")
                self.note(found, self.source_of(record.of, name), "contradiction", message, str(value))
                draft.is_bad = True

    def add_part(
        self,
        record: RecordRule,
        found: Record,
        values: dict[str, Any],
        parents: Mapping[str, Draft],
        *,
        is_good: bool,
    ) -> None:
        target = tables.TARGETS[record.of]
        status = values.pop(tables.LINE_STATUS, tables.NEW)
        draft = self.parent_of(target.parent, values.pop(tables.BELONGS_TO, ""), found, parents)
        if draft is None:
            message = _("There is no %s that this belongs to.") % tables.TARGETS[target.parent].label
            self.note(found, "", "no_parent", message)
            self.is_broken = True
            return
        draft.is_bad |= not is_good
        parts = draft.parts.setdefault(record.of, [])
        if record.of == "operation":
            values["cancelled"] = status == tables.DELETED
        elif status == tables.DELETED:
            return
        place = values.get("number") or values.get("position") or values.get("code")
        if place is None or draft.places.setdefault((record.of, place), values) is values:
            parts.append(values)
        elif draft.places[record.of, place] != values:
            draft.is_bad = True
            self.note(found, "", "duplicate", _("“%s” occurs twice and differs.") % place, str(place))

    def parent_of(self, of: str, key: str, found: Record, parents: Mapping[str, Draft]) -> Draft | None:
        inside = parents.get(of)
        if not key:
            return inside
        first = tables.TARGETS[of].key[0]
        if inside is not None and inside.values.get(first) == key:
            return inside
        same = [self.drafts.get((of, (key,))), self.drafts.get((of, (key, "")))]
        known = next((draft for draft in same if draft is not None), None)
        if known is not None:
            return known
        full = (key,) if len(tables.TARGETS[of].key) == 1 else (key, "")
        return self.drafts.setdefault((of, full), Draft(of, found.line, {first: key}))

    def note(self, found: Record, name: str, code: str, message: str, value: str | None = None) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            shown = (value if value is not None else self.shown(found, name))[:100]
            self.problems.append(Problem(code, message, found.where(name), row=found.line, value=shown))

    def shown(self, found: Record, name: str) -> str:
        return "" if isinstance(found, Node) or not name else found.get(name) or ""

    # --- The result

    def reading(self) -> Reading:
        problems = tuple(sorted(self.problems, key=lambda problem: problem.row or 0))
        identity = Identity(message_type="mapped")
        if self.is_broken:
            # A line that nobody understood may be a part of any document.
            return Reading(problems=problems, identity=identity)
        made = [_document(draft) for draft in self.drafts.values() if not draft.is_bad]
        orders = tuple(one for one in made if isinstance(one, OrderDocument))
        master: tuple[MasterDocument, ...] = tuple(one for one in made if not isinstance(one, OrderDocument))
        return Reading(orders, problems, identity, master)


def _document(draft: Draft) -> Any:
    values = _grouped(draft.of, draft.values)
    for of, parts in draft.parts.items():
        target = tables.TARGETS[of]
        values[target.into] = tuple(target.make(**_grouped(of, part)) for part in parts)
    values["cancel" if draft.of == "order" else "gone"] = draft.is_deleted
    return tables.TARGETS[draft.of].make(row=draft.row, **values)


def _grouped(of: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """``parameter:x`` and ``name:de`` become the mappings that the documents have."""
    made: dict[str, Any] = {}
    for name, value in values.items():
        if of in tables.WITH_PARAMETERS and name.startswith(tables.PARAMETER):
            made.setdefault("parameters", {})[name.removeprefix(tables.PARAMETER)] = value
        elif of == "item" and name.startswith(tables.NAME_IN):
            made.setdefault("names", {})[name.removeprefix(tables.NAME_IN).lower()] = value
        else:
            made[name] = value
    return made
