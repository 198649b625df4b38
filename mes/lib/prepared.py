"""Statements of the hottest paths, compiled once per process and planned once per connection.

Django compiles a query anew each time, and PostgreSQL parses and plans it anew, which for a short one costs
more than its answer. Here the SQL of a query or an insert is made at its first use and kept, and each
connection prepares it once; only the values change. Everything else stays as it is: model instances,
conversions, ``FOR UPDATE``, the pool, the transaction. A pooler that hands one connection to many clients
must know prepared statements (PgBouncer since 1.21).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

import psycopg
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import AutoField, DateTimeField, Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

from mes.lib.live import CHANNEL

M = TypeVar("M", bound=Model)

_AUDIT_CONTEXT = "SELECT set_config('pghistory"
"""What ``mes.lib.audit_context`` puts before the first statement of a transaction that writes."""


class PreparedCursor(psycopg.Cursor[Any]):
    """Leaves every statement prepared in its connection, which isn't prepared for anything else."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        if query.startswith(_AUDIT_CONTEXT):  # two commands, which can't be prepared
            return super().execute(psycopg.ClientCursor(self.connection).mogrify(query, params), **options)
        self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params, **options)
        finally:
            self.connection.prepare_threshold = None

    def _send_query_prepared(self, name: bytes, pgq: Any, **options: Any) -> None:
        self._query = pgq  # psycopg notes only what it sends unprepared, and Django's log reads this
        super()._send_query_prepared(name, pgq, **options)


def prepared_cursor() -> CursorWrapper:
    """Django's cursor as everywhere, with its wrappers and its log."""
    connection.ensure_connection()
    return connection._prepare_cursor(PreparedCursor(connection.connection))  # type: ignore[no-any-return, attr-defined]


class Asked(Expression):
    """The place of a value that is given when the query runs: ``filter(code=Asked("code"))``."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


class Query(Generic[M]):
    """``Query(lambda: Item.objects.filter(code=Asked("code")))``, then ``query.all(code="SHAFT")``.

    Related objects come by ``select_related``; what ``prefetch_related`` adds isn't taken over.
    """

    def __init__(self, build: Callable[[], QuerySet[M]]) -> None:
        self._build = build

    def first(self, **values: Any) -> M | None:
        return next(iter(self.all(**values)), None)

    def all(self, **values: Any) -> list[M]:
        plan = self._plan
        return [plan.instance(row) for row in plan.fetch(values)]

    @cached_property
    def _plan(self) -> _Plan:
        return _Plan(self._build())


class Rows:
    """Like ``Query`` for a query of ``values_list``: its rows as tuples."""

    def __init__(self, build: Callable[[], QuerySet[Any, tuple[Any, ...]]]) -> None:
        self._build = build

    def all(self, **values: Any) -> list[Sequence[Any]]:
        return self._compiled.fetch(values)

    @cached_property
    def _compiled(self) -> _Compiled:
        return _Compiled(self._build())


class _Compiled:
    """The text of a query, and what makes Python's values of its answer's."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self.compiler = queryset.query.get_compiler(connection=connection)
        self.sql, self.params = self.compiler.as_sql()
        self.columns = [expression for expression, _sql, _alias in self.compiler.select]
        self.converters = self.compiler.get_converters(self.columns)

    def fetch(self, values: Mapping[str, Any]) -> list[Sequence[Any]]:
        with prepared_cursor() as cursor:
            cursor.execute(self.sql, [values[p.name] if isinstance(p, Asked) else p for p in self.params])
            rows = cursor.fetchall()
        return [self._converted(row) for row in rows] if self.converters else rows

    def _converted(self, row: Sequence[Any]) -> Sequence[Any]:
        found = list(row)
        for position, (converters, expression) in self.converters.items():
            for convert in converters:
                found[position] = convert(found[position], expression, connection)
        return found


class _Plan(_Compiled):
    """A compiled query of instances, and how a row of its answer becomes one."""

    def __init__(self, queryset: QuerySet[Any]) -> None:
        super().__init__(queryset)
        compiler, columns = self.compiler, self.columns
        info = compiler.klass_info
        assert info is not None
        self.model = info["model"]
        self.start, self.end = info["select_fields"][0], info["select_fields"][-1] + 1
        self.names = [column.target.attname for column in columns[self.start : self.end]]
        self.related = get_related_populators(info, compiler.select, connection.alias)  # type: ignore[call-arg]
        self.annotations = compiler.annotation_col_map or {}

    def instance(self, row: Sequence[Any]) -> Any:
        found = self.model.from_db(connection.alias, self.names, row[self.start : self.end])
        for populator in self.related:
            populator.populate(row, found)
        for name, position in self.annotations.items():
            setattr(found, name, row[position])
        return found


_KEYS = " SELECT id FROM made ORDER BY id"
_KEYS_AND_NOTICES = """
SELECT id FROM made, (SELECT count(pg_notify(%s, topic)) FROM unnest(%s::text[]) AS topic) AS told ORDER BY id
"""


class Update(Generic[M]):
    """``bulk_update`` of the same fields of any number of rows, in one statement."""

    def __init__(self, model: type[M], *fields: str) -> None:
        self._model, self._names = model, fields

    def __call__(self, rows: Sequence[M]) -> None:
        """Write these fields of ``rows``, which have been saved before."""
        if not rows:
            return
        database = connections[connection.alias]
        columns: list[Any] = [[row.pk for row in rows]]
        for field in self._fields:
            values = [field.value_from_object(row) for row in rows]
            columns.append([field.get_db_prep_save(value, database) for value in values])
        with prepared_cursor() as cursor:
            cursor.execute(self._sql, columns)

    @cached_property
    def _fields(self) -> list[Any]:
        return [self._model._meta.get_field(name) for name in self._names]

    @cached_property
    def _sql(self) -> str:
        quoted = [f'"{field.column}"' for field in self._fields]
        types = ["int8", *(field.db_type(connection).partition("(")[0] for field in self._fields)]
        arrays = ", ".join(f"%s::{name}[]" for name in types)
        sets = ", ".join(f"{name} = new.{name}" for name in quoted)
        rows = f"unnest({arrays}) AS new (id, {', '.join(quoted)})"
        return f'UPDATE "{self._model._meta.db_table}" AS old SET {sets} FROM {rows} WHERE old.id = new.id'  # noqa: S608 - our own names


class Insert(Generic[M]):
    """``bulk_create`` of one model with generated keys, in one statement for any number of rows.

    ``then`` is a further statement for the rows that were made, whose keys it finds in ``made (id)``.
    """

    def __init__(self, model: type[M], *, then: str = "") -> None:
        self._model, self._then = model, then

    def __call__(self, rows: Sequence[M], *, topics: Iterable[str] = ()) -> None:
        """Write ``rows``, set their keys, and announce ``topics`` as ``mes.lib.live`` does."""
        if not rows:
            return
        database = connections[connection.alias]
        columns: list[Any] = [column.values(rows, database) for column in self._columns]
        parameters = columns if len(rows) > 1 else [column[0] for column in columns]
        sql = self._many if len(rows) > 1 else self._one
        if announced := sorted(set(topics)):
            sql, parameters = sql + _KEYS_AND_NOTICES, [*parameters, CHANNEL, announced]
        else:
            sql += _KEYS
        with prepared_cursor() as cursor:
            cursor.execute(sql, parameters)
            for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = key
                row._state.adding, row._state.db = False, connection.alias

    @cached_property
    def _columns(self) -> list[_Column]:
        return [_Column(field) for field in self._fields]

    @cached_property
    def _fields(self) -> list[Any]:
        fields = self._model._meta.concrete_fields
        return [field for field in fields if not (isinstance(field, AutoField) or field.generated)]

    @cached_property
    def _one(self) -> str:
        return self._making(f"VALUES ({', '.join('%s' for _field in self._fields)})")

    @cached_property
    def _many(self) -> str:
        # A length in the cast would cut what is too long instead of refusing it.
        types = [field.db_type(connection).partition("(")[0] for field in self._fields]
        arrays = ", ".join(f"%s::{name}[]" for name in types)
        return self._making("SELECT * FROM unnest(" + arrays + ")")  # noqa: S608 - types of our own columns

    def _making(self, rows: str) -> str:
        names = ", ".join(f'"{field.column}"' for field in self._fields)
        insert = f'INSERT INTO "{self._model._meta.db_table}" ({names}) {rows} RETURNING id'
        return f"WITH made AS ({insert})" + (f", further AS ({self._then})" if self._then else "")


_OWN_TYPES: dict[str, type] = {
    "AutoField": int,
    "BigAutoField": int,
    "BigIntegerField": int,
    "BooleanField": bool,
    "CharField": str,
    "DecimalField": Decimal,
    "IntegerField": int,
    "PositiveIntegerField": int,
    "PositiveSmallIntegerField": int,
    "SmallIntegerField": int,
    "TextField": str,
    "UUIDField": UUID,
}
"""Values of these types go to the database as they are; Django would ask half a dozen methods to find out."""


class _Column:
    """How the values of one field go into an insert."""

    def __init__(self, field: Any) -> None:
        self.field = field
        self.related = field.name if field.is_relation else ""
        self.attname = field.attname
        stored = field.target_field if field.is_relation else field
        known = stored.get_internal_type() if type(stored).__module__ == "django.db.models.fields" else ""
        self.own: type | None = _OWN_TYPES.get(known)
        before = type(field).pre_save
        dated = before is DateTimeField.pre_save and not (field.auto_now or field.auto_now_add)
        self.as_kept = before is Field.pre_save or dated

    def values(self, rows: Sequence[Model], database: BaseDatabaseWrapper) -> list[Any]:
        if self.related:
            for row in rows:
                related = row._state.fields_cache.get(self.related)
                if related is not None:  # perhaps saved after it was named here
                    setattr(row, self.attname, related.pk)
        if self.as_kept:
            kept = [getattr(row, self.attname) for row in rows]
        else:
            kept = [self.field.pre_save(row, True) for row in rows]
        own, convert = self.own, self.field.get_db_prep_save
        return [
            value if value is None or (type(value) is own and value == value) else convert(value, database)
            for value in kept  # NaN alone differs from itself: Django refuses it
        ]
