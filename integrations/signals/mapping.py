"""From observations to samples, by the mapping an engineer made. Pure: edge gateways run it too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from integrations.signals.base import Batch, Link, Observation
from machines.domain.measure.samples import Value

Sample = dict[str, Any]
"""An entry of ``machines.domain.ingest.append``."""

_LINK_BOOT = "link"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one address means for one machine: its role, and how its values are translated."""

    address: str
    machine: str
    role: str
    slot: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    factor: Decimal | None = None


class Mapper:
    """Applies the meanings of one connection. ``source`` is its code."""

    def __init__(self, source: str, meanings: Sequence[Meaning]) -> None:
        self.source = source
        self._by_address: dict[str, list[Meaning]] = defaultdict(list)
        for meaning in meanings:
            self._by_address[meaning.address].append(meaning)

    def samples(self, batch: Batch) -> list[Sample]:
        """The samples of a batch: links first, for they say which values are a new beginning."""
        return [
            *(sample for link in batch.links for sample in self._link_samples(link)),
            *self._value_samples(batch.observations),
        ]

    def _value_samples(self, observations: Iterable[Observation]) -> Iterator[Sample]:
        for seen in observations:
            for meaning in self._by_address.get(seen.address, ()):
                yield {
                    "machine": meaning.machine,
                    "source": self.source,
                    "boot": seen.epoch,
                    "seq": seen.seq,
                    "sub": seen.sub,
                    "ts": seen.ts.astimezone(UTC).isoformat(),
                    "item": meaning.role,
                    "value": translate(seen.value, meaning),
                    "quality": seen.quality.value,
                    "slot": meaning.slot,
                    "snapshot": seen.snapshot,
                    "historical": seen.historical,
                    "reset": seen.reset,
                }

    def _link_samples(self, link: Link) -> Iterator[Sample]:
        """A lost or regained sender, told to each machine behind it; its time is its number."""
        machines = {
            meaning.machine
            for address, meanings in self._by_address.items()
            if address.startswith(link.scope)
            for meaning in meanings
        }
        for machine in sorted(machines):
            yield {
                "machine": machine,
                "source": f"{self.source}/link",
                "boot": _LINK_BOOT,
                "seq": _microseconds(link.ts),
                "ts": link.ts.astimezone(UTC).isoformat(),
                "item": "available",
                "value": link.up,
            }


def translate(value: Value, meaning: Meaning) -> Value:
    """A value as the machine's rules understand it: by the value table, else by the factor, else as it is."""
    if meaning.values and value is not None:
        translated = meaning.values.get(_key(value))
        if translated is not None:
            return translated
    if meaning.factor is not None and isinstance(value, int | float) and not isinstance(value, bool):
        return float(Decimal(str(value)) * meaning.factor)
    return value


def _key(value: Value) -> str:
    """How a value is written in a value table: whole numbers without a point, truth as true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)
