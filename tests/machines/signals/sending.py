"""Sends samples through the one door, as a gateway would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from machines.domain.ingest import append
from machines.domain.interpret import interpret_dirty

T0 = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


class Gateway:
    """Numbers samples as one boot of one source; ``send`` delivers them ``delay`` seconds after the last."""

    def __init__(self, machine: Any, source: str = "plc", boot: str = "b1") -> None:
        self.machine, self.source, self.boot = machine, source, boot
        self.numbers = count(1)

    def sample(self, ts: float, item: str, value: Any = True, **rest: Any) -> dict[str, Any]:
        return {
            "machine": self.machine.code,
            "source": self.source,
            "boot": self.boot,
            "seq": next(self.numbers),
            "ts": at(ts).isoformat(),
            "item": item,
            "value": value,
            **rest,
        }

    def cycles(self, *times: float) -> list[dict[str, Any]]:
        return [self.sample(ts, "cycle_event") for ts in times]


def send(samples: list[Any], received: float | None = None) -> list[str]:
    """Outcomes by entry; received right after the newest sample unless told otherwise."""
    return [answer.outcome.value for answer in deliver(samples, received)]


def deliver(samples: list[Any], received: float | None = None) -> list[Any]:
    moment = at(received) if received is not None else newest(samples)
    return append(samples, moment, channel="test")


def newest(samples: list[Any]) -> datetime:
    return max(datetime.fromisoformat(one["ts"]) for one in samples) + timedelta(milliseconds=100)


def interpret(now: float) -> int:
    return interpret_dirty(at(now))
