"""Which machines hold the plan up: what an hour more of each is worth, how full it is, how long its queue."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from machines.models import Machine
from orders.models import Plan
from orders.planning.stand import stand

if TYPE_CHECKING:
    from orders.planning.engine.marginal import HourValue


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """``share``: of the highest worth among all machines, for its picture."""

    machine: Machine
    value: HourValue
    share: float

    @property
    def queue_hours(self) -> float:
        """Of working time."""
        return self.value.queue_seconds / 3600

    @property
    def holds_up(self) -> bool:
        return self.value.late_hours > 0


def bottlenecks(plan: Plan) -> list[Bottleneck]:
    """All active machines of the plant, those first whose hours are worth most; the plan as of now. Raises
    Refused ``plan_too_old``."""
    from orders.planning.engine.marginal import hour_values

    standing = stand(plan.plant, plan=plan)
    found = standing.laid_out
    resources: dict[int, list[int]] = defaultdict(list)
    machines: dict[int, Machine] = {}
    for index, (machine, _slot) in enumerate(standing.loaded.slots):
        resources[machine.pk].append(index)
        machines[machine.pk] = machine
    values = hour_values(standing.shop, found, list(resources.values()), jobs=standing.real_jobs)
    most = max((one.late_hours for one in values), default=0.0) or 1.0
    rows = [
        Bottleneck(machine, value, value.late_hours / most)
        for machine, value in zip(machines.values(), values, strict=True)
    ]
    return sorted(rows, key=lambda one: (-one.value.late_hours, -one.value.queue_seconds, one.machine.code))
