"""The uncertain numbers of a loaded shop's open orders, and how far each would stray once it is measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orders.planning.load import Loaded
from orders.planning.profiles.estimate import ENOUGH, centred
from orders.planning.profiles.pools import Estimate, mean_of, ring_of, variance_of
from orders.planning.profiles.tree import Tree
from orders.planning.profiles.value import Part


@dataclass(frozen=True, slots=True)
class Number:
    """One number a plan stands on: ``kind`` is run, setup or outside; ``machine`` None: a supplier's."""

    kind: str
    machine: int | None
    group: int
    item: int


def parts_of(loaded: Loaded) -> Iterable[Part]:
    """By order (index) and :class:`Number`. Of several machines that can do an operation each counts its
    share."""
    profiles = loaded.profiles
    own_run, own_setup = _own_spread(profiles.run_times), _own_spread(profiles.setup_spread)
    own_outside = _own_spread(profiles.suppliers)
    for task, operation in zip(loaded.shop.tasks, loaded.operations, strict=True):
        item, group = loaded.orders[task.job].item_id, operation.machine_group_id
        if task.outside_seconds is not None:
            found = profiles.suppliers.of((group, item))
            number = Number("outside", None, group, item)
            yield _part(task.job, number, float(task.outside_seconds), found, own_outside, 1.0)
        share = 1.0 / len(task.alternatives) if task.alternatives else 0.0
        for alternative in task.alternatives:
            machine = loaded.slots[alternative.resource][0].pk
            run = profiles.run_ratio(machine, item, group)
            yield _part(
                task.job, Number("run", machine, group, item), float(alternative.seconds), run, own_run, share
            )
            setup = profiles.setup_spread.of((group, machine))
            if task.setup_seconds:
                number = Number("setup", machine, group, item)
                yield _part(task.job, number, float(task.setup_seconds), setup, own_setup, share)


def _part(
    order: int, number: Number, seconds: float, found: Estimate, own_spread: float | None, share: float
) -> Part:
    variance = variance_of(centred(found.pool))
    # Nobody knows how far a thing strays that was never measured: half of it is taken for ignorance.
    learned = variance / 2 if own_spread is None else own_spread
    if found.own >= 6 * ENOUGH:
        learned = variance
    weight = share * seconds * seconds
    return Part(order, number, weight * variance, weight * min(learned, variance))


def _own_spread(tree: Tree) -> float | None:
    """How far things that are measured often stray from their own mean (relative variance, the mean over
    them). None: there are none."""
    deepest = max((len(path) for path in tree.at), default=0)
    spreads = []
    for path in tree.at:
        ring = ring_of(tree.samples(path)) if len(path) == deepest else None
        if ring is not None and ring.count >= ENOUGH:
            mean = mean_of(ring.pool)
            spreads.append(variance_of(ring.pool) / mean**2 if mean > 0 else 0.0)
    return sum(spreads) / len(spreads) if spreads else None
