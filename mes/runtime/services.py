"""Only the services, for whoever starts the processes by hand."""

from __future__ import annotations

import os
import shlex
from contextlib import ExitStack

from mes.runtime.demo import environment, say
from mes.runtime.layout import DEMO, MQTT, VALKEY
from mes.runtime.machine import check_ports, check_python, only_one
from mes.runtime.postgres import DEMO_SETTINGS, EmbeddedPostgres
from mes.runtime.processes import module
from mes.runtime.supervisor import run_together
from mes.runtime.valkey import running_valkey


def run_services() -> int:
    """Run PostgreSQL, Valkey and the MQTT broker of the demo until Ctrl-C. Raises CannotStart."""
    check_python()
    with ExitStack() as stack:
        stack.enter_context(only_one(DEMO.directory))
        check_ports((VALKEY, MQTT))
        stack.enter_context(EmbeddedPostgres(DEMO, DEMO_SETTINGS).running()).prepare_database()
        stack.enter_context(running_valkey(DEMO, VALKEY.number))
        for name, value in environment().items():
            say(f"export {name}={shlex.quote(value)}")
        return run_together([module("mqtt", "mes.runtime.mqtt_broker")], dict(os.environ))
