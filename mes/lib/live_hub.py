"""The one listener of a web process: hears topics, renders what changed once, hands it to every open page.

What a fragment looks like is kept for as long as a page shows it, and sent only when it looks different. A
reader's mail is a dictionary of the newest messages by event, so a slow reader skips versions instead of
piling them up, and all readers share the bytes: memory is bounded by what is shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
import structlog
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.utils import translation

from mes.lib.live import CHANNEL, SEPARATOR, Fragment, Load, fragment_named, fragments_changed_by

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
"""Keys by name of fragment."""


def message(event: str, text: str) -> bytes:
    """A server-sent event."""
    lines = "".join(f"data: {line}\n" for line in text.splitlines())
    return f"event: {event}\n{lines}\n".encode()


@dataclass(eq=False)
class Reader:
    """One open page: what it shows, in which language, and the mail (messages by event) not fetched yet.

    ``missing`` are the keys of which it has seen nothing yet.
    """

    wanted: Keys
    language: str
    mail: dict[str, bytes] = field(default_factory=dict)
    has_mail: asyncio.Event = field(default_factory=asyncio.Event)
    missing: dict[str, set[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.missing = {name: set(keys) for name, keys in self.wanted.items()}

    def put(self, event: str, news: bytes) -> None:
        self.mail[event] = news
        self.has_mail.set()

    async def fetch(self, timeout: float) -> dict[str, bytes]:
        """All mail as soon as there is some; empty after ``timeout`` seconds without."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.has_mail.wait(), timeout)
        self.has_mail.clear()
        mail, self.mail = self.mail, {}
        return mail


class Shown:
    """What the readers of one language show: how many each key, and how it looked last."""

    def __init__(self) -> None:
        self.readers: set[Reader] = set()
        self.keys: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.messages: defaultdict[str, dict[str, bytes]] = defaultdict(dict)

    def add(self, reader: Reader) -> None:
        self.readers.add(reader)
        for name, keys in reader.wanted.items():
            self.keys[name].update(keys)

    def remove(self, reader: Reader) -> None:
        """What nobody shows any more is forgotten."""
        self.readers.discard(reader)
        for name, keys in reader.wanted.items():
            counts, messages = self.keys[name], self.messages[name]
            counts.subtract(keys)
            for key in keys:
                if not counts[key]:
                    del counts[key]
                    messages.pop(key, None)

    def hand_out(self, name: str, rendered: Mapping[str, bytes]) -> None:
        """Give what looks different from before to everyone who shows it, and all of it to newcomers."""
        counts, known = self.keys[name], self.messages[name]
        news = {key: new for key, new in rendered.items() if key in counts and known.get(key) != new}
        known.update(news)
        for reader in self.readers:
            if name in reader.wanted:
                missing = reader.missing[name] & rendered.keys()
                reader.missing[name] -= missing
                for key in missing | (reader.wanted[name] & news.keys()):
                    reader.put(f"{name}:{key}", rendered[key])


class Hub:
    """Readers of one event loop, the connection that listens for them, and what is to be rendered."""

    def __init__(self) -> None:
        self.shown: dict[str, Shown] = {}
        self._changed: dict[str, set[str]] = {}
        self._due: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.listening = asyncio.Event()

    @contextlib.asynccontextmanager
    async def reading(self, reader: Reader) -> AsyncIterator[Reader]:
        """Deliver to ``reader`` while inside, beginning with everything it shows as it is now."""
        shown = self.shown.setdefault(reader.language, Shown())
        shown.add(reader)
        try:
            self._start()
            await self.listening.wait()
            for name, keys in reader.wanted.items():  # rendered for all who come at this moment together
                self._mark(name, keys)
            yield reader
        finally:
            shown.remove(reader)
            if not shown.readers:
                del self.shown[reader.language]
            if not self.shown:
                self._stop()

    def hear(self, topic: str) -> None:
        """Mark what ``topic`` changes among the fragments that somebody reads."""
        for fragment, key in fragments_changed_by(topic):
            if key is None:
                self._mark(fragment.name, self._all_keys(fragment.name))
            elif any(key in shown.keys[fragment.name] for shown in self.shown.values()):
                self._mark(fragment.name, {key})

    def hear_everything(self) -> None:
        """Notices may have been missed: mark all that is shown."""
        for name in {name for shown in self.shown.values() for name in shown.keys}:
            self._mark(name, self._all_keys(name))

    def _mark(self, name: str, keys: Collection[str]) -> None:
        if keys:
            self._changed.setdefault(name, set()).update(keys)
            self._wake.set()

    def _all_keys(self, name: str) -> set[str]:
        return set().union(*(shown.keys[name] for shown in self.shown.values()))

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
        for timer in self._due.values():
            timer.cancel()
        self._due.clear()
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

    def _remember(self, name: str, key: str, seconds: float) -> None:
        """Render it anew when it is due, unless the next refresh is sooner or it is remembered already."""
        if seconds >= REFRESH_SECONDS or (name, key) in self._due:
            return

        def is_due() -> None:
            del self._due[name, key]
            if key in self._all_keys(name):
                self._mark(name, {key})

        delay = max(seconds, PACE_SECONDS)
        self._due[name, key] = asyncio.get_running_loop().call_later(delay, is_due)

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            self.hear_everything()

    async def _deliver(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._wake.clear()
            begun = loop.time()
            changed, self._changed = self._changed, {}
            languages = {
                language: [name for name in changed if shown.keys[name]]
                for language, shown in self.shown.items()
            }
            rendered, due = await _render(changed, languages)
            for language, name, messages in rendered:
                if shown := self.shown.get(language):
                    shown.hand_out(name, messages)
            for name, key, after in due:
                self._remember(name, key, after.total_seconds() - (loop.time() - begun))
            # As much time for requests as for rendering, however much there is to render.
            await asyncio.sleep(max(PACE_SECONDS - GATHER_SECONDS, loop.time() - begun))


Changed = Mapping[str, set[str]]
"""Keys by name of fragment."""
Rendered = tuple[str, str, dict[str, bytes]]
"""A language, a fragment's name, and the messages by key."""
DueKeys = list[tuple[str, str, timedelta]]
"""A fragment's name, a key, and after what time it looks different."""


async def _render(changed: Changed, languages: Mapping[str, Iterable[str]]) -> tuple[list[Rendered], DueKeys]:
    """The fragments (keys by name) in each language that shows some of them (names by language), and what of
    them is due soon."""

    def work() -> tuple[list[Rendered], DueKeys]:
        try:
            fragments = {name: found for name in changed if (found := fragment_named(name))}
            loaded = _load(fragments.values(), changed)
            return list(_render_now(fragments, loaded, changed, languages)), list(_due(fragments, loaded))
        finally:
            connections.close_all()

    return await sync_to_async(work, thread_sensitive=False)()


def _due(
    fragments: Mapping[str, Fragment], loaded: Mapping[Load, Mapping[str, Any]]
) -> Iterator[tuple[str, str, timedelta]]:
    for name, fragment in fragments.items():
        if fragment.load not in loaded:
            continue
        try:
            due = fragment.due(loaded[fragment.load])
        except Exception:
            logger.exception("live_fragment_not_due", fragment=name)
            continue
        for key, after in due.items():
            yield name, key, after


def _render_now(
    fragments: Mapping[str, Fragment],
    loaded: Mapping[Load, Mapping[str, Any]],
    changed: Changed,
    languages: Mapping[str, Iterable[str]],
) -> Iterator[Rendered]:
    """One broken renderer leaves its fragments as they are; the others go on."""
    for language, names in languages.items():
        with translation.override(language):
            for name in names:
                fragment = fragments.get(name)
                if fragment is None or fragment.load not in loaded:
                    continue
                of = loaded[fragment.load]
                try:
                    html = fragment.render({key: of[key] for key in changed[name] if key in of})
                except Exception:
                    logger.exception("live_fragment_failed", fragment=name)
                    continue
                yield language, name, {key: message(f"{name}:{key}", text) for key, text in html.items()}


def _load(fragments: Iterable[Fragment], changed: Changed) -> dict[Load, Mapping[str, Any]]:
    """What the fragments are drawn from, once for all that share it; what can't be loaded is left out."""
    wanted: defaultdict[Load, set[str]] = defaultdict(set)
    for fragment in fragments:
        wanted[fragment.load] |= changed[fragment.name]
    loaded: dict[Load, Mapping[str, Any]] = {}
    for load, keys in wanted.items():
        try:
            with translation.override(None):
                loaded[load] = load(keys)
        except Exception:
            logger.exception("live_fragments_not_loaded", keys=len(keys))
    return loaded


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
