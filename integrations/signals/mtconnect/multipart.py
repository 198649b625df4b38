"""The parts of a ``multipart/x-mixed-replace`` stream, as they come in."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BOUNDARY = re.compile(r'^\s*multipart/.*;\s*boundary="?([^";]+)"?', re.IGNORECASE)
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_LONGEST_HEADERS = 16 * 1024


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a content type names; None if it is no multipart."""
    found = _BOUNDARY.match(content_type)
    return found[1].strip().removeprefix("--").encode("latin-1", "replace") if found else None


class Parts:
    """Cuts a stream into parts, by their length where it is told and by the boundary where not.

    ``overflow`` holds the beginning of a part larger than ``largest``; nothing can be cut after it.
    """

    def __init__(self, boundary: bytes, largest: int) -> None:
        self._mark, self._largest = b"--" + boundary, largest
        self._bytes = bytearray()
        self.overflow: bytes | None = None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The parts that are complete with this chunk, without empty ones."""
        self._bytes += chunk
        while self.overflow is None and (part := self._next()) is not None:
            if part.strip():
                yield part

    def _next(self) -> bytes | None:
        start = self._bytes.find(self._mark)
        if start < 0:
            return self._wait(self._largest)
        headers = _HEADERS_END.search(self._bytes, start + len(self._mark))
        if headers is None:
            return self._wait(start + _LONGEST_HEADERS)
        length = _LENGTH.search(self._bytes, start, headers.start() + 2)
        if length is not None:
            end = headers.end() + int(length[1])
            if int(length[1]) > self._largest:
                self.overflow = bytes(self._bytes[:_LONGEST_HEADERS])
                return None
            if len(self._bytes) < end:
                return None
        else:
            end = self._bytes.find(self._mark, headers.end())
            if end < 0:
                return self._wait(headers.end() + self._largest)
        part = bytes(self._bytes[headers.end() : end])
        del self._bytes[:end]
        return part

    def _wait(self, limit: int) -> bytes | None:
        """No part yet; too many bytes without one are none at all."""
        if len(self._bytes) > limit:
            self.overflow = bytes(self._bytes[:_LONGEST_HEADERS])
        return None
