"""Many rows at once: values in binary, bound by the server, staged through COPY.

Django's own cursor writes every value into the statement as text, which costs more than storing it. For
statements with thousands of values use ``cursor`` and, for rows, a ``Staging`` table or their own ``Target``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

import psycopg
from django.db import connection
from django.db.models import Model
from psycopg.pq import Format
from psycopg.types.numeric import DecimalBinaryDumper
from psycopg.types.string import BytesBinaryDumper

from mes.lib.prepared import PreparedCursor

# The last one registered for a type writes it in COPY; psycopg's own last one for bytes is in Python.
psycopg.adapters.register_dumper(bytes, BytesBinaryDumper)


class _Binary(psycopg.Cursor[Any]):
    """Named, so that nobody puts further commands before its own: with binary values there can be but one."""

    name = "bulk"


class _Prepared(PreparedCursor):
    name = "bulk"


def cursor(*, prepared: bool = False) -> Any:
    """A cursor of Django's connection that sends and reads values in binary. A context manager.

    ``prepared``: for the same few statements again and again, which are parsed and planned once; for any
    number of values alike. The audit trail learns nothing from it about who acts: not for tracked tables.
    """
    connection.ensure_connection()
    raw: Any = (_Prepared if prepared else _Binary)(connection.connection)
    raw.format = Format.BINARY
    if connection.queries_logged:
        return connection.make_debug_cursor(raw)
    return connection.make_cursor(raw)


@contextmanager
def by_key() -> Iterator[None]:
    """Staged rows find theirs in other tables one by one, by key. For statements within a transaction.

    PostgreSQL doesn't know how few were just staged and would rather read all of a table of many machines.
    """
    with connection.cursor() as plain:
        plain.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        yield
        plain.execute("SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on")


@contextmanager
def references_checked() -> Iterator[None]:
    """The server looks whether everything exists that this transaction's new rows refer to, while we do
    something else in the block; else it would when the transaction ends, and we'd wait for it. Raises what
    it finds when the block is left."""
    with ThreadPoolExecutor(1) as beside, connection.wrap_database_errors:
        looking = beside.submit(connection.connection.execute, "SET CONSTRAINTS ALL IMMEDIATE")
        yield
        looking.result()
        connection.connection.execute("SET CONSTRAINTS ALL DEFERRED")


@dataclass(frozen=True)
class Target:
    """A table that takes rows by COPY. ``columns``: names and types, e.g. ``machine_id int8``.

    No defaults of the model, and none of the rows may be there already. Not for tracked tables.
    """

    name: str
    columns: str

    @cached_property
    def names(self) -> str:
        return ", ".join(column.split()[0] for column in self._each)

    @cached_property
    def types(self) -> Sequence[str]:
        return [column.split(maxsplit=1)[1] for column in self._each]

    @property
    def _each(self) -> list[str]:
        return [column.strip() for column in self.columns.split(",")]

    def fill(self, cursor: Any, rows: Iterable[Sequence[Any]]) -> None:
        """Add these rows. One round trip."""
        with cursor.copy(f"COPY {self.name} ({self.names}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(self.types)
            write = copy.write_row
            for row in rows:
                write(row)


@dataclass(frozen=True)
class Staging(Target):
    """A temporary table for rows on their way.

    It is empty at the end of each transaction. Nothing relies on it between two, so that a pooler may hand
    out another connection meanwhile.
    """

    @cached_property
    def _empty(self) -> str:
        return (
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {self.name} "  # noqa: S608 - our own names
            f"({self.columns}) ON COMMIT DELETE ROWS;"
            f"DELETE FROM pg_temp.{self.name}"
        )

    def fill(self, cursor: Any, rows: Iterable[Sequence[Any]]) -> None:
        """Have exactly these rows in the table. Two round trips."""
        with connection.cursor() as plain:
            plain.execute(self._empty)
        super().fill(cursor, rows)


@lru_cache(maxsize=4096)
def numeric(number: Decimal) -> bytes:
    """A number as PostgreSQL reads it, for a column of fixed digits that its ``Target`` calls bytea.

    Writing one costs psycopg a microsecond, and mostly it is one of a few.
    """
    dumped = DecimalBinaryDumper(Decimal).dump(number)
    assert dumped is not None
    return bytes(dumped)


def array(numbers: Iterable[float]) -> str:
    """Numbers as PostgreSQL writes an array, for ``%s::int8[]``; lists cost psycopg ten times as much."""
    return "{" + ",".join(map(repr, numbers)) + "}"


def copy_in(rows: Sequence[Model]) -> None:
    """Insert unsaved rows of one model by COPY: no defaults of the database, no signals, no primary keys
    back. Their values must be of the fields' own types. Not for tracked tables."""
    if not rows:
        return
    names = [field.attname for field in rows[0]._meta.concrete_fields if not field.primary_key]
    copy_rows(type(rows[0]), names, ([getattr(row, name) for name in names] for row in rows))


def copy_rows(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The same from plain values; ``names``: all attributes of the model but its primary key, in the order
    of the values."""
    known = {field.attname: field for field in model._meta.concrete_fields}
    fields = [known[name] for name in names]
    columns, table = ", ".join(f'"{field.column}"' for field in fields), model._meta.db_table
    with cursor() as raw, raw.copy(f'COPY "{table}" ({columns}) FROM STDIN (FORMAT BINARY)') as copy:
        copy.set_types([field.db_type(connection) for field in fields])
        for row in rows:
            copy.write_row(row)
