"""Live notices and the fragments of pages that follow them.

A command announces a topic (`machine:12`) in its transaction and listeners hear it after commit:
PostgreSQL's NOTIFY carries it, so a notice exists exactly when the change does. Announce once per batch and
topic, never once per row: NOTIFY takes a database-wide lock at commit.

A fragment is a piece of a page by name and key (`wall-tile:12`). It says which topics change it and how it
is rendered; `mes.lib.live_hub` does that once per language and sends it to every open page that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import connection

CHANNEL = "mes_live"
SEPARATOR = "\n"
LONGEST_NOTICE = 7900
"""Bytes; PostgreSQL's limit is 8,000."""

Load = Callable[[Collection[str]], Mapping[str, Any]]
"""Keys to what fragments show, by key, in one go; a key that doesn't exist is left out."""
Due = Callable[[Any], Mapping[str, timedelta]]
"""What was loaded, to the time after which a key looks different by time alone, where that is soon."""
Render = Callable[[Any], Mapping[str, str]]
"""Keys, or what was loaded for them, to HTML by key."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A live piece of pages, the same for everybody who holds ``right``.

    A topic `kind:key` changes the fragment of the same key if its kind is in ``topics``, and every fragment
    of this name if it is in ``any_of``. Fragments of one ``load`` share what it found. ``due`` tells what is
    to be rendered anew when nothing was announced.
    """

    name: str
    render: Render
    load: Load
    topics: frozenset[str]
    any_of: frozenset[str]
    right: str
    due: Due

    def html(self, keys: Collection[str]) -> Mapping[str, str]:
        """HTML by key in the active language."""
        return self.render(self.load(keys))


_fragments: dict[str, Fragment] = {}


def announce(*topics: str) -> None:
    """Tell listeners that ``topics`` changed, when the current transaction commits. One query."""
    announce_all(topics)


def announce_all(topics: Iterable[str]) -> None:
    """Like ``announce`` for any number of topics, still one query."""
    notices = list(_notices(sorted(set(topics))))
    if not notices:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, notice) FROM unnest(%s::text[]) AS notice", [CHANNEL, notices])


def _notices(topics: Iterable[str]) -> Iterator[str]:
    """As many topics in each notice as PostgreSQL carries at once."""
    some: list[str] = []
    size = 0
    for topic in topics:
        length = len(topic.encode()) + 1
        if size + length > LONGEST_NOTICE:
            yield SEPARATOR.join(some)
            some, size = [], 0
        some.append(topic)
        size += length
    if some:
        yield SEPARATOR.join(some)


def never_due(_found: object) -> dict[str, timedelta]:
    """Nothing but notices changes the fragment."""
    return {}


def only_keys(keys: Collection[str]) -> dict[str, str]:
    """The ``load`` of a fragment that loads by itself."""
    return dict.fromkeys(sorted(keys), "")


def fragment(
    name: str,
    *,
    topics: Iterable[str] = (),
    any_of: Iterable[str] = (),
    right: str = "view",
    load: Load = only_keys,
    due: Due = never_due,
) -> Callable[[Render], Render]:
    """Register the decorated function as the renderer of the fragments of that name.

    It gets what ``load`` found by key, or else the keys, and runs in a thread of its own with the language of
    the reader activated. It must not depend on who reads. What several fragments are drawn from is loaded
    once for all of them and all languages.
    """

    def register(render: Render) -> Render:
        _fragments[name] = Fragment(name, render, load, frozenset(topics), frozenset(any_of), right, due)
        return render

    return register


def fragment_named(name: str) -> Fragment | None:
    return _fragments.get(name)


def fragments_changed_by(topic: str) -> list[tuple[Fragment, str | None]]:
    """The fragments that ``topic`` changes, each with its key, or None where all keys of it change."""
    kind, _, key = topic.partition(":")
    return [
        (fragment, None if kind in fragment.any_of else key)
        for fragment in _fragments.values()
        if kind in fragment.topics or kind in fragment.any_of
    ]


def stream_url(**keys_by_fragment: Iterable[object]) -> str:
    """The address that streams these fragments: ``stream_url(wall_tile=[1, 2])`` for `wall-tile`."""
    query = {name.replace("_", "-"): ",".join(map(str, keys)) for name, keys in keys_by_fragment.items()}
    return "/live?" + urlencode({name: keys for name, keys in query.items() if keys}, safe=",:")
