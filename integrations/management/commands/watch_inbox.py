"""Watch the inbox folders of all connections, ours and those on partners' servers."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand

from integrations.domain.exchange.folder import Folder
from integrations.domain.exchange.rules import Look
from integrations.domain.exchange.servers import look_at_servers
from integrations.domain.inbox import process_waiting
from integrations.models import Connection
from mes.lib.errors import MesError
from mes.lib.loop import repeat

logger = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Takes order files from the inbox folders and SFTP servers until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=1.0, help="seconds between two looks")

    def handle(self, *args: Any, every: float, **options: Any) -> None:
        folders: dict[int, Folder] = {}
        servers: dict[int, dict[str, Look]] = {}

        def round_and_rest() -> int:
            look(folders)
            look_at_servers(servers)
            return 0  # a file is complete when it looks the same after a rest

        repeat(round_and_rest, pause=every, name="inbox")


def look(folders: dict[int, Folder]) -> int:
    """One round over all folders of ours; ``folders`` remembers what the last round saw."""
    taken = process_waiting()
    active = Connection.objects.select_related("plant", "file_rules").filter(active=True, sftp=None)
    for connection in active.exclude(inbox_folder=""):
        try:
            folder = Folder.of(connection)
        except MesError as error:
            logger.warning("inbox_folder_refused", connection=connection.code, reason=str(error))
            continue
        known = folders.get(connection.pk)
        if known is not None and known.place == folder.place:
            folder.seen = known.seen
        folders[connection.pk] = folder
        try:
            taken += folder.scan()
        except OSError as error:
            logger.warning("inbox_folder_unusable", connection=connection.code, reason=str(error))
    return taken
