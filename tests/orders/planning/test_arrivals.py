"""Deliveries that orders wait for: who gets stock and what comes, when it is expected, and how late suppliers
are."""

import uuid
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from machines.models import Machine
from mes.accounts.roles import Role
from orders.enums import MoveKind, OperationState
from orders.models import ProductionOrder, Quote, StockMove
from orders.planning.load import load, meaning_of
from orders.planning.profiles import truth
from orders.planning.profiles.collect import collect
from orders.planning.profiles.estimate import Profiles
from orders.planning.profiles.measured import Measurements
from orders.planning.profiles.uncertain import uncertainty_of
from orders.planning.promise.quote import is_reproducible, make_quote, of_order
from orders.queries.arrivals import arrivals_for
from orders.views.profiles import suppliers_of
from quality.kpi.assumptions import assumption_gaps
from quality.kpi.gaps import Standard
from quality.kpi.priced import priced
from tests.factories.accounts import UserFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import (
    BomLineFactory,
    ItemFactory,
    OperationFactory,
    OrderComponentFactory,
    ProductionOrderFactory,
    PurchaseOrderFactory,
    PurchaseOrderLineFactory,
    StockBalanceFactory,
)
from tests.support.queries import statements

# One worker compiles, once.
pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def group(db):
    group = MachineGroupFactory()
    MachineFactory(plant=group.plant, group=group)
    return group


@pytest.fixture
def seal(db):
    return ItemFactory()


def needing(group, item, quantity, now, *, days=10, number="0010"):
    """An order that needs so much of the item at its operation, wanted in so many days."""
    order = ProductionOrderFactory(
        plant=group.plant, quantity=1, released=True, requested_at=now + days * DAY
    )
    OperationFactory(
        order=order,
        plant=group.plant,
        machine_group=group,
        number="0010",
        position=10,
        state=OperationState.RELEASED,
        run_seconds=Decimal(3600),
        base_quantity=1,
    )
    OrderComponentFactory(
        order=order, item=item, unit=item.unit, quantity=Decimal(quantity), operation_number=number
    )
    return order


def told(group, item, now, *, days, quantity=10, supplier="Seals", ordered=30, received=None):
    """A line told for so many days from today; ``received``: so many days after that day."""
    ordered_at = now - ordered * DAY
    order = PurchaseOrderFactory(plant=group.plant, supplier=supplier, ordered_at=ordered_at)
    line = PurchaseOrderLineFactory(
        order=order, item=item, quantity=Decimal(quantity), expected_on=day_of(group, now) + days * DAY
    )
    if received is not None:
        StockMove.objects.create(
            plant=group.plant,
            item=item,
            quantity=line.quantity,
            kind=MoveKind.RECEIPT,
            purchase_line=line,
            occurred_at=morning(group, line.expected_on) + received * DAY,
        )
        line.received = line.quantity
        line.save()
    return line


def day_of(group, now):
    return now.astimezone(ZoneInfo(group.plant.time_zone)).date()


def morning(group, day):
    return datetime.combine(day, time.min, ZoneInfo(group.plant.time_zone))


def lines_by_order(group, orders):
    found = arrivals_for(group.plant, orders)
    return {order: [arrival.line for arrival in listed] for (order, _operation), listed in found.items()}


def test_stock_goes_to_the_first_need_and_deliveries_to_those_behind(group, seal, now):
    last, first, middle = (needing(group, seal, 8, now, days=days) for days in (30, 10, 20))
    StockBalanceFactory(plant=group.plant, item=seal, on_hand=Decimal(9), reserved=Decimal(0))
    late, soon = told(group, seal, now, days=9), told(group, seal, now, days=3)
    # One is left of the stock, soon brings ten of which seven are needed, the last takes three and five.
    assert lines_by_order(group, [last, first, middle]) == {
        middle.pk: [soon.pk],
        last.pk: [soon.pk, late.pk],
    }


def test_what_nobody_brings_holds_nothing_up(group, seal, now):
    order = needing(group, seal, 8, now)
    told(group, seal, now, days=-2, received=1)
    assert lines_by_order(group, [order]) == {}


def test_an_order_begins_when_its_material_is_expected_and_futures_draw_when_that_is(group, seal, now):
    order = needing(group, seal, 8, now, number="")
    other = needing(group, seal, 1, now, days=20)
    for late in (0, 0, 0, 4):
        told(group, seal, now, days=-20, received=late)
    line = told(group, seal, now, days=5)
    loaded = load(group.plant, now=now)
    due = int((morning(group, line.expected_on) - now).total_seconds())
    waiting = loaded.waiting[0]
    assert [(one.line, one.due) for one in waiting.deliveries] == [(line.pk, due)]
    earliest = loaded.shop.tasks[0].earliest
    assert due + 0.5 * 86_400 < earliest < due + 2 * 86_400
    assert (waiting.released, waiting.expected) == (0, earliest)
    assert loaded.orders[loaded.shop.tasks[1].job].pk == other.pk
    drawn = uncertainty_of(loaded.shop, meaning_of(loaded), loaded.profiles)
    (supply,) = drawn.supplies
    assert (supply.due, supply.key) == (due, line.pk)
    assert drawn.pools[supply.late].values == (0.0, 4 * 86_400.0)
    assert {task: one.supplies for task, one in drawn.awaited.items()} == {0: (0,), 1: (0,)}
    assert order.pk == loaded.orders[0].pk


def test_what_has_begun_has_its_material(group, seal, now):
    order = needing(group, seal, 8, now)
    order.operations.update(good=Decimal("0.5"))
    told(group, seal, now, days=5)
    assert load(group.plant, now=now).waiting == {}


def test_the_number_of_queries_is_constant(group, seal, now):
    counts = []
    for _ in range(2):
        needing(group, seal, 8, now)
        told(group, seal, now, days=5, quantity=3)
        with CaptureQueriesContext(connection) as context:
            load(group.plant, now=now)
        counts.append(len(statements(context)))
    assert counts[0] == counts[1]


def test_lateness_is_measured_from_the_day_that_was_told(group, seal, now):
    early, late = told(group, seal, now, days=-9, received=-1), told(group, seal, now, days=-9, received=3)
    overdue, coming = told(group, seal, now, days=-2), told(group, seal, now, days=2)
    confirmed = told(group, seal, now, days=-9, received=3)
    confirmed.confirmed_on = confirmed.expected_on + 2 * DAY
    confirmed.save()
    found = {one.line: one for one in collect(group.plant, now=now).deliveries}
    passed = (now - morning(group, day_of(group, now))).total_seconds()
    days = {line.pk: found[line.pk].late / 86_400 for line in (early, late, confirmed)}
    assert days == {early.pk: -1, late.pk: 3, confirmed.pk: 1}
    assert [found[line.pk].open for line in (early, late, overdue, coming)] == [False, False, True, True]
    assert found[overdue.pk].late == 2 * 86_400 + passed
    assert found[coming.pk].late == passed - 2 * 86_400
    before = {one.line: one for one in collect(group.plant, now=now - 8 * DAY).deliveries}
    assert before[late.pk].open
    assert before[late.pk].late < 3 * 86_400


def test_few_deliveries_are_drawn_to_those_of_their_supplier_and_of_all():
    measured = [("A", 1, 0)] * 30 + [("A", 2, 5)] * 2 + [("B", 3, 10)] * 30
    rows = [
        [number, supplier, item, 1_000_000, 86_400 * days, False]
        for number, (supplier, item, days) in enumerate(measured)
    ]
    content = {**Measurements(until=1_000_000).content(), "deliveries": rows}
    tree = Profiles(Measurements.of(content)).deliveries
    means = {path: tree.of(path).mean / 86_400 for path in (("A", 1), ("A", 2), ("A", 9), ("C", 9))}
    assert means["A", 1] < means["A", 2] < 5
    assert means["A", 9] < means["C", 9]
    assert tree.of(("A", 2)).own == 2


def test_versions_from_before_deliveries_are_read():
    content = Measurements(until=1).content()
    del content["deliveries"]
    assert Measurements.of(content).deliveries == ()


def test_what_a_late_supplier_costs_the_orders_that_wait_and_where_it_is_shown(group, seal, now, client):
    order = needing(group, seal, 8, now)
    needing(group, ItemFactory(), 8, now)
    for late in (0.5, 3, 3):
        told(group, seal, now, days=-20, received=late)
    told(group, seal, now, days=-3)
    loaded = load(group.plant, now=now)
    assert truth.later_by_delivery(loaded, "Seals", seal.code, 99.0) == {order.pk: 99.0}
    assert truth.later_by_delivery(loaded, "Others", seal.code, 99.0) == {}
    (gap,) = assumption_gaps(loaded.profiles, list(Machine.objects.filter(plant=group.plant)), assumed=0.82)
    assert (gap.standard, gap.machine, gap.item) == (Standard.DELIVERY, "Seals", seal.code)
    assert (gap.measured, gap.count) == (2 * 86_400, 3)
    (found,) = priced([gap], loaded, {})
    assert (found.days, found.orders) == (2.0, 1)
    client.force_login(UserFactory(roles=[Role.PLANNER.value]))
    page = client.get("/profiles/", {"plant": group.plant.code}).content.decode()
    row = page[page.index("suppliers-title") :]
    assert "Seals" in row
    assert seal.code in row
    (shown,) = suppliers_of(loaded.profiles)
    assert (shown["found"].own, shown["open"], shown["overdue"]) == (3, 1, 1)


def test_a_quote_reckons_with_the_delivery_and_can_be_computed_again(group, seal, now):
    order = needing(group, seal, 8, now)
    for late in (0, 0, 0, 0, 0, 3, 9):
        told(group, seal, now, days=-20, received=late)
    line = told(group, seal, now, days=5)
    quote = make_quote(asked=of_order(order), by=None, key=uuid.uuid4(), now=now)
    assert quote.raw_p50_at >= morning(group, line.expected_on)
    assert quote.raw_p95_at - quote.raw_p50_at > 3 * DAY
    assert "supply" in {cause["kind"] for cause in quote.causes}
    assert is_reproducible(Quote.objects.get())


def test_who_only_asks_comes_behind_all_that_is_open(group, seal, now):
    """Two for each piece of three, and a fifth of what is taken becomes scrap: 7.5."""
    line = BomLineFactory(item=seal, quantity=Decimal(2), scrap_percent=Decimal(20), operation_number="0010")
    asked = ProductionOrder(pk=-1, plant=group.plant, item=line.bom.item, quantity=Decimal(3))
    needing(group, seal, 8, now)
    order = needing(group, seal, 4, now, days=20)
    first, second = told(group, seal, now, days=3, quantity=12), told(group, seal, now, days=9)
    found = arrivals_for(group.plant, list(ProductionOrder.objects.all()), [asked])
    assert [one.line for one in found[order.pk, "0010"]] == [first.pk]
    assert [one.line for one in found[-1, "0010"]] == [second.pk]
    second.delete()
    assert (-1, "0010") not in arrivals_for(group.plant, list(ProductionOrder.objects.all()), [asked])
