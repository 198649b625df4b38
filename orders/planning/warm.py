"""Compiling what plans and dates are computed with: once on a machine, before anybody waits for it.

Compiled code is kept on disk beside its source. Who needs it first compiles it (about 60 seconds for dates,
as much again for plans); everybody else waits for that and loads it.
"""

from __future__ import annotations

import fcntl
import gc
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orders.planning.engine.shop import Shop

SEARCHED = 20
"""Rounds: so many that each stage of a search has its turn."""

_compiled: set[Callable[[], None]] = set()
_one_thread = threading.Lock()


def dates_compiled() -> None:
    """Return when quotes and forecasts can be computed at once."""
    _once(_compile_dates)


def plans_compiled() -> None:
    """Return when plans can be searched for at once."""
    dates_compiled()
    _once(_compile_plans)


def _once(compile_: Callable[[], None]) -> None:
    if compile_ in _compiled:
        return
    with _one_thread, _one_process():
        if compile_ not in _compiled:
            compile_()
            # Large libraries came with it, and stay: looking through them for what nobody needs any more
            # would take longer than a plan by rule.
            gc.collect()
            gc.freeze()
            _compiled.add(compile_)


@contextmanager
def _one_process() -> Iterator[None]:
    """One process of this machine at a time: the folder of the sources is what all of them have."""
    folder = os.open(Path(__file__).parent / "engine", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _compile_dates() -> None:
    """An insertion and futures of a small shop: every kernel that a quote needs."""
    import numpy as np

    from orders.planning.engine.arrays import to_arrays
    from orders.planning.engine.dispatch import in_turn
    from orders.planning.engine.futures import futures_of
    from orders.planning.engine.standing import lay_out
    from orders.planning.engine.uncertainty import Pool, Uncertainty
    from orders.planning.promise.levels import grid_of

    shop = _small_shop()
    said = Uncertainty(pools=(Pool((0.5, 1.5), (0.5, 0.5)),), run_of=((0,), (0,), (0, 0)))
    in_turn(to_arrays(shop), (0, 1, 2))
    drawn = futures_of(to_arrays(shop), lay_out(shop, ((0,), (1,))), said, futures=2, seed=1)
    grid_of(np.sort(drawn[:, 0]).tolist())


def _compile_plans() -> None:
    """A first plan by rule and a short search of each kind of shop, then one more order in such a plan."""
    from orders.planning.engine.arrays import to_arrays
    from orders.planning.engine.dispatch import first_sequences
    from orders.planning.engine.following import follow
    from orders.planning.engine.improve import improve

    for shop in _kinds_of_shop():
        improve(shop, first_sequences(to_arrays(shop)), rounds=SEARCHED)
    arrays = to_arrays(_small_shop())
    follow(arrays, first_sequences(arrays), new=(0,), due=3600)


def _kinds_of_shop() -> Iterator[Shop]:
    """One for each way to search: with breaks and changeovers, with tools besides, without either, a line."""
    from orders.planning.engine.shop import Resource, Shared, Window

    always = (Window(0, 1_000_000),)
    small = _small_shop()
    yield small
    yield replace(
        small, shared=(Shared("T"),), tasks=tuple(replace(task, needs=(0,)) for task in small.tasks)
    )
    free = replace(small, resources=(Resource("A", always), Resource("B", always)))
    yield replace(free, tasks=tuple(replace(task, setup_seconds=0) for task in small.tasks))
    yield replace(
        free,
        tasks=tuple(
            replace(task, setup_seconds=0, alternatives=task.alternatives[:1]) for task in small.tasks[::2]
        ),
    )


def _small_shop() -> Shop:
    from orders.planning.engine.shop import Alternative, Job, Resource, Shop, Task, Window

    week = tuple(Window(day * 86_400, day * 86_400 + 57_600) for day in range(7))
    return Shop(
        resources=(Resource("A", week), Resource("B", week)),
        jobs=(Job("1"), Job("2", due=7200)),
        tasks=(
            Task(0, (Alternative(0, 60),), setup_seconds=30),
            Task(0, (Alternative(1, 60),), setup_seconds=30, after=(0,)),
            Task(1, (Alternative(0, 60), Alternative(1, 90)), setup_seconds=30),
        ),
    )
