"""What can't be planned is named with its order and what to do, and the rest of the plant is planned."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.enums import OperationState
from orders.models import PlanEntry
from orders.planning import load
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory, ShiftPatternFactory
from tests.factories.orders import OperationFactory
from tests.orders.planning.backlog import HOUR, in_force, released

pytestmark = pytest.mark.django_db


@pytest.fixture
def planner(db):
    return PlannerFactory()


@pytest.fixture
def press(db):
    """Around the clock."""
    group = MachineGroupFactory(code="PRESS")
    return MachineFactory(plant=group.plant, group=group)


def group_in(press, **values):
    group = MachineGroupFactory(plant=press.plant)
    if values.pop("machine", True):
        MachineFactory(plant=press.plant, group=group, **values)
    return group


def too_long(press):
    return released(press.group, 11 * 365 * 24)


def without_machine(press):
    return released(group_in(press, machine=False), 1)


def without_shift(press):
    return released(group_in(press, shift_pattern=ShiftPatternFactory(code="NEVER")), 1)


def longer_than_all_shifts(press):
    return released(press.group, 24 * 181)


def with_a_million_operations(press):
    """As many beyond the limit as the limit is low."""
    order = released(press.group, 1)
    for place in range(2, 6):
        OperationFactory(
            order=order,
            plant=press.plant,
            machine_group=press.group,
            number=f"{place:04d}",
            position=place,
            state=OperationState.RELEASED,
        )
    return order


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (too_long, "Correct them in the routing or the ERP"),
        (without_machine, "Add a machine to the group"),
        (without_shift, "Give them a shift pattern"),
        (longer_than_all_shifts, "Check its times"),
        (with_a_million_operations, "Split it into several orders"),
    ],
)
def test_the_page_names_order_and_remedy_and_the_rest_is_planned(
    bad, words, press, planner, client, monkeypatch
):
    monkeypatch.setattr(load, "MOST_OPERATIONS", 4)
    lost, fine = bad(press), released(press.group, 2)
    plan = in_force(press.plant, planner)
    assert [one["order"] for one in plan.troubles] == [lost.number]
    assert {one.operation.order_id for one in PlanEntry.objects.filter(plan=plan)} == {fine.pk}
    client.force_login(planner)
    page = client.get(reverse("plan"), {"plant": press.plant.code}).content.decode()
    assert lost.number in page
    assert words in page


def test_operations_that_wait_for_each_other_in_a_circle_are_named_and_the_rest_is_planned(
    press, planner, client, monkeypatch
):
    """Rows can't say it, because operations have positions; a routing with links could."""
    lost, fine = released(press.group, 1, 1), released(press.group, 2)
    real = load._Shop.task

    def circular(self, job, made, operation, remaining, after, earliest):
        if operation.order_id == lost.pk and not after:
            after = (len(self.operations) + 1,)
        return real(self, job, made, operation, remaining, after, earliest)

    monkeypatch.setattr(load._Shop, "task", circular)
    plan = in_force(press.plant, planner)
    assert [(one["code"], one["order"]) for one in plan.troubles] == [("cycle", lost.number)]
    assert {one.operation.order_id for one in PlanEntry.objects.filter(plan=plan)} == {fine.pk}
    client.force_login(planner)
    page = client.get(reverse("plan"), {"plant": press.plant.code}).content.decode()
    assert lost.number in page
    assert "wait for each other in a circle. Correct their order in the routing or the ERP" in page


def test_a_due_date_in_the_past_is_planned_and_counts_as_late(press, planner):
    overdue = released(press.group, 2, due_in=-30 * 24 * HOUR)
    released(press.group, 2)
    plan = in_force(press.plant, planner)
    assert (plan.troubles, plan.late_orders) == ([], 1)
    first = PlanEntry.objects.filter(plan=plan).order_by("start_at").first()
    assert first.operation.order_id == overdue.pk


def test_an_item_of_no_family_and_times_of_zero_are_planned(press, planner):
    nothing = released(press.group, 0)
    assert nothing.item.setup_family is None
    plan = in_force(press.plant, planner)
    [entry] = PlanEntry.objects.filter(plan=plan)
    assert (plan.troubles, entry.end_at - entry.start_at) == ([], timedelta(0))
    assert entry.start_at <= timezone.now()
