"""Writing production events: the fact, its news for the apps above, and the live notice."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mes.lib.errors import KeyReused
from mes.lib.prepared import Insert
from orders.enums import EventKind
from orders.models import ProductionEvent

_INSERT = Insert(ProductionEvent, then="INSERT INTO orders_eventnews (event_id) SELECT id FROM made")
CHANGES_QUEUES = frozenset(EventKind) - {EventKind.COUNTED, EventKind.RECLASSIFIED, EventKind.CREATED}
"""What may make work ready or blocked at a machine. Counts, by far the most frequent, aren't among them."""


def body_hash(body: Mapping[str, Any]) -> str:
    """32 hexadecimal characters that are equal exactly for equal content."""
    text = json.dumps(body, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def derived_key(key: uuid.UUID, part: str) -> uuid.UUID:
    """A further key for a command that leaves more than one event, the same at every repeat."""
    return uuid.uuid5(key, part)


def record_events(events: Sequence[ProductionEvent]) -> None:
    """Write facts and their news and announce them: one query, however many events."""
    _INSERT(events, topics=topics_of(events))


def topics_of(events: Iterable[ProductionEvent]) -> set[str]:
    topics = {"orders"}
    for event in events:
        topics.add(f"order:{event.order_id}")
        if event.operation_id:
            topics.add(f"operation:{event.operation_id}")
        if event.machine_id:
            topics.add(f"machine:{event.machine_id}")
        if event.kind in CHANGES_QUEUES:
            topics.add("queue")
    return topics


def same_fact(event: ProductionEvent | None, body: str) -> ProductionEvent | None:
    """The event that this key already made, if any. Raises KeyReused when its content was another."""
    if event is not None and event.body_hash != body:
        raise KeyReused("key_reused", "This key was already used for something else.", field="key")
    if event is not None:
        event.replayed = True
    return event
