"""What waits at a machine and what runs on it: the terminal's first page."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When

from machines.models import Machine
from mes.accounts.models import User
from orders.enums import OperationState, OrderState, PlanState
from orders.models import Hold, Operation, PlanEntry, Run, RunPerson
from orders.queries.readiness import STARTABLE, Readiness, readiness_of

URGENCY = ("order__priority", "order__requested_at", "order__number", "position")
"""In which order the terminal shows what no plan in force speaks of."""
MOST = 40
"""A queue longer than this is no queue; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """``planned_at``: when the plan in force begins it (UTC); ``planned_on``: on which other machine."""

    operation: Operation
    readiness: Readiness
    planned_at: datetime | None = None
    planned_on: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """``ready`` and ``blocked`` in the order in which they are to be made; ``more`` were left out."""

    ready: list[Waiting]
    blocked: list[Waiting]
    more: int

    def __bool__(self) -> bool:
        return bool(self.ready or self.blocked)


@dataclass(slots=True)
class Slot:
    number: int
    run: Run | None = None
    people: list[User] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)


def operations_for(machine: Machine) -> QuerySet[Operation]:
    """Operations that may run on this machine, whatever their state, with what a page shows of them."""
    own = Q(machine=machine) | Q(machine__isnull=True, machine_group=machine.group_id)
    return Operation.objects.filter(own).select_related(
        "order__item", "order__unit", "order__customer_line__order__customer", "tool", "skill"
    )


def queue_of(machine: Machine, *, person: User | None = None) -> Queue:
    """Released work that waits for this machine: as the plan in force has it there, then what no plan knows,
    most urgent first, and last what is planned elsewhere. Eight queries at most."""
    startable = _in_turn(
        operations_for(machine).filter(
            state__in=STARTABLE, order__state__in=(OrderState.RELEASED, OrderState.RUNNING)
        ),
        machine,
    )
    operations = list(startable[: MOST + 1])
    more = startable.count() - MOST if len(operations) > MOST else 0
    readiness = readiness_of(operations[:MOST], machine=machine, person=person)
    waiting = [_waiting(operation, readiness[operation.pk], machine) for operation in operations[:MOST]]
    # What was interrupted comes first among the ready: half-done work occupies people's minds and the floor.
    ready = sorted(
        (each for each in waiting if each.readiness.ready),
        key=lambda each: each.operation.state != OperationState.INTERRUPTED,
    )
    return Queue(ready, [each for each in waiting if not each.readiness.ready], more)


def _in_turn(operations: QuerySet[Operation], machine: Machine) -> QuerySet[Operation]:
    """In the order in which this machine is to make them, with what the plan in force says of each."""
    entry = PlanEntry.objects.filter(
        operation=OuterRef("pk"), plan__plant=machine.plant_id, plan__state=PlanState.PUBLISHED
    )
    planned = operations.annotate(
        planned_at=Subquery(entry.values("start_at")),
        planned_machine=Subquery(entry.values("machine")),
        planned_code=Subquery(entry.values("machine__code")),
    )
    whose = Case(
        When(planned_machine=machine.pk, then=Value(0)),
        When(planned_machine__isnull=True, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return planned.order_by(whose, "planned_at", *URGENCY)


def _waiting(operation: Any, readiness: Readiness, machine: Machine) -> Waiting:
    elsewhere = operation.planned_machine not in (None, machine.pk)
    return Waiting(operation, readiness, operation.planned_at, operation.planned_code if elsewhere else "")


def urgency_of(operation: Operation) -> tuple[Any, ...]:
    """By what operations are sorted as the terminal shows them without a plan: what was interrupted, then by
    ``URGENCY``."""
    order = operation.order
    wanted = order.requested_at
    return (
        operation.state != OperationState.INTERRUPTED,
        order.priority,
        math.inf if wanted is None else wanted.timestamp(),
        order.number,
        operation.position,
    )


def slots_of(machine: Machine) -> list[Slot]:
    """Every slot of the machine with its open run, who works on it and what holds it; surplus slots if
    occupied."""
    runs = list(
        Run.objects.filter(machine=machine, ended_at__isnull=True)
        .select_related("operation__order__item", "operation__order__unit")
        .order_by("slot")
    )
    slots = {number: Slot(number) for number in range(1, machine.slots + 1)}
    for run in runs:
        slots.setdefault(run.slot, Slot(run.slot)).run = run
    by_run = {slot.run.pk: slot for slot in slots.values() if slot.run is not None}
    for on_run in RunPerson.objects.filter(run__in=runs, ended_at__isnull=True).select_related("person"):
        by_run[on_run.run_id].people.append(on_run.person)
    for hold in _holds_on(machine, runs):
        for slot in by_run.values():
            if slot.run is not None and _concerns(hold, slot.run):
                slot.holds.append(hold)
    return sorted(slots.values(), key=lambda slot: slot.number)


def _holds_on(machine: Machine, runs: list[Run]) -> list[Hold]:
    if not runs:
        return []
    orders = [run.operation.order_id for run in runs]
    concerned = Q(machine=machine) | Q(order__in=orders, machine__isnull=True)
    return list(Hold.objects.filter(concerned, lifted_at__isnull=True).order_by("placed_at", "pk"))


def _concerns(hold: Hold, run: Run) -> bool:
    if hold.machine_id or hold.operation_id == run.operation_id:
        return True
    return hold.operation_id is None and hold.order_id == run.operation.order_id


def open_run_of(operation: Operation) -> Run | None:
    return (
        Run.objects.filter(operation=operation, ended_at__isnull=True)
        .select_related("machine")
        .order_by("-started_at")
        .first()
    )


def crew_of(run: Run | None) -> list[User]:
    """Who works on the run now."""
    if run is None:
        return []
    on_it = RunPerson.objects.filter(run=run, ended_at__isnull=True).select_related("person")
    return [on_run.person for on_run in on_it.order_by("started_at")]
