"""Open orders for tests of plans: operations of so many hours, no setup, and a plan of them in force."""

from datetime import timedelta

from django.utils import timezone

from orders.enums import OperationState
from orders.planning.make import make_requested, publish_plan, request_plan
from tests.factories.orders import OperationFactory, ProductionOrderFactory

HOUR = timedelta(hours=1)


def released(group, *hours, due_in=None, priority=50, setup=0):
    """A released order with an operation of so many hours each in the group."""
    made = ProductionOrderFactory(
        plant=group.plant,
        quantity=10,
        priority=priority,
        requested_at=None if due_in is None else timezone.now() + due_in,
        released=True,
    )
    for place, length in enumerate(hours, start=1):
        OperationFactory(
            order=made,
            plant=group.plant,
            machine_group=group,
            number=f"{place * 10:04d}",
            position=place,
            quantity=10,
            state=OperationState.RELEASED,
            setup_seconds=setup,
            run_seconds=length * 360,
            base_quantity=1,
        )
    return made


def in_force(plant, by):
    """A new plan by rule, put in force."""
    plan = request_plan(plant=plant, by=by, seconds=0)
    make_requested()
    plan.refresh_from_db()
    return publish_plan(plan=plan, by=by)
