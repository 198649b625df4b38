"""`python -m mes.runtime.erp_chaos [MESSAGES]`: the ERP link under chaos on a database of its own.

Ctrl-C ends the sending: what was sent till then settles and is judged.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import django

from mes.runtime.chaos import log_progress
from mes.runtime.erp_chaos.parts import SECRET_NAME, Parts
from mes.runtime.failures import CannotStart
from mes.runtime.layout import APPLICATION, OWNER, ROOT, VAR, Layout
from mes.runtime.postgres import DEMO_SETTINGS, EmbeddedPostgres

PLACE = Layout(VAR / "erp-chaos")
MESSAGES = 100_000
MESSAGES_PER_ORDER = 50
FEWEST_ROUNDS = 5
MESSAGES_BETWEEN_KILLS = (200, 1800)
PATIENCE_SECONDS = 4 * 3600.0
TOLD_EVERY_SECONDS = 60.0


@contextlib.contextmanager
def fresh_parts() -> Iterator[Parts]:
    """A new database with nothing but the schema, and all parts running on it."""
    shutil.rmtree(PLACE.directory, ignore_errors=True)
    postgres = EmbeddedPostgres(PLACE, DEMO_SETTINGS)
    with postgres.running():
        postgres.prepare_database()
        environment = {
            "DJANGO_SETTINGS_MODULE": "mes.settings.demo",
            "MES_DATABASE_URL": PLACE.database_url(APPLICATION),
            "MES_DATABASE_OWNER_URL": PLACE.database_url(OWNER),
            "MES_LOG_LEVEL": "ERROR",
        }
        os.environ.update(environment)
        for command in (("migrate", "--verbosity", "0"), ("grant_rights",)):
            subprocess.run(  # noqa: S603
                [sys.executable, "manage.py", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
            )
        django.setup()
        from mes.runtime.erp_chaos.traffic import prepare

        def break_database() -> None:
            """As when the power fails."""
            postgres.crash()
            postgres.start()

        parts = Parts(PLACE.directory, relays=2, environment=environment, break_database=break_database)
        prepare(parts.address, SECRET_NAME)
        try:
            parts.start_all()
            yield parts
        finally:
            parts.stop()


def main() -> int:
    messages = int(float(sys.argv[1])) if len(sys.argv) > 1 else MESSAGES
    began = time.monotonic()
    enough = threading.Event()
    with fresh_parts() as parts:
        from mes.runtime.erp_chaos.play import play

        log_progress()
        signal.signal(signal.SIGINT, lambda _signal, _frame: enough.set())
        try:
            verdict = play(
                parts,
                orders=max(messages // MESSAGES_PER_ORDER, 2),
                messages=messages,
                rounds=FEWEST_ROUNDS,
                between_kills=MESSAGES_BETWEEN_KILLS,
                patience_seconds=PATIENCE_SECONDS,
                tell_every_seconds=TOLD_EVERY_SECONDS,
                enough=enough,
            )
        except CannotStart as reason:
            sys.stderr.write(f"chaos-erp: {reason}\n")
            return 2
    end = "All goals hold." if verdict.holds else "Not all goals hold."
    seconds = time.monotonic() - began
    lines = [
        *verdict.lines(),
        "CPU seconds: " + ", ".join(f"{name} {used:.0f}" for name, used in parts.cpu_seconds.items()),
        f"{seconds:.0f} s, {verdict.messages / seconds:.1f} messages/s. {end}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main())
