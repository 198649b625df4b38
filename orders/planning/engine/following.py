"""Playing the shop by a plan's own order: whoever stands first in the plan goes first, but no resource stands
idle long for it while something else is there. What a delay or a new order throws into disorder is put right
by that at once, everywhere, where keeping each sequence would pass it on to everything behind it."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numba import njit

from orders.planning.engine.arrays import Arrays, Ints
from orders.planning.engine.dispatch import dispatch, plain_rule
from orders.planning.engine.kernel import cost_of
from orders.planning.engine.sequences import Sequences, sequences_of, weights_array
from orders.planning.engine.shop import Weights

HOUR = 3600
PATIENCE = (0, 1200, 3600, 7200, 6 * HOUR)
"""Seconds that a resource waits for what the plan has next."""
EARLIER = (0, 8 * HOUR, 24 * HOUR)
"""Seconds by which a new job is put before its latest begin."""


def follow(
    a: Arrays,
    stood: Sequences,
    *,
    new: Collection[int] = (),
    due: int = 0,
    weights: Weights | None = None,
) -> Sequences:
    """The plan that stood, followed in this shop; of several patiences what costs least.

    ``new``: tasks of a job that stood nowhere, or is to stand elsewhere, and is wanted at ``due``.
    """
    weighed = weights_array(weights)
    resources, seconds = _where_they_stood(a, stood.resource_of, np.array(sorted(new), dtype=np.int64))
    there = a._replace(alt_resource=resources, alt_seconds=seconds)
    rule = plain_rule(a, 1.0, 1.0)
    best, best_cost = None, np.inf
    for earlier in EARLIER if new else (0,):
        rank = stood.starts.astype(np.float64)
        for task in new:
            rank[task] = due - rule.behind[task] - earlier
        for patience in PATIENCE:
            floor, given = dispatch(there, rule._replace(rank=rank, patience=patience))
            cost = cost_of(a, floor.starts, floor.ends, floor.setups, floor.resource_of, weighed)[0]
            if best is None or cost < best_cost:
                best, best_cost = (floor, given), cost
    if best is None:
        raise AssertionError("there are patiences")
    floor, given = best
    return sequences_of(a, floor.order[:given], floor.resource_of, weights=weights)


@njit(cache=True, nogil=True)
def _where_they_stood(a: Arrays, resource_of: Ints, new: Ints) -> tuple[Ints, Ints]:
    """Alternatives' resources and seconds when all but ``new`` has no other resource than where it stood."""
    resources, seconds = a.alt_resource.copy(), a.alt_seconds.copy()
    free = np.zeros(len(a.task_job), dtype=np.bool_)
    for task in new:
        free[task] = True
    for task in range(len(a.task_job)):
        for entry in range(a.alt_from[task], a.alt_from[task + 1]):
            if not free[task] and a.alt_resource[entry] == resource_of[task]:
                resources[a.alt_from[task] : a.alt_from[task + 1]] = a.alt_resource[entry]
                seconds[a.alt_from[task] : a.alt_from[task + 1]] = a.alt_seconds[entry]
    return resources, seconds
