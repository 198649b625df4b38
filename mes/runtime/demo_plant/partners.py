"""The demo's partners: their keys and connections. The keys are public; they open nothing but a demo."""

from __future__ import annotations

import os

from integrations.enums import Delivery, Format
from integrations.models import Connection
from machines.models import Plant
from mes.accounts.models import ApiKey, keyed_hash
from mes.accounts.roles import Role
from mes.runtime.demo_plant.edge_facts import EDGE_KEY
from mes.runtime.demo_plant.rows import add_missing

ERP_KEY = "demo-erp-key"
GATEWAY_KEY = "demo-gateway-key"
TERMINAL_KEY = "demo-terminal-key"
EDGE_KEY_NAME = "Demo edge gateway"
WEBHOOK_SECRET_NAME = "MES_DEMO_WEBHOOK_SECRET"  # noqa: S105
WEBHOOK_PATH = "/confirmations"

# key -> (name, role)
KEYS = {
    ERP_KEY: ("Demo ERP", Role.ERP),
    GATEWAY_KEY: ("Demo gateway", Role.GATEWAY),
    TERMINAL_KEY: ("Demo terminals", Role.TERMINAL),
    EDGE_KEY: (EDGE_KEY_NAME, Role.GATEWAY),
}


def load_partners(plant: Plant) -> None:
    """Add keys and connections that are missing; keys stay valid when the installation's secret is new."""
    keys = add_missing(
        ApiKey,
        [
            {"name": name, "role": role.value, "prefix": key[:8], "key_hash": keyed_hash(key)}
            for key, (name, role) in KEYS.items()
        ],
        by=("name",),
    )
    for key, (name, _role) in KEYS.items():
        if keys[name].key_hash != (hashed := keyed_hash(key)):
            ApiKey.objects.filter(name=name).update(key_hash=hashed)
    partner = os.environ.get("MES_ERP_PARTNER_URL", "http://localhost:8010")
    add_missing(
        Connection,
        [
            {
                "code": "erp-idoc",
                "name": "Demo ERP, IDoc files",
                "plant": plant,
                "format": Format.IDOC,
                "inbox_folder": "idoc",
                "outbox_folder": "idoc",
                "encoding": "utf-8",
                "delivery": Delivery.FILE,
                "confirm_every_seconds": 300,
                "release_on_arrival": True,
            },
            {
                "code": "erp-csv",
                "name": "Demo ERP, CSV files",
                "plant": plant,
                "format": Format.CSV,
                "inbox_folder": "csv",
                "delivery": Delivery.NONE,
                "release_on_arrival": True,
            },
            {
                "code": "erp-api",
                "name": "Demo ERP, REST",
                "plant": plant,
                "format": Format.API,
                "api_key": keys["Demo ERP"],
                "delivery": Delivery.WEBHOOK,
                "address": f"{partner}{WEBHOOK_PATH}",
                "secret_name": WEBHOOK_SECRET_NAME,
                "confirm_every_seconds": 30,
                "release_on_arrival": True,
            },
        ],
        by=("code",),
    )
