"""The processes of an installation, in one table. The demo runs all of them; a plant runs the first block."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from django.core.management import get_commands

from mes.runtime.layout import WEB, Layout


@dataclass(frozen=True, slots=True)
class Process:
    """A long-running program. `part` names the Django command or module it consists of."""

    name: str
    arguments: tuple[str, ...]
    part: str
    exists: Callable[[str], bool]

    @property
    def command(self) -> str:
        return "exec " + shlex.join((sys.executable, *self.arguments))

    @property
    def is_installed(self) -> bool:
        return self.exists(self.part)


def manage(name: str, *arguments: str) -> Process:
    """A process that is the Django command `arguments[0]`."""
    return Process(name, ("manage.py", *arguments), arguments[0], lambda part: part in get_commands())


def module(name: str, *arguments: str) -> Process:
    """A process that is the Python module or the runnable package `arguments[0]`."""
    return Process(name, ("-m", *arguments), arguments[0], is_runnable)


def is_runnable(module_name: str) -> bool:
    spec = find_spec(module_name)
    if spec and spec.submodule_search_locations:
        return find_spec(f"{module_name}.__main__") is not None
    return spec is not None


def product(layout: Layout) -> list[Process]:
    """What every installation runs."""
    return [
        module(
            *("web", "uvicorn", "mes.asgi:application", "--host", "127.0.0.1", "--port", str(WEB.number)),
            *("--no-access-log", "--lifespan", "off", "--ws", "none", "--timeout-graceful-shutdown", "2"),
        ),
        module(
            *("worker", "celery", "--quiet", "-A", "mes.celery", "worker", "--concurrency", "2"),
            *("--without-gossip", "--without-mingle"),
        ),
        module(
            *("beat", "celery", "--quiet", "-A", "mes.celery", "beat", "--pidfile="),
            *("--schedule", str(layout.directory / "beat-schedule")),
        ),
        manage("gateway", "gateway"),
        manage("interpret", "interpret"),
        manage("credit", "credit"),
        manage("inbox", "watch_inbox"),
        manage("fetch", "fetch"),
        manage("relay", "relay"),
        manage("downloads", "downloads"),
    ]


def surroundings(*, with_mqtt_broker: bool) -> list[Process]:
    """What a plant has elsewhere: an MQTT broker, machines and an ERP, simulated, and an edge gateway."""
    broker = [module("mqtt", "mes.runtime.mqtt_broker")] if with_mqtt_broker else []
    return [
        *broker,
        module("erp", "mes.runtime.erp_partner"),
        module("park", "mes.runtime.simulator"),
        module("saw", "mes.runtime.saw"),
        module("edge", "integrations.signals.edge"),
    ]
