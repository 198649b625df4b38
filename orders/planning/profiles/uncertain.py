"""What measurements say about how far reality strays from a shop."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from orders.planning.engine.shop import Shop, Task
from orders.planning.engine.uncertainty import (
    LINGERS,
    Awaited,
    Pool,
    RushOrders,
    Supply,
    Uncertainty,
)
from orders.planning.profiles.estimate import DAY, Profiles, centred
from orders.planning.profiles.pools import Sample, survival

CERTAIN = -1


@dataclass(frozen=True, slots=True)
class Coming:
    """A delivery: the id of its line, who brings what, and the shop's second it is told for."""

    line: int
    supplier: str
    item: int
    due: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """For which deliveries a task waits; from when on it could begin without them, and is expected to."""

    deliveries: tuple[Coming, ...]
    released: int
    expected: int


@dataclass(frozen=True, slots=True)
class Away:
    """An operation that a supplier does: its planned elapsed seconds (0: nobody planned any), and for how
    many it has been away by now."""

    planned: float
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True)
class Meaning:
    """Which rows a shop's indexes mean: ids of item and machine group by task, of machine and its group by
    resource; ``waiting`` and ``away`` by task."""

    items: Sequence[int]
    groups: Sequence[int]
    machines: Sequence[tuple[int, int]]
    waiting: Mapping[int, Waiting] = field(default_factory=dict)
    away: Mapping[int, Away] = field(default_factory=dict)


def uncertainty_of(shop: Shop, meaning: Meaning, profiles: Profiles) -> Uncertainty:
    """The distributions of everything in ``shop``, by its indexes. Factors of run, setup and supplier have a
    mean of 1, because the shop's seconds are expected values already; ``extra`` begins at 1. Pure."""
    shared = _Shared()
    runs, setups, extras, outsides = [], [], [], []
    known: dict[tuple[object, ...], _Drawn] = {}
    for number, (task, item, group) in enumerate(zip(shop.tasks, meaning.items, meaning.groups, strict=True)):
        resources = tuple([one.resource for one in task.alternatives])
        away = meaning.away.get(number)
        alike = resources, item, group, task.setup_seconds != 0, away
        drawn = known.get(alike)
        if drawn is None:
            machines = [meaning.machines[resource][0] for resource in resources]
            drawn = known[alike] = _drawn(shared, profiles, task, machines, item, group, away)
        runs.append(drawn.run)
        setups.append(drawn.setup)
        extras.append(drawn.extra)
        outsides.append(drawn.outside)
    supplies = _Supplies(shared, profiles)
    awaited = {task: supplies.of(waiting) for task, waiting in meaning.waiting.items()}
    return Uncertainty(
        pools=tuple(shared.pools),
        run_of=tuple(runs),
        setup_of=tuple(setups),
        extra_of=tuple(extras),
        outside_of=tuple(outsides),
        common=tuple(
            centred(profiles.drift.of((group, machine)).pool) for machine, group in meaning.machines
        ),
        breakdowns=tuple(profiles.breakdowns(machine) for machine, _group in meaning.machines),
        rush=_rush(profiles, [group for _machine, group in meaning.machines]),
        supplies=tuple(supplies.listed.values()),
        awaited=awaited,
    )


class _Drawn(NamedTuple):
    """The pools of one task, as in :class:`Uncertainty`."""

    run: tuple[int, ...]
    setup: tuple[int, ...]
    extra: int
    outside: int


def _drawn(
    shared: _Shared,
    profiles: Profiles,
    task: Task,
    machines: Sequence[int],
    item: int,
    group: int,
    away: Away | None,
) -> _Drawn:
    run = tuple(
        shared.of(("run", machine, item, group), partial(_run, profiles, machine, item, group))
        for machine in machines
    )
    setup = tuple(
        shared.of(("setup", machine, group), partial(_setup, profiles, machine, group))
        if task.setup_seconds
        else CERTAIN
        for machine in machines
    )
    if away is not None:
        outside = shared.of(("outside", group, item, away), partial(still_away, profiles, group, item, away))
        return _Drawn(run, setup, CERTAIN, outside)
    first = machines[0] if machines else None
    extra = partial(_extra, profiles, first, item, group)
    return _Drawn(run, setup, shared.of(("extra", first, item, group), extra, centre=False), CERTAIN)


def _run(profiles: Profiles, machine: int, item: int, group: int) -> Pool:
    return profiles.run_ratio(machine, item, group).pool


def _setup(profiles: Profiles, machine: int, group: int) -> Pool:
    return profiles.setup_spread.of((group, machine)).pool


def still_away(profiles: Profiles, group: int, item: int, away: Away) -> Pool:
    """Elapsed seconds until it is back, as it hasn't come by now."""
    whole = profiles.away(group, item, away.planned)
    later = [
        (seconds - away.elapsed, weight)
        for seconds, weight in zip(whole.values, whole.weights, strict=True)
        if seconds > away.elapsed or not away.elapsed
    ]
    if not later:
        return Pool((LINGERS * away.elapsed,), (1.0,))
    left = math.fsum(weight for _seconds, weight in later)
    return Pool(tuple(value for value, _ in later), tuple(weight / left for _, weight in later), whole.own)


def _delivery(profiles: Profiles, supplier: str, item: int) -> Pool:
    return profiles.deliveries.of((supplier, item)).pool


def _extra(profiles: Profiles, machine: int | None, item: int, group: int) -> Pool | None:
    path = () if machine is None else profiles.run_path(machine, item, group)
    pool = profiles.extra.of(path).pool
    return None if pool.values == (1.0,) else pool


def expected_arrival(profiles: Profiles, coming: Coming) -> float:
    """The second at which a delivery that hasn't come by now comes on average."""
    pool = profiles.deliveries.of((coming.supplier, coming.item)).pool
    later = [
        (coming.due + late, weight)
        for late, weight in zip(pool.values, pool.weights, strict=True)
        if coming.due + late > 0
    ]
    if not later:
        return LINGERS * max(-coming.due, DAY)
    return sum(moment * weight for moment, weight in later) / sum(weight for _moment, weight in later)


class _Supplies:
    """Each delivery once, however many tasks wait for it."""

    def __init__(self, shared: _Shared, profiles: Profiles) -> None:
        self.shared, self.profiles = shared, profiles
        self.listed: dict[int, Supply] = {}
        self._place: dict[int, int] = {}

    def of(self, waiting: Waiting) -> Awaited:
        places = tuple(self._placed(coming) for coming in waiting.deliveries)
        return Awaited(places, waiting.released, waiting.expected)

    def _placed(self, coming: Coming) -> int:
        if coming.line not in self.listed:
            asked = coming.supplier, coming.item
            pool = partial(_delivery, self.profiles, *asked)
            late = self.shared.of(("delivery", *asked), pool, centre=False)
            self._place[coming.line] = len(self.listed)
            self.listed[coming.line] = Supply(coming.due, late, coming.line)
        return self._place[coming.line]


def _rush(profiles: Profiles, groups: Sequence[int]) -> RushOrders:
    """``groups``: by resource. An order that needs a group needs one of its resources, each as likely."""
    orders = profiles.measured.rush_orders
    if not profiles.rush_every:
        return RushOrders()
    each = [Sample(float(seconds)) for one in orders for _group, seconds in one.work if seconds > 0]
    if not each:
        return RushOrders()
    needing = {group: sum(any(at == group for at, _ in one.work) for one in orders) for group in set(groups)}
    return RushOrders(
        profiles.rush_every,
        survival(each),
        tuple(needing[group] / len(orders) / groups.count(group) for group in groups),
    )


class _Shared:
    """Each pool once, however many tasks draw from it."""

    def __init__(self) -> None:
        self.pools: list[Pool] = []
        self._place: dict[tuple[object, ...], int] = {}

    def of(self, key: tuple[object, ...], pool: Callable[[], Pool | None], *, centre: bool = True) -> int:
        """``CERTAIN`` where there is none. It is asked for once."""
        place = self._place.get(key)
        if place is None:
            found = pool()
            place = CERTAIN if found is None else len(self.pools)
            self._place[key] = place
            if found is not None:
                self.pools.append(centred(found) if centre else found)
        return place
