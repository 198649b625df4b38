"""A throw-away PostgreSQL for the tests: quick because it may forget everything when the power fails."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from mes.runtime.demo import say
from mes.runtime.layout import DATABASE, TEST, Layout
from mes.runtime.postgres import SUPERUSER, TEST_SETTINGS, EmbeddedPostgres


def run_beside_test_database(command: Sequence[str], *, binaries: Path | None = None) -> int:
    """Run `command` with MES_DATABASE_URL naming a test database; returns its exit code.

    `binaries` is the directory of another PostgreSQL's programs, e.g. /usr/lib/postgresql/15/bin. Without it
    a MES_DATABASE_URL that is set already is used as it is.
    """
    if binaries is None and os.environ.get("MES_DATABASE_URL"):
        return run(command, dict(os.environ))
    postgres = EmbeddedPostgres(TEST, TEST_SETTINGS)
    if binaries:
        layout = Layout(TEST.directory / "-".join(binaries.parts[1:]))
        postgres = EmbeddedPostgres(layout, TEST_SETTINGS, binaries)
    with postgres.running():
        postgres.prepare_database()
        say(f"The tests run on PostgreSQL {postgres.version}")
        url = postgres.layout.database_url(SUPERUSER, DATABASE)
        return run(command, {**os.environ, "MES_DATABASE_URL": url})


def run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Ctrl-C and SIGTERM are the command's to answer; the database stops after it."""
    process = subprocess.Popen(command, env=environment)  # noqa: S603
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: process.terminate()),
    }
    try:
        return process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
