"""Making very many objects at once, without the cyclic collector looking at all of them again and again."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_within = 0
_was_on = False


@contextmanager
def uncollected() -> Iterator[None]:
    """Cycles of objects are not looked for meanwhile; where there are several at a time, until the last one
    leaves. For moments, not for loops that run on: what is thrown away in cycles stays until then."""
    global _within, _was_on
    with _lock:
        if _within == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _within += 1
    try:
        yield
    finally:
        with _lock:
            _within -= 1
            if _within == 0 and _was_on:
                gc.enable()
