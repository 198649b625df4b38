"""The plan that a plant works by, laid over the shop as it is now: what every change of it begins with."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import BigIntegerField, F, Value
from django.db.models.functions import Cast, Extract
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.lib.collecting import uncollected
from mes.lib.errors import Refused
from orders.enums import PlanState
from orders.models import Operation, Plan, PlanEntry, PlanRule, ProductionOrder
from orders.planning.engine.shop import Earlier
from orders.planning.load import Loaded, load, meaning_of, with_asked
from orders.planning.prepared import Counts, plan_weights_of
from orders.planning.profiles.uncertain import CERTAIN, uncertainty_of
from orders.queries.plans import plan_in_force

if TYPE_CHECKING:
    from orders.planning.engine.arrays import Arrays
    from orders.planning.engine.sequences import Sequences
    from orders.planning.engine.shop import Plan as EnginePlan
    from orders.planning.engine.shop import Shop, Trouble, Weights
    from orders.planning.engine.standing import Pin
    from orders.planning.engine.uncertainty import Uncertainty

MADE = (PlanState.DRAFT, PlanState.PUBLISHED, PlanState.REPLACED)


@dataclass
class Standing:
    """``shop``: what can be planned, with pins (their jobs and tasks stand behind the real ones) and with
    what the plan in force begins soon. ``queues``: the plan's tasks by resource. ``plan``: None, nothing was
    planned before. ``weights``: what counts how much in the plant, ``chance``: what it costs that an order
    is late for certain. Seconds count from ``loaded.zero``."""

    plant: Plant
    plan: Plan | None
    rule: PlanRule
    weights: Weights
    chance: float
    loaded: Loaded
    shop: Shop
    queues: list[list[int]]
    pins: dict[int, Pin]
    troubles: tuple[Trouble, ...]
    _read: _Read
    _by_operation: dict[int, int] = field(default_factory=dict)

    def task_of(self, operation: int) -> int | None:
        """The task of an operation's id; None when it isn't open."""
        if not self._by_operation:
            self._by_operation.update((one.pk, task) for task, one in enumerate(self.loaded.operations))
        return self._by_operation.get(operation)

    @cached_property
    def arrays(self) -> Arrays:
        from orders.planning.engine.arrays import to_arrays
        from orders.planning.warm import dates_compiled

        dates_compiled()
        return to_arrays(self.shop)

    @cached_property
    def laid_out(self) -> Sequences:
        """The plan timed as things are now. Don't change it. Raises Refused when it can't stand any more."""
        from orders.planning.engine.standing import CannotStand, lay_out

        try:
            return lay_out(self.shop, self.queues, weights=self.weights, a=self.arrays)
        except CannotStand:
            raise cannot_stand() from None

    @cached_property
    def chances(self) -> Uncertainty:
        """How far reality strays, by the shop's tasks. Nothing is uncertain about the marks that stand behind
        the tasks for planners' pins."""
        loaded, pins = self.loaded, len(self.shop.tasks) - self.real_tasks
        said = uncertainty_of(loaded.shop, meaning_of(loaded), loaded.profiles)
        return replace(
            said,
            run_of=(*said.run_of, *[()] * pins),
            setup_of=(*said.setup_of, *[()] * pins),
            extra_of=(*said.extra_of, *[CERTAIN] * pins),
            outside_of=(*said.outside_of, *[CERTAIN] * pins),
            down=loaded.down,
        )

    @property
    def keys(self) -> tuple[int, ...]:
        """By what the tasks' draws are called in all futures of them."""
        pins = len(self.shop.tasks) - self.real_tasks
        return (*(one.pk for one in self.loaded.operations), *range(-10_000, -10_000 - pins, -1))

    def seconds(self, moment: datetime) -> int:
        return int((moment - self.loaded.zero).total_seconds())

    def moment(self, seconds: int) -> datetime:
        return self.loaded.zero + timedelta(seconds=seconds)

    @property
    def frozen_until(self) -> int:
        return int(self.rule.frozen_hours * 3600)

    @property
    def real_tasks(self) -> int:
        return len(self.loaded.operations)

    @property
    def real_jobs(self) -> int:
        return len(self.loaded.orders)


def rule_of(plant: Plant) -> PlanRule:
    return PlanRule.objects.filter(plant=plant).first() or PlanRule(plant=plant)


@uncollected()
def stand(plant: Plant, *, plan: Plan | None = None, now: datetime | None = None) -> Standing:
    """The named plan, else the one in force, else the newest draft, over what is open at ``now``; of a
    history that is told again, one that was there by then."""
    moment = (now or timezone.now()).replace(microsecond=0)
    base = plan or _in_force(plant, moment) or _newest_draft(plant, moment)
    loaded, counts = load(plant, now=moment), plan_weights_of(plant)
    return _over(plant, base, rule_of(plant), counts, loaded, _read(base, loaded, counts.near))


@uncollected()
def with_order(standing: Standing, asked: ProductionOrder) -> Standing:
    """The same with an order that is only asked about, behind all others (see
    :func:`~orders.planning.load.with_asked`)."""
    loaded = with_asked(standing.loaded, standing.plant, [asked])
    counts = plan_weights_of(standing.plant)
    return _over(standing.plant, standing.plan, standing.rule, counts, loaded, standing._read)


def _over(
    plant: Plant, base: Plan | None, rule: PlanRule, counts: Counts, loaded: Loaded, read: _Read
) -> Standing:
    from orders.planning.engine.check import plannable
    from orders.planning.engine.shop import Trouble
    from orders.planning.engine.standing import with_earlier, with_pins

    shop, troubles = plannable(loaded.shop)
    troubles = (*troubles, *(Trouble("crowded", job) for job in loaded.crowded))
    return Standing(
        plant=plant,
        plan=base,
        rule=rule,
        weights=counts.weights,
        chance=counts.chance,
        loaded=loaded,
        shop=with_pins(with_earlier(shop, read.soon), read.pins, read.ends),
        queues=read.queues,
        pins=read.pins,
        troubles=troubles,
        _read=read,
    )


def frozen_shop(standing: Standing) -> tuple[Shop, list[int]]:
    """The shop in which everything stays that the plan in force begins within the plant's frozen hours, and
    which tasks these are: none where nothing is in force, or where that can't stand any more."""
    from orders.planning.engine.standing import freeze, frozen_in

    if standing.plan is None or standing.plan.state != PlanState.PUBLISHED:
        return standing.shop, []
    try:
        frozen = frozen_in(standing.laid_out, standing.frozen_until)
    except Refused:
        return standing.shop, []
    return (freeze(standing.shop, standing.laid_out, frozen) if frozen else standing.shop), frozen


def check_planned(standing: Standing) -> Plan:
    """The plan that stands. Raises Refused when there is none."""
    if standing.plan is None:
        raise Refused("no_plan", _("There is no plan yet. Ask for one first."))
    return standing.plan


def _in_force(plant: Plant, moment: datetime) -> Plan | None:
    plan = plan_in_force(plant)
    return plan if plan is not None and plan.zero_at is not None and plan.zero_at <= moment else None


def _newest_draft(plant: Plant, moment: datetime) -> Plan | None:
    drafts = Plan.objects.filter(plant=plant, state=PlanState.DRAFT, zero_at__lte=moment)
    return drafts.order_by("-id").first()


@dataclass(slots=True)
class _Read:
    """``queues``: the plan's tasks by resource; ``ends``: when pinned tasks were to end; ``soon``: what the
    plan in force begins within the time that people prepare."""

    queues: list[list[int]]
    pins: dict[int, Pin] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    soon: dict[int, Earlier] = field(default_factory=dict)


def _read(base: Plan | None, loaded: Loaded, near: timedelta) -> _Read:
    from orders.planning.engine.standing import Pin, seconds_on

    found = _Read([[] for _slot in loaded.slots])
    if base is None:
        return found
    in_force = base.state == PlanState.PUBLISHED
    resource_of = loaded.resource_of()
    task_of = {operation.pk: task for task, operation in enumerate(loaded.operations)}
    waiting: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
    # As seconds: ten thousand moments take a while to read.
    rows = PlanEntry.objects.filter(plan=base).annotate(
        start=_seconds("start_at", loaded.zero), end=_seconds("end_at", loaded.zero)
    )
    for operation, machine, slot, start, end, pinned in rows.order_by().values_list(
        "operation_id", "machine_id", "slot", "start", "end", "pinned"
    ):
        task = task_of.get(operation)
        resource = resource_of.get((machine, slot))
        if task is None or resource is None:
            continue
        # Of what begins together, the longest first: the others join it.
        run = seconds_on(loaded.shop.tasks[task].alternatives, resource) or 0
        waiting[resource].append((start, end, -run, task))
        # Where nobody prepares ahead, not even what should have begun by now is prepared.
        if in_force and near and start < near.total_seconds():
            found.soon[task] = Earlier(resource, max(start, 0))
        if pinned and loaded.shop.tasks[task].fixed is None:
            found.pins[task] = Pin(resource, max(start, 0))
            found.ends[task] = end
    for resource, rows_of in waiting.items():
        found.queues[resource] = [task for *_times, task in sorted(rows_of)]
    return found


def _seconds(name: str, zero: datetime) -> Cast:
    return Cast(Extract(F(name) - Value(zero), "epoch"), BigIntegerField())


def operation_of(standing: Standing, task: int) -> Operation:
    return standing.loaded.operations[task]


def plan_now(standing: Standing) -> EnginePlan:
    """The plan that stands, timed as things are now. Raises Refused when it can't stand any more."""
    from orders.planning.engine.sequences import plan_of

    return plan_of(standing.laid_out)


def cannot_stand() -> Refused:
    return Refused(
        "plan_too_old", _("The plan no longer fits what is open: nearly everything is new. Plan anew first.")
    )
