"""Until machines have told their past, nothing is concluded from their state."""

from datetime import timedelta

import pytest
from django.utils import timezone

from machines.models import Machine, SourceEpoch
from machines.queries.catching_up import told_until
from orders.models import Plan
from orders.planning.promise.forecast import keep_up
from orders.planning.replan import replan_stale
from quality.queries.wall import tiles
from quality.views.tile import faces_of
from tests.factories.machines import MachineNowFactory, PlantFactory, SourceEpochFactory
from tests.factories.orders import OperationFactory, PlanRuleFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def machine_of(plant, *, heard, told):
    """``heard`` and ``told``: how long ago something was received, and how old that was."""
    now = timezone.now()
    found = MachineNowFactory(
        machine__plant=plant, machine__group__plant=plant, state="unknown", last_sample_at=now - told
    ).machine
    SourceEpochFactory(source__machine=found, told_at=now - heard)
    return found


def test_a_plant_whose_machines_send_what_happens_now_is_in_the_present():
    plant = PlantFactory()
    machine_of(plant, heard=timedelta(), told=timedelta())
    machine_of(plant, heard=2 * HOUR, told=2 * HOUR)  # silent, which is another thing
    assert told_until(plant) is None


def test_a_plant_is_in_the_past_while_half_of_its_machines_are():
    plant, now = PlantFactory(), timezone.now()
    machine_of(plant, heard=timedelta(), told=timedelta())
    assert told_until(plant) is None
    machine_of(plant, heard=timedelta(seconds=5), told=30 * HOUR)
    until = told_until(plant)
    assert until is not None
    assert abs(until - (now - 30 * HOUR)) < timedelta(minutes=2)
    machine_of(plant, heard=timedelta(), told=timedelta())
    assert told_until(plant) is None


def test_another_plants_past_is_its_own():
    machine_of(PlantFactory(), heard=timedelta(), told=30 * HOUR)
    assert told_until(PlantFactory()) is None


def test_the_wall_says_how_far_a_machine_has_come():
    plant = PlantFactory(time_zone="Europe/Berlin")
    machine_of(plant, heard=timedelta(), told=30 * HOUR)
    machine_of(plant, heard=HOUR, told=30 * HOUR)
    late, silent = faces_of(tiles(Machine.objects.order_by("pk")))
    assert late.words.why.startswith("catching up: ")
    assert silent.words.why == ""


def test_nothing_is_planned_forecast_or_proposed_from_the_past():
    plant = PlantFactory()
    machine = machine_of(plant, heard=timedelta(), told=30 * HOUR)
    OperationFactory(order__plant=plant, order__state="planned", machine_group=machine.group)
    PlanRuleFactory(plant=plant, on_stale="automatic")
    assert replan_stale() == 0
    assert not Plan.objects.exists()
    assert keep_up() == 0
    SourceEpoch.objects.update(told_at=timezone.now() - HOUR)
    assert replan_stale() == 0
    assert Plan.objects.get().plant == plant
    assert keep_up() == 1
