"""Statements of the hottest paths, compiled once per process.

Django compiles a query anew each time, which for a short one costs more than its answer. Here the SQL of a
query or an insert is made at its first use and kept; only the values change. Everything else stays as it is:
model instances, conversions, ``FOR UPDATE``, the pool, the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, Expression, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

from mes.lib.live import CHANNEL

M = TypeVar("M", bound=Model)


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
        with connection.cursor() as cursor:
            cursor.execute(plan.sql, [values[p.name] if isinstance(p, Asked) else p for p in plan.params])
            return [plan.instance(row) for row in cursor.fetchall()]

    @cached_property
    def _plan(self) -> _Plan:
        return _Plan(self._build())


class _Plan:
    """A compiled query: its text, and how a row of its answer becomes an instance."""

    def __init__(self, queryset: QuerySet[Any]) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, self.params = compiler.as_sql()
        columns = [expression for expression, _sql, _alias in compiler.select]
        self.converters = compiler.get_converters(columns)
        info = compiler.klass_info
        assert info is not None
        self.model = info["model"]
        self.start, self.end = info["select_fields"][0], info["select_fields"][-1] + 1
        self.names = [column.target.attname for column in columns[self.start : self.end]]
        self.related = get_related_populators(info, compiler.select, connection.alias)  # type: ignore[call-arg]
        self.annotations = compiler.annotation_col_map or {}

    def instance(self, row: Sequence[Any]) -> Any:
        if self.converters:
            row = list(row)
            for position, (converters, expression) in self.converters.items():
                for convert in converters:
                    row[position] = convert(row[position], expression, connection)
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
        with connection.cursor() as cursor:
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
        columns: list[Any] = [
            self._column(field, rows, connections[connection.alias]) for field in self._fields
        ]
        parameters = columns if len(rows) > 1 else [column[0] for column in columns]
        sql = self._many if len(rows) > 1 else self._one
        if announced := sorted(set(topics)):
            sql, parameters = sql + _KEYS_AND_NOTICES, [*parameters, CHANNEL, announced]
        else:
            sql += _KEYS
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = key
                row._state.adding, row._state.db = False, connection.alias

    def _column(self, field: Any, rows: Sequence[M], database: BaseDatabaseWrapper) -> list[Any]:
        if field.is_relation:
            for row in rows:
                related = row._state.fields_cache.get(field.name)
                if related is not None:  # perhaps saved after it was named here
                    setattr(row, field.attname, related.pk)
        return [field.get_db_prep_save(field.pre_save(row, True), database) for row in rows]

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
