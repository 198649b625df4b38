"""The way to the server: REST with the gateway's key, gzip, and one word for what went wrong."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import orjson

TIMEOUT_SECONDS = 20.0


class ServerAway(Exception):
    """Nobody answers, or it is busy: later again. ``after``: seconds the server asked for."""

    def __init__(self, reason: str, *, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class KeyRefused(Exception):
    """The server knows us no longer: the key is revoked, expired, or belongs to no gateway."""


class NotTaken(Exception):
    """The server can't take this message, now or later."""


class ServerLink:
    """One keep-alive client. ``base`` ends with a slash."""

    def __init__(self, base: str, key: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=base.rstrip("/") + "/api/v1/",
            headers={"Authorization": f"Api-Key {key}"},
            timeout=TIMEOUT_SECONDS,
            transport=transport,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def get(self, path: str) -> Any:
        return await self._ask("GET", path)

    async def post(self, path: str, data: Any, *, key: str = "") -> Any:
        """Send JSON by gzip; ``key`` makes a repeat harmless. Raises ServerAway, KeyRefused, NotTaken."""
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        if key:
            headers["Idempotency-Key"] = key
        return await self._ask("POST", path, gzip.compress(orjson.dumps(data), 5), headers)

    async def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        try:
            answer = await self._client.request(method, path, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise ServerAway(f"{type(error).__name__}: {error}") from error
        if answer.status_code in (401, 403):
            raise KeyRefused(_said(answer))
        if answer.status_code == 429 or answer.status_code >= 500:
            raise ServerAway(_said(answer), after=_seconds(answer.headers.get("Retry-After", "")))
        if answer.status_code >= 400 and not _answers_each(answer):
            raise NotTaken(_said(answer))
        try:
            return orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            raise ServerAway(f"no answer of ours: {_said(answer)}") from None


def _answers_each(answer: httpx.Response) -> bool:
    """422 with an answer to each sample: all of them are rejected, and kept with their reasons."""
    return answer.status_code == 422 and b'"answers"' in answer.content[:200_000]


def _said(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text[:200]}"


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() else 0.0
