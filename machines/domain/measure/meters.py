"""Meter rules M1 to M7: from readings of an energy meter to what was used when. Pure.

An energy counter (kWh) is a counter like any other: ``counters.advance`` compares its readings, in whole
watt-hours. Power (kW) is integrated.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from machines.domain.measure.counters import Counter, advance
from machines.domain.measure.samples import Flag, Quality, Rules, Sample, Value

ENERGY, POWER = "energy", "power"
METERS = frozenset({ENERGY, POWER})
HOLDS = timedelta(minutes=15)
"""So long a reading stands for what comes after it."""
AT_LEAST = timedelta(minutes=1)
"""Shorter stretches are joined."""
NOTHING = Decimal(0)
_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)
_HOUR_OF_MILLIWATTS = Decimal(3_600_000_000 * 1_000_000)
_EXACT = Decimal("0.000001")
_LARGEST = 1e12


@dataclass(frozen=True, slots=True)
class Meter:
    """How a machine's meters are read.

    ``modulus`` is where its energy counter rolls over (kWh), ``load`` the most that it can draw (kW).
    """

    modulus: Decimal | None = None
    load: Decimal | None = None

    @property
    def rules(self) -> Rules:
        """Its counter in whole watt-hours, of which ``load`` allows so many a second."""
        return Rules(
            modulus=None if self.modulus is None else int(self.modulus * 1000),
            min_cycle=None if self.load is None else _SECOND,
        )

    @property
    def per_second(self) -> float:
        """Watt-hours."""
        return 1.0 if self.load is None else float(self.load) * 1000 / 3600


@dataclass(frozen=True, slots=True)
class Use:
    """``kwh`` were used evenly in [start, end); ``estimated``: over a gap, nobody knows when in it."""

    start: datetime
    end: datetime
    kwh: Decimal
    estimated: bool = False

    @property
    def duration(self) -> timedelta:
        return self.end - self.start


def uses(samples: Iterable[Sample], meter: Meter) -> list[Use]:
    """What one meter (one item of one source) tells, its samples in order of time.

    Beginning with the reading at the end of any of the stretches gives the same ones from there on.
    """
    readings = (list(group)[-1] for _ts, group in groupby(samples, key=attrgetter("ts")))
    good = (one for one in readings if _number(one.value, one.quality) is not None)
    first = next(good, None)
    if first is None:
        return []
    found = _counted(first, good, meter) if first.item == ENERGY else _integrated(first, good)
    return list(_joined(found))


def _counted(first: Sample, samples: Iterable[Sample], meter: Meter) -> Iterator[Use | None]:
    """M1 to M5. None: nobody knows what was used here."""
    counter = Counter(_watt_hours(first), first.ts)
    since, before, rules, pace = first.ts, first, meter.rules, meter.per_second
    for one in samples:
        gap = one.epoch != before.epoch
        counter.gap, counter.at = gap, since
        step = advance(counter, _watt_hours(one), one.ts, rules, per_cycle=pace, reset=one.reset)
        doubtful = step.waiting != 0
        moved = step.amount > 0 or bool(step.flags)
        if doubtful:
            yield None
        elif moved or one.ts - since >= HOLDS:
            late = one.ts - before.ts > HOLDS
            uncertain = step.amount > 0 and (gap or late or Flag.RESET in step.flags)
            yield Use(since, one.ts, Decimal(step.amount) / 1000, uncertain)
        if doubtful or moved or one.ts - since >= HOLDS:
            since = one.ts
        before = one


def _integrated(first: Sample, samples: Iterable[Sample]) -> Iterator[Use | None]:
    """M6."""
    before = first
    for one in samples:
        if one.epoch != before.epoch or one.ts - before.ts > HOLDS:
            yield None
        else:
            milliwatts = round(Decimal(str(before.value)) * 1_000_000)
            time = (one.ts - before.ts) // _MICROSECOND
            yield Use(before.ts, one.ts, (milliwatts * time / _HOUR_OF_MILLIWATTS))
        before = one


def _joined(found: Iterable[Use | None]) -> Iterator[Use]:
    """M7: neighbours are one stretch until it lasts a minute; gaps and estimates stay by themselves."""
    kept: Use | None = None
    for use in found:
        if kept is not None and (use is None or not _is_joined(kept, use)):
            yield _exact(kept)
            kept = None
        if use is None:
            continue
        kept = use if kept is None else replace(kept, end=use.end, kwh=kept.kwh + use.kwh)
        if kept.estimated or kept.duration >= AT_LEAST:
            yield _exact(kept)
            kept = None


def _is_joined(kept: Use, use: Use) -> bool:
    return not use.estimated and use.duration < AT_LEAST and use.start == kept.end


def _exact(use: Use) -> Use:
    return replace(use, kwh=use.kwh.quantize(_EXACT))


def _number(value: Value, quality: str) -> float | None:
    if quality != Quality.GOOD or value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number < _LARGEST else None


def _watt_hours(sample: Sample) -> int:
    return round(float(sample.value or 0) * 1000)
