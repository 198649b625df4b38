"""Where files lie: a folder of ours here, a folder on a partner's server in ``sftp``.

Names are single path parts; nobody outside can make them leave the place. A file that others may read is
always written under a temporary name and renamed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from django.conf import settings

from mes.lib.errors import MesError
from mes.lib.sentences import gettext as _

LARGEST = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of a place. ``changed`` is any number that differs after a write."""

    name: str
    size: int
    changed: int


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file; only its size and SHA-256 when it is larger than we take."""

    size: int
    sha256: str
    body: bytes | None


class Place(Protocol):
    """A folder and what lies below it. Paths are relative, with ``/``. Every method may raise OSError."""

    def entries(self) -> list[Entry]:
        """The regular files of the folder itself, sorted by name; links and folders are left out."""
        ...

    def read(self, name: str) -> Content:
        """Raises FileNotFoundError."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Whole or not at all, folders made as needed; what was there is replaced."""
        ...

    def move(self, path: str, target: str) -> None:
        """Rename within the place, folders made as needed. Raises FileNotFoundError without a source."""
        ...

    def exists(self, path: str) -> bool: ...

    def remove(self, path: str) -> None:
        """Nothing to do when it is gone already."""
        ...


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """A folder of ours."""

    path: Path

    def entries(self) -> list[Entry]:
        self.path.mkdir(parents=True, exist_ok=True)
        found = []
        with os.scandir(self.path) as listed:
            for entry in listed:
                try:
                    if entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        found.append(Entry(entry.name, status.st_size, status.st_mtime_ns))
                except FileNotFoundError:
                    continue
        return sorted(found, key=lambda entry: entry.name)

    def read(self, name: str) -> Content:
        # O_NOFOLLOW: between the listing and now somebody may have put a link in its place.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        handle = os.open(self.path / plain(name), flags)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "not a regular file", name)
            if status.st_size > LARGEST:
                return Content(status.st_size, hashlib.file_digest(file, "sha256").hexdigest(), None)
            body = file.read(LARGEST + 1)
        return content_of(body)

    def write(self, path: str, content: bytes) -> None:
        target = self._inside(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, content)

    def move(self, path: str, target: str) -> None:
        source, goal = self._inside(path), self._inside(target)
        goal.parent.mkdir(parents=True, exist_ok=True)
        source.rename(goal)
        sync_folder(goal.parent)

    def exists(self, path: str) -> bool:
        found = self._inside(path)
        return found.exists() or found.is_symlink()

    def remove(self, path: str) -> None:
        self._inside(path).unlink(missing_ok=True)

    def _inside(self, path: str) -> Path:
        return self.path.joinpath(*(plain(part) for part in PurePosixPath(path).parts))


def content_of(body: bytes) -> Content:
    sha256 = hashlib.sha256(body).hexdigest()
    return Content(len(body), sha256, body if len(body) <= LARGEST else None)


def plain(name: str) -> str:
    """``name`` if it is one part of a path. Raises OSError for anything that could lead elsewhere."""
    if name in ("", ".", "..") or "/" in name or "\x00" in name:
        raise OSError(errno.EINVAL, "not a file name", name)
    return name


def inbox_place(folder: str) -> LocalPlace:
    """Raises MesError when the configured folder lies outside the exchange folder."""
    root = Path(settings.INBOX_DIR).resolve()
    message = _("The inbox folder must lie below %s.") % root
    return LocalPlace(_below(root, folder, message, "inbox_folder"))


def outbox_place(folder: str) -> LocalPlace:
    """Raises MesError when the configured folder lies outside the exchange folder."""
    root = Path(settings.OUTBOX_DIR).resolve()
    message = _("The outbox folder must lie below %s.") % root
    return LocalPlace(_below(root, folder, message, "outbox_folder"))


def _below(root: Path, folder: str, message: str, field: str) -> Path:
    path = (root / folder).resolve()
    if not folder or path == root or not path.is_relative_to(root):
        raise MesError("folder_outside", message, field=field)
    return path


def free_name(place: Place, folder: str, name: str) -> str:
    """A path in ``folder`` that nothing has yet: the name, or the name with a number."""
    path, number = f"{folder}/{name}", 2
    while place.exists(path):
        path = f"{folder}/{Path(name).stem}.{number}{Path(name).suffix}"
        number += 1
    return path


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
