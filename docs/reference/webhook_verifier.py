"""How a partner checks a webhook: signature, age, repeat. Standard library only; copy it or write it anew.

>>> verifier = Verifier(b"the shared secret")
>>> verifier.check(headers, body)          # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping

WINDOW_SECONDS = 300


class Refused(Exception):
    """Answer with 401 and book nothing; the text says why."""


class Verifier:
    """Remembers the keys of the replay window; keep what was booked for good in your own database."""

    def __init__(self, secret: bytes, *, window_seconds: int = WINDOW_SECONDS) -> None:
        self.secret = secret
        self.window = window_seconds
        self.seen: dict[str, float] = {}

    def check(self, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> bool:
        """True for a message to book, False for one that came before: answer it as before, book nothing.

        ``body`` is what came, before any parsing. Raises Refused for what we never sent, or not just now.
        """
        now = time.time() if now is None else now
        said = {name.lower(): value for name, value in headers.items()}
        timestamp, signature = said.get("x-mes-timestamp", ""), said.get("x-mes-signature", "")
        if not (timestamp.isascii() and timestamp.isdecimal()):
            raise Refused("no timestamp")
        signed = hmac.new(self.secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"sha256={signed}".encode(), signature.encode("utf-8", "replace")):
            raise Refused("the signature is wrong")
        if abs(now - int(timestamp)) > self.window:
            raise Refused("outside the replay window")
        self.seen = {key: at for key, at in self.seen.items() if now - at <= 2 * self.window}
        key = said.get("idempotency-key", "")
        if not key:
            raise Refused("no idempotency key")
        is_new = key not in self.seen
        self.seen[key] = now
        return is_new
