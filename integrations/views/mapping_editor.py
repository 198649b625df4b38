"""The editor's form: a definition as rows of inputs, and the rows back as a definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from integrations.erp.mapped import tables
from integrations.erp.mapped.definition import ENCODINGS, FIXED, INWARD, KINDS, SEPARATORS, XLSX, FileShape
from integrations.erp.mapped.sample import Offer
from integrations.erp.mapped.values import STEPS, steps

MOST_UNUSED = 100
EMPTY_ROWS, EMPTY_ROWS_FIXED = 3, 8
"""Below a table's rows. In lines of fixed width, fields that touch are offered as one."""
NUMBERS = ("header", "skip")
FILE_FIELDS = tuple(entry.name for entry in fields(FileShape))


@dataclass(frozen=True, slots=True)
class EditorRow:
    """One row of a record's table. ``index`` is its place on the whole page."""

    index: int
    source: str = ""
    convert: str = ""
    target: str = ""
    when: str = ""
    value: str = ""
    line: int = 0
    seen: Any = None


@dataclass(frozen=True, slots=True)
class EditorRecord:
    name: str
    label: str
    of: str
    rows: Sequence[EditorRow]
    targets: Sequence[tuple[str, str]]
    sources: Sequence[tuple[str, str]]


def definition_of(data: QueryDict, direction: str) -> tuple[dict[str, Any], list[int]]:
    """What a submitted page says, and for each field of it the index of its row on the page."""
    made: dict[str, Any] = {
        "format": "mes-message-mapping",
        "version": 1,
        "direction": direction,
        "file": {
            name: _file_value(name, data.get(f"file-{name}", ""))
            for name in FILE_FIELDS
            if f"file-{name}" in data
        },
        "records": _records(data),
        "fields": [],
        "tables": _value_tables(data),
        "units": _pairs(data.get("units", "")),
    }
    indexes = []
    columns = [
        data.getlist(f"f-{name}") for name in ("index", "record", "source", "convert", "target", "when")
    ]
    for index, record, source, convert, target, when in zip(*columns, strict=False):
        if target.strip():
            made["fields"].append(
                {
                    "record": record,
                    "target": target.strip(),
                    "source": source.strip(),
                    "convert": list(steps(convert)),
                    "when": when.strip(),
                }
            )
            indexes.append(int(index) if index.isdecimal() else 0)
    return made, indexes


def _file_value(name: str, text: str) -> Any:
    if name in NUMBERS:
        return int(text) if text.isdecimal() and len(text) < 6 else 0
    return "\t" if name == "separator" and text == "tab" else text


def _records(data: QueryDict) -> list[dict[str, str]]:
    columns = [data.getlist(f"r-{name}") for name in ("name", "of", "when", "path", "within")]
    return [
        {"name": name.strip(), "of": of, "when": when.strip(), "path": path.strip(), "within": within.strip()}
        for name, of, when, path, within in zip(*columns, strict=False)
        if name.strip()
    ]


def _value_tables(data: QueryDict) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, text in zip(data.getlist("t-name"), data.getlist("t-values"), strict=False):
        if not name.strip():
            continue
        values = _pairs(text)
        default = values.pop("*", None)
        made[name.strip()] = {"values": values, **({} if default is None else {"default": default})}
    return made


def _pairs(text: str) -> dict[str, str]:
    """Lines ``theirs = ours``."""
    found = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {left.strip(): right.strip() for left, _equals, right in found if left.strip()}


def pairs_text(values: Mapping[str, Any], default: str | None = None) -> str:
    lines = [f"{left} = {right}" for left, right in values.items()]
    return "\n".join(lines if default is None else [*lines, f"* = {default}"])


def by_record(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The definition with its fields in the order of the page: record by record."""
    names = [record.get("name") for record in definition.get("records", [])]
    fields_ = [one for one in definition.get("fields", []) if one.get("record") in names]
    return {**definition, "fields": sorted(fields_, key=lambda one: names.index(one["record"]))}


def editor_records(
    definition: Mapping[str, Any],
    offers: Mapping[str, Sequence[Offer]],
    direction: str,
    seen: Mapping[int, Any],
) -> list[EditorRecord]:
    """A table for each kind of record: its fields, then what the sample offers and no field uses yet.
    ``seen``: what the preview found, by the number of the field (:func:`by_record`)."""
    index = number = 0
    unused = MOST_UNUSED
    empty = EMPTY_ROWS_FIXED if definition.get("file", {}).get("kind") == FIXED else EMPTY_ROWS
    made = []
    for record in definition.get("records", []):
        offered = {offer.source: offer for offer in offers.get(record["name"], ())}
        mine = [one for one in definition.get("fields", []) if one.get("record") == record["name"]]
        rows = []
        for field in mine:
            number += 1
            offer = offered.get(field["source"])
            rows.append(
                EditorRow(
                    index,
                    field["source"],
                    " | ".join(field.get("convert", [])),
                    field["target"],
                    field.get("when", ""),
                    offer.value if offer else "",
                    offer.line if offer else 0,
                    seen.get(number),
                )
            )
            index += 1
        used = " ".join(str(field["source"]) for field in mine).split(" ")
        for offer in offered.values():
            if unused and offer.source not in used and not any(offer.source == one["source"] for one in mine):
                rows.append(EditorRow(index, offer.source, value=offer.value, line=offer.line))
                index, unused = index + 1, unused - 1
        for _empty in range(empty):
            rows.append(EditorRow(index))
            index += 1
        made.append(_record(record, rows, offered, direction))
    return made


def _record(
    record: Mapping[str, Any], rows: Sequence[EditorRow], offered: Mapping[str, Offer], direction: str
) -> EditorRecord:
    of = record["of"]
    if direction != INWARD:
        around = list(tables.OUT_FIELDS)
        known = around[: around.index(of) + 1] if of in around else []
        sources = [
            (name, str(label)) for kind in known for name, (label, _kind) in tables.OUT_FIELDS[kind].items()
        ]
        return EditorRecord(record["name"], str(tables.OUT_LABELS.get(of, of)), of, rows, (), sources)
    target = tables.TARGETS.get(of)
    if target is None:
        return EditorRecord(record["name"], of, of, rows, (), ())
    targets = [(name, _label(field)) for name, field in target.fields.items()]
    open_names = {row.target for row in rows if row.target and row.target not in target.fields}
    if of in tables.WITH_PARAMETERS:
        open_names |= {f"{tables.PARAMETER}{row.source}"[:60] for row in rows if row.source and row.value}
    if of == "item":
        open_names |= {f"{tables.NAME_IN}{language}" for language in ("de", "en")}
    targets += [(name, name) for name in sorted(open_names)]
    sources = [(offer.source, offer.value) for offer in offered.values()]
    return EditorRecord(record["name"], str(target.label), of, rows, targets, sources)


def _label(field: tables.Field) -> str:
    return f"{field.label} *" if field.required else str(field.label)


def choices(direction: str) -> dict[str, Any]:
    """What the page's selects offer."""
    kinds = [kind for kind in KINDS if direction == INWARD or kind != XLSX]
    names = {
        "csv": _("separated columns (CSV)"),
        "fixed": _("fixed width"),
        "xlsx": _("Excel (XLSX)"),
        "xml": _("XML"),
        "json": _("JSON"),
    }
    records = tables.TARGETS if direction == INWARD else tables.OUT_FIELDS
    labels = (
        {name: one.label for name, one in tables.TARGETS.items()}
        if direction == INWARD
        else tables.OUT_LABELS
    )
    return {
        "kinds": [(kind, names[kind]) for kind in kinds],
        "encodings": [("", _("found out")), *((name, name) for name in ENCODINGS)],
        "separators": [
            ("tab" if sign == "\t" else sign, _("tab") if sign == "\t" else sign) for sign in SEPARATORS
        ],
        "quotes": [('"', '"'), ("'", "'"), ("", _("none"))],
        "decimals": [("", _("only what is clear")), (",", _("comma: 1.234,5")), (".", _("point: 1,234.5"))],
        "empties": [("unchanged", _("leaves unchanged")), ("clears", _("clears the field"))],
        "unmatched": [("refuse", _("refuses the file")), ("ignore", _("is ignored"))],
        "of": [(name, str(labels[name])) for name in records],
        "steps": [
            (kind.example, str(kind.help))
            for kind in STEPS.values()
            if kind.outward is None or kind.outward == (direction != INWARD)
        ],
    }
