"""The pages of what plans stand on: readable without data, right with it, as quick for much as for little."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mes.accounts.roles import Role
from orders.enums import OperationState, OrderState
from orders.models import PlanRule, ProductionOrder
from orders.planning.profiles.estimate import ENOUGH
from tests.factories.accounts import UserFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import ItemFactory, OperationFactory, ProductionOrderFactory, SetupFamilyFactory
from tests.orders.profiles.test_collect import worked
from tests.support.queries import statements

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PAGES = ("/profiles/", "/machines/P1/profile/", "/standards/back-cast/", "/standards/next/")


@pytest.fixture
def press(db):
    group = MachineGroupFactory()
    return MachineFactory(plant=group.plant, group=group, code="P1", counting_item="part_count")


@pytest.fixture
def reader(client):
    client.force_login(UserFactory(roles=[Role.PLANNER.value]))
    return client


def history(press, count, *, hours=2.0, ago=0 * HOUR):
    """Finished orders of two families in turn, each of twice its standard; the last ends an hour ago."""
    items = [ItemFactory(setup_family=SetupFamilyFactory(code=code)) for code in ("RED", "BLUE")]
    end = timezone.now() - ago - (1 + 4 * count) * HOUR
    for number in range(count):
        end += 4 * HOUR
        done = worked(press, end, item=items[number % 2], hours=hours)
        ProductionOrder.objects.filter(pk=done.order_id).update(
            state=OrderState.FINISHED, finished_at=end, promised_at=end + HOUR
        )
    return items


def waiting(press, item):
    return OperationFactory(
        order=ProductionOrderFactory(plant=press.plant, item=item, quantity=10, released=True),
        plant=press.plant,
        machine_group=press.group,
        quantity=10,
        state=OperationState.RELEASED,
        setup_seconds=1200,
        run_seconds=360,
        base_quantity=1,
    )


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_so_where_nothing_is_measured(reader, press, page):
    answer = reader.get(page)
    assert answer.status_code == 200
    assert b"None" not in answer.content


@pytest.mark.parametrize("page", PAGES)
def test_as_many_queries_for_much_as_for_little(reader, press, page):
    def asked():
        with CaptureQueriesContext(connection) as caught:
            assert reader.get(page).status_code == 200
        return len(statements(caught))

    (item, _other) = history(press, 1)
    waiting(press, item)
    asked()
    few = asked()
    history(press, 3, ago=9 * HOUR)
    waiting(press, item)
    assert asked() == few


def test_a_machines_changeovers_are_a_map_with_their_number(reader, press):
    history(press, 2 * ENOUGH + 1)
    context = reader.get("/machines/P1/profile/").context
    assert context["families"] == ["BLUE", "RED"]
    cells = {(cell.before, cell.after): cell for _name, row in context["changeovers"] for cell in row if cell}
    assert {pair: (cell.count, cell.measured) for pair, cell in cells.items()} == {
        ("RED", "BLUE"): (ENOUGH, True),
        ("BLUE", "RED"): (ENOUGH, True),
    }
    assert cells["RED", "BLUE"].seconds == pytest.approx(1800, abs=60)
    assert context["ratio"].own == 2 * ENOUGH + 1
    assert [row[1].own for row in context["items"]] == [ENOUGH + 1, ENOUGH]
    assert b"pooled" in reader.get("/machines/P1/profile/").content


def test_last_quarters_orders_are_promised_again(reader, press):
    PlanRule.objects.create(plant=press.plant, assumed_percent=82)
    history(press, 40)
    # All were done in the last week: known at its start is only what came before.
    old = timezone.now() - timedelta(days=20)
    worked(press, old, hours=2)
    context = reader.get(f"/standards/back-cast/?plant={press.plant.code}&days=30").context
    assert (context["assumed"], context["count"], context["few"]) == (82, 40, False)
    ways = {way.name: way for way in context["ways"]}
    assert ways["assumed"].share == 0.0  # twice the standard, promised at 1/0.82 of it
    assert ways["promised"].share == 1.0
    assert ways["measured"].days > ways["assumed"].days
    hopeful = reader.get("/standards/back-cast/?assumed=30").context["ways"][0]
    assert hopeful.share == 1.0


def test_an_unmeasured_item_is_worth_measuring(reader, press):
    known, _other = history(press, 30)
    fresh = MachineFactory(plant=press.plant, group=press.group, code="P2")
    for item in (known, ItemFactory(code="NEW")):
        waiting(press, item)
    context = reader.get("/standards/next/").context
    assert context["orders"] == 2
    best = context["standards"][0]
    assert (best["kind"], best["found"].own) == ("run", 0)
    assert {machine.code for machine, _worth, _found in context["machines"]} == {"P1", fresh.code}


def test_a_planning_system_reads_a_machines_profile(reader, press):
    history(press, 2 * ENOUGH + 2)
    found = reader.get("/api/v1/machine-profile", {"machine": "P1"}).json()
    assert found["run_ratio"]["measurements"] == 2 * ENOUGH + 2
    assert 1.5 < found["run_ratio"]["mean"] < 2.0
    assert [one["run_ratio"]["measurements"] for one in found["items"]] == [ENOUGH + 1, ENOUGH + 1]
    pairs = {(one["before"], one["after"]): one for one in found["changeovers"]}
    assert (pairs["RED", "BLUE"]["measurements"], pairs["RED", "BLUE"]["pooled"]) == (ENOUGH + 1, False)
    assert found["availability"] == 1.0
    assert reader.get("/api/v1/machine-profile", {"machine": "P9"}).status_code == 422
