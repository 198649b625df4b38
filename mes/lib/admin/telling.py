"""Audit events in words: who, what, and each value before and after, with the names that people use."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Field, ForeignKey, Model
from django.urls import NoReverseMatch, reverse
from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mes.lib.templatetags import exact

NOTHING = "–"

ACTIONS = {
    "insert": gettext_lazy("added"),
    "update": gettext_lazy("changed"),
    "delete": gettext_lazy("deleted"),
}

Names = Mapping[tuple[type[Model], Any], Model]


@dataclass(frozen=True, slots=True)
class Step:
    """One event and the event of the same row before it."""

    event: Any
    before: Any | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one row in words. ``who`` is a person, an account, a command, or the database itself."""

    at: datetime
    who: str
    label: str
    action: str
    kind: str
    name: str
    url: str
    fields: tuple[FieldChange, ...]


def tell(steps: Mapping[type[Model], Iterable[Step]]) -> dict[tuple[type[Model], int], Change]:
    """Every step as a change, by model and event id. One query per model that is referred to."""
    names = _names(steps)
    return {
        (model, step.event.pgh_id): _change(model, step, names)
        for model, steps_of_model in steps.items()
        for step in steps_of_model
    }


def _change(model: type[Model], step: Step, names: Names) -> Change:
    event = step.event
    row = _as_row(model, event, names)
    return Change(
        at=event.pgh_created_at,
        who=_who(event.pgh_context or {}, names),
        label=event.pgh_label,
        action=str(ACTIONS.get(event.pgh_label, event.pgh_label)),
        kind=capfirst(str(model._meta.verbose_name)),
        name=_name(row, event.pgh_obj_id),
        url=_history_url(model, event.pgh_obj_id),
        fields=tuple(_field_changes(model, step, names)),
    )


def _field_changes(model: type[Model], step: Step, names: Names) -> Iterable[FieldChange]:
    label = step.event.pgh_label
    if label == "update" and step.before is None:
        return
    for field in tracked_fields(model, type(step.event)):
        now = getattr(step.event, field.attname)
        old = getattr(step.before, field.attname) if label == "update" else None
        if label == "delete":
            now, old = None, now
        before, after = _text(field, old, names), _text(field, now, names)
        if now != old and before != after:
            yield FieldChange(capfirst(str(field.verbose_name)), before, after)


def tracked_fields(model: type[Model], events: type[Model]) -> list[Field[Any, Any]]:
    """The model's own columns that its event table holds, in the model's order."""
    held = {field.name for field in events._meta.concrete_fields}
    return [field for field in model._meta.concrete_fields if field.name in held and not field.primary_key]


def _names(steps: Mapping[type[Model], Iterable[Step]]) -> Names:
    """Every row that the events refer to, among them the people who made them."""
    wanted: dict[type[Model], set[Any]] = defaultdict(set)
    for model, steps_of_model in steps.items():
        for step in steps_of_model:
            wanted[get_user_model()].add((step.event.pgh_context or {}).get("user"))
            for row in (step.event, step.before):
                if row is not None:
                    for field in tracked_fields(model, type(row)):
                        if isinstance(field, ForeignKey):
                            wanted[field.related_model].add(getattr(row, field.attname))
    return {
        (model, pk): row
        for model, pks in wanted.items()
        for pk, row in model._default_manager.select_related().in_bulk(list(pks - {None})).items()
    }


def _as_row(model: type[Model], event: Any, names: Names) -> Model:
    """The tracked row as it stood in the event: unsaved, but with its relations, so that it has a name."""
    row = model()
    for field in tracked_fields(model, type(event)):
        value = getattr(event, field.attname)
        setattr(row, field.attname, value)
        if isinstance(field, ForeignKey) and (field.related_model, value) in names:
            setattr(row, field.name, names[field.related_model, value])
    if not any(field.primary_key and field.is_relation for field in model._meta.concrete_fields):
        row.pk = event.pgh_obj_id
    return row


def _name(row: Model, pk: Any) -> str:
    try:
        return str(row)
    except (ObjectDoesNotExist, AttributeError):
        return f"#{pk}"


def _who(context: Mapping[str, Any], names: Names) -> str:
    if context.get("user") is not None:
        person = names.get((get_user_model(), context["user"]))
        return str(person) if person else _("person %s") % context["user"]
    if context.get("account"):
        return str(context["account"])
    if context.get("command"):
        return str(_("command %s") % context["command"])
    return _("directly in the database") if "url" not in context else _("nobody logged in")


def _history_url(model: type[Model], pk: Any) -> str:
    try:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_history", args=[pk])
    except NoReverseMatch:
        return ""


def _text(field: Field[Any, Any], value: Any, names: Names) -> str:
    """A value as people read it."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(field, ForeignKey):
        row = names.get((field.related_model, value))
        return _name(row, value) if row else f"#{value}"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return exact(value)
    if isinstance(value, time):
        return formats.time_format(value, "H:i")
    if isinstance(value, Decimal):
        return formats.number_format(value.normalize() if value else value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)
