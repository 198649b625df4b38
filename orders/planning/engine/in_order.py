"""A stage with its tasks numbered as they are played, and no others: what is read together lies together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from orders.planning.engine.arrays import Ints
from orders.planning.engine.futures import Stage

OF_TASKS = ("task_", "fixed_", "earlier_")


def in_order(stage: Stage) -> Stage:
    """The same futures to the last second, sooner. Only for playing: followers are left out."""
    a, c, order = stage.a, stage.chances, stage.order
    number = np.full(len(a.task_job), -1, dtype=np.int64)
    number[order] = np.arange(len(order))
    alt_from, alternatives = _moved(a.alt_from, order)
    need_from, needs = _moved(a.need_from, order)
    pred_from, preds = _moved(a.pred_from, order)
    await_from, awaited = _moved(c.await_from, order)
    return replace(
        stage,
        a=a._replace(
            **{name: getattr(a, name)[order] for name in a._fields if name.startswith(OF_TASKS)},
            alt_from=alt_from,
            need_from=need_from,
            pred_from=pred_from,
            alt_resource=a.alt_resource[alternatives],
            alt_seconds=a.alt_seconds[alternatives],
            need=a.need[needs],
            pred=number[a.pred[preds]],
            succ_from=np.zeros(len(order) + 1, dtype=np.int64),
            succ=a.succ[:0],
        ),
        chances=c._replace(
            run=c.run[order],
            setup=c.setup[order],
            extra=c.extra[order],
            outside=c.outside[order],
            run_seconds=c.run_seconds[order],
            setup_seconds=c.setup_seconds[order],
            key=c.key[order],
            head=np.where(c.head[order] >= 0, number[c.head[order]], -1),
            waits=c.waits[order],
            elapsed=c.elapsed[order],
            await_from=await_from,
            awaited=c.awaited[awaited],
        ),
        order=np.arange(len(order)),
        resource_of=stage.resource_of[order],
    )


def _moved(begins: Ints, order: Ints) -> tuple[Ints, Ints]:
    """Where the entries of tasks in that order begin, and which of the old ones they are."""
    lengths = np.diff(begins)[order]
    there = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(lengths)))
    return there, np.repeat(begins[order] - there[:-1], lengths) + np.arange(there[-1])
