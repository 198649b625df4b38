"""What the demo sends to machines: the machining programs, to the turning centre's DNC folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings

from integrations.enums import DownloadWay
from integrations.models import DownloadChannel
from machines.models import Machine, Plant
from mes.runtime.demo_plant.rows import add_missing
from mes.runtime.demo_plant.senders import TURNING_CENTRE
from orders.models import DownloadRule, Program, ProgramFile, RoutingOperation

FOLDER = "cnc-1"


def load_programs(plant: Plant) -> None:
    """Add the library, the rule and the channel where they are missing, and the folder of the share."""
    machine = Machine.objects.get(plant=plant, code=TURNING_CENTRE)
    steps = (
        RoutingOperation.objects.filter(routing__plant=plant, machine_group=machine.group_id)
        .exclude(program="")
        .order_by("program", "program_revision")
        .values_list("program", "program_revision", "routing__item__name")
    )
    texts = {(name, revision): _text(name, revision, item) for name, revision, item in steps}
    files = add_missing(
        ProgramFile,
        [{"sha256": hashlib.sha256(text).hexdigest(), "content": text} for text in texts.values()],
        by=("sha256",),
    )
    add_missing(
        Program,
        [
            {
                "plant": plant,
                "name": name,
                "revision": revision,
                "machine_group": machine.group,
                "file_name": f"{name}.NC",
                "file": files[hashlib.sha256(text).hexdigest()],
            }
            for (name, revision), text in texts.items()
        ],
        by=("name", "revision"),
    )
    add_missing(
        DownloadRule, [{"machine": machine, "active": True, "approval_needed": False}], by=("machine",)
    )
    add_missing(
        DownloadChannel,
        [{"machine": machine, "way": DownloadWay.FOLDER, "folder": FOLDER, "active": True}],
        by=("machine",),
    )
    (Path(settings.DNC_DIR) / FOLDER).mkdir(parents=True, exist_ok=True)


def _text(name: str, revision: str, item: str) -> bytes:
    return f"%\n{name} ({item.upper()} REV {revision})\nG21 G90 G40\nM30\n%\n".encode("ascii", "replace")
