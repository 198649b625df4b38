"""The way to an agent: probe, current, then the stream of samples from where we stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from integrations.signals.base import Batch, BrowsedItem, ConnectionLost, Cursor, Settings, Undecoded
from integrations.signals.mtconnect.decode import (
    LARGEST_DOCUMENT,
    Devices,
    Document,
    Refusal,
    Streams,
    Undecodable,
    read,
)
from integrations.signals.mtconnect.multipart import Parts, boundary_of
from integrations.signals.mtconnect.roles import browsed
from integrations.signals.mtconnect.session import Session

MOST_PER_PART = 2000
MARGIN_SHARE = 50
MARGIN_TRIES = 5
SKIPS_IN_A_ROW = 3
CONNECT_SECONDS = 10.0


class OutOfRange(Exception):
    """What we ask for has left the agent's buffer."""


class Unreadable(Exception):
    """A document that can't be read, kept as it came."""

    def __init__(self, body: bytes, problem: Undecodable) -> None:
        super().__init__(problem.reason)
        self.undecoded = Undecoded(body, problem.code, problem.reason)

    @property
    def told(self) -> str:
        """For an engineer: why, and how the answer begins."""
        start = " ".join(self.undecoded.raw[:200].decode("utf-8", "replace").split())
        return f"the agent's answer can't be read ({self}): {start}"


class MTConnect:
    """A transport (see ``integrations.signals.base``) for one agent, of any version."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.heartbeat = float(settings.options.get("heartbeat_seconds") or 10)
        self.interval = float(settings.options.get("interval_seconds") or 0.25)
        hours = float(settings.options.get("stale_hours") or 0)
        self.stale_after = timedelta(hours=hours) if hours > 0 else None
        self.path = str(settings.options.get("path") or "")

    async def observe(self, cursor: Cursor) -> AsyncGenerator[Batch, None]:
        async with self._agent() as agent:
            try:
                async with aclosing(self._follow(agent, cursor)) as batches:
                    async for batch in batches:
                        yield batch
            except Unreadable as problem:
                raise ConnectionLost(problem.told) from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ConnectionLost(_told(error)) from error

    async def browse(self) -> Sequence[BrowsedItem]:
        async with self._agent() as agent:
            try:
                return browsed(await agent.probe(), await agent.current())
            except Unreadable as problem:
                raise ConnectionLost(problem.told) from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ConnectionLost(_told(error)) from error

    def _agent(self) -> Agent:
        return Agent(self.settings, heartbeat=self.heartbeat, interval=self.interval, path=self.path)

    async def _follow(self, agent: Agent, cursor: Cursor) -> AsyncGenerator[Batch, None]:
        devices = await agent.probe()
        session = Session.resume(
            cursor,
            addresses=self.settings.addresses,
            discrete=[item.address for item in devices.items if item.discrete],
            stale_after=self.stale_after,
        )
        yield await self._resume(agent, session)
        if session.unmet:
            present = await agent.current()
            if session.is_same_run(present.header):
                yield session.meet(present)
        most, skipped = MOST_PER_PART, 0
        while True:
            try:
                async with aclosing(agent.sample(session.next, most)) as documents:
                    async for streams in documents:
                        if not session.is_same_run(streams.header):
                            yield session.begin(await agent.current())
                            break
                        most, skipped = MOST_PER_PART, 0
                        yield session.advance(streams)
            except OutOfRange:
                yield await self._go_on_behind_gap(agent, session)
            except Unreadable as problem:
                if problem.undecoded.code == "no_mtconnect" or skipped == SKIPS_IN_A_ROW:
                    yield Batch(undecoded=(problem.undecoded,))
                    raise
                if most == 1:
                    session.next, skipped = session.next + 1, skipped + 1
                    yield Batch(undecoded=(problem.undecoded,), cursor=session.cursor)
                most = max(most // 10, 1)

    async def _resume(self, agent: Agent, session: Session) -> Batch:
        """The first batch: a baseline, or without a gap what came since the stored sequence."""
        if not session.epoch:
            return session.begin(await agent.current())
        try:
            since = await agent.sample_once(session.next, MOST_PER_PART)
        except OutOfRange:
            return await self._go_on_behind_gap(agent, session)
        except Unreadable:
            return session.resumed(datetime.now(UTC))
        if not session.is_same_run(since.header):
            return session.begin(await agent.current())
        return session.resumed(datetime.now(UTC), since)

    async def _go_on_behind_gap(self, agent: Agent, session: Session) -> Batch:
        """Begin again at the first sequence still there plus a margin: a full and fast buffer moves on."""
        present = await agent.current()
        if not session.is_same_run(present.header):
            return session.begin(present)
        for attempt in range(1, MARGIN_TRIES + 1):
            header = present.header
            margin = max(header.buffer // MARGIN_SHARE, 1) * attempt
            try:
                baseline = await agent.current(at=min(header.first + margin, header.last))
            except OutOfRange:
                present = await agent.current()
            else:
                return session.begin(baseline, after_gap=True)
        return session.begin(present, after_gap=True)


class Agent:
    """The requests an agent answers. Raises ``Unreadable``, ``OutOfRange`` and ``ConnectionLost``."""

    def __init__(self, settings: Settings, *, heartbeat: float, interval: float, path: str) -> None:
        user, _, password = settings.secret.partition(":")
        self.url = settings.address.rstrip("/")
        self.heartbeat, self.interval, self.path = heartbeat, interval, path
        self.http = httpx.AsyncClient(
            timeout=httpx.Timeout(CONNECT_SECONDS, read=2 * heartbeat),
            auth=(user, password) if user else None,
            headers={"Accept": "application/xml, text/xml;q=0.9, application/json;q=0.5"},
        )

    async def __aenter__(self) -> Agent:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.http.aclose()

    async def probe(self) -> Devices:
        document = await self._get("probe", {})
        if not isinstance(document, Devices):
            raise ConnectionLost("the agent answers a probe with something else")
        return document

    async def current(self, *, at: int | None = None) -> Streams:
        """The latest values, or those at a sequence; ``next`` of the header is then the one behind it."""
        streams = self._streams(await self._get("current", self._query(at=at)))
        if at is None:
            return streams
        return replace(streams, header=replace(streams.header, next=at + 1))

    async def sample_once(self, start: int, most: int) -> Streams:
        """What the buffer holds from a sequence on, at most so many."""
        return self._streams(await self._get("sample", self._query(**{"from": start, "count": most})))

    async def sample(self, start: int, most: int) -> AsyncGenerator[Streams, None]:
        """Documents from a sequence on, for as long as the agent sends; heartbeats are empty documents.

        An agent that doesn't stream gives one document, and is asked again after the interval.
        """
        query = self._query(
            **{"from": start, "count": most},
            interval=round(self.interval * 1000),
            heartbeat=round(self.heartbeat * 1000),
        )
        async with self.http.stream("GET", f"{self.url}/sample", params=query) as response:
            boundary = boundary_of(response.headers.get("content-type", ""))
            if boundary is None:
                yield self._streams(self._read(await _body(response)))
                await asyncio.sleep(self.interval)
                return
            parts = Parts(boundary, LARGEST_DOCUMENT)
            async for chunk in response.aiter_bytes():
                for part in parts.feed(chunk):
                    yield self._streams(self._read(part))
                if parts.overflow is not None:
                    problem = Undecodable("too_large", f"a part of more than {LARGEST_DOCUMENT} bytes")
                    raise Unreadable(parts.overflow, problem)
        raise ConnectionLost("the agent closed the stream")

    async def _get(self, request: str, query: dict[str, Any]) -> Document:
        async with self.http.stream("GET", f"{self.url}/{request}", params=query) as response:
            body = await _body(response)
            try:
                return self._read(body)
            except Unreadable:
                if response.status_code >= 400:
                    raise ConnectionLost(
                        f"{request} was answered with status {response.status_code}"
                    ) from None
                raise

    def _query(self, **values: Any) -> dict[str, Any]:
        query = {name: value for name, value in values.items() if value is not None}
        return query | ({"path": self.path} if self.path else {})

    def _read(self, body: bytes) -> Document:
        try:
            return read(body)
        except Undecodable as problem:
            raise Unreadable(body, problem) from None

    def _streams(self, document: Document) -> Streams:
        if isinstance(document, Refusal):
            if document.out_of_range:
                raise OutOfRange
            raise ConnectionLost(f"the agent refuses: {document}")
        if not isinstance(document, Streams):
            raise ConnectionLost("the agent answers with its device model")
        return document


async def _body(response: httpx.Response) -> bytes:
    """The whole body, one byte more than is allowed at most."""
    pieces, size = [], 0
    async for chunk in response.aiter_bytes():
        pieces.append(chunk)
        size += len(chunk)
        if size > LARGEST_DOCUMENT:
            break
    return b"".join(pieces)


def _told(error: Exception) -> str:
    """For an engineer: what happened, without the secret."""
    if isinstance(error, httpx.ReadTimeout):
        return "no word from the agent for two heartbeats"
    return f"{type(error).__name__}: {error}".rstrip(": ")[:400]
