"""The shop as flat arrays, for compiled code."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orders.planning.engine.shop import Resource, Shop

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEVER = 2**60
STEP = 4 * 3600
"""Seconds between two entries of ``hint``."""
MOST_HINTS = 2048
"""Of a resource: 341 days. Later moments are looked up from the last entry on."""


class Arrays(NamedTuple):
    """``*_from[i]:*_from[i + 1]`` is where the entries of ``i`` lie in the array behind it."""

    win_from: Ints
    win_start: Ints
    win_end: Ints
    win_before: Ints  # working seconds of the resource before this window
    hint_from: Ints
    hint: Ints  # every four hours, the first window that ends later
    res_table: Ints
    res_family: Ints
    res_item: Ints
    res_holds: Ints
    tables: Ints  # [table, family from, family to] seconds, -1: nothing said
    same_item: int
    same_family: int
    job_due: Ints
    job_weight: Floats
    task_job: Ints
    task_setup: Ints
    task_family: Ints
    task_item: Ints
    task_wait: Ints
    task_earliest: Ints
    task_whole: NDArray[np.bool_]  # not interruptible
    task_outside: Ints  # -1: needs a resource
    task_hands_on: Ints  # percent
    task_longest_wait: Ints  # -1: as long as it takes
    task_together: NDArray[np.bool_]  # needs all of what is before it
    special: bool  # something is handed on early, waits no longer, or runs together: not for single moves
    fixed_resource: Ints  # -1: free
    fixed_start: Ints
    fixed_end: Ints
    earlier_resource: Ints  # -1: stood nowhere
    earlier_start: Ints
    unit_from: Ints  # of something shared: its units
    need_from: Ints  # of a task, into need
    need: Ints
    alt_from: Ints
    alt_resource: Ints
    alt_seconds: Ints
    pred_from: Ints
    pred: Ints
    succ_from: Ints
    succ: Ints


class Steps(NamedTuple):
    """What is left of the arrays where there are neither breaks nor changeovers: the fewer are handed from
    function to function, the sooner they are compiled."""

    job_due: Ints
    job_weight: Floats
    task_job: Ints
    task_wait: Ints
    task_earliest: Ints
    task_outside: Ints
    fixed_resource: Ints
    alt_from: Ints
    alt_resource: Ints
    alt_seconds: Ints
    pred_from: Ints
    pred: Ints
    succ_from: Ints
    succ: Ints


def steps_of(a: Arrays) -> Steps:
    return Steps(*(getattr(a, name) for name in Steps._fields))


def to_arrays(shop: Shop) -> Arrays:
    tasks, resources = shop.tasks, shop.resources
    family = _numbers([*(one.family for one in resources), *(one.family for one in tasks)])
    item = _numbers([*(one.item for one in resources), *(one.item for one in tasks)])
    followers: list[list[int]] = [[] for _ in tasks]
    for index, task in enumerate(tasks):
        for before in task.after:
            followers[before].append(index)
    tables = np.full((max(len(shop.tables), 1), len(family), len(family)), -1, dtype=np.int64)
    for number, table in enumerate(shop.tables):
        for (come_from, to), seconds in table.items():
            if come_from in family and to in family:
                tables[number, family[come_from], family[to]] = seconds
    alt_from, alternatives = _flat([one.alternatives for one in tasks])
    need_from, needs = _flat([one.needs for one in tasks])
    pred_from, preds = _flat([one.after for one in tasks])
    succ_from, succs = _flat(followers)
    return Arrays(
        **_working(resources),
        res_table=_ints(one.table for one in resources),
        res_family=_ints(family[one.family] for one in resources),
        res_item=_ints(item[one.item] for one in resources),
        res_holds=_ints(one.holds for one in resources),
        tables=tables,
        same_item=shop.same_item_percent,
        same_family=shop.same_family_percent,
        job_due=_ints(NEVER if job.due is None else job.due for job in shop.jobs),
        job_weight=np.array([job.weight for job in shop.jobs], dtype=np.float64),
        task_job=_ints(one.job for one in tasks),
        task_setup=_ints(one.setup_seconds for one in tasks),
        task_family=_ints(family[one.family] for one in tasks),
        task_item=_ints(item[one.item] for one in tasks),
        task_wait=_ints(one.wait for one in tasks),
        task_earliest=_ints(one.earliest for one in tasks),
        task_whole=np.array([not one.interruptible for one in tasks], dtype=np.bool_),
        task_outside=_ints(-1 if one.outside_seconds is None else one.outside_seconds for one in tasks),
        task_hands_on=_ints(one.hands_on for one in tasks),
        task_longest_wait=_ints(-1 if one.longest_wait is None else one.longest_wait for one in tasks),
        task_together=_together(shop),
        special=any(one.holds > 1 for one in resources)
        or any(one.hands_on < 100 or one.longest_wait is not None for one in tasks),
        fixed_resource=_ints(-1 if one.fixed is None else one.fixed.resource for one in tasks),
        fixed_start=_ints(0 if one.fixed is None else one.fixed.start for one in tasks),
        fixed_end=_ints(0 if one.fixed is None else one.fixed.end for one in tasks),
        earlier_resource=_ints(
            -1 if one.earlier is None or one.fixed is not None else one.earlier.resource for one in tasks
        ),
        earlier_start=_ints(0 if one.earlier is None else one.earlier.start for one in tasks),
        unit_from=_flat([range(one.capacity) for one in shop.shared])[0],
        need_from=need_from,
        need=_ints(needs),
        alt_from=alt_from,
        alt_resource=_ints(one.resource for one in alternatives),
        alt_seconds=_ints(one.seconds for one in alternatives),
        pred_from=pred_from,
        pred=_ints(preds),
        succ_from=succ_from,
        succ=_ints(succs),
    )


def at_other_times(a: Arrays, resources: Sequence[Resource]) -> Arrays:
    """The same shop with other windows."""
    return a._replace(**_working(resources))


def _working(resources: Sequence[Resource]) -> dict[str, Any]:
    """The arrays of the windows."""
    win_from, windows = _flat([one.windows for one in resources])
    starts, ends = _ints(one.start for one in windows), _ints(one.end for one in windows)
    hints = _hints(win_from, ends)
    return {
        "win_from": win_from,
        "win_start": starts,
        "win_end": ends,
        "win_before": _before(win_from, ends - starts),
        "hint_from": np.cumsum([0, *(len(one) for one in hints)], dtype=np.int64),
        "hint": np.concatenate(hints) if hints else np.zeros(0, dtype=np.int64),
    }


def is_plain(a: Arrays) -> bool:
    """Whether there are neither changeovers nor breaks."""
    # Keeping near an earlier plan only ever adds to the cost, so that a bound holds without it.
    always = np.diff(a.win_from) == 1
    return bool(
        always.all() and (a.win_start <= 0).all() and (a.task_setup == 0).all() and (a.tables <= 0).all()
    )


def _together(shop: Shop) -> NDArray[np.bool_]:
    """What goes to a supplier, or into a furnace, goes as a whole."""
    several = {index for index, one in enumerate(shop.resources) if one.holds > 1}
    found = [
        one.outside_seconds is not None
        or (bool(several) and any(entry.resource in several for entry in one.alternatives))
        for one in shop.tasks
    ]
    return np.array(found, dtype=np.bool_)


def _ints(values: Any) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _numbers(words: list[str]) -> dict[str, int]:
    """Each word's number; 0 is the empty word: nothing known, like nothing else."""
    return {word: number for number, word in enumerate(dict.fromkeys(["", *words]))}


def _flat(lists: Any) -> tuple[Ints, list[Any]]:
    lengths = [0, *(len(one) for one in lists)]
    return np.cumsum(np.array(lengths, dtype=np.int64)), [entry for one in lists for entry in one]


def _before(win_from: Ints, lengths: Ints) -> Ints:
    total = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(lengths)))
    before = np.zeros(len(lengths), dtype=np.int64)
    for first, last in itertools.pairwise(win_from):
        before[first:last] = total[first:last] - total[first]
    return before


def _hints(win_from: Ints, ends: Ints) -> list[Ints]:
    found = []
    for first, last in itertools.pairwise(win_from):
        count = min(int(ends[last - 1]) // STEP + 1, MOST_HINTS) if last > first else 1
        moments = np.arange(count, dtype=np.int64) * STEP
        found.append((first + np.searchsorted(ends[first:last], moments, side="right")).astype(np.int64))
    return found
