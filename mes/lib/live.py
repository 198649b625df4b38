"""Live notices: a command announces a topic in its transaction, listeners hear it after commit.

PostgreSQL's NOTIFY carries them, so a notice exists exactly when the change does. Announce once per
batch and topic, never once per row: NOTIFY takes a database-wide lock at commit.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

CHANNEL = "mes_live"


def announce(*topics: str) -> None:
    """Tell listeners that ``topics`` changed, when the current transaction commits. One query."""
    announce_all(topics)


def announce_all(topics: Iterable[str]) -> None:
    """Like ``announce`` for any number of topics, still one query."""
    unique = sorted(set(topics))
    if not unique:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, topic) FROM unnest(%s::text[]) AS topic", [CHANNEL, unique])
