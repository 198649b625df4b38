"""Which numbered files of a partner never came."""

from __future__ import annotations

from django.db import connection as database

from integrations.models import Connection, ReceivedFile

MOST = 100


def missing_numbers(connection: Connection) -> list[tuple[int, int]]:
    """Ranges (first, last) of numbers that lie between received ones and never came, at most 100.

    What lies below the rules' ``numbers_from`` is settled.
    """
    rules = getattr(connection, "file_rules", None)
    if rules is None or not rules.number_pattern:
        return []
    table = database.ops.quote_name(ReceivedFile._meta.db_table)
    sql = (
        "SELECT GREATEST(before + 1, %s), number - 1 FROM ("  # noqa: S608 - our own table's name
        f"SELECT number, lag(number) OVER (ORDER BY number) AS before FROM {table} "
        "WHERE connection_id = %s AND number IS NOT NULL"
        ") numbered WHERE number - before > 1 AND number > %s ORDER BY number LIMIT %s"
    )
    with database.cursor() as cursor:
        cursor.execute(sql, [rules.numbers_from, connection.pk, rules.numbers_from, MOST])
        return [(int(first), int(last)) for first, last in cursor.fetchall()]
