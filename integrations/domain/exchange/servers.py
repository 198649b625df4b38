"""Looking into inbox folders on partners' servers, each as often as agreed."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime, timedelta

import structlog
from django.db.models import Q
from django.utils import timezone

from integrations.domain.exchange.folder import Folder
from integrations.domain.exchange.rules import Look
from integrations.domain.exchange.sftp import session
from integrations.models import SftpServer
from mes.lib.errors import MesError

logger = structlog.get_logger(__name__)

PAUSE_AFTER_TROUBLE = timedelta(minutes=1)


def look_at_servers(seen: MutableMapping[int, dict[str, Look]], *, now: datetime | None = None) -> int:
    """Take what lies complete on every server that is due; ``seen`` remembers how files looked last time.

    What goes wrong stands on the connection's page. Returns how many files were taken.
    """
    now = now or timezone.now()
    servers = SftpServer.objects.select_related("connection__plant", "connection__file_rules").filter(
        connection__active=True
    )
    return sum(look_at(one, seen) for one in servers.exclude(connection__inbox_folder="") if _claim(one, now))


def look_at(server: SftpServer, seen: MutableMapping[int, dict[str, Look]]) -> int:
    connection, taken, problem = server.connection, 0, ""
    try:
        with session(server, connection.inbox_folder) as place:
            folder = Folder(connection, place, seen.get(server.pk, {}))
            try:
                taken = folder.scan()
            finally:
                seen[server.pk] = folder.seen
    except (OSError, MesError) as error:
        problem = (str(error) or type(error).__name__)[:500]
        logger.warning("sftp_problem", connection=connection.code, reason=problem)
    SftpServer.objects.filter(pk=server.pk).exclude(problem=problem).update(problem=problem)
    return taken


def _claim(server: SftpServer, now: datetime) -> bool:
    """Whether this worker looks: it is time, and nobody else does."""
    pause = timedelta(seconds=server.look_every_seconds)
    if server.problem:
        pause = max(pause, PAUSE_AFTER_TROUBLE)
    due = SftpServer.objects.filter(Q(looked_at=None) | Q(looked_at__lte=now - pause), pk=server.pk)
    return bool(due.update(looked_at=now))
