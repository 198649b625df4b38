"""The audit history: which events there are, and in which order they are read.

pghistory keeps one event table per tracked model. A row there is the object *after* the change (before it,
for a deletion); what changed is the difference to the event before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import pghistory.core
from django.db.models import CharField, Model, OuterRef, QuerySet, Subquery, Value
from django.utils import timezone
from django.utils.text import capfirst

from mes.lib.admin.telling import Change, Step, tell

PAGE_LENGTH = 50
LAST_PAGE = 200


@dataclass(frozen=True, slots=True)
class Criteria:
    """What the list of all changes shows. Dates are local days, both included."""

    model: type[Model] | None = None
    person: int | None = None
    since: date | None = None
    until: date | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class ChangeKey:
    """When which tracked model changed, and the event that tells of it."""

    at: datetime
    model: type[Model]
    event: int


@dataclass(frozen=True, slots=True)
class AuditPage:
    changes: list[Change]
    number: int
    has_next: bool


@cache
def event_tables() -> dict[type[Model], type[Model]]:
    """The event model of each tracked model."""
    return {event.pgh_tracked_model: event for event in pghistory.core.event_models()}  # type: ignore[attr-defined]


def kind_of(model: type[Model]) -> str:
    return capfirst(str(model._meta.verbose_name))


def history_of(
    model: type[Model], pk: Any, *, children: Sequence[str] = (), limit: int = 500
) -> list[Change]:
    """The newest ``limit`` changes of an object and of its ``children`` (reverse relations), newest first."""
    tables = event_tables()
    if model not in tables:
        return []
    wanted = {model: tables[model]._default_manager.filter(pgh_obj_id=pk)}
    for name in children:
        child, column = _child(model, name)
        wanted[child] = tables[child]._default_manager.filter(**{column: pk})
    return tell_changes(_newest(wanted, limit))


def _child(model: type[Model], name: str) -> tuple[type[Model], str]:
    """The tracked model behind a reverse relation or a many-to-many field, and its column for ``model``."""
    relation: Any = model._meta.get_field(name)
    if not relation.many_to_many:
        return relation.related_model, relation.field.attname
    links = relation.remote_field.through._meta.concrete_model
    proxy = next(tracked for tracked in event_tables() if tracked._meta.concrete_model is links)
    return proxy, f"{relation.m2m_field_name()}_id"


def audit_page(criteria: Criteria) -> AuditPage:
    """One page of all changes. Reads as many rows of each table as the page needs, counts nothing."""
    start = (criteria.page - 1) * PAGE_LENGTH
    found = newest_changes(criteria, start + PAGE_LENGTH + 1)[start:]
    more = len(found) > PAGE_LENGTH and criteria.page < LAST_PAGE
    return AuditPage(tell_changes(found[:PAGE_LENGTH]), criteria.page, more)


def newest_changes(criteria: Criteria, limit: int) -> list[ChangeKey]:
    """The newest ``limit`` changes, newest first. One query."""
    return _newest(
        {
            model: _chosen(events._default_manager.all(), criteria)
            for model, events in event_tables().items()
            if criteria.model in (None, model)
        },
        limit,
    )


def tell_changes(keys: Sequence[ChangeKey]) -> list[Change]:
    """What these changes were, in the same order: a few queries for each model among them."""
    ids: dict[type[Model], list[int]] = defaultdict(list)
    for key in keys:
        ids[key.model].append(key.event)
    told = tell({model: _with_predecessors(model, event_ids) for model, event_ids in ids.items()})
    return [told[key.model, key.event] for key in keys]


def _chosen(events: QuerySet[Any], criteria: Criteria) -> QuerySet[Any]:
    if criteria.person:
        events = events.filter(pgh_context__user=criteria.person)
    if criteria.since:
        events = events.filter(pgh_created_at__gte=_midnight(criteria.since))
    if criteria.until:
        events = events.filter(pgh_created_at__lt=_midnight(criteria.until, days=1))
    return events


def _midnight(day: date, *, days: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time()))


def _newest(wanted: Mapping[type[Model], QuerySet[Any]], limit: int) -> list[ChangeKey]:
    """The newest changes of all querysets taken together, newest first.

    Within a table the primary key gives the order, so that no other index is needed.
    """
    labels = {model._meta.label_lower: model for model in wanted}
    parts = [
        events.order_by("-pgh_id")
        .annotate(table=Value(label, output_field=CharField()))
        .values_list("pgh_created_at", "table", "pgh_id")[:limit]
        for label, events in ((model._meta.label_lower, events) for model, events in wanted.items())
    ]
    if not parts:
        return []
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    # One transaction has one time: within it, what hangs on something comes after it.
    rank = {label: number for number, label in enumerate(labels)}
    newest = sorted(rows, key=lambda row: (row[0], rank[row[1]], row[2]), reverse=True)[:limit]
    return [ChangeKey(at, labels[label], event) for at, label, event in newest]


def _with_predecessors(model: type[Model], ids: Sequence[int]) -> list[Step]:
    """Each event of ``ids`` with the event of the same row before it: two queries."""
    events = event_tables()[model]._default_manager
    before = events.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
    rows = events.filter(pgh_id__in=ids).annotate(
        before_id=Subquery(before.order_by("-pgh_id").values("pgh_id")[:1])
    )
    found = list(rows)
    previous = events.in_bulk([row.before_id for row in found if row.before_id])
    return [Step(row, previous.get(row.before_id)) for row in found]
