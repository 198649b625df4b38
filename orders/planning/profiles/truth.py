"""What a wrong assumption costs the orders that are open now, in days of their lead time. Pure.

Simple on purpose: an order's operations follow each other, nothing waits in a queue. A number that is
corrected makes each operation that uses it longer or shorter; of several machines that can do it, each counts
its share. Working seconds become days by what the machine works a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orders.planning.load import Loaded
from orders.planning.profiles.estimate import DAY

FULL_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Need:
    """What an open operation asks of one machine (None: a supplier), as standards say: working seconds of
    setup and run, elapsed seconds outside. ``share``: how likely it is this machine. ``follows``: it waits
    for another operation."""

    order: int
    item: str
    group: int
    machine: str | None
    setup: float
    run: float
    outside: float
    share: float
    follows: bool


def needs_of(loaded: Loaded) -> list[Need]:
    found = []
    for task, operation in zip(loaded.shop.tasks, loaded.operations, strict=True):
        item = loaded.orders[task.job].item.code
        head = (loaded.orders[task.job].pk, item, operation.machine_group_id)
        if task.outside_seconds is not None:
            planned = float(operation.planned_seconds)
            found.append(Need(*head, None, 0.0, 0.0, planned, 1.0, bool(task.after)))
            continue
        run = float(operation.seconds_per_piece * operation.open_quantity)
        setup = float(operation.setup_seconds) if task.setup_seconds else 0.0
        for one in task.alternatives:
            machine = loaded.slots[one.resource][0].code
            share = 1.0 / len(task.alternatives)
            found.append(Need(*head, machine, setup, run, 0.0, share, bool(task.after)))
    return found


def day_seconds(loaded: Loaded) -> dict[str, float]:
    """Working seconds a day of each machine, over the measured window."""
    measured = loaded.profiles.measured
    days = max((measured.until - measured.since) / DAY, 1.0)
    worked = {one.machine: one.worked / days for one in measured.watched}
    return {machine.code: worked.get(machine.pk, 0.0) or FULL_DAY for machine, _slot in loaded.slots}


def later_by_run(needs: Iterable[Need], machine: str, item: str | None, factor: float) -> dict[int, float]:
    """Working seconds by order if run times there are ``factor`` times what is assumed."""
    return _sum(
        (need.order, need.run * (factor - 1) * need.share)
        for need in needs
        if need.machine == machine and item in (None, need.item)
    )


def later_by_setup(needs: Iterable[Need], machine: str, item: str, factor: float) -> dict[int, float]:
    return _sum(
        (need.order, need.setup * (factor - 1) * need.share)
        for need in needs
        if need.machine == machine and need.item == item
    )


def later_by_outside(needs: Iterable[Need], group: int, factor: float) -> dict[int, float]:
    return _sum(
        (need.order, need.outside * (factor - 1))
        for need in needs
        if need.machine is None and need.group == group
    )


def later_by_waiting(needs: Iterable[Need], group: int, seconds: float) -> dict[int, float]:
    return _sum(
        (need.order, seconds * need.share)
        for need in needs
        if need.machine is not None and need.group == group and need.follows
    )


def later_by_delivery(loaded: Loaded, supplier: str, item: str, seconds: float) -> dict[int, float]:
    """Of orders that wait for a delivery of the item by that supplier."""
    codes = loaded.profiles.measured.items
    waiting = {
        loaded.orders[loaded.shop.tasks[task].job].pk
        for task, waits in loaded.waiting.items()
        for coming in waits.deliveries
        if coming.supplier == supplier and codes.get(coming.item) == item
    }
    return _sum((order, seconds) for order in waiting)


def _sum(parts: Iterable[tuple[int, float]]) -> dict[int, float]:
    found: dict[int, float] = {}
    for order, seconds in parts:
        found[order] = found.get(order, 0.0) + seconds
    return {order: seconds for order, seconds in found.items() if seconds}


def total_days(seconds: Mapping[int, float], a_day: float) -> float:
    """Summed over the orders."""
    return sum(seconds.values()) / a_day
