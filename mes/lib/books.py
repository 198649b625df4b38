"""Re-adding the figures: what a check found, and the history of master data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model
from pghistory.models import Event
from psycopg import sql


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that isn't the sum of its records. ``row`` names it as a person would look for it."""

    row: str
    stored: str
    added: str


@dataclass(frozen=True, slots=True)
class Check:
    """A question about the books with its answer. ``notes`` are no differences: gaps, parked messages."""

    code: str
    title: str
    differences: Sequence[Difference]
    counted: int
    notes: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def differences(query: str) -> list[Difference]:
    """The rows of a query with the columns name, stored, added."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [Difference(str(name), str(stored), str(added)) for name, stored, added in cursor.fetchall()]


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        return int(cursor.fetchone()[0])


def check_history() -> Check:
    """K6: the newest audit row of every tracked row says what the row says."""
    found: list[Difference] = []
    rows = 0
    for tracked, event in tracked_models():
        rows += count(tracked._meta.db_table)
        found += _unlike_history(tracked, event)
    return Check("K6", "Every version of master data is in the audit trail", found, rows)


def tracked_models() -> Iterator[tuple[type[Model], type[Event]]]:
    """Every model with a history, and the model of that history."""
    for model in apps.get_models():
        tracked = getattr(model, "pgh_tracked_model", None)
        if issubclass(model, Event) and not model._meta.proxy and tracked is not None:
            yield tracked, model


def _unlike_history(tracked: type[Model], event: type[Event]) -> list[Difference]:
    shared = {field.column for field in event._meta.concrete_fields}
    columns = [str(field.column) for field in tracked._meta.concrete_fields if field.column in shared]
    query = sql.SQL(
        """
        SELECT {name} || ' ' || t.{pk}, to_jsonb(ARRAY[{mine}]), to_jsonb(ARRAY[{theirs}])
        FROM {table} t LEFT JOIN LATERAL (
            SELECT * FROM {history} h WHERE h.pgh_obj_id = t.{pk} ORDER BY h.pgh_id DESC LIMIT 1
        ) e ON true
        WHERE e.pgh_id IS NULL OR (ROW({mine_raw}) IS DISTINCT FROM ROW({theirs_raw}))
        """
    ).format(
        name=sql.Literal(tracked._meta.db_table),
        pk=sql.Identifier(str(tracked._meta.pk.column)),
        table=sql.Identifier(tracked._meta.db_table),
        history=sql.Identifier(event._meta.db_table),
        mine=_listed("t", columns, "::text"),
        theirs=_listed("e", columns, "::text"),
        mine_raw=_listed("t", columns),
        theirs_raw=_listed("e", columns),
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [Difference(str(name), str(now), str(then)) for name, now, then in cursor.fetchall()]


def _listed(alias: str, columns: list[str], suffix: str = "") -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}.{}{}").format(sql.Identifier(alias), sql.Identifier(column), sql.SQL(suffix))
        for column in columns
    )
