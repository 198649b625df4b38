"""Send programs and parameters to machines until stopped."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from integrations.signals.downloads.sender import downloads_once
from mes.lib.loop import repeat


class Command(BaseCommand):
    help = "Sends approved programs and parameters to machines and compares what these run, until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=1.0, help="seconds to rest when nothing is due")

    def handle(self, *args: Any, every: float, **options: Any) -> None:
        repeat(downloads_once, pause=every, name="downloads")
