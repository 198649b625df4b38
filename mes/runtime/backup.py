"""Backup and restore: one file with the whole database, read back into an empty one and checked there.

The file is pg_dump's custom format. It works for the demo (embedded, started when it isn't running) and for a
plant (MES_DATABASE_OWNER_URL, or MES_DATABASE_URL when the application owns its database).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from mes.runtime.demo import environment, manage, say
from mes.runtime.failures import CannotStart
from mes.runtime.layout import DATABASE, DEMO, OWNER, VAR
from mes.runtime.machine import only_one
from mes.runtime.postgres import BINARIES, DEMO_SETTINGS, EmbeddedPostgres


def back_up(file: Path | None) -> int:
    """Write the database to `file`, by default var/backup/mes-<UTC time>.dump. Raises CannotStart."""
    target = (file or VAR / "backup" / f"mes-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump").resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".part")
    with owned_database() as url:
        run(program("pg_dump", url), "--format=custom", "--no-privileges", "-f", str(unfinished), "-d", url)
    unfinished.chmod(0o600)
    unfinished.replace(target)
    say(f"Backup written: {target} ({target.stat().st_size / 1e6:.1f} MB)")
    return 0


def restore(file: Path) -> int:
    """Read `file` into the database, which must be empty, and check the result. Raises CannotStart.

    The demo's database is set aside under another name first; a plant makes an empty one (`createdb`).
    """
    if not file.is_file():
        raise CannotStart(f"There is no file {file}.")
    if in_demo():
        with only_one(DEMO.directory), EmbeddedPostgres(DEMO, DEMO_SETTINGS).running() as postgres:
            postgres.prepare_database()
            if not is_empty(DEMO.database_url(OWNER)):
                aside = f"{DATABASE}_until_{datetime.now(UTC):%Y%m%d_%H%M%S}"
                postgres.set_aside(DATABASE, aside)
                say(f"The former database is kept as {aside}")
            postgres.prepare_database()
            os.environ.update(environment())
            return restore_into(DEMO.database_url(OWNER), file)
    with owned_database() as url:
        return restore_into(url, file)


def restore_into(url: str, file: Path) -> int:
    if not is_empty(url):
        raise CannotStart(
            "The database is not empty. Make an empty one and name it in MES_DATABASE_OWNER_URL."
        )
    run(
        program("pg_restore", url),
        *("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "-d", url, str(file)),
    )
    for step in (("migrate", "--check"), ("grant_rights",), ("books",)):
        if step[0] in installed_commands():
            manage(*step)
    say(f"Restored and checked: {file}")
    return 0


def in_demo() -> bool:
    return "MES_DATABASE_URL" not in os.environ and "MES_DATABASE_OWNER_URL" not in os.environ


@contextmanager
def owned_database() -> Iterator[str]:
    """The URL of the database as its owner. The demo's is started for the purpose when it isn't running."""
    if in_demo():
        if not (DEMO.postgres / "PG_VERSION").exists():
            raise CannotStart("There is no demo yet, and MES_DATABASE_URL names no other database.")
        with EmbeddedPostgres(DEMO, DEMO_SETTINGS).running():
            yield DEMO.database_url(OWNER)
    else:
        yield os.environ.get("MES_DATABASE_OWNER_URL") or os.environ["MES_DATABASE_URL"]


def is_empty(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return found == (0,)


def program(name: str, url: str) -> Path:
    """pg_dump or pg_restore of the server's own major version where it's installed, else the embedded one.

    A newer pg_dump reads older servers, but what it writes may hold settings that they don't know.
    """
    with psycopg.connect(url) as connection:
        major = connection.info.server_version // 10_000
    own = Path(f"/usr/lib/postgresql/{major}/bin") / name
    if own.exists():
        return own
    on_path = shutil.which(name)
    if on_path and f" {major}." in version_of(on_path):
        return Path(on_path)
    return BINARIES / name


def version_of(path: str) -> str:
    return subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603


def run(path: Path, *arguments: str) -> None:
    result = subprocess.run([str(path), *arguments], check=False)  # noqa: S603
    if result.returncode:
        raise CannotStart(f"{path.name} failed; the lines above say why.")


def installed_commands() -> set[str]:
    import django
    from django.core.management import get_commands

    from mes.settings import settings_module

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module())
    django.setup()
    return set(get_commands())
