"""Daily partitions of the raw samples: made before they are needed, dropped when they are no longer kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

DAYS_AHEAD = 3

_known: set[tuple[str, date]] = set()


def make_partitions(days: Iterable[date]) -> int:
    """Make the missing ones of these days (UTC). Returns how many were missing."""
    database = str(connection.settings_dict["NAME"])
    missing = sorted(day for day in set(days) if (database, day) not in _known)
    if not missing:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE machines_make_sample_partition(day)) FROM unnest(%s::date[]) day",
            [missing],
        )
        (made,) = cursor.fetchone()
    transaction.on_commit(lambda: _known.update((database, day) for day in missing))
    return int(made)


def make_partitions_ahead(now: datetime) -> int:
    today = now.astimezone(UTC).date()
    return make_partitions(today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1))


def forget_known_partitions() -> None:
    """Ask the database again: partitions were dropped."""
    _known.clear()
