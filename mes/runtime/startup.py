"""What every long-running process checks before it takes work."""

from __future__ import annotations

import time

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import InterfaceError, OperationalError

from mes.runtime.failures import CannotStart

logger = structlog.get_logger(__name__)

PAUSE_SECONDS = 1.0


def refuse_unapplied_migrations() -> None:
    """Raises CannotStart, naming the command, when the database is older than the code, or when it doesn't
    answer for ``DATABASE_PATIENCE_SECONDS``."""
    end = time.monotonic() + settings.DATABASE_PATIENCE_SECONDS
    while (missing := _asked(is_last=time.monotonic() >= end)) is None:
        time.sleep(PAUSE_SECONDS)
    if missing:
        raise CannotStart(
            f"{len(missing)} migrations are not applied ({missing[0]} first). Run: python manage.py migrate"
        )


def _asked(*, is_last: bool) -> list[str] | None:
    """The unapplied migrations; None when the database doesn't answer, which the last attempt refuses."""
    try:
        return unapplied_migrations()
    except (OperationalError, InterfaceError) as error:
        reason = str(error).splitlines()[0]
        if is_last:
            raise CannotStart(f"The database does not answer: {reason}") from error
        logger.warning("database_unavailable", worker="start", error=reason, retry_in=PAUSE_SECONDS)
        return None
    finally:
        connections[DEFAULT_DB_ALIAS].close()


def unapplied_migrations() -> list[str]:
    """As "app.name", in the order in which they would run."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]
