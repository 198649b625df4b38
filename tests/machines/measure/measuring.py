"""Short words for tests of the measurement core."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from machines.domain.measure import Cycle, FoldState, Interval, Reference, Rules, Sample, Tail, fold, tail

T0 = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def sample(ts: float, item: str, value: Any = None, **rest: Any) -> Sample:
    return Sample(at(ts), item, value, **rest)


def counter(*readings: tuple[float, Any], item: str = "part_count", **rest: Any) -> list[Sample]:
    return [sample(ts, item, value, **rest) for ts, value in readings]


def events(*times: float) -> list[Sample]:
    return [sample(ts, "cycle_event", True) for ts in times]


def states(*changes: tuple[float, str]) -> list[Sample]:
    return [sample(ts, "state", value) for ts, value in changes]


def planned(cycle: float, **rest: Any) -> Rules:
    """Rules with a planned cycle for every program."""
    return Rules(references=(Reference(seconds(cycle)),), **rest)


class Measured:
    """Everything the core says about a set of samples at ``now`` (seconds after T0)."""

    def __init__(
        self, samples: list[Sample], rules: Rules, now: float | None = None, cuts: tuple[int, ...] = ()
    ):
        ordered = sorted(samples, key=lambda one: one.position)
        self.state, self.cycles, self.closed = FoldState(), [], []
        self.notes = []
        edges = [0, *sorted(cuts), len(ordered)]
        for start, end in itertools.pairwise(edges):
            out = fold(self.state, ordered[start:end], rules)
            self.state = FoldState.from_json(self.state.as_json())
            self.cycles += out.cycles
            self.closed += out.intervals
            self.notes += out.notes
        moment = at(now) if now is not None else ordered[-1].ts
        self.tail: Tail = tail(self.state, rules, moment)
        self.now = moment
        self.cycles: list[Cycle] = self.cycles + self.tail.cycles
        self.open = self.tail.open
        self.intervals: list[Interval] = self.closed + self.tail.intervals + self.tail.open

    def line(self, slot: int = 1) -> list[tuple[float, float | None, str]]:
        """The timeline of a slot as (start, end, state) in seconds after T0."""
        return [
            (
                (one.start - T0).total_seconds(),
                None if one.end is None else (one.end - T0).total_seconds(),
                one.state.value,
            )
            for one in sorted(self.intervals, key=lambda one: one.start)
            if one.slot == slot
        ]

    @property
    def pieces(self) -> int:
        return int(sum(cycle.quantity for cycle in self.cycles))

    @property
    def waiting(self) -> int:
        return int(sum(cycle.waiting for cycle in self.cycles))

    def ends(self) -> list[float]:
        return [(cycle.end - T0).total_seconds() for cycle in self.cycles]

    def time_in(self, *names: str) -> float:
        """Seconds in these states up to ``now``."""
        return sum(
            ((one.end or self.now) - one.start).total_seconds()
            for one in self.intervals
            if one.state.value in names
        )
