"""The watched folder of a connection: take complete files in, put them where they belong afterwards.

    <inbox folder>/                      partners drop files here (best: write name.tmp, then rename)
    <inbox folder>/archive/YYYY/MM/DD/   taken
    <inbox folder>/error/                refused or partly applied, each with a .txt of reasons

The order of steps makes a crash harmless at any point: the raw row is committed first, the file is moved
last; a file found again is recognised by its content and only moved.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.domain import inbox
from integrations.domain.formats import order_format
from integrations.enums import InboundState
from integrations.models import Connection, InboundMessage
from mes.lib.errors import MesError

logger = structlog.get_logger(__name__)

LARGEST = 32 * 1024 * 1024
SETTLED_SECONDS = 2.0
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".lock", ".swp")
GOOD = (InboundState.APPLIED, InboundState.OBSOLETE)


@dataclass(slots=True)
class Folder:
    """One connection's folder and what its files looked like at the last look."""

    connection: Connection
    path: Path
    seen: dict[str, tuple[int, int, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection) -> Folder:
        """Raises MesError when the configured folder lies outside the exchange folder."""
        root = Path(settings.INBOX_DIR).resolve()
        path = (root / connection.inbox_folder).resolve()
        if not connection.inbox_folder or path == root or not path.is_relative_to(root):
            raise MesError(
                "folder_outside",
                _("The inbox folder must lie below %s.") % root,
                field="inbox_folder",
            )
        return cls(connection, path)

    def scan(self, *, now: float | None = None) -> int:
        """Take every complete file, oldest name first. Returns how many were taken."""
        now = time.monotonic() if now is None else now
        self.path.mkdir(parents=True, exist_ok=True)
        taken = 0
        present: dict[str, tuple[int, int, float]] = {}
        for entry in self._candidates():
            look = self._look(entry, now)
            if look is None:
                continue
            present[entry.name] = look
            if now - look[2] >= SETTLED_SECONDS:
                taken += self._take(entry)
                present.pop(entry.name)
        self.seen = present
        return taken

    def _candidates(self) -> Iterator[os.DirEntry[str]]:
        with os.scandir(self.path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            hidden = entry.name.startswith((".", "~")) or entry.name.lower().endswith(UNFINISHED)
            if not hidden and entry.is_file(follow_symlinks=False):
                yield entry

    def _look(self, entry: os.DirEntry[str], now: float) -> tuple[int, int, float] | None:
        """Size, time of change, and since when both stand still."""
        try:
            status = Path(entry.path).lstat()
        except FileNotFoundError:
            return None
        before = self.seen.get(entry.name)
        if before is not None and before[:2] == (status.st_size, status.st_mtime_ns):
            return before
        return status.st_size, status.st_mtime_ns, now

    def _take(self, entry: os.DirEntry[str]) -> int:
        try:
            receipt = self._receive(Path(entry.path))
        except FileNotFoundError:
            return 0
        except OSError as error:
            logger.warning("inbox_file_unreadable", file=entry.path, reason=str(error))
            return 0
        if receipt.duplicate:
            logger.info("inbox_duplicate", file=entry.name, message=receipt.message.pk)
        # Somebody who drops a refused file again has put something right meanwhile.
        message = inbox.process(
            receipt.message, again=receipt.duplicate and receipt.message.state not in GOOD
        )
        self._put_away(Path(entry.path), message, duplicate=receipt.duplicate)
        return 1

    def _receive(self, path: Path) -> inbox.Receipt:
        # O_NOFOLLOW: between the listing and now somebody may have put a link in its place.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "not a regular file", str(path))
            if status.st_size > LARGEST:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                return inbox.refuse_oversized(
                    connection=self.connection,
                    channel="file",
                    name=path.name,
                    size=status.st_size,
                    sha256=digest,
                    limit=LARGEST,
                )
            body = file.read(LARGEST + 1)
        identity = order_format(self.connection.format).identify(body)
        return inbox.receive(
            connection=self.connection,
            channel="file",
            body=body,
            name=path.name,
            message_type=identity.message_type,
            external_id=identity.external_id,
        )

    def _put_away(self, path: Path, message: InboundMessage, *, duplicate: bool) -> None:
        if message.state == InboundState.RECEIVED:
            return
        is_good = message.state in GOOD or (duplicate and message.state == InboundState.PARTLY)
        folder = self._archive(timezone.now()) if is_good else self.path / "error"
        folder.mkdir(parents=True, exist_ok=True)
        target = _free_name(folder, path.name)
        note = _note(message, path.name, duplicate=duplicate)
        if note:
            write_whole(target.with_name(target.name + ".txt"), note.encode())
        try:
            path.rename(target)
        except FileNotFoundError:
            logger.warning("inbox_file_gone", file=str(path))

    def _archive(self, now: datetime) -> Path:
        return self.path / "archive" / f"{now:%Y}" / f"{now:%m}" / f"{now:%d}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it: temporary name, fsync, rename."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _free_name(folder: Path, name: str) -> Path:
    target = folder / name
    number = 2
    while target.exists() or target.is_symlink():
        target = folder / f"{Path(name).stem}.{number}{Path(name).suffix}"
        number += 1
    return target


def _note(message: InboundMessage, name: str, *, duplicate: bool) -> str:
    lines: list[str] = []
    if duplicate:
        received = timezone.localtime(message.received_at).isoformat(timespec="seconds")
        lines.append(_("The same content was received before, at %s; nothing was applied twice.") % received)
    if message.state not in GOOD:
        lines += ["\t".join((_("file"), _("row"), _("field"), _("value"), _("reason")))]
        for problem in message.problems:
            row = "" if problem["row"] is None else str(problem["row"])
            cells = (name, row, problem["field"], problem["value"], problem["message"])
            lines.append("\t".join(" ".join(str(cell).split()) for cell in cells))
    return "\n".join(lines) + "\n" if lines else ""
