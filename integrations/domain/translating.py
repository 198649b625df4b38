"""A partner's words into ours and back, by the connection's translations.

One rule: a translation wins over the same entry of the connection's format options.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.domain.formats import Reading
from integrations.enums import TranslationKind as Kind
from integrations.models import Connection, Translation
from integrations.models.translation import READ, WRITTEN
from orders.domain.documents import OrderDocument
from orders.domain.master_documents import MasterDocument, RoutingDocument, WorkCentreDocument

Words = Mapping[str, str]

SLOTS = ("1", "2", "3", "4", "5", "6")


@dataclass(frozen=True, slots=True)
class Tables:
    """By kind: the partner's value → ours (``read``), and ours → the partner's (``written``)."""

    read: Mapping[str, Words] = field(default_factory=dict)
    written: Mapping[str, Words] = field(default_factory=dict)

    def in_words(self, kind: Kind) -> Words:
        return self.read.get(kind, {})

    def out_words(self, kind: Kind) -> Words:
        return self.written.get(kind, {})


def tables_of(connection: Connection) -> Tables:
    """What the connection's translations say. One query."""
    rows = Translation.objects.filter(connection=connection).order_by("pk")
    return tables_from(rows.values_list("kind", "theirs", "ours", "direction"))


def tables_from(rows: Iterable[tuple[str, str, str, str]]) -> Tables:
    """Pure: from (kind, theirs, ours, direction)."""
    read: dict[str, dict[str, str]] = {}
    written: dict[str, dict[str, str]] = {}
    for kind, theirs, ours, direction in rows:
        if direction in READ:
            read.setdefault(kind, {})[theirs] = ours
        if direction in WRITTEN:
            written.setdefault(kind, {})[ours] = theirs
    return Tables(read, written)


def translations(connection: Connection) -> dict[str, Any]:
    """The connection's format options with its translations in them, as formats are given them."""
    return merged(connection.options, tables_of(connection))


def merged(options: Mapping[str, Any], tables: Tables) -> dict[str, Any]:
    """Options with the words of ``tables`` under the names by which formats ask for them. Pure.

    ``units`` and ``strategies`` (by order type) are read, ``iso_units`` and ``reasons`` are written;
    ``activity_keys`` and ``slots`` say what activities mean in and out.
    """
    units = {theirs.upper(): ours for theirs, ours in tables.in_words(Kind.UNIT).items()}
    out_reasons = tables.out_words(Kind.REASON)
    found: dict[str, Any] = {
        "units": units,
        "iso_units": tables.out_words(Kind.UNIT),
        "strategies": tables.in_words(Kind.ORDER_TYPE),
        # Reasons have been translated when a format gets them; it may ask by either name.
        "reasons": {**out_reasons, **{theirs: theirs for theirs in out_reasons.values()}},
        "activity_keys": _activity_keys(options.get("activity_keys", {}), tables.in_words(Kind.ACTIVITY)),
    }
    merged_options = dict(options)
    for name, words in found.items():
        if words:
            merged_options[name] = {**options.get(name, {}), **words}
    if slots := _slots(options.get("slots", ()), tables.out_words(Kind.ACTIVITY)):
        merged_options["slots"] = slots
    return merged_options


def _activity_keys(known: Mapping[str, Sequence[str]], words: Words) -> dict[str, list[str]]:
    """``SAP1/2`` → ``run`` as the second account of the key ``SAP1``; a plant may stand before the key."""
    keys: dict[str, list[str]] = {}
    for theirs, ours in words.items():
        key, _slash, slot = theirs.rpartition("/")
        if not key or slot not in SLOTS:
            continue
        accounts = keys.setdefault(key, list(known.get(key, ())))
        accounts.extend([""] * (int(slot) - len(accounts)))
        accounts[int(slot) - 1] = ours
    return keys


def _slots(known: Sequence[Mapping[str, Any]], words: Words) -> list[dict[str, Any]]:
    """``run`` → slot ``2`` of what is confirmed, beside what the options say of the others."""
    numbered = {int(slot): account for account, slot in words.items() if slot in SLOTS}
    if not numbered:
        return []
    slots: list[dict[str, Any]] = [dict(slot) for slot in known]
    slots.extend({"accounts": []} for _missing in range(max(numbered) - len(slots)))
    for slot, account in numbered.items():
        slots[slot - 1]["accounts"] = [account]
    return slots


def inward(reading: Reading, tables: Tables) -> Reading:
    """The reading with plants and work centres by our codes."""
    if not tables.in_words(Kind.PLANT) and not tables.in_words(Kind.WORK_CENTRE):
        return reading
    return replace(
        reading,
        documents=tuple(_order(one, tables) for one in reading.documents),
        master=tuple(_master(one, tables) for one in reading.master),
    )


def _order(document: OrderDocument, tables: Tables) -> OrderDocument:
    centres = tables.in_words(Kind.WORK_CENTRE)
    lines = document.operations
    if lines is not None:
        lines = tuple(
            replace(line, work_centre=centres.get(line.work_centre, line.work_centre)) for line in lines
        )
    return replace(document, plant=_plant(document.plant, tables), operations=lines)


def _master(document: MasterDocument, tables: Tables) -> MasterDocument:
    centres = tables.in_words(Kind.WORK_CENTRE)
    if isinstance(document, RoutingDocument):
        steps = tuple(
            replace(step, work_centre=centres.get(step.work_centre, step.work_centre))
            for step in document.steps
        )
        return replace(document, plant=_plant(document.plant, tables), steps=steps)
    if isinstance(document, WorkCentreDocument):
        code = centres.get(document.code, document.code)
        return replace(document, plant=_plant(document.plant, tables), code=code)
    return document


def _plant(named: str | None, tables: Tables) -> str | None:
    return named if named is None else tables.in_words(Kind.PLANT).get(named, named)


def outward(canonical: Mapping[str, Any], tables: Tables) -> dict[str, Any]:
    """A confirmation's canonical content with plant, work centre, person and reasons by the partner's words.

    A shift isn't part of it. What has no translation goes out by our own word.
    """
    said = dict(canonical)
    for name, kind in _SAID:
        words = tables.out_words(kind)
        if name in said and said[name] in words:
            said[name] = words[said[name]]
    reasons = tables.out_words(Kind.REASON)
    if reasons and said.get("stops"):
        said["stops"] = [
            {**stop, "reason": reasons.get(stop["reason"], stop["reason"])} for stop in said["stops"]
        ]
    return said


_SAID = (
    ("plant", Kind.PLANT),
    ("work_centre", Kind.WORK_CENTRE),
    ("person", Kind.PERSON),
    ("scrap_reason", Kind.REASON),
    ("shift", Kind.SHIFT),
)
