"""What measurements say about how far reality strays from a loaded shop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orders.planning.engine.uncertainty import Pool, RushOrders, Uncertainty
from orders.planning.load import Loaded
from orders.planning.profiles.estimate import Profiles, centred
from orders.planning.profiles.pools import Sample, survival

CERTAIN = -1


def uncertainty_of(loaded: Loaded) -> Uncertainty:
    """The distributions of everything in ``loaded.shop``, by its indexes. Factors of run, setup and supplier
    have a mean of 1, because the shop's seconds are expected values already; ``extra`` begins at 1."""
    profiles, shared = loaded.profiles, _Shared()
    items = {order.item.code: order.item_id for order in loaded.orders}
    runs, setups, extras, outsides = [], [], [], []
    for task, operation in zip(loaded.shop.tasks, loaded.operations, strict=True):
        item, group = items.get(task.item, 0), operation.machine_group_id
        machines = [loaded.slots[one.resource][0].pk for one in task.alternatives]
        runs.append(
            tuple(
                shared.of(("run", machine, item), centred(profiles.run_ratio(machine, item, group).pool))
                for machine in machines
            )
        )
        setups.append(
            tuple(
                shared.of(("setup", machine), centred(profiles.setup_spread.of((group, machine)).pool))
                if task.setup_seconds
                else CERTAIN
                for machine in machines
            )
        )
        if task.outside_seconds is not None:
            job_item = loaded.orders[task.job].item_id
            factor = centred(profiles.suppliers.of((group, job_item)).pool)
            outsides.append(shared.of(("outside", group, job_item), factor))
            extras.append(CERTAIN)
        else:
            outsides.append(CERTAIN)
            extra = profiles.extra.of(profiles.run_path(machines[0], item, group) if machines else ())
            certain = extra.pool.values == (1.0,)
            extras.append(CERTAIN if certain else shared.of(("extra", *machines[:1], item), extra.pool))
    return Uncertainty(
        pools=tuple(shared.pools),
        run_of=tuple(runs),
        setup_of=tuple(setups),
        extra_of=tuple(extras),
        outside_of=tuple(outsides),
        common=tuple(
            centred(profiles.drift.of((machine.group_id, machine.pk)).pool) for machine, _slot in loaded.slots
        ),
        breakdowns=tuple(profiles.breakdowns(machine.pk) for machine, _slot in loaded.slots),
        rush=_rush(profiles, [machine.group_id for machine, _slot in loaded.slots]),
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

    def of(self, key: tuple[object, ...], pool: Pool) -> int:
        if key not in self._place:
            self._place[key] = len(self.pools)
            self.pools.append(pool)
        return self._place[key]
