"""Every order that comes is quoted by the product's own functions, accepted at 80 %, and made: profiles,
futures, the plant's record, levels. Nothing is computed here that the product doesn't compute."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache

import numpy as np

from orders.planning.engine.arrays import NEVER, to_arrays
from orders.planning.engine.futures import futures_of
from orders.planning.engine.sequences import timed_sequences
from orders.planning.engine.standing import CannotStand, lay_out, queues_of
from orders.planning.profiles.estimate import Profiles
from orders.planning.profiles.uncertain import uncertainty_of
from orders.planning.promise.hindsight import Hindsight, Look, hindsight_of, stage_of
from orders.planning.promise.levels import (
    WANTED,
    Grid,
    at_level,
    chance_of,
    grid_of,
)
from orders.planning.promise.record import WINDOW, Entry, Record
from orders.planning.promise.reliability import Said
from orders.planning.promise.tracking import Statement
from tests.support.simulated_plant.floor import Floor
from tests.support.simulated_plant.reading import EPOCH, Diary, Known, Sight
from tests.support.simulated_plant.truth import DAY, HOUR, Settings, Truth

FUTURES = 200
MOST = 600
"""Statements that are looked at."""
SEED = 1
"""Of every forecast, as in the product."""
PROFILES_EVERY = 7 * DAY
LOOK_EVERY = 4 * HOUR
"""The product looks after every event, and every ten minutes."""
ASSUMED = 0.85
"""The availability that is assumed where nothing is measured."""


@dataclass(slots=True)
class Quoted:
    order: int
    item: int
    number: int
    """Of the quote, from the first."""
    at: float
    grid: Grid
    levels: tuple[float, ...]
    dates: tuple[float, ...]
    old_style: float
    done_then: int
    """Orders that had finished when it was made."""
    ended: float | None = None
    late: list[tuple[float, int]] = field(default_factory=list)
    """As time went by: when, and how likely its promise was to be missed, in percent."""
    said: dict[int, tuple[float, float]] = field(default_factory=dict)
    """By stage before the promised date, the newest: how likely the levels alone had it missed, and the time
    left."""


@dataclass
class History:
    quotes: list[Quoted] = field(default_factory=list)
    step_at: float | None = None
    done_at_step: int = 0


def promise_all(settings: Settings, *, quotes: int, learn: float = 60 * DAY) -> History:
    """Run the plant for ``learn`` seconds without promising, then quote so many orders and wait for them all.
    Orders that come after the last quote keep the plant as it was."""
    truth = Truth(settings, days=3000)
    floor, diary = Floor(truth), Diary(truth)
    truth.begins = learn
    history = History(step_at=None if settings.step is None else learn + settings.step * DAY)
    waiting: dict[int, Quoted] = {}
    promised: dict[int, float] = {}
    known, read_at, told = None, -PROFILES_EVERY, 0
    floor.look_at(learn)
    for order in floor.run():
        if order is None:
            floor.look_at(floor.now + LOOK_EVERY)
        else:
            diary.came(order)
        for done in floor.finished[told:]:
            quoted = waiting.pop(done.pk, None)
            promised.pop(done.pk, None)
            if quoted is not None:
                quoted.ended = done.ended
        told = len(floor.finished)
        if history.step_at is not None and floor.now < history.step_at:
            history.done_at_step = told
        if len(history.quotes) >= quotes and not waiting:
            return history
        if order is not None and floor.now - read_at >= PROFILES_EVERY:
            diary.read(floor)
            known, read_at = Known(Profiles(diary.measurements(floor))), floor.now
        sight = Sight(floor, known, promised)
        try:
            found = lay_out(sight.shop, sight.queues)
        except CannotStand as error:
            raise AssertionError("the plan can't stand") from error
        asked = order is not None and not order.rush and floor.now >= learn and len(history.quotes) < quotes
        if order is None and waiting:
            known_now = record_at(history.quotes, floor.now), hindsight_at(history.quotes, floor.now)
            _forecast(sight, found, waiting, *known_now)
        if asked:
            drawn, record = _drawn(sight, found, len(history.quotes)), record_at(history.quotes, floor.now)
            quoted = _quote(sight, found, drawn, record, len(history.quotes), told)
            history.quotes.append(quoted)
            waiting[order.pk] = quoted
            promised[order.pk] = quoted.dates[1]
        if order is not None:
            for machine, queue in enumerate(queues_of(found)):
                floor.queues[machine] = [sight.pks[task] for task in queue]
    return history


def record_at(quotes: list[Quoted], now: float) -> Record:
    """As it is read from the database: what was said, and how it turned out until now."""
    return Record((Entry(_statement(one), one.item) for one in quotes[-MOST:]), now=now)


def _statement(one: Quoted) -> Statement:
    return Statement(int(one.at), one.grid, one.ended)


def _drawn(sight, found, seed):
    uncertainty = uncertainty_of(sight.shop, sight.meaning, sight.known.profiles)
    return futures_of(
        to_arrays(sight.shop),
        found,
        replace(uncertainty, down=tuple(sight.down)),
        futures=FUTURES,
        seed=seed,
        keys=sight.pks,
        elapsed=sight.elapsed,
    )


def _grid(ends) -> Grid:
    return grid_of(np.minimum(ends, ends[ends < NEVER].max()).tolist())


def hindsight_at(quotes: list[Quoted], now: float) -> Hindsight:
    """As it is read from the database: of promises that were kept or missed last."""
    known = [(min(one.dates[1], now if one.ended is None else one.ended), one) for one in quotes]
    known = [(at, one) for at, one in known if one.ended is not None or at < now]
    known.sort(key=lambda pair: pair[0])
    return hindsight_of(
        [
            Look(one.number, chance, left, one.ended is None or one.ended > one.dates[1])
            for _, one in known[-WINDOW:]
            for chance, left in one.said.values()
        ]
    )


def _forecast(sight, found, waiting: dict[int, Quoted], record: Record, hindsight: Hindsight) -> None:
    drawn = _drawn(sight, found, SEED)
    levels_of = cache(lambda item: record.levels(item=item, customer=None))
    for job, other in enumerate(sight.orders):
        # As in the product: what may not end within all shifts isn't forecast.
        if other.pk in waiting and (drawn[:, job] >= NEVER).mean() < 0.05:
            quoted = waiting[other.pk]
            left = quoted.dates[1] - sight.now
            late = 1 - chance_of(_grid(drawn[:, job]), left, levels_of(quoted.item))
            if left > 0:
                quoted.said[stage_of(left)] = late, left
                late = hindsight.late(late, left)
            quoted.late.append((sight.now, round(100 * late)))


def _quote(sight, found, drawn, record, number, done_then) -> Quoted:
    job = len(sight.orders) - 1
    grid = _grid(drawn[:, job])
    order = sight.orders[-1]
    levels = record.levels(item=order.item, customer=None)
    return Quoted(
        order=order.pk,
        item=order.item,
        number=number,
        at=sight.floor.now,
        grid=grid,
        levels=levels.used,
        dates=tuple(sight.now + at_level(grid, level) for level in levels.used),
        old_style=sight.now + _on_assumed_availability(sight, found, job),
        done_then=done_then,
    )


def _on_assumed_availability(sight, found, job) -> int:
    """The end in the same sequences if everything took its standard time over the assumed availability."""
    a = to_arrays(sight.shop)
    alternatives = np.diff(a.alt_from)
    standard = np.repeat(np.array(sight.standard), alternatives) / ASSUMED
    slower = a._replace(alt_seconds=standard.astype(np.int64))
    timed = timed_sequences(slower, found.tasks.copy(), found.lengths.copy())
    return int(timed.ends[a.task_job == job].max())


def said_of(quotes) -> list[Said]:
    """As the product's reliability page counts them."""

    def moment(seconds: float) -> datetime:
        return datetime.fromtimestamp(EPOCH + seconds, UTC)

    return [
        Said(
            order=one.order,
            number=str(one.order),
            item=f"I{one.item}",
            customer="",
            made_at=moment(one.at),
            zero_at=moment(int(one.at)),
            dates=tuple(moment(date) for date in one.dates),
            grid=one.grid,
            finished_at=None if one.ended is None else moment(one.ended),
        )
        for one in quotes
    ]


def raw_dates(one: Quoted) -> tuple[float, ...]:
    return tuple(int(one.at) + at_level(one.grid, wanted) for wanted in WANTED)
