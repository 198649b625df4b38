"""What happens to signals on their way: a pure transformation with a memory of what was really lost."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from mes.runtime.simulator.messages import Signal

LONGEST_SPELL_SECONDS = 365 * 86400.0
# A counter that shows 1 before and after a reset looks as if nothing had happened: nobody can tell.
LEAST_BEFORE_RESET = 10
# Shortly before a counter rolls over, a reset looks like a rollover: nobody can tell, either.
MOST_BEFORE_RESET = 0.9
COUNTERS = frozenset({"cycle_count", "part_count"})


@dataclass(frozen=True, slots=True)
class Dirt:
    """Rates are shares of all signals unless said otherwise; all zero is a clean line.

    ``resets_per_day`` and ``outages_per_day`` count per machine. ``skew_seconds`` sets a machine's clock
    wrong by a constant within ± that. A lost counter reading is no loss of input as long as a later one
    comes; a lost cycle event is.
    """

    seed: int = 1
    lost: float = 0.0
    late: float = 0.0
    late_seconds: float = 300.0
    doubled: float = 0.0
    reordered: float = 0.0
    reordered_seconds: float = 5.0
    resets_per_day: float = 0.0
    outages_per_day: float = 0.0
    outage_seconds: float = 900.0
    skew_seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        return self == Dirt(seed=self.seed)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A signal as it leaves the gateway at ``at``. ``boot`` names the run of the gateway's numbering."""

    at: datetime
    boot: str
    signal: Signal
    historical: bool = False


@dataclass(slots=True)
class Damage:
    """What was done to the stream. ``lost`` are signals that never came."""

    lost: list[Signal] = field(default_factory=list)
    doubled: int = 0
    late: int = 0
    stored: int = 0
    resets: int = 0


@dataclass(slots=True)
class _Line:
    """The way of one machine's signals. ``base`` is what its counters showed at the last reset."""

    skew: timedelta
    base: dict[str, int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    reset_at: datetime | None = None
    outage: tuple[datetime, datetime] | None = None


class DirtyLine:
    """Spoils signals given in order of time. Deliveries come out in the order in which they arrive."""

    def __init__(self, dirt: Dirt, *, boot: str = "1", moduli: Mapping[str, int] | None = None) -> None:
        self.dirt = dirt
        self.boot = boot
        self.moduli = dict(moduli or {})
        self.damage = Damage()
        self._random = random.Random(dirt.seed)  # noqa: S311 - noise, not secrets
        self._lines: dict[str, _Line] = {}
        self._waiting: list[tuple[datetime, int, Delivery]] = []
        self._numbers = count()

    def pass_on(self, signals: Iterable[Signal], until: datetime) -> list[Delivery]:
        """Take signals in, and give out what arrives before ``until``. Late ones stay for the next call."""
        for signal in signals:
            for delivery in self._spoil(signal):
                heapq.heappush(self._waiting, (delivery.at, next(self._numbers), delivery))
        out: list[Delivery] = []
        while self._waiting and self._waiting[0][0] < until:
            out.append(heapq.heappop(self._waiting)[2])
        return out

    def clock_of(self, machine: str) -> timedelta:
        """How far the machine's clock is ahead."""
        line = self._lines.get(machine)
        return line.skew if line else timedelta()

    def rest(self) -> list[Delivery]:
        """Everything still on its way."""
        return [heapq.heappop(self._waiting)[2] for _ in range(len(self._waiting))]

    def _spoil(self, signal: Signal) -> list[Delivery]:
        dirt, line, at = self.dirt, self._line(signal.machine), signal.ts
        signal = self._with_reset(line, signal)
        if dirt.skew_seconds:
            signal = replace(signal, ts=signal.ts + line.skew)
        stored_until = self._outage(line, at)
        if self._happens(dirt.lost):
            self.damage.lost.append(replace(signal, ts=at))
            return []
        historical = False
        if stored_until is not None:
            at, historical = stored_until, True
            self.damage.stored += 1
        elif self._happens(dirt.late):
            at += timedelta(seconds=self._random.uniform(1, dirt.late_seconds))
            self.damage.late += 1
        elif self._happens(dirt.reordered):
            at += timedelta(seconds=self._random.uniform(0, dirt.reordered_seconds))
        delivery = Delivery(at, self.boot, signal, historical)
        if not self._happens(dirt.doubled):
            return [delivery]
        self.damage.doubled += 1
        again = at + timedelta(seconds=self._random.uniform(0, dirt.late_seconds))
        return [delivery, replace(delivery, at=again)]

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self._random.random() < rate

    def _line(self, machine: str) -> _Line:
        if machine not in self._lines:
            skew = self._random.uniform(-self.dirt.skew_seconds, self.dirt.skew_seconds)
            self._lines[machine] = _Line(timedelta(seconds=skew))
        return self._lines[machine]

    def _with_reset(self, line: _Line, signal: Signal) -> Signal:
        """Now and then the controller starts anew and its counters begin at nothing."""
        if signal.item not in COUNTERS or not self.dirt.resets_per_day:
            return signal
        if line.reset_at is None:
            line.reset_at = signal.ts + self._spell(self.dirt.resets_per_day)
        value, modulus = int(signal.value), self.moduli.get(signal.machine)
        since_reset = line.last.get(signal.item, 0) - line.base.get(signal.item, 0)
        before = since_reset % modulus if modulus else since_reset
        most = modulus * MOST_BEFORE_RESET if modulus else math.inf
        if signal.ts >= line.reset_at and LEAST_BEFORE_RESET <= before < most:
            line.base[signal.item] = line.last[signal.item]
            line.reset_at = signal.ts + self._spell(self.dirt.resets_per_day)
            self.damage.resets += 1
        line.last[signal.item] = value
        shown = value - line.base.get(signal.item, 0)
        return replace(signal, value=shown % modulus if modulus else shown)

    def _outage(self, line: _Line, at: datetime) -> datetime | None:
        """When what is stored now will be sent; None while the line is up."""
        if not self.dirt.outages_per_day:
            return None
        if line.outage is None or at >= line.outage[1]:
            begin = at + self._spell(self.dirt.outages_per_day)
            length = timedelta(seconds=self._random.uniform(0.2, 1) * self.dirt.outage_seconds)
            line.outage = (begin, begin + length)
        return line.outage[1] if line.outage[0] <= at else None

    def _spell(self, per_day: float) -> timedelta:
        mean = min(86400 / per_day, LONGEST_SPELL_SECONDS)
        return timedelta(seconds=self._random.expovariate(1 / mean))
