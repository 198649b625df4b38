"""The one listener of a web process: hears topics, renders what changed once, hands it to every open page.

A reader's mail is a dictionary of the newest HTML by event, so a slow reader skips versions instead of piling
them up: its memory is bounded by what it shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.utils import translation

from mes.lib.live import CHANNEL, SEPARATOR, Fragment, fragment_named, fragments_changed_by

logger = structlog.get_logger(__name__)

GATHER_SECONDS = 0.05
"""How long a burst of notices is gathered before the first rendering."""
PACE_SECONDS = 0.25
"""The shortest time between two renderings: four versions of a fragment a second are enough for an eye."""
REFRESH_SECONDS = 30.0
"""Every fragment shown is rendered anew this often: time alone changes some (a break begins)."""
RETRY_SECONDS = 1.0
PROBE_SECONDS = 10.0

Keys = Mapping[str, frozenset[str]]


@dataclass(eq=False)
class Reader:
    """One open page: what it shows, in which language, and the mail it has not fetched yet."""

    wanted: Keys
    language: str
    mail: dict[str, str] = field(default_factory=dict)
    has_mail: asyncio.Event = field(default_factory=asyncio.Event)
    newest: dict[str, int] = field(default_factory=dict)

    def put(self, event: str, html: str) -> None:
        """Add to the mail what the reader doesn't have already."""
        if self.newest.get(event) != (version := hash(html)):
            self.newest[event] = version
            self.mail[event] = html
            self.has_mail.set()

    async def fetch(self, timeout: float) -> dict[str, str]:
        """All mail as soon as there is some; empty after ``timeout`` seconds without."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.has_mail.wait(), timeout)
        self.has_mail.clear()
        mail, self.mail = self.mail, {}
        return mail


class Hub:
    """Readers of one event loop, the connection that listens for them, and what is to be rendered."""

    def __init__(self) -> None:
        self.readers: set[Reader] = set()
        self._changed: dict[str, set[str]] = {}
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.listening = asyncio.Event()

    @contextlib.asynccontextmanager
    async def reading(self, reader: Reader) -> AsyncIterator[Reader]:
        """Deliver to ``reader`` while inside, beginning with everything it shows as it is now."""
        self.readers.add(reader)
        try:
            self._start()
            await self.listening.wait()
            for name, keys in reader.wanted.items():
                for event, html in (await self._render(name, keys, reader.language)).items():
                    if event not in reader.newest:
                        reader.put(event, html)
            yield reader
        finally:
            self.readers.discard(reader)
            if not self.readers:
                self._stop()

    def hear(self, topic: str) -> None:
        """Mark what ``topic`` changes among the fragments that somebody reads."""
        for fragment, key in fragments_changed_by(topic):
            shown = self._shown(fragment.name)
            self._mark(fragment.name, shown if key is None else shown & {key})

    def hear_everything(self) -> None:
        """Notices may have been missed: mark all that is shown."""
        for name in {name for reader in self.readers for name in reader.wanted}:
            self._mark(name, self._shown(name))

    def _mark(self, name: str, keys: Iterable[str]) -> None:
        if keys := set(keys):
            self._changed.setdefault(name, set()).update(keys)
            self._wake.set()

    def _shown(self, name: str) -> frozenset[str]:
        return frozenset().union(*(reader.wanted.get(name, frozenset()) for reader in self.readers))

    def _start(self) -> None:
        if not self._tasks:
            loop = asyncio.get_running_loop()
            self._tasks = [
                loop.create_task(work(), name=f"live {work.__name__}")
                for work in (self._listen, self._deliver, self._refresh)
            ]

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        self._changed.clear()
        self.listening.clear()

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (psycopg.Error, OSError) as error:
                logger.warning("live_listener_lost", error=str(error))
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen_once(self) -> None:
        async with await psycopg.AsyncConnection.connect(**_listen_parameters(), autocommit=True) as listener:
            await listener.execute(f"LISTEN {CHANNEL}")
            self.listening.set()
            self.hear_everything()
            while True:
                async for notice in listener.notifies(timeout=PROBE_SECONDS):
                    for topic in notice.payload.split(SEPARATOR):
                        self.hear(topic)
                await listener.execute("SELECT 1")

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            self.hear_everything()

    async def _deliver(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._wake.clear()
            changed, self._changed = self._changed, {}
            for name, keys in changed.items():
                for language in {reader.language for reader in self.readers if name in reader.wanted}:
                    self._hand_out(name, language, await self._render(name, keys, language))
            await asyncio.sleep(PACE_SECONDS - GATHER_SECONDS)

    def _hand_out(self, name: str, language: str, rendered: Mapping[str, str]) -> None:
        for event, html in rendered.items():
            key = event.partition(":")[2]
            for reader in self.readers:
                if reader.language == language and key in reader.wanted.get(name, ()):
                    reader.put(event, html)

    async def _render(self, name: str, keys: Collection[str], language: str) -> dict[str, str]:
        """HTML by event. One broken renderer leaves its fragments as they are; the others go on."""
        fragment = fragment_named(name)
        if fragment is None:
            return {}
        try:
            return await sync_to_async(_render_now, thread_sensitive=False)(fragment, keys, language)
        except Exception:
            logger.exception("live_fragment_failed", fragment=name)
            return {}


def _render_now(fragment: Fragment, keys: Collection[str], language: str) -> dict[str, str]:
    try:
        with translation.override(language):
            return {f"{fragment.name}:{key}": html for key, html in fragment.render(sorted(keys)).items()}
    finally:
        connections.close_all()


def _listen_parameters() -> dict[str, Any]:
    """How to reach Django's database with a connection of our own."""
    parameters = connection.get_connection_params()
    return {
        name: value
        for name, value in parameters.items()
        if name not in ("context", "cursor_factory", "prepare_threshold")
    } | {"application_name": "mes live"}


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
