"""The connector to staging tables: rows in, rows out, and how each ended.

Rows with the status *new* are locked for us (099) and given to the inbox as JSON: the tables by name, each
with its rows. When the message is applied their status becomes *done*, or *refused* with the reason. A crash
in between leaves them locked: they come again, and the same content is applied once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import psycopg
from django.utils import timezone
from psycopg import sql
from psycopg.rows import dict_row

from integrations.domain.connectors import ErpTotal, Fetched, Line, Page, PartnerError, Posting, Settled
from integrations.domain.outbox.outcome import Outcome, again, delivered
from integrations.erp.mapped.confirmations import MappedConfirmations
from integrations.erp.staging.tables import Staging, staging
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

MESSAGE_TYPE = "staging"
CONNECT_SECONDS, STATEMENT_SECONDS = 10, 60
LONGEST_ERROR = 250
Row = dict[str, Any]


class StagingConnector:
    """For connections with a layout of their own (``mapped``) whose partner has a database for it."""

    name = "mapped"

    def fetch(self, line: Line, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Every order that is new or still locked, in pages. The tables themselves keep what is done."""
        tables = staging(line.options)
        seen: set[str] = set()
        while True:
            with _database(line) as database:
                found = _claimed(database, tables, without=seen)
                messages = tuple(_message(database, tables, row) for row in found)
            if not messages:
                return
            seen |= {message.external_id for message in messages}
            yield Page(messages, {})

    def settle(self, line: Line, settled: Sequence[Settled]) -> None:
        """Write beside each order how it ended."""
        tables = staging(line.options)
        with _database(line) as database:
            for one in settled:
                status = tables.words.done if one.taken else tables.words.refused
                columns = [sql.SQL("{} = %s").format(sql.Identifier(tables.status))]
                values: list[object] = [status]
                if tables.error:
                    columns.append(sql.SQL("{} = %s").format(sql.Identifier(tables.error)))
                    values.append(one.text[:LONGEST_ERROR])
                database.execute(
                    sql.SQL("UPDATE {} SET {} WHERE {}::text = %s AND {}::text = %s").format(
                        _table(tables, tables.header),
                        sql.SQL(", ").join(columns),
                        sql.Identifier(tables.key),
                        sql.Identifier(tables.status),
                    ),
                    # A row that the ERP has written anew meanwhile stays new.
                    [*values, one.external_id, tables.words.locked],
                )

    def post(self, line: Line, posting: Posting) -> Outcome:
        """Insert the rows that the mapping of confirmations makes, all or none; the identity is unique there,
        so that a repeat inserts nothing."""
        tables = staging(line.options)
        made = _rendered(posting, line)
        try:
            with _database(line) as database:
                for table, rows in made.items():
                    for row in rows:
                        _insert(database, tables, table, row)
        except psycopg.errors.DataError as error:
            raise InvalidInput([Problem("bad_value", _said(error), "staging")]) from error
        except psycopg.errors.IntegrityError as error:
            raise InvalidInput([Problem("refused", _said(error), "staging")]) from error
        except PartnerError as error:
            return again(str(error), uncertain=True, code=error.code)
        return delivered(_("The row stands in the partner's table."))

    def totals(self, line: Line, orders: Sequence[str]) -> Iterable[ErpTotal]:
        """A staging area has none: the partner tells them by a file or by REST."""
        raise PartnerError("no_totals", _("Staging tables hold no totals: let the partner tell them."))


@contextmanager
def _database(line: Line) -> Iterator[psycopg.Connection[Row]]:
    """One transaction in the partner's database. Raises PartnerError when it can't be had."""
    try:
        with psycopg.connect(
            line.address,
            password=line.secret or None,
            connect_timeout=CONNECT_SECONDS,
            options=f"-c statement_timeout={STATEMENT_SECONDS}s",
            application_name=f"mes {line.code}",
            row_factory=dict_row,
        ) as database:
            yield database
    except (psycopg.errors.DataError, psycopg.errors.IntegrityError):
        raise
    except psycopg.Error as error:
        raise PartnerError("database", _("The partner's database: %s") % _said(error)) from error


def _said(error: psycopg.Error) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _table(tables: Staging, name: str) -> sql.Composed:
    return sql.SQL("{}.{}").format(sql.Identifier(tables.schema), sql.Identifier(name))


def _claimed(database: psycopg.Connection[Row], tables: Staging, *, without: set[str]) -> list[Row]:
    """Some rows of the header, locked for us, in the order in which they are to be applied."""
    question = sql.SQL(
        "WITH mine AS (SELECT ctid FROM {table} WHERE {status}::text = ANY(%s) AND NOT {key}::text = ANY(%s)"
        " ORDER BY {order} LIMIT %s FOR UPDATE SKIP LOCKED)"
        " UPDATE {table} SET {status} = %s WHERE ctid IN (SELECT ctid FROM mine) RETURNING *"
    ).format(
        table=_table(tables, tables.header),
        status=sql.Identifier(tables.status),
        key=sql.Identifier(tables.key),
        order=sql.Identifier(tables.order_by or tables.key),
    )
    wanted = [tables.words.new, tables.words.locked]
    values = [wanted, sorted(without), tables.rows_at_once, tables.words.locked]
    found = database.execute(question, values).fetchall()
    return sorted(found, key=lambda row: str(row[tables.order_by or tables.key]))


def _message(database: psycopg.Connection[Row], tables: Staging, header: Row) -> Fetched:
    """One order with the rows of all its tables. The control columns are no part of what is said."""
    key = header[tables.key]
    said = {name: value for name, value in header.items() if name not in (tables.status, tables.error)}
    content: dict[str, list[Row]] = {tables.header: [said]}
    for name in tables.details:
        question = sql.SQL("SELECT * FROM {} WHERE {} = %s ORDER BY 1, 2").format(
            _table(tables, name), sql.Identifier(tables.key)
        )
        content[name] = database.execute(question, [key]).fetchall()
    body = json.dumps(content, default=_plain, ensure_ascii=False, separators=(",", ":")).encode()
    return Fetched(body, MESSAGE_TYPE, str(key), name=str(key))


def _plain(value: object) -> str:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _rendered(posting: Posting, line: Line) -> dict[str, list[Row]]:
    """The rows by table, as the mapping writes them. Raises InvalidInput for one that writes none."""
    rendered = MappedConfirmations().write(
        [posting.confirmation],
        message_id=posting.confirmation.identity,
        created=timezone.now(),
        settings=line.options,
    )
    try:
        (content,) = json.loads(rendered.body).values()
        made = {name: rows for name, rows in content.items() if isinstance(rows, list)}
    except (ValueError, AttributeError) as error:
        message = _("For staging tables the mapping must write JSON, with a table's name as the path.")
        raise InvalidInput([Problem("no_rows", message, "confirmation_mapping")]) from error
    return made


def _insert(database: psycopg.Connection[Row], tables: Staging, table: str, row: Row) -> None:
    columns = {name: value for name, value in row.items() if not isinstance(value, list | dict)}
    if tables.identity not in columns:
        message = _("The mapping writes no column “%(column)s” to the table “%(table)s”.") % {
            "column": tables.identity,
            "table": table,
        }
        raise InvalidInput([Problem("no_identity", message, "confirmation_mapping")])
    database.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO NOTHING").format(
            _table(tables, table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(sql.Placeholder() * len(columns)),
            sql.Identifier(tables.identity),
        ),
        # An empty text is no value there; PostgreSQL makes numbers and times of the others.
        [None if value == "" else value for value in columns.values()],
    )
