"""What every long-running process checks before it takes work."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError

from mes.runtime.failures import CannotStart


def refuse_unapplied_migrations() -> None:
    """Raises CannotStart, naming the command, when the database is older than the code or not there."""
    try:
        missing = unapplied_migrations()
    except OperationalError as error:
        raise CannotStart(f"The database does not answer: {str(error).splitlines()[0]}") from error
    finally:
        connections[DEFAULT_DB_ALIAS].close()
    if missing:
        raise CannotStart(
            f"{len(missing)} migrations are not applied ({missing[0]} first). Run: python manage.py migrate"
        )


def unapplied_migrations() -> list[str]:
    """As "app.name", in the order in which they would run."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]
