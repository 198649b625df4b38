"""What counts in a plan is the plant's own, and what people prepared is known to the next plan."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from orders.planning.make import make_requested, publish_plan, request_plan
from orders.planning.prepared import plan_weights_of
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory, PlantFactory
from tests.factories.orders import (
    OperationFactory,
    PlanRuleFactory,
    PlanWeightsFactory,
    ProductionOrderFactory,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def order(group, hours, due_in):
    made = ProductionOrderFactory(
        plant=group.plant, quantity=10, requested_at=timezone.now() + due_in, released=True
    )
    OperationFactory(
        order=made,
        plant=group.plant,
        machine_group=group,
        quantity=10,
        state="released",
        setup_seconds=0,
        run_seconds=hours * 360,
        base_quantity=1,
    )
    return made


def planned(plant, planner):
    plan = request_plan(plant=plant, by=planner, seconds=0)
    make_requested()
    plan.refresh_from_db()
    assert not plan.problem
    return plan


@pytest.mark.parametrize(("near", "moved"), [(24, 6), (1, 2), (0, 0)])
def test_a_plan_says_how_far_it_moves_what_people_prepared(near, moved):
    """Four hours of work stood before two; then the two became urgent."""
    group, planner = MachineGroupFactory(), PlannerFactory()
    MachineFactory(plant=group.plant, group=group)
    PlanRuleFactory(plant=group.plant, frozen_hours=0)
    PlanWeightsFactory(plant=group.plant, near_hours=near, stability=Decimal("0.5"), setup=3)
    order(group, 4, 5 * HOUR)
    second = order(group, 2, 500 * HOUR)
    before = planned(group.plant, planner)
    assert before.moved_hours == 0
    assert before.weights == {"lateness": 1.0, "setup": 3.0, "flow": 0.0001, "stability": 0.5, "chance": 0.0}
    publish_plan(plan=before, by=planner)
    second.requested_at = timezone.now() - 10 * HOUR
    second.priority = 0
    second.save()
    assert planned(group.plant, planner).moved_hours == pytest.approx(moved, abs=0.2)


def test_a_plant_without_weights_has_the_defaults():
    counts = plan_weights_of(PlantFactory())
    assert (counts.weights.lateness, counts.weights.setup, counts.weights.stability) == (1.0, 0.05, 0.02)
    assert counts.near == 24 * HOUR


@pytest.mark.parametrize(
    "wrong",
    [
        {"lateness": -1},
        {"setup": -1},
        {"stability": -1},
        {"chance": -1},
        {"near_hours": -1},
        {"near_hours": 721},
    ],
)
def test_the_database_keeps_weights_sensible(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanWeightsFactory(**wrong)
