"""`make demo`: a plant on this machine, from nothing to the first page."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import django

from mes.runtime.failures import CannotStart
from mes.runtime.layout import DEMO, DEMO_PORTS, ERP_PARTNER, MQTT, PARK, ROOT, VALKEY, WEB
from mes.runtime.machine import check_ports, check_python, only_one
from mes.runtime.postgres import DEMO_SETTINGS, EmbeddedPostgres
from mes.runtime.processes import product, surroundings
from mes.runtime.simulator.same_world import check_same_world
from mes.runtime.supervisor import run_together
from mes.runtime.valkey import running_valkey

READY_TIMEOUT_SECONDS = 180


def run_demo(*, fresh: bool = False) -> int:
    """Run the demo plant until Ctrl-C; `fresh` deletes its data first. Returns the exit code.

    A database, broker or MQTT broker named by MES_DATABASE_URL, MES_BROKER_URL or MES_MQTT_URL is used in
    place of the embedded one. Raises CannotStart.
    """
    began = time.monotonic()
    check_python()
    own = {name: name in os.environ for name in ("MES_DATABASE_URL", "MES_BROKER_URL", "MES_MQTT_URL")}
    with ExitStack() as stack:
        stack.enter_context(only_one(DEMO.directory))
        if fresh:
            forget_everything()
        check_same_world(PARK)
        replaced = ((VALKEY, own["MES_BROKER_URL"]), (MQTT, own["MES_MQTT_URL"]))
        check_ports(port for port in DEMO_PORTS if (port, True) not in replaced)
        os.environ.update(environment())
        stack.enter_context(compiling())
        if not own["MES_DATABASE_URL"]:
            postgres = stack.enter_context(EmbeddedPostgres(DEMO, DEMO_SETTINGS).running())
            postgres.prepare_database()
            say("PostgreSQL is up")
        if not own["MES_BROKER_URL"]:
            stack.enter_context(running_valkey(DEMO, VALKEY.number))
            say("Valkey is up")
        django.setup()
        prepare_data()
        processes = [*product(DEMO), *surroundings(with_mqtt_broker=not own["MES_MQTT_URL"])]
        for process in processes:
            if not process.is_installed:
                say(f"{process.name} is left out: there is no {process.part}")
        threading.Thread(target=greet_when_ready, args=(began,), daemon=True).start()
        code = run_together([process for process in processes if process.is_installed], dict(os.environ))
    say("Everything is stopped. `make demo` goes on with the same data, `make demo-fresh` starts anew.")
    return code


def environment() -> dict[str, str]:
    """The variables of every process of the demo."""
    return {
        **DEMO.environment(),
        "DJANGO_SETTINGS_MODULE": "mes.settings.demo",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }


@contextmanager
def compiling() -> Iterator[None]:
    """Compile the planning (once on a machine) while the database is made: the park's first order asks for a
    date."""
    command = [sys.executable, "manage.py", "compile_planning"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def forget_everything() -> None:
    """Delete the demo's database, exchanged files and secrets; keep only the lock held by this process."""
    EmbeddedPostgres(DEMO, DEMO_SETTINGS).destroy()
    for path in DEMO.directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def prepare_data() -> None:
    """Migrate, grant rights, and load the demo plant (which changes nothing when it is there already)."""
    from django.core.management import get_commands

    manage("migrate", "--verbosity", "0")
    manage("grant_rights")
    if "load_demo" in get_commands():
        manage("load_demo")
    else:
        say("no demo plant is loaded: there is no load_demo")


def manage(*arguments: str) -> None:
    """Run a Django command to its end. Raises CannotStart when it fails."""
    result = subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, check=False)  # noqa: S603
    if result.returncode:
        raise CannotStart(f"`manage.py {' '.join(arguments)}` failed; the lines above say why.")


def greet_when_ready(began: float) -> None:
    """Print the addresses once the installation takes work, or what is missing after three minutes."""
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    answer = "no answer yet"
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{WEB.number}/health/ready", timeout=5):
                say(greeting(time.monotonic() - began))
                return
        except urllib.error.HTTPError as error:
            answer = json.dumps(json.load(error).get("checks"))
        except OSError as error:
            answer = str(error)
        time.sleep(0.5)
    say(f"Not ready after {READY_TIMEOUT_SECONDS} s: {answer}")


def greeting(seconds: float) -> str:
    from mes.runtime.management.commands.load_demo import log_in_table

    web = f"http://localhost:{WEB.number}"
    lines = [
        f"Ready after {seconds:.0f} s.",
        "",
        f"  Pages       {web}/",
        f"  Admin       {web}/admin/",
        f"  API         {web}/api/docs/",
        f"  ERP partner http://localhost:{ERP_PARTNER.number}/",
        "",
        log_in_table(),
        "",
        "  Ctrl-C stops everything; the next `make demo` goes on with the same data.",
    ]
    rule = "─" * 80
    return "\n".join(["", rule, *lines, rule, ""])


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
