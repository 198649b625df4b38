"""Compiling what plans and dates are computed with: once on a machine, before anybody waits for it.

Compiled code is kept on disk beside its source. Who needs it first compiles it (about 40 seconds for dates,
as much again for plans); everybody else waits for that and loads it.
"""

from __future__ import annotations

import fcntl
import gc
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orders.planning.engine.shop import Shop

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
    said = Uncertainty(pools=(Pool((0.5, 1.5), (0.5, 0.5)),), run_of=((0,), (0, 0)))
    in_turn(to_arrays(shop), (0, 1))
    drawn = futures_of(to_arrays(shop), lay_out(shop, ((0,), ())), said, futures=2, seed=1)
    grid_of(np.sort(drawn[:, 0]).tolist())


def _compile_plans() -> None:
    """A first plan by rule and a short search."""
    from orders.planning.engine.arrays import to_arrays
    from orders.planning.engine.dispatch import first_sequences
    from orders.planning.engine.improve import improve

    shop = _small_shop()
    improve(shop, first_sequences(to_arrays(shop)), rounds=2)


def _small_shop() -> Shop:
    from orders.planning.engine.shop import Alternative, Job, Resource, Shop, Task, Window

    day = (Window(0, 86_400),)
    return Shop(
        resources=(Resource("A", day), Resource("B", day)),
        jobs=(Job("1"), Job("2", due=7200)),
        tasks=(Task(0, (Alternative(0, 60),)), Task(1, (Alternative(0, 60), Alternative(1, 90)))),
    )
