"""Old systems append to one file for ever: lock it, copy it, empty it, unlock it.

Dying between copying and emptying, we take the same rows again with the next ones: orders are applied by
their number, so that a repeat changes nothing.
"""

from __future__ import annotations

import fcntl
import os
import stat

from django.utils import timezone

from integrations.domain.exchange.places import LARGEST, LocalPlace, plain, write_whole


def take_appended(place: LocalPlace, name: str) -> str:
    """Turn what was appended so far into a file of its own; returns its name, empty when there is nothing.

    Both kinds of lock are taken, since nobody knows which one the partner uses. A file that is locked now, or
    larger than we take, is left for later.
    """
    path = place.path / plain(name)
    try:
        handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    with os.fdopen(handle, "r+b") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= LARGEST:
            return ""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return ""
        body = file.read()
        stem, dot, extension = name.rpartition(".")
        stamp = f"{timezone.now():%Y%m%dT%H%M%S%f}"
        copy = f"{stem}.{stamp}.{extension}" if dot else f"{name}.{stamp}"
        write_whole(place.path / copy, body)
        file.truncate(0)
        os.fsync(handle)
    return copy
