"""How the demo's machines are connected: by lists over MQTT, but for the turning centre and its agent."""

from __future__ import annotations

from integrations.enums import SignalProtocol, SignalRole
from integrations.models import SignalConnection, SignalMapping
from machines.models import Machine, Plant
from mes.runtime.demo_plant.rows import add_missing
from mes.runtime.layout import MTCONNECT

TURNING_CENTRE = "CNC-1"

# data item -> role
ROLES = {
    f"{TURNING_CENTRE}/avail": SignalRole.AVAILABLE,
    f"{TURNING_CENTRE}/execution": SignalRole.STATE,
    f"{TURNING_CENTRE}/program": SignalRole.PROGRAM,
}


def load_senders(plant: Plant) -> None:
    """Add the connection and its mappings where they are missing."""
    connection = add_missing(
        SignalConnection,
        [
            {
                "code": "turning-centre",
                "name": "Turning centre, MTConnect agent",
                "plant": plant,
                "protocol": SignalProtocol.MTCONNECT,
                "address": f"http://127.0.0.1:{MTCONNECT.number}",
                "options": {"interval_seconds": 1},
                "active": True,
            }
        ],
        by=("code",),
    )["turning-centre"]
    machine = Machine.objects.get(plant=plant, code=TURNING_CENTRE)
    add_missing(
        SignalMapping,
        [
            {"connection": connection, "address": address, "machine": machine, "role": role}
            for address, role in ROLES.items()
        ],
        by=("connection", "address", "machine"),
    )
