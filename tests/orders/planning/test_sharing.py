"""Tools and skills are planned with: one tool isn't on two machines, one person not at two."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.planning.load import load
from tests.factories.accounts import OperatorFactory, SkillFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory, ToolFactory
from tests.factories.orders import OperationFactory, ProductionOrderFactory

pytestmark = pytest.mark.django_db


def order(group, **values):
    made = ProductionOrderFactory(
        plant=group.plant, quantity=10, requested_at=timezone.now() + timedelta(days=3), released=True
    )
    return OperationFactory(
        order=made, plant=group.plant, machine_group=group, quantity=10, state="released", **values
    )


def test_operations_of_one_tool_share_it_and_run_only_where_it_fits():
    group = MachineGroupFactory()
    first, _second = MachineFactory.create_batch(2, plant=group.plant, group=group)
    tool = ToolFactory(plant=group.plant)
    tool.machines.add(first)
    order(group, tool=tool), order(group, tool=tool), order(group)
    loaded = load(group.plant, now=timezone.now())
    assert [(one.code, one.capacity) for one in loaded.shop.shared] == [(tool.code, 1)]
    assert [one.needs for one in loaded.shop.tasks] == [(0,), (0,), ()]
    machines = [[loaded.slots[one.resource][0] for one in task.alternatives] for task in loaded.shop.tasks]
    assert machines[0] == machines[1] == [first]
    assert len(machines[2]) == 2


def test_a_skill_is_there_as_often_as_people_have_it():
    group = MachineGroupFactory()
    MachineFactory(plant=group.plant, group=group)
    known, unknown = SkillFactory.create_batch(2)
    for active in (True, True, False):
        OperatorFactory(is_active=active).skills.add(known)
    order(group, skill=known), order(group, skill=unknown)
    shop = load(group.plant, now=timezone.now()).shop
    assert [(one.code, one.capacity) for one in shop.shared] == [(known.code, 2)]
    assert [one.needs for one in shop.tasks] == [(0,), ()]


def test_the_number_of_queries_does_not_grow():
    group = MachineGroupFactory()
    MachineFactory(plant=group.plant, group=group)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            order(group, tool=ToolFactory(plant=group.plant), skill=SkillFactory())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            load(group.plant, now=timezone.now())
        counts.append(len(queries))
    assert counts[0] == counts[1]
