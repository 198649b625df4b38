"""What came in last by item, and state words that the rules don't know: for people who map items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.signals.base import Observation
from integrations.signals.mapping import Meaning, translate
from machines.domain.measure.samples import Value
from machines.domain.measure.states import RAW_OF_WORD, word

MOST_WORDS = 20
LONGEST_SHOWN = 120


@dataclass(slots=True)
class Last:
    """The newest value of one item, and how many came."""

    observation: Observation
    received: datetime
    count: int = 0


class Seen:
    """Kept in memory only, one value per mapped item."""

    def __init__(self, meanings: Sequence[Meaning]) -> None:
        self._meanings = {meaning.address: meaning for meaning in meanings}
        self.last: dict[str, Last] = {}
        self.unknown: dict[str, Counter[str]] = {}

    def note(self, observations: Iterable[Observation], received: datetime) -> None:
        for seen in observations:
            meaning = self._meanings.get(seen.address)
            if meaning is None:
                continue
            last = self.last.get(seen.address)
            if last is None:
                self.last[seen.address] = Last(seen, received, 1)
            else:
                last.observation, last.received, last.count = seen, received, last.count + 1
            if meaning.role == "state" and not is_known(translate(seen.value, meaning)):
                self._count_word(seen)

    def _count_word(self, seen: Observation) -> None:
        words = self.unknown.setdefault(seen.address, Counter())
        text = str(seen.value)[:LONGEST_SHOWN]
        if text in words or len(words) < MOST_WORDS:
            words[text] += 1

    def as_json(self) -> dict[str, Any]:
        """By address: raw value, both times, how many, and unknown words with how often they came."""
        return {
            address: {
                "value": shown(last.observation.value),
                "quality": last.observation.quality.value,
                "ts": last.observation.ts.astimezone(UTC).isoformat(),
                "received": last.received.isoformat(),
                "count": last.count,
                "unknown": dict(self.unknown.get(address, ())),
            }
            for address, last in self.last.items()
        }


def is_known(value: Value) -> bool:
    """Whether the state rules know this word; no value at all means unavailable and is known."""
    return word(value) in RAW_OF_WORD


def shown(value: Value) -> Value:
    """A value short enough for a page; numbers that JSON doesn't know become text."""
    if isinstance(value, str):
        return value[:LONGEST_SHOWN]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value
