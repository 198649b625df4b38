"""A bar saw behind an edge gateway: the demo's machine that was connected on the pages."""

from __future__ import annotations

import os
from decimal import Decimal

from integrations.enums import SignalProtocol, SignalRole
from integrations.models import Gateway, SignalConnection, SignalMapping
from machines.models import Area, CountingItem, Machine, MachineGroup, Plant
from mes.accounts.models import ApiKey
from mes.runtime.demo_plant.edge_facts import CYCLE_SECONDS, TOPIC
from mes.runtime.demo_plant.partners import EDGE_KEY_NAME
from mes.runtime.demo_plant.rows import add_missing

SAW, GROUP, AREA = "SAW-1", "SAW", "MACHINING"
WORDS = {"CUTTING": "ACTIVE", "LOADING": "READY", "BLADE_JAM": "STOPPED"}


def load_edge(plant: Plant) -> None:
    """Add the saw, its gateway and its connection, each if it is missing."""
    area = Area.objects.get(plant=plant, code=AREA)
    group = MachineGroup.objects.filter(plant=plant, code=GROUP).first() or MachineGroup.objects.create(
        plant=plant, code=GROUP, name="Bar saws", erp_code=GROUP
    )
    machines = add_missing(
        Machine,
        [
            {
                "code": SAW,
                "name": "Bar saw",
                "plant": plant,
                "area": area,
                "group": group,
                "counting_item": CountingItem.PART_COUNT,
                "reference_cycle_seconds": Decimal(CYCLE_SECONDS),
                "wall_position": 99,
            }
        ],
        by=("code",),
    )
    gateways = add_missing(
        Gateway,
        [
            {
                "code": "edge-hall2",
                "name": "Edge gateway hall 2",
                "plant": plant,
                "api_key": ApiKey.objects.get(name=EDGE_KEY_NAME),
            }
        ],
        by=("code",),
    )
    connections = add_missing(
        SignalConnection,
        [
            {
                "code": "saw-1",
                "name": "Bar saw, name space",
                "plant": plant,
                "gateway": gateways["edge-hall2"],
                "protocol": SignalProtocol.TOPICS,
                "address": os.environ.get("MES_MQTT_URL", "mqtt://demo@127.0.0.1:1883"),
                "options": {"topics": f"{TOPIC}/#"},
                "active": True,
            }
        ],
        by=("code",),
    )
    add_missing(
        SignalMapping,
        [
            {
                "connection": connections["saw-1"],
                "machine": machines[SAW],
                "address": f"{TOPIC}/{topic}",
                "role": role,
                "values": values,
            }
            for topic, role, values in (
                ("state", SignalRole.STATE, WORDS),
                ("pieces", SignalRole.PART_COUNT, {}),
                ("alarm", SignalRole.ALARM, {}),
            )
        ],
        by=("connection", "address", "machine"),
    )
