"""What the application's database role may do: everything but rewriting facts.

Append-only are all models with `append_only = True`, every audit (pghistory event) model, and Django's own
table of migrations. The role may add and read them. It never owns a table, so it can't drop a trigger either.
"""

from __future__ import annotations

from django.apps import apps
from django.db import connection, models
from pghistory.models import Event
from psycopg import sql

PARTITIONS_OF = """
    WITH RECURSIVE part AS (
        SELECT oid FROM pg_class WHERE relname = ANY(%s) AND relnamespace = 'public'::regnamespace
        UNION
        SELECT inhrelid FROM pg_inherits JOIN part ON inhparent = part.oid
    )
    SELECT relname FROM pg_class JOIN part USING (oid) ORDER BY relname
"""


def append_only_models() -> list[type[models.Model]]:
    """The models whose rows are facts: written once, then only read."""
    return [model for model in apps.get_models() if getattr(model, "append_only", False) or _is_audit(model)]


def _is_audit(model: type[models.Model]) -> bool:
    return (
        issubclass(model, Event) and not model._meta.proxy and bool(getattr(model, "pgh_tracked_model", None))
    )


def grant_rights(*, role: str) -> list[str]:
    """Give `role` its rights on every table, as the tables' owner; returns the append-only tables.

    Run after every migration. Partitions are covered too: each can be addressed by its own name.
    """
    tables = {model._meta.db_table for model in append_only_models()} | {"django_migrations"}
    who = sql.Identifier(role)
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS_OF, [sorted(tables)])
        append_only = [name for (name,) in cursor.fetchall()]
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {who}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {who}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {who}",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {who}",
            "REVOKE CREATE ON SCHEMA public FROM {who}",
        ):
            cursor.execute(sql.SQL(statement).format(who=who))
        for table in append_only:
            cursor.execute(
                sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {who}").format(
                    table=sql.Identifier("public", table), who=who
                )
            )
        cursor.execute(sql.SQL("REVOKE INSERT ON public.django_migrations FROM {who}").format(who=who))
    return append_only
