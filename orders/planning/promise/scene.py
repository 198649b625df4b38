"""The plan that stands, over the shop as it is now, with what might be ordered: ready to be played on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from machines.domain.calendars.load import load_calendars
from machines.models import Plant
from mes.lib.errors import Refused
from mes.lib.spans import Span
from orders.domain.release import operations_by, routing_of
from orders.enums import OperationState, OrderState
from orders.models import Item, ProductionOrder
from orders.planning.engine.arrays import Arrays
from orders.planning.engine.dispatch import in_turn
from orders.planning.engine.sequences import Sequences
from orders.planning.engine.shop import Shop
from orders.planning.engine.standing import CannotStand, lay_out, queues_of
from orders.planning.engine.uncertainty import Uncertainty
from orders.planning.load import Loaded
from orders.planning.promise.inputs import Problem
from orders.planning.stand import Standing, stand
from orders.queries.queue import urgency_of

ASKED = -1
"""The id of an order that is only asked about; its operations count on downwards from it."""


@dataclass(slots=True)
class Scene:
    """``found``: sequences of everything that is open. ``chances``, ``keys`` and ``elapsed`` go by its tasks;
    jobs of orders that can't be planned, and why: ``troubles``. ``plan_number`` 0: nothing was planned yet,
    people take what the terminal shows first."""

    loaded: Loaded
    shop: Shop
    arrays: Arrays
    found: Sequences
    chances: Uncertainty
    keys: tuple[int, ...]
    elapsed: tuple[int, ...]
    troubles: dict[int, tuple[str, str]]
    plan_number: int

    @property
    def zero(self) -> datetime:
        return self.loaded.zero

    def moment(self, seconds: int) -> datetime:
        return self.zero + timedelta(seconds=seconds)

    def problem(self, job: int, *, futures: int, seed: int) -> Problem:
        return Problem(
            shop=self.shop,
            queues=tuple(tuple(queue) for queue in queues_of(self.found)),
            uncertainty=self.chances,
            keys=self.keys,
            elapsed=self.elapsed,
            job=job,
            futures=futures,
            seed=seed,
        )


def scene_of(plant: Plant, *, now: datetime) -> Scene:
    """Everything open at ``now`` as the plan that stands has it, what it doesn't know inserted where it costs
    least; without a plan as the terminals list it. A constant number of queries."""
    return scene_on(stand(plant, now=now))


def scene_on(standing: Standing) -> Scene:
    loaded, shop = standing.loaded, standing.shop
    arrays = standing.arrays
    found = _planned(standing)
    if found is None:
        found = in_turn(arrays, _turns(standing))
    return Scene(
        loaded=loaded,
        shop=shop,
        arrays=arrays,
        found=found,
        chances=standing.chances,
        keys=standing.keys,
        elapsed=elapsed_of(standing),
        troubles={
            trouble.job: (
                trouble.code,
                "" if trouble.task is None else loaded.operations[trouble.task].number,
            )
            for trouble in standing.troubles
        },
        plan_number=standing.plan.number if standing.plan is not None else 0,
    )


def _planned(standing: Standing) -> Sequences | None:
    """None where no plan stands."""
    if standing.plan is None:
        return None
    try:
        return lay_out(standing.shop, standing.queues, a=standing.arrays)
    except CannotStand:
        return None


def _turns(standing: Standing) -> list[int]:
    """Each task's turn on the lists that people have without a plan: the terminal's."""
    operations = standing.loaded.operations
    turns = [0] * len(standing.shop.tasks)
    for turn, task in enumerate(sorted(range(len(operations)), key=lambda one: urgency_of(operations[one]))):
        turns[task] = turn
    return turns


def elapsed_of(standing: Standing) -> tuple[int, ...]:
    """By task, working seconds of what runs without having told of a piece; else 0. One query if any does."""
    loaded = standing.loaded
    silent = {
        operation.pk: loaded.running[operation.pk]
        for operation in loaded.operations
        if operation.pk in loaded.running
        and operation.state == OperationState.PRODUCTION
        and operation.good + operation.scrap + operation.rework == 0
    }
    if not silent:
        return (0,) * len(standing.shop.tasks)
    first = min(run.started_at for run in silent.values())
    calendars = load_calendars({run.machine_id for run in silent.values()}, Span(first, loaded.zero))
    worked = {}
    for pk, run in silent.items():
        calendar, start = calendars.get(run.machine_id), run.production_at or loaded.zero
        time = calendar.working_time(start, loaded.zero) if calendar else loaded.zero - start
        worked[pk] = int(time.total_seconds())
    pins = len(standing.shop.tasks) - standing.real_tasks
    return (*(worked.get(operation.pk, 0) for operation in loaded.operations), *[0] * pins)


def asked_order(
    plant: Plant, item: Item, quantity: Decimal, requested_at: datetime | None
) -> ProductionOrder:
    """An order that isn't one: in memory only, with the operations of its routing. Raises Refused when
    nothing says how the item is made in the plant."""
    order = ProductionOrder(
        pk=ASKED,
        plant=plant,
        number="?",
        item=item,
        revision=item.revision,
        quantity=quantity,
        unit_id=item.unit_id,
        strategy=item.strategy,
        state=OrderState.RELEASED,
        requested_at=requested_at,
    )
    routing = routing_of(order)
    operations = operations_by(routing, order) if routing is not None else []
    if not operations:
        raise Refused("no_routing", _("Nothing says how %s is made in this plant.") % item.code, field="item")
    for number, operation in enumerate(operations):
        operation.pk = ASKED - 1 - number
        operation.state = OperationState.RELEASED
    order._prefetched_objects_cache = {"operations": operations}  # type: ignore[attr-defined]
    return order
