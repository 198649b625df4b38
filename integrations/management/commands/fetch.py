"""Ask partners for what they have for us, until stopped."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from integrations.domain.fetching import fetch_due
from mes.lib.loop import repeat


class Command(BaseCommand):
    help = "Asks the partners that are called for orders and master data until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every", type=float, default=1.0, help="seconds between two looks at what is due"
        )

    def handle(self, *args: Any, every: float, **options: Any) -> None:
        repeat(fetch_due, pause=every, name="fetch")
