"""What an hour of a machine is worth: how much less lateness the same plan would have, had its week one hour
more.

The sequences stay as they are; only times are computed anew, with everything that runs on the machine needing
so much less as an hour more in its week would give. Re-sequencing could only gain more, so that this is a
lower bound. What runs already isn't changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orders.planning.engine.arrays import NEVER, Arrays, Ints, to_arrays
from orders.planning.engine.sequences import Sequences, timed_sequences
from orders.planning.engine.shop import Shop

HOUR = 3600
WEEK = 7 * 24 * HOUR
MEASURED_WEEKS = 4
"""How far the calendar is looked at for a usual week."""
NEAR = 14 * 24 * HOUR
"""Utilisation is counted over so much."""


@dataclass(frozen=True, slots=True)
class HourValue:
    """One machine (all its slots). ``late_hours``: weighted hours of lateness less, ``late_jobs``: orders
    that would no longer be late, for one hour more a week. ``weekly_seconds`` a slot works; ``queue_seconds``
    of work planned on a slot; ``utilisation`` of its working time in 14 days, None: it doesn't work."""

    late_hours: float
    late_jobs: int
    weekly_seconds: float
    queue_seconds: int
    utilisation: float | None

    @property
    def queue_days(self) -> float | None:
        """Days until what is planned is worked off at its usual hours."""
        return self.queue_seconds / (self.weekly_seconds / 7) if self.weekly_seconds else None


def hour_values(
    shop: Shop, found: Sequences, machines: Sequence[Sequence[int]], *, jobs: int, hours: float = 1.0
) -> list[HourValue]:
    """The value of ``hours`` more a week of each machine, which is a list of the shop's resources. Only the
    first ``jobs`` count."""
    a = to_arrays(shop)
    before = _lateness(a, found.ends, jobs)
    values = []
    for resources in machines:
        weekly = _weekly_seconds(shop, resources)
        late = before
        if weekly > 0 and any(found.lengths[resource] for resource in resources):
            faster = _faster(a, resources, weekly / (weekly + hours * HOUR * len(resources)))
            timed = timed_sequences(faster, found.tasks, found.lengths)
            late = _lateness(a, timed.ends, jobs)
        values.append(
            HourValue(
                late_hours=max(before[0] - late[0], 0.0),
                late_jobs=before[1] - late[1],
                weekly_seconds=weekly / max(len(resources), 1),
                queue_seconds=round(_queue(found, shop, resources) / max(len(resources), 1)),
                utilisation=_utilisation(found, shop, resources),
            )
        )
    return values


def _faster(a: Arrays, resources: Sequence[int], share: float) -> Arrays:
    """The same, but what runs on these resources needs only this share of its time."""
    here = np.isin(a.alt_resource, list(resources))
    seconds = np.where(here, np.floor(a.alt_seconds * share), a.alt_seconds).astype(np.int64)
    return a._replace(alt_seconds=seconds)


def _lateness(a: Arrays, ends: Ints, jobs: int) -> tuple[float, int]:
    """Weighted hours late, and how many jobs are."""
    finish = np.zeros(len(a.job_due), dtype=np.int64)
    np.maximum.at(finish, a.task_job, np.minimum(ends, NEVER))
    late = np.maximum(finish - a.job_due, 0)[:jobs]
    return float((late * a.job_weight[:jobs]).sum() / HOUR), int((late > 0).sum())


def _weekly_seconds(shop: Shop, resources: Sequence[int]) -> float:
    """Of all these resources together, on average over the next weeks."""
    until = MEASURED_WEEKS * WEEK
    return sum(_open(shop, resource, until) for resource in resources) / MEASURED_WEEKS


def _open(shop: Shop, resource: int, until: int) -> int:
    return sum(max(min(one.end, until) - one.start, 0) for one in shop.resources[resource].windows)


def _queue(found: Sequences, shop: Shop, resources: Sequence[int]) -> int:
    """Working seconds of all that stands on these resources."""
    return sum(_worked(found, shop, resource, NEVER) for resource in resources)


def _utilisation(found: Sequences, shop: Shop, resources: Sequence[int]) -> float | None:
    there = sum(_open(shop, resource, NEAR) for resource in resources)
    worked = sum(_worked(found, shop, resource, NEAR) for resource in resources)
    return min(worked / there, 1.0) if there else None


def _worked(found: Sequences, shop: Shop, resource: int, until: int) -> int:
    """Working seconds before ``until`` in which the resource is set up or runs."""
    tasks = found.tasks[resource, : found.lengths[resource]]
    starts, ends = found.starts[tasks], np.minimum(found.ends[tasks], until)
    edges = np.array([edge for one in shop.resources[resource].windows for edge in (one.start, one.end)])
    if not len(tasks) or not len(edges):
        return 0
    opened, closed = edges[0::2], edges[1::2]
    before = np.concatenate(([0], np.cumsum(closed - opened)))

    def worked(
        moments: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Working seconds from zero to each moment."""
        window = np.searchsorted(closed, moments)
        inside = np.where(
            window < len(opened), np.maximum(moments - opened[np.minimum(window, len(opened) - 1)], 0), 0
        )
        return np.asarray(before[window] + inside)

    return int(np.maximum(worked(ends) - worked(np.minimum(starts, ends)), 0).sum())
