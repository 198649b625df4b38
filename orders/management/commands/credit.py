from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mes.lib.loop import repeat
from orders.domain.crediting import AT_ONCE, PATIENCE, credit_due

PAUSE_SECONDS = 3.0


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
        # A rest after each round: what comes meanwhile is booked in one go.
        repeat(lambda: int(credit_due(patience=wait) == AT_ONCE), pause=PAUSE_SECONDS, name="credit")
