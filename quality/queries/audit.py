"""The audit trail for whoever reviews it: changes of tracked rows, and facts that matter, in one order."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import overload

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mes.accounts.models import Seal, Signature
from mes.lib.admin.audit import ChangeKey, Criteria, newest_changes, tell_changes
from mes.lib.admin.telling import Change
from mes.lib.templatetags import quantity
from orders.enums import EventKind
from orders.models import ProductionEvent
from quality.models import InspectionOmission, InspectionResult

MOST = 1000
CORRECTIONS = (EventKind.REVERSED, EventKind.RECLASSIFIED)
"""The kinds that an index keeps apart from counts."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail: when, who, what was done to which thing, and why where a reason was given."""

    at: datetime
    who: str
    kind: str
    name: str
    action: str
    details: str
    url: str = ""


class Trail(Sequence[Entry]):
    """At most ``MOST`` entries, newest first; ``what``: ``corrections``, ``omissions``, ``signatures``,
    ``changes``.

    What an entry says is found out only for the entries that are asked for, together.
    """

    def __init__(self, criteria: Criteria, *, what: str = "") -> None:
        found: list[tuple[datetime, ChangeKey | Entry]] = []
        if what in ("", "changes"):
            found += [(key.at, key) for key in newest_changes(criteria, MOST)]
        if what in ("", "corrections") and criteria.model is None:
            found += [(entry.at, entry) for entry in _corrections(criteria)]
            found += [(entry.at, entry) for entry in _corrected_results(criteria)]
        if what in ("", "omissions") and criteria.model is None:
            found += [(entry.at, entry) for entry in _omissions(criteria)]
        if what in ("", "signatures") and criteria.model is None:
            found += [(entry.at, entry) for entry in _signatures(criteria)]
        found.sort(key=lambda one: one[0], reverse=True)
        self._found = [one for _at, one in found[:MOST]]

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, int):
            return self[index : index + 1 or None][0]
        part = self._found[index]
        told = iter(tell_changes([one for one in part if isinstance(one, ChangeKey)]))
        return [one if isinstance(one, Entry) else _entry(next(told)) for one in part]


def _entry(change: Change) -> Entry:
    fields = "; ".join(f"{one.label}: {one.before} → {one.after}" for one in change.fields)
    return Entry(change.at, change.who, change.kind, change.name, str(change.action), fields, change.url)


def _corrections(criteria: Criteria) -> Iterator[Entry]:
    """What people took back, with what they entered instead, and pieces that a disposition moved.

    Scrap that is sorted out of counted pieces, and pieces that come back repaired, are reports as any other.
    """
    events = ProductionEvent.objects.filter(
        Q(kind=EventKind.REVERSED) | Q(details__has_key="nonconformance"),
        kind__in=CORRECTIONS,
        by__isnull=False,
    ).select_related("order", "operation", "by")
    if criteria.person:
        events = events.filter(by=criteria.person)
    found = list(_between(events, "recorded_at", criteria).order_by("-recorded_at", "-id")[:MOST])
    instead = _replacements(found)
    for event in found:
        where = f"{event.order.number} / {event.operation.number}" if event.operation else event.order.number
        said = [_amounts(event)]
        said += [
            _("instead: %(amounts)s") % {"amounts": _amounts(one)}
            for one in instead.get(event.reverses_id or 0, [])
        ]
        yield Entry(
            event.recorded_at,
            str(event.by),
            _("Production order"),
            where,
            event.title,
            f"{'; '.join(said)} {event.comment}".strip(),
        )


def _replacements(corrections: list[ProductionEvent]) -> dict[int, list[ProductionEvent]]:
    """What was entered in place of reversed events, by the number of the reversed one. One query."""
    wrong = [event.reverses_id for event in corrections if event.reverses_id is not None]
    found = ProductionEvent.objects.filter(
        order__in={event.order_id for event in corrections}, details__replaces__in=wrong
    )
    instead: dict[int, list[ProductionEvent]] = defaultdict(list)
    for event in found.order_by("id"):
        instead[event.details["replaces"]].append(event)
    return instead


def _amounts(event: ProductionEvent) -> str:
    moved = ((_("Good"), event.good), (_("Scrap"), event.scrap), (_("Rework"), event.rework))
    return ", ".join(f"{name} {_signed(amount)}" for name, amount in moved if amount)


def _corrected_results(criteria: Criteria) -> Iterator[Entry]:
    """Inspection results that took another one's place, with both."""
    results = InspectionResult.objects.filter(corrects__isnull=False).select_related(
        "corrects", "characteristic", "operation__order", "by"
    )
    if criteria.person:
        results = results.filter(by=criteria.person)
    for result in _between(results, "recorded_at", criteria).order_by("-recorded_at", "-id")[:MOST]:
        assert result.corrects is not None
        yield Entry(
            result.recorded_at,
            str(result.by or result.via),
            _("Inspection result"),
            f"{result.operation.order.number} / {result.operation.number} {result.characteristic.code}",
            _("corrected"),
            f"{_found(result.corrects)} → {_found(result)} {result.comment}".strip(),
            reverse("inspection-result", args=[result.pk]),
        )


def _omissions(criteria: Criteria) -> Iterator[Entry]:
    """Inspections that somebody said weren't done."""
    rows = InspectionOmission.objects.select_related("characteristic", "operation__order", "by")
    if criteria.person:
        rows = rows.filter(by=criteria.person)
    for row in _between(rows, "at", criteria).order_by("-at", "-id")[:MOST]:
        yield Entry(
            row.at,
            str(row.by),
            _("Inspection"),
            f"{row.operation.order.number} / {row.operation.number} {row.characteristic.code}",
            _("not done"),
            row.reason,
            reverse("inspections"),
        )


def _found(result: InspectionResult) -> str:
    if result.value is None:
        return f"{result.found} / {result.inspected}"
    return f"{result.value.normalize():f} {result.characteristic.unit}".strip()


def _signed(amount: Decimal) -> str:
    return f"{'+' if amount > 0 else '−'}{quantity(abs(amount))}"


def _signatures(criteria: Criteria) -> Iterator[Entry]:
    rows = Signature.objects.select_related("by")
    if criteria.person:
        rows = rows.filter(by=criteria.person)
    for row in _between(rows, "at", criteria).order_by("-id")[:MOST]:
        yield Entry(
            row.at,
            row.name,
            _("Signature"),
            f"{row.table} {row.record}",
            row.get_meaning_display(),
            f"{row.get_method_display()} SHA-256 {row.digest}",
        )


def _between(rows, field: str, criteria: Criteria):  # type: ignore[no-untyped-def]
    if criteria.since:
        rows = rows.filter(**{f"{field}__gte": _midnight(criteria.since)})
    if criteria.until:
        rows = rows.filter(**{f"{field}__lt": _midnight(criteria.until + timedelta(days=1))})
    return rows


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal of one table: whoever keeps it can tell later whether the chain still contains it."""

    table: str
    seal: int
    digest: str
    sealed_at: datetime


def seal_heads() -> list[Head]:
    """The newest seal of every table, by name. One query."""
    newest = Seal.objects.order_by("table", "-id").distinct("table")
    return [Head(one.table, one.pk, one.digest, one.sealed_at) for one in newest]


def head_digest(heads: list[Head]) -> str:
    """One SHA-256 over all heads: ``table:digest`` a line, in the order of the names."""
    text = "\n".join(f"{head.table}:{head.digest}" for head in sorted(heads, key=lambda head: head.table))
    return hashlib.sha256(text.encode()).hexdigest()
