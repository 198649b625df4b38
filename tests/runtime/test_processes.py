"""The table of processes is complete and runs what exists."""

import pytest

import manage
from mes.runtime.layout import DEMO
from mes.runtime.processes import product, surroundings


@pytest.mark.parametrize(
    "process", [*product(DEMO), *surroundings(with_mqtt_broker=True)], ids=lambda process: process.name
)
def test_every_process_is_there(process):
    assert process.is_installed, f"there is no {process.part}"


def test_every_service_refuses_an_old_database():
    services = {process.part for process in product(DEMO) if process.arguments[0] == "manage.py"}
    assert services == manage.SERVICES


def test_a_plants_own_broker_replaces_ours():
    assert "mqtt" in [process.name for process in surroundings(with_mqtt_broker=True)]
    assert "mqtt" not in [process.name for process in surroundings(with_mqtt_broker=False)]
