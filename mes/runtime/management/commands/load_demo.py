"""`manage.py load_demo`: the demo plant's master data. Refused elsewhere: its passwords are public."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mes.runtime.demo_plant.load import load_demo_plant
from mes.runtime.demo_plant.partners import KEYS
from mes.runtime.demo_plant.people import LOG_INS


class Command(BaseCommand):
    help = "Loads the demo plant. Run again, it adds what is missing and changes nothing else."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_DATA:
            raise CommandError(
                "The demo's passwords and keys are public. Use DJANGO_SETTINGS_MODULE=mes.settings.demo."
            )
        plant = load_demo_plant()
        self.stdout.write(f"{plant.name} is loaded.\n\n{log_in_table()}")


def log_in_table() -> str:
    """The demo's log-ins and keys as lines of text."""
    rows = [("User", "Password", "Badge", "PIN", "Role")]
    rows += [
        (log_in.username, log_in.password, log_in.badge, log_in.pin, log_in.role.value) for log_in in LOG_INS
    ]
    rows += [("", "", "", "", "")]
    rows += [("API key", key, "", "", role.value) for key, (_name, role) in KEYS.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
