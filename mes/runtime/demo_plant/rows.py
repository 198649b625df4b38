"""Put rows where they are missing; leave what is there as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db.models import Model

M = TypeVar("M", bound=Model)


def add_missing(model: type[M], rows: Iterable[Mapping[str, Any]], *, by: tuple[str, ...]) -> dict[Any, M]:
    """Add each of ``rows`` whose natural key ``by`` isn't there yet, in two queries.

    Returns all of ``rows`` as stored, by their key: the value itself when ``by`` is one field, else a tuple
    (foreign keys as their primary key).
    """
    columns = [model._meta.get_field(name).attname for name in by]  # type: ignore[union-attr]

    def key(row: M) -> Any:
        values = tuple(getattr(row, column) for column in columns)
        return values[0] if len(values) == 1 else values

    wanted = {key(row): row for row in (model(**row) for row in rows)}
    known = {key(row): row for row in model._default_manager.all()}
    missing = [row for name, row in wanted.items() if name not in known]
    model._default_manager.bulk_create(missing)
    return {name: known.get(name, row) for name, row in wanted.items()}
