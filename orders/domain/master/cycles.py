"""Does an item contain itself? Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def cycle_through(item: str, parts: Mapping[str, Iterable[str]]) -> list[str]:
    """The chain from ``item`` through its ``parts`` back to it, both ends included; empty if there is none.

    ``parts``: item → the items that it is made of. Each item is looked at once.
    """
    came_from: dict[str, str] = {}
    waiting = [item]
    while waiting:
        parent = waiting.pop()
        for part in parts.get(parent, ()):
            if part == item:
                return _chain(item, parent, came_from)
            if part not in came_from:
                came_from[part] = parent
                waiting.append(part)
    return []


def _chain(item: str, last: str, came_from: Mapping[str, str]) -> list[str]:
    chain = [item]
    while last != item:
        chain.append(last)
        last = came_from[last]
    return [item, *reversed(chain)]
