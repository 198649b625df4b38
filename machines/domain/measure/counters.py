"""Counter rules C1 to C9: from one reading to the next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from machines.domain.measure.samples import Flag, Quality, Rules, Value


@dataclass(slots=True)
class Counter:
    """The last accepted reading of one counter. ``gap``: the connection was lost since."""

    value: int
    at: datetime
    gap: bool = False
    job: str = ""
    moved: bool = False


@dataclass(slots=True)
class Step:
    """``amount`` counts at once, ``waiting`` once a person agrees; ``since`` spreads it over (since, now]."""

    amount: int = 0
    waiting: int = 0
    elapsed: timedelta = timedelta()
    since: datetime | None = None
    flags: tuple[str, ...] = ()


NOTHING = Step()


def reading(value: Value, quality: str) -> int | None:
    """The number in a counter sample, or None where there is none to trust (C9)."""
    if quality != Quality.GOOD or value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return int(number) if math.isfinite(number) and number >= 0 else None


def advance(
    counter: Counter,
    value: int,
    at: datetime,
    rules: Rules,
    *,
    per_cycle: float = 1.0,
    reset: bool = False,
    job: str = "",
    snapshot: bool = False,
) -> Step:
    """Compare a new reading with the last one and move the counter on.

    ``per_cycle`` is how far the counter goes in one cycle; ``reset`` and a changed ``job`` tell of a reset.
    """
    step = _compare(
        counter,
        value,
        at,
        rules,
        signed=reset or bool(job and counter.job and job != counter.job),
        gap=counter.gap or snapshot,
        per_cycle=per_cycle,
    )
    if step.amount > _plausible(step.elapsed, rules, per_cycle):
        step = Step(0, step.amount, step.elapsed, step.since, (*step.flags, Flag.IMPLAUSIBLE))
    counter.moved = counter.moved or value != counter.value
    counter.value, counter.at, counter.gap, counter.job = value, at, False, job or counter.job
    return step


def _compare(
    counter: Counter, value: int, at: datetime, rules: Rules, *, signed: bool, gap: bool, per_cycle: float
) -> Step:
    before, elapsed = counter.value, at - counter.at
    since = counter.at if gap else None
    estimated: tuple[str, ...] = (Flag.ESTIMATED,) if gap else ()
    if signed:
        return Step(max(value - rules.reset_to, 0), 0, elapsed, since, (*estimated, Flag.RESET))
    if value >= before:
        return Step(value - before, 0, elapsed, since, estimated if value > before else ())
    modulus = rules.modulus
    as_reset = value <= rules.reset_to + 2
    if modulus and before >= 0.9 * modulus and value <= 0.1 * modulus:
        rolled = modulus - before + value
        if not as_reset or rolled <= _plausible(elapsed, rules, per_cycle):
            return Step(rolled, 0, elapsed, since, (*estimated, Flag.ROLLOVER))
    if as_reset:
        return Step(max(value - rules.reset_to, 0), 0, elapsed, since, (*estimated, Flag.RESET))
    if before - value <= rules.correction_max:
        return Step(0, value - before, elapsed, since, (*estimated, Flag.CORRECTED))
    return Step(0, value - rules.reset_to, elapsed, since, (*estimated, Flag.SUSPICIOUS))


def _plausible(elapsed: timedelta, rules: Rules, per_cycle: float) -> float:
    """The most a counter can have gone on in this time (C8)."""
    if rules.min_cycle is None:
        return math.inf
    return math.ceil(elapsed / rules.min_cycle) * per_cycle + 1
