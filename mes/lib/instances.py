"""Thousands of rows as instances of their model, in a fifth of the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.base import ModelState

AnyModel = TypeVar("AnyModel", bound=Model)


def instances(rows: QuerySet[AnyModel], names: Iterable[str], **known: Mapping[Any, Model]) -> list[AnyModel]:
    """What ``only(*names)`` gives, without asking each field of each row what to make of its value, and
    without signals. ``known``: rows that foreign keys point to, by their key, where they are there already.
    """
    model, using = rows.model, rows.db
    fields = [model._meta.get_field(name) for name in names]
    attributes = [field.attname for field in fields]  # type: ignore[union-attr]
    parents = [(name, attributes.index(f"{name}_id"), found) for name, found in known.items()]
    listed = []
    for values in rows.values_list(*attributes):
        one = model.__new__(model)
        one.__dict__.update(zip(attributes, values, strict=True))
        one._state = state = ModelState()
        state.adding, state.db = False, using
        for name, place, found in parents:
            if values[place] in found:
                state.fields_cache[name] = found[values[place]]
        listed.append(one)
    return listed
