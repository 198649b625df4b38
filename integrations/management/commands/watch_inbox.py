"""Watch the inbox folders of all connections."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand

from integrations.domain.exchange import Folder
from integrations.domain.inbox import process_waiting
from integrations.models import Connection
from mes.lib.errors import MesError
from mes.lib.loop import repeat

logger = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Takes order files from the inbox folders until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=1.0, help="seconds between two looks")

    def handle(self, *args: Any, every: float, **options: Any) -> None:
        folders: dict[int, Folder] = {}

        def round_and_rest() -> int:
            look(folders)
            return 0  # a file is complete when it looks the same after a rest

        repeat(round_and_rest, pause=every, name="inbox")


def look(folders: dict[int, Folder]) -> int:
    """One round over all active connections; ``folders`` remembers what the last round saw."""
    taken = process_waiting()
    active = Connection.objects.select_related("plant").filter(active=True).exclude(inbox_folder="")
    for connection in active:
        try:
            folder = Folder.of(connection)
        except MesError as error:
            logger.warning("inbox_folder_refused", connection=connection.code, reason=str(error))
            continue
        known = folders.get(connection.pk)
        if known is not None and known.path == folder.path:
            folder.seen = known.seen
        folders[connection.pk] = folder
        try:
            taken += folder.scan()
        except OSError as error:
            logger.warning("inbox_folder_unusable", connection=connection.code, reason=str(error))
    return taken
