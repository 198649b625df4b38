"""`python -m mes.runtime.erp_chaos [MESSAGES]`: the ERP link under chaos on a database of its own."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

import django

from mes.runtime.layout import APPLICATION, OWNER, ROOT, VAR, Layout
from mes.runtime.postgres import DEMO_SETTINGS, EmbeddedPostgres

PLACE = Layout(VAR / "erp-chaos")
LEDGER = PLACE.directory / "ledger.sqlite"
SECRET_NAME, SECRET = "CHAOS_SECRET", "chaos"
MESSAGES = 100_000
MESSAGES_PER_ORDER = 50
FEWEST_ROUNDS = 5
PAUSE_SECONDS = (2.0, 8.0)
PATIENCE_SECONDS = 4 * 3600.0


class Parts:
    """Two relays, the web process, the ERP and an embedded PostgreSQL that crashes."""

    names: Sequence[str] = ("relay-1", "relay-2", "web", "erp")

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres
        self.web, self.erp = free_port(), free_port()
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        command = {
            "web": (
                *("-m", "uvicorn", "mes.asgi:application", "--port", str(self.web)),
                *("--log-level", "error", "--lifespan", "off"),
            ),
            "erp": ("-m", "mes.runtime.erp_chaos.partner", str(self.erp), str(LEDGER), SECRET),
        }.get(name, ("manage.py", "relay", "--every", "0.2"))
        with (PLACE.directory / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603
                [sys.executable, *command], cwd=ROOT, stdout=log, stderr=log
            )

    def restart(self, name: str) -> None:
        self._end(name)
        self.start(name)

    def break_database(self) -> None:
        """As when the power fails."""
        self.postgres.crash()
        self.postgres.start()

    def stop(self) -> None:
        for name in list(self._running):
            self._end(name)

    def _end(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def fresh_parts() -> Iterator[Parts]:
    """A new database with nothing but the schema, and all parts running on it."""
    shutil.rmtree(PLACE.directory, ignore_errors=True)
    postgres = EmbeddedPostgres(PLACE, DEMO_SETTINGS)
    with postgres.running():
        postgres.prepare_database()
        os.environ.update(
            {
                "DJANGO_SETTINGS_MODULE": "mes.settings.demo",
                "MES_DATABASE_URL": PLACE.database_url(APPLICATION),
                "MES_DATABASE_OWNER_URL": PLACE.database_url(OWNER),
                "MES_LOG_LEVEL": "ERROR",
                SECRET_NAME: SECRET,
            }
        )
        for command in (("migrate", "--verbosity", "0"), ("grant_rights",)):
            subprocess.run(  # noqa: S603
                [sys.executable, "manage.py", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
            )
        django.setup()
        from mes.runtime.erp_chaos.traffic import prepare

        parts = Parts(postgres)
        prepare(f"http://127.0.0.1:{parts.erp}/confirmations", SECRET_NAME)
        try:
            for name in ("erp", "web", "relay-1", "relay-2"):
                parts.start(name)
            while not LEDGER.exists():
                time.sleep(0.1)
            yield parts
        finally:
            parts.stop()


def main() -> int:
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    messages = int(float(sys.argv[1])) if len(sys.argv) > 1 else MESSAGES
    began = time.monotonic()
    with fresh_parts() as parts:
        from mes.runtime.erp_chaos.play import play

        verdict = play(
            parts,
            f"http://127.0.0.1:{parts.web}",
            LEDGER,
            orders=max(messages // MESSAGES_PER_ORDER, 2),
            messages=messages,
            rounds=FEWEST_ROUNDS,
            pause_seconds=PAUSE_SECONDS,
            patience_seconds=PATIENCE_SECONDS,
        )
    end = "All goals hold." if verdict.holds else "Not all goals hold."
    lines = [*verdict.lines(), f"{time.monotonic() - began:.0f} s. {end}"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main())
