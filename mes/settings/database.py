"""The connection to PostgreSQL, by role and by kind of process."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import environ
from django.core.exceptions import ImproperlyConfigured

STATEMENT_TIMEOUT_SECONDS = {"web": 15, "worker": 300}
IDLE_IN_TRANSACTION_SECONDS = 60


def database(url: str, *, process: str = "", owner: bool = False, pool_size: int = 20) -> dict[str, Any]:
    """Django's description of the database at `url`.

    `process` is "web", "worker" or empty for commands. A web process keeps its connections in a pool, because
    under ASGI each request has its own thread and persistent connections would pile up. The others keep one
    connection. The owner (migrations, backup) has no time limits.

    Raises ImproperlyConfigured for anything but PostgreSQL.
    """
    config: dict[str, Any] = environ.Env.db_url_config(url)
    if config.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured(
            "MES_DATABASE_URL must name a PostgreSQL database: postgresql://user@host/name"
        )
    options = config.setdefault("OPTIONS", {})
    if "host" in options:
        config["HOST"] = options.pop("host")
    # Without a value each audit trigger fails inside to read it, and undoing that costs more the more rows a
    # transaction has written.
    parameters = {"jit": "off", "pgtrigger.ignore": "{}"}
    if not owner:
        parameters["statement_timeout"] = f"{STATEMENT_TIMEOUT_SECONDS.get(process, 0)}s"
        parameters["idle_in_transaction_session_timeout"] = f"{IDLE_IN_TRANSACTION_SECONDS}s"
    options["options"] = " ".join(f"-c {name}={value}" for name, value in parameters.items())
    options["application_name"] = f"mes {process or ('owner' if owner else 'command')}"
    config["CONN_HEALTH_CHECKS"] = True
    if process == "web":
        config["CONN_MAX_AGE"] = 0
        options["pool"] = {"min_size": 2, "max_size": pool_size, "timeout": 10}
    else:
        config["CONN_MAX_AGE"] = 600
    return config


def libpq_url(config: dict[str, Any]) -> str:
    """The same database as a URL for pg_dump, psql and LISTEN connections."""
    user = quote(config.get("USER") or "", safe="")
    password = quote(config.get("PASSWORD") or "", safe="")
    who = f"{user}:{password}@" if password else f"{user}@" if user else ""
    host, port = str(config.get("HOST") or ""), config.get("PORT")
    name = quote(config["NAME"], safe="")
    if host.startswith("/"):
        return f"postgresql://{who}/{name}?host={quote(host, safe='')}" + (f"&port={port}" if port else "")
    return f"postgresql://{who}{host}{f':{port}' if port else ''}/{name}"
