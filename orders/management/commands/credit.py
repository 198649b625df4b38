from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mes.lib.loop import repeat
from orders.domain.crediting import PATIENCE, credit_due


class Command(BaseCommand):
    help = "Credits machine cycles to runs and books them, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="book what is due and end")
        parser.add_argument("--patience", type=int, default=int(PATIENCE.total_seconds()), metavar="SECONDS")

    def handle(self, *args: Any, once: bool, patience: int, **options: Any) -> None:
        wait = timedelta(seconds=patience)
        if once:
            while credit_due(patience=wait):
                pass
            return
        repeat(lambda: credit_due(patience=wait), pause=2.0, name="credit")
