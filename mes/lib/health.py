"""Is this process alive, and is the installation fit to take work?

Alive answers without looking at anything. Ready asks every check; an app adds its own in `ready()`:

    health_check("projections")(lambda: None)   # None: fine; a sentence: what is wrong
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db import Error as DatabaseError
from django.db.migrations.executor import MigrationExecutor
from kombu import Connection as BrokerConnection
from kombu.exceptions import OperationalError as BrokerError

logger = structlog.get_logger(__name__)

Check = Callable[[], str | None]
BROKER_TIMEOUT_SECONDS = 2

_checks: dict[str, Check] = {}


def health_check(name: str) -> Callable[[Check], Check]:
    """Register the decorated function: it returns None when all is well, else what is wrong."""

    def register(check: Check) -> Check:
        _checks[name] = check
        return check

    return register


def readiness() -> dict[str, str | None]:
    """Every check by name with what is wrong, None where nothing is."""
    return {name: _answer(name, check) for name, check in _checks.items()}


def _answer(name: str, check: Check) -> str | None:
    try:
        return check()
    except (DatabaseError, BrokerError, OSError) as error:
        logger.warning("health_check_failed", check=name, error=str(error))
        return f"does not answer ({type(error).__name__})"


@health_check("database")
def database_answers() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None


@health_check("migrations")
def migrations_are_applied() -> str | None:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} not applied" if missing else None


@health_check("broker")
def broker_answers() -> str | None:
    with BrokerConnection(settings.CELERY_BROKER_URL, connect_timeout=BROKER_TIMEOUT_SECONDS) as broker:
        broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_SECONDS)
    return None
