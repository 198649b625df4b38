"""What a process keeps of a plant, and what an order adds that is only asked about."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone

from orders.models import Operation
from orders.planning import standing_cache
from orders.planning.make import make_requested, publish_plan, request_plan
from orders.planning.promise.scene import ASKED, asked_order
from orders.planning.stand import stand, with_order
from orders.planning.standing_cache import LONGEST, NEXT_LOOK, look_ahead, standing_now
from tests.factories.machines import MachineFactory, MachineGroupFactory, ToolFactory
from tests.factories.orders import ItemFactory, RoutingFactory, RoutingOperationFactory
from tests.orders.planning.test_make import order

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(db, monkeypatch):
    monkeypatch.setattr(standing_cache, "_kept", {})
    group = MachineGroupFactory()
    MachineFactory(plant=group.plant, group=group)
    return group


def operation_of(made):
    return Operation.objects.get(order=made)


def test_counted_pieces_leave_it_as_it_is_and_all_else_makes_it_anew(group):
    made = order(group, 3)
    kept = standing_now(group.plant)
    Operation.objects.filter(order=made).update(good=Decimal(1))
    assert standing_now(group.plant) is kept
    Operation.objects.filter(order=made).update(not_before_at=timezone.now())
    assert standing_now(group.plant) is not kept


def test_who_asks_while_it_is_loaded_waits_for_that(group, monkeypatch):
    order(group, 3)
    loads, begun, over = [], threading.Event(), threading.Event()

    def slowly(*_args, **_options):
        loads.append(1)
        begun.set()
        assert over.wait(5)
        return SimpleNamespace(loaded=SimpleNamespace(zero=timezone.now()))

    monkeypatch.setattr(standing_cache, "stand", slowly)
    monkeypatch.setattr(standing_cache, "facts_version", lambda _plant: ("the same",))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(standing_now, group.plant)
        assert begun.wait(5)
        second = pool.submit(standing_now, group.plant)
        over.set()
        assert first.result(5) is second.result(5)
    assert len(loads) == 1


def test_a_look_ahead_holds_until_the_next_one(group):
    order(group, 3)
    look_ahead(group.plant)
    kept = standing_now(group.plant)
    kept.loaded.zero -= LONGEST - NEXT_LOOK - timedelta(seconds=1)
    look_ahead(group.plant)
    assert standing_now(group.plant) is kept
    kept.loaded.zero -= timedelta(seconds=1)
    assert standing_now(group.plant) is kept
    look_ahead(group.plant)
    assert standing_now(group.plant) is not kept


def test_an_order_that_is_asked_about_stands_behind_all_others_and_changes_none(group):
    order(group, 3)
    item = ItemFactory()
    routing = RoutingFactory(plant=group.plant, item=item)
    tool = ToolFactory()
    RoutingOperationFactory(routing=routing, number="0010", machine_group=group, tool=tool)
    before = stand(group.plant)
    tasks, jobs = before.shop.tasks, before.shop.jobs
    after = with_order(before, asked_order(group.plant, item, Decimal(5), None))
    assert (before.shop.tasks, before.shop.jobs, before.shop.shared) == (tasks, jobs, ())
    assert after.shop.tasks[: len(tasks)] == tasks
    assert [one.job for one in after.shop.tasks[len(tasks) :]] == [len(jobs)]
    assert after.loaded.orders[-1].pk == ASKED
    assert [one.code for one in after.shop.shared] == [tool.code]
    assert after.shop.tasks[-1].needs == (0,)
    assert len(after.chances.run_of) == len(after.keys) == len(after.shop.tasks)


def test_pins_stay_behind_it(group):
    made = order(group, 3)
    plan = request_plan(plant=group.plant, by=None, seconds=0)
    make_requested()
    plan.refresh_from_db()
    publish_plan(plan=plan, by=None)
    plan.entries.update(pinned=True)
    item = ItemFactory()
    RoutingOperationFactory(routing=RoutingFactory(plant=group.plant, item=item), machine_group=group)
    standing = with_order(stand(group.plant), asked_order(group.plant, item, Decimal(5), None))
    assert [one.pk for one in standing.loaded.operations] == [operation_of(made).pk, ASKED - 1]
    assert standing.shop.tasks[-1].after == (0,)
    assert (standing.real_tasks, len(standing.shop.tasks)) == (2, 3)
