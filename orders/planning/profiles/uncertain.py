"""What measurements say about how far reality strays from a shop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orders.planning.engine.shop import Shop
from orders.planning.engine.uncertainty import Pool, RushOrders, Uncertainty
from orders.planning.profiles.estimate import Profiles, centred
from orders.planning.profiles.pools import Sample, survival

CERTAIN = -1


@dataclass(frozen=True, slots=True)
class Meaning:
    """Which rows a shop's indexes mean: ids of item and machine group by task, of machine and its group by
    resource."""

    items: Sequence[int]
    groups: Sequence[int]
    machines: Sequence[tuple[int, int]]


def uncertainty_of(shop: Shop, meaning: Meaning, profiles: Profiles) -> Uncertainty:
    """The distributions of everything in ``shop``, by its indexes. Factors of run, setup and supplier have a
    mean of 1, because the shop's seconds are expected values already; ``extra`` begins at 1. Pure."""
    shared = _Shared()
    runs, setups, extras, outsides = [], [], [], []
    for task, item, group in zip(shop.tasks, meaning.items, meaning.groups, strict=True):
        machines = [meaning.machines[one.resource][0] for one in task.alternatives]
        runs.append(
            tuple(
                shared.of(("run", machine, item), profiles.run_ratio(machine, item, group).pool)
                for machine in machines
            )
        )
        setups.append(
            tuple(
                shared.of(("setup", machine), profiles.setup_spread.of((group, machine)).pool)
                if task.setup_seconds
                else CERTAIN
                for machine in machines
            )
        )
        if task.outside_seconds is not None:
            outsides.append(shared.of(("outside", group, item), profiles.suppliers.of((group, item)).pool))
            extras.append(CERTAIN)
        else:
            outsides.append(CERTAIN)
            extra = profiles.extra.of(profiles.run_path(machines[0], item, group) if machines else ())
            certain = extra.pool.values == (1.0,)
            extras.append(
                CERTAIN if certain else shared.of(("extra", *machines[:1], item), extra.pool, centre=False)
            )
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
    )


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
        self._place: dict[Iterable[object], int] = {}

    def of(self, key: tuple[object, ...], pool: Pool, *, centre: bool = True) -> int:
        if key not in self._place:
            self._place[key] = len(self.pools)
            self.pools.append(centred(pool) if centre else pool)
        return self._place[key]
