"""Send confirmations until stopped."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from integrations.domain.outbox.relay import relay_once
from mes.lib.loop import repeat


class Command(BaseCommand):
    help = "Turns production events into confirmations and sends them until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=1.0, help="seconds to rest when nothing is due")

    def handle(self, *args: Any, every: float, **options: Any) -> None:
        repeat(relay_once, pause=every, name="relay")
