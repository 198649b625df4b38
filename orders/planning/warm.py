"""Compiling what plans and dates are computed with before anybody waits for it.

Compiled code is kept on disk beside its source: once one process has compiled it, all others only load it.
"""

from __future__ import annotations


def warm_up() -> None:
    """A plan, an insertion and futures of a shop with one operation: every kernel that a quote needs."""
    import numpy as np

    from orders.planning.engine.arrays import to_arrays
    from orders.planning.engine.futures import futures_of
    from orders.planning.engine.shop import Alternative, Job, Resource, Shop, Task, Window
    from orders.planning.engine.standing import lay_out
    from orders.planning.engine.uncertainty import Pool, Uncertainty
    from orders.planning.promise.levels import grid_of

    day = (Window(0, 86_400),)
    shop = Shop(
        resources=(Resource("A", day), Resource("B", day)),
        jobs=(Job("1"), Job("2", due=7200)),
        tasks=(Task(0, (Alternative(0, 60),)), Task(1, (Alternative(0, 60), Alternative(1, 90)))),
    )
    said = Uncertainty(pools=(Pool((0.5, 1.5), (0.5, 0.5)),), run_of=((0,), (0, 0)))
    drawn = futures_of(to_arrays(shop), lay_out(shop, ((0,), ())), said, futures=2, seed=1)
    grid_of(np.sort(drawn[:, 0]).tolist())
