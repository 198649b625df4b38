"""A question, a date with its confidence, a promise: kept, computed again, never changed."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mes.lib.errors import InvalidInput, KeyReused, Refused
from orders.enums import OrderState, PromiseSource
from orders.models import ProductionOrder, Promise, PromiseAlert, Quote, RoutingOperation
from orders.planning.make import publish_plan
from orders.planning.promise import ahead
from orders.planning.promise import quote as quote_module
from orders.planning.promise.ensemble import unforeseen_by
from orders.planning.promise.inputs import packed, unpacked
from orders.planning.promise.levels import Levels
from orders.planning.promise.quote import (
    HOLDS,
    Configuration,
    accept_quote,
    can_accept,
    is_reproducible,
    make_quote,
    of_order,
    preview_quote,
)
from orders.queries.queue import queue_of
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import (
    BomFactory,
    BomLineFactory,
    ItemFactory,
    OrderForecastFactory,
    PromiseFactory,
    QuoteFactory,
    RoutingFactory,
    RoutingOperationFactory,
    StockBalanceFactory,
)
from tests.orders.planning.test_make import order, planned
from tests.support.queries import statements

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def planner(db):
    return PlannerFactory()


@pytest.fixture
def group(db):
    return MachineGroupFactory()


@pytest.fixture
def press(group):
    """Around the clock."""
    return MachineFactory(plant=group.plant, group=group)


@pytest.fixture
def shaft(group, press):
    """Two operations of an hour for ten."""
    item = ItemFactory(code="SHAFT")
    routing = RoutingFactory(plant=group.plant, item=item)
    for number in ("0010", "0020"):
        RoutingOperationFactory(
            routing=routing,
            number=number,
            machine_group=group,
            setup_seconds=0,
            run_seconds=360,
            base_quantity=1,
        )
    return item


def ten(shaft, plant, **values):
    return Configuration(**{"plant": plant, "item": shaft, "quantity": Decimal(10), "options": {}} | values)


def quoted(asked, by, key=None):
    return make_quote(asked=asked, by=by, key=key or uuid.uuid4())


def test_an_empty_plant_makes_it_about_as_fast_as_it_can_be_made(shaft, group, planner):
    quote = quoted(ten(shaft, group.plant, options={"colour": "red"}), planner)
    assert quote.certain_at - quote.zero_at == 2 * HOUR
    assert HOUR < quote.p50_at - quote.zero_at < 3 * HOUR
    assert quote.p50_at < quote.p80_at < quote.p95_at
    assert len(quote.grid) == 101
    assert (quote.futures, quote.record_count, quote.options) == (1000, 0, {"colour": "red"})
    assert quote.old_style_at - quote.made_at == timedelta(seconds=int(7200 / 0.85))
    assert {cause["kind"] for cause in quote.causes} >= {"machine", "run"}


def test_what_no_future_foresaw_is_a_cause_as_large_as_the_record_makes_it():
    grid = tuple(range(0, 1010, 10))
    assert unforeseen_by(grid, Levels()) == []
    # From 450 between 50 and 95 % of the futures to 1,800 as it is said.
    [cause] = unforeseen_by(grid, Levels(used=(0.2, 0.9, 3.0)))
    assert (cause.kind, cause.share) == ("record", 0.75)
    assert unforeseen_by(grid, Levels(used=(0.5, 0.6, 0.7))) == []


def test_it_waits_behind_what_is_open_and_skipping_the_queue_would_help(shaft, group, press, planner):
    order(group, 30, due_in=40 * HOUR)
    asked = ten(shaft, group.plant, requested_at=timezone.now() + 90 * HOUR)
    quote = quoted(asked, planner)
    assert quote.certain_at - quote.zero_at == 32 * HOUR
    assert (quote.bottleneck, quote.waits_seconds) == (press.code, 30 * 3600)
    assert quote.earlier[0]["kind"] == "skip_queue"
    assert quote.earlier[0]["seconds"] > 20 * 3600


def test_without_a_plan_people_take_what_the_terminal_shows_first(group, press, planner):
    """By priority, then by the wanted date; what nobody wants by a date comes last."""
    now, after = timezone.now(), {}
    rows = {
        "later": (order(group, 1), 50, 9),
        "urgent": (order(group, 2), 20, 90),
        "whenever": (order(group, 4), 50, None),
        "soon": (order(group, 8), 50, 6),
    }
    for one, priority, days in rows.values():
        one.priority, one.requested_at = priority, days and now + timedelta(days=days)
        one.save()
    shown = [waiting.operation.order_id for waiting in queue_of(press).ready]
    for name, (one, *_) in rows.items():
        quote = quoted(of_order(one), planner)
        after[name] = round((quote.certain_at - quote.zero_at) / HOUR)
    assert after == {"urgent": 2, "soon": 10, "later": 11, "whenever": 15}
    assert shown == [rows[name][0].pk for name in sorted(after, key=lambda name: after[name])]


def test_a_history_that_is_told_again_knows_no_plan_that_was_made_later(group, press, planner):
    first, second = order(group, 1), order(group, 2)
    publish_plan(plan=planned(group.plant, planner), by=planner)
    now = timezone.now()
    assert quoted(of_order(first), planner).plan_number == 1
    before = make_quote(asked=of_order(second), by=planner, key=uuid.uuid4(), now=now - 2 * HOUR)
    assert (before.plan_number, is_reproducible(before)) == (0, True)


def test_computed_again_from_its_inputs_it_is_the_same_to_the_second(shaft, group, planner):
    order(group, 3, 4)
    quote = quoted(ten(shaft, group.plant), planner)
    ProductionOrder.objects.filter(quotes=None).update(state=OrderState.CANCELLED)
    kept = Quote.objects.get(pk=quote.pk)
    assert is_reproducible(kept)
    problem = unpacked(bytes(kept.inputs))
    assert packed(problem) == bytes(kept.inputs)
    kept.grid = [*kept.grid[:-1], kept.grid[-1] + 1]
    assert not is_reproducible(kept)


def test_the_same_key_is_the_same_quote_and_not_another_one(shaft, group, planner):
    key, asked = uuid.uuid4(), ten(shaft, group.plant)
    first, again = quoted(asked, planner, key), quoted(asked, planner, key)
    assert (again.pk, again.replayed, first.replayed) == (first.pk, True, False)
    with pytest.raises(KeyReused):
        quoted(ten(shaft, group.plant, quantity=Decimal(11)), planner, key)


def test_a_preview_is_not_kept_and_says_what_the_quote_will(shaft, group, planner):
    order(group, 30, due_in=40 * HOUR)
    asked, key = ten(shaft, group.plant), uuid.uuid4()
    preview = preview_quote(asked, key=key)
    assert (preview.pk, Quote.objects.count()) == (None, 0)
    kept = quoted(asked, planner, key)
    assert (preview.grid, preview.zero_at) == (kept.grid, kept.zero_at)
    assert preview_quote(asked, key=uuid.uuid4()).grid != kept.grid


def test_futures_are_played_once_for_look_and_quote_while_nothing_changes(shaft, group, planner, monkeypatch):
    """And anew for another quantity, another seed, or a routing or plant that isn't what it was."""
    order(group, 3)
    asked, key, played = ten(shaft, group.plant), uuid.uuid4(), []
    real = quote_module.answer_of
    monkeypatch.setattr(quote_module, "answer_of", lambda *of: played.append(of) or real(*of))
    preview_quote(asked, key=key)
    preview_quote(ten(shaft, group.plant, quantity=Decimal(11)), key=key)
    preview_quote(asked, key=uuid.uuid4())
    assert len(played) == 3
    preview_quote(asked, key=key)
    kept = quoted(asked, planner, key)
    assert len(played) == 3
    assert is_reproducible(kept)
    played.clear()
    RoutingOperation.objects.update(run_seconds=F("run_seconds") * 2)
    slower = preview_quote(asked, key=key)
    assert (len(played), slower.certain_at - slower.zero_at) == (1, (3 + 4) * HOUR)
    order(group, 3)
    preview_quote(asked, key=key)
    assert len(played) == 2
    for more in range(9):
        preview_quote(ten(shaft, group.plant, quantity=Decimal(20 + more)), key=key)
    assert len(ahead._kept) == ahead.MOST


def test_material_that_is_missing_is_named(shaft, group, planner):
    bar, bolt = ItemFactory(code="BAR"), ItemFactory(code="BOLT")
    bom = BomFactory(item=shaft, base_quantity=1)
    BomLineFactory(bom=bom, item=bar, quantity=2, scrap_percent=0)
    BomLineFactory(bom=bom, item=bolt, quantity=1, scrap_percent=0)
    StockBalanceFactory(plant=group.plant, item=bar, on_hand=15, reserved=3)
    StockBalanceFactory(plant=group.plant, item=bolt, on_hand=50)
    quote = quoted(ten(shaft, group.plant), planner)
    assert {one["item"]: Decimal(one["missing"]) for one in quote.material} == {"BAR": 8, "BOLT": 0}


@pytest.mark.parametrize("quantity", [0, -1, 10_000_001])
def test_a_quantity_that_makes_no_sense_is_refused(shaft, group, planner, quantity):
    with pytest.raises(InvalidInput) as refused:
        quoted(ten(shaft, group.plant, quantity=Decimal(quantity)), planner)
    assert refused.value.problems[0].field == "quantity"


def test_a_date_in_the_past_is_refused(shaft, group, planner):
    with pytest.raises(InvalidInput):
        quoted(ten(shaft, group.plant, requested_at=timezone.now() - 50 * HOUR), planner)


def test_what_nobody_can_make_is_refused_with_the_reason(shaft, group, press, planner):
    with pytest.raises(Refused) as refused:
        quoted(ten(ItemFactory(), group.plant), planner)
    assert refused.value.code == "no_routing"
    press.active = False
    press.save()
    with pytest.raises(Refused) as refused:
        quoted(ten(shaft, group.plant), planner)
    assert refused.value.code == "no_machine"


def test_accepting_makes_the_order_and_freezes_the_promise(shaft, group, planner):
    wanted = timezone.now() + 40 * HOUR
    quote = quoted(ten(shaft, group.plant, requested_at=wanted), planner)
    key = uuid.uuid4()
    promise = accept_quote(quote=quote, percent=80, by=planner, key=key)
    made = ProductionOrder.objects.get()
    assert (made.item, made.quantity, made.state) == (shaft, 10, OrderState.PLANNED)
    assert (made.requested_at, made.promised_at) == (wanted, quote.p80_at)
    assert (promise.order, promise.version, promise.confidence_percent) == (made, 1, 80)
    assert promise.source == PromiseSource.QUOTE
    again = accept_quote(quote=quote, percent=80, by=planner, key=key)
    assert (again.pk, again.replayed) == (promise.pk, True)
    assert not can_accept(quote)
    with pytest.raises(Refused) as refused:
        accept_quote(quote=quote, percent=80, by=planner, key=uuid.uuid4())
    assert refused.value.code == "accepted"
    with pytest.raises(KeyReused):
        accept_quote(quote=quote, percent=95, by=planner, key=key)


def test_an_open_order_gets_the_next_version_and_the_first_one_stays(group, press, planner):
    made = order(group, 5)
    first = accept_quote(quote=quoted(of_order(made), planner), percent=80, by=planner, key=uuid.uuid4())
    second = accept_quote(quote=quoted(of_order(made), planner), percent=95, by=planner, key=uuid.uuid4())
    made.refresh_from_db()
    assert [one.version for one in made.promises.all()] == [1, 2]
    assert (made.promised_at, second.promised_at > first.promised_at) == (second.promised_at, True)


def test_an_old_quote_an_unknown_level_or_a_finished_order_is_not_accepted(group, press, planner):
    made = order(group, 5)
    quote = quoted(of_order(made), planner)
    with pytest.raises(InvalidInput):
        accept_quote(quote=quote, percent=90, by=planner, key=uuid.uuid4())
    old = QuoteFactory(made_at=timezone.now() - HOLDS - HOUR)
    with pytest.raises(Refused) as refused:
        accept_quote(quote=old, percent=80, by=planner, key=uuid.uuid4())
    assert refused.value.code == "too_old"
    ProductionOrder.objects.update(state=OrderState.FINISHED, finished_at=timezone.now())
    quote.order.refresh_from_db()
    with pytest.raises(Refused) as refused:
        accept_quote(quote=quote, percent=80, by=planner, key=uuid.uuid4())
    assert refused.value.code == "wrong_state"
    with pytest.raises(Refused):
        of_order(quote.order)


def test_a_quote_costs_the_same_number_of_queries_however_much_is_open(shaft, group, planner):
    asked = ten(shaft, group.plant)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            order(group, 1, 2)
        with CaptureQueriesContext(connection) as queries:
            preview_quote(asked, key=uuid.uuid4())
        counts.append(len(statements(queries)))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("broken", "values"),
    [
        (QuoteFactory, {"quantity": 0}),
        (QuoteFactory, {"p50_at": timezone.now() + 9000 * HOUR}),
        (PromiseFactory, {"order": None}),
        (PromiseFactory, {"source": "quote"}),
    ],
)
def test_the_database_refuses_what_cant_be(broken, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        broken(**values)


def test_versions_are_counted_once():
    promise = PromiseFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        PromiseFactory(order=promise.order, version=promise.version)
    line = PromiseFactory(of_line=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        PromiseFactory(of_line=True, line=line.line, version=line.version)


def test_alerts_have_their_pairs_and_one_is_open(planner):
    forecast = OrderForecastFactory()
    values = {"order": forecast.order, "forecast": forecast, "promised_at": forecast.p50_at}
    now = timezone.now()
    for broken in ({"acknowledged_at": now}, {"ended_at": now - 99 * HOUR, "raised_at": now}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PromiseAlert.objects.create(**values, **broken)
    PromiseAlert.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        PromiseAlert.objects.create(**values)
    assert Promise.objects.count() == 0
