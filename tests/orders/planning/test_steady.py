"""Where a plant weighs how likely orders are late, plans hold more often when things go otherwise."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from orders.planning.engine.arrays import to_arrays
from orders.planning.engine.dispatch import first_plan
from orders.planning.engine.sequences import plan_of, sequences_of
from orders.planning.engine.shop import Alternative, Job, Resource, Shop, Task, Weights, Window
from orders.planning.engine.steady import Risk, steadied
from orders.planning.engine.uncertainty import Pool, Uncertainty
from orders.planning.engine.validate import recounted, violations
from orders.planning.prepared import plan_weights_of
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import PlanWeightsFactory
from tests.orders.planning.backlog import in_force, released
from tests.orders.planning.shops import plant

HOUR = 3600
STRAYS = Pool((0.8, 1.0, 1.6), (0.4, 0.3, 0.3))


def hazy(shop):
    """Every run may take more than half as long again."""
    return Uncertainty(pools=(STRAYS,), run_of=tuple((0,) * len(one.alternatives) for one in shop.tasks))


def pair():
    """Four hours each on one machine, in time in either order as planned; the second is wanted first."""
    always = (Window(0, 1000 * HOUR),)
    tasks = tuple(Task(job=one, alternatives=(Alternative(0, 4 * HOUR),)) for one in range(2))
    return Shop((Resource("M", always),), (Job("later", 30 * HOUR), Job("sooner", 9 * HOUR)), tasks)


def test_what_may_become_late_goes_first_though_nothing_is_late_as_planned():
    shop = pair()
    a = to_arrays(shop)
    stands = plan_of(sequences_of(a, a.task_job.copy(), a.task_job * 0))
    assert stands.cost.late_hours == 0
    found = steadied(shop, stands, Risk(hazy(shop), price=10.0), rounds=10)
    assert (found.before, found.after) == (pytest.approx(0.51, abs=0.15), 0.0)
    assert [one.start // HOUR for one in found.plan.placed] == [4, 0]
    assert violations(shop, found.plan) == []


def test_without_a_price_the_cheaper_plan_stays():
    shop = pair()
    cheap = replace(shop, tasks=(shop.tasks[0], replace(shop.tasks[1], setup_seconds=HOUR, family="a")))
    stands = first_plan(cheap)
    found = steadied(cheap, stands, Risk(hazy(cheap), price=0.0), rounds=10)
    assert found.plan.cost.total <= stands.cost.total + 1e-9


def test_a_plant_becomes_steadier_and_the_same_seed_gives_the_same_plan():
    shop = plant(120, 5)
    stands, risk = first_plan(shop), Risk(hazy(shop), price=20.0)
    found = steadied(shop, stands, risk, rounds=12, seed=2)
    assert violations(shop, found.plan) == []
    assert recounted(shop, found.plan).total == pytest.approx(found.plan.cost.total)
    assert found.after < found.before
    assert steadied(shop, stands, risk, rounds=12, seed=2) == found


def test_a_plan_in_which_a_task_has_no_place_is_left_alone():
    shop = pair()
    stands = first_plan(shop)
    holed = replace(stands, placed=(None, *stands.placed[1:]))
    assert steadied(shop, holed, Risk(hazy(shop), 1.0), rounds=2, weights=Weights()) is None


@pytest.mark.django_db
def test_the_page_says_what_looking_at_chances_changed(client):
    group, planner = MachineGroupFactory(), PlannerFactory()
    MachineFactory(plant=group.plant, group=group)
    PlanWeightsFactory(plant=group.plant, chance=Decimal(5))
    assert plan_weights_of(group.plant).chance == 5.0
    released(group, 2, due_in=timedelta(hours=3))
    plan = in_force(group.plant, planner)
    assert plan.weights["chance"] == 5.0
    assert plan.likely_late is not None
    client.force_login(planner)
    page = client.get(reverse("plan"), {"plant": group.plant.code}).content.decode()
    assert "Orders likely late" in page


@pytest.mark.django_db
def test_a_plant_that_does_not_weigh_chances_is_not_asked_for_them(client):
    group, planner = MachineGroupFactory(), PlannerFactory()
    MachineFactory(plant=group.plant, group=group)
    released(group, 2)
    assert in_force(group.plant, planner).likely_late is None
