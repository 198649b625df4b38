"""A late order's lateness is split into measured causes, and they add up to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from machines.enums import MachineState
from mes.lib.spans import Span
from orders.enums import LateCause, OperationState, OrderState
from orders.models import ProductionOrder
from orders.planning.promise.late import lateness_of_plant
from orders.planning.promise.lateness import added_up, lateness_of
from orders.queries.lateness import Around, LateOrder, Step, late_facts
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineFactory, StateIntervalFactory
from tests.factories.orders import OperationFactory, ProductionOrderFactory, PromiseFactory, RunFactory

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
NONE = timedelta(0)


def at(hours):
    return START + hours * HOUR


def span(start, end):
    return Span(at(start), at(end))


def late(*steps, promised=10, ended=20, holds=()):
    return LateOrder(1, "4711", START, at(promised), at(ended), steps, holds)


def step(**given):
    return Step(
        **({"setup": NONE, "run": NONE, "machine": 7, "pieces": Decimal(10), "good": Decimal(10)} | given)
    )


def causes(order, **around):
    return dict(lateness_of(order, {7: Around(**({"working": [span(0, 100)]} | around))}).causes)


def test_a_run_that_took_twice_as_long_made_it_late():
    slow = step(run=10 * HOUR, making=(span(0, 20),))
    assert causes(late(slow)) == {LateCause.SPEED: 10 * HOUR}


def test_stops_scrap_and_setup_are_told_apart_from_speed():
    order = late(
        step(
            setup=2 * HOUR,
            run=8 * HOUR,
            setting=(span(0, 4),),
            making=(span(4, 20),),
            good=Decimal(8),
        )
    )
    assert causes(order, standing=[span(10, 16)]) == {
        LateCause.STOPS: 6 * HOUR,
        LateCause.SETUP: 2 * HOUR,
        LateCause.REMAKE: 2 * HOUR,
    }


def test_waiting_is_told_by_what_its_machine_did_meanwhile():
    made = step(run=2 * HOUR, making=(span(18, 20),))
    others = [(span(0, 4), 2, at(-9)), (span(6, 12), 3, at(1)), (span(18, 20), 1, at(-9))]
    working = [span(0, 14), span(16, 100)]
    found = causes(late(made, promised=2), others=others, working=working, standing=[span(4, 5)])
    assert found == {
        LateCause.OVERTAKEN: 6 * HOUR,
        LateCause.QUEUE: 4 * HOUR,
        LateCause.IDLE: 5 * HOUR,
        LateCause.CLOSED: 2 * HOUR,
        LateCause.DOWN: 1 * HOUR,
    }


def test_what_the_promise_left_for_waiting_is_taken_from_closed_hours_and_queues_first():
    made = step(run=2 * HOUR, making=(span(18, 20),))
    others = [(span(0, 6), 2, at(-9)), (span(6, 12), 3, at(1))]
    found = causes(late(made, promised=12), others=others, working=[span(0, 12), span(16, 100)])
    assert found == {LateCause.OVERTAKEN: 6 * HOUR, LateCause.IDLE: 2 * HOUR}


def test_a_promise_shorter_than_the_work_is_its_own_cause():
    made = step(run=20 * HOUR, making=(span(0, 20),))
    assert causes(late(made)) == {LateCause.PROMISE: 10 * HOUR}


def test_suppliers_holds_and_late_material_are_causes():
    away = step(run=4 * HOUR, machine=None, away=True, outside=span(0, 9))
    made = step(run=1 * HOUR, making=(span(15, 16),), not_before=at(11))
    found = causes(late(away, made, promised=5, ended=16, holds=(span(13, 15),)))
    assert found == {
        LateCause.SUPPLIER: 5 * HOUR,
        LateCause.MATERIAL: 2 * HOUR,
        LateCause.HOLD: 2 * HOUR,
        LateCause.IDLE: 2 * HOUR,
    }


def test_of_what_was_done_before_the_promise_nothing_is_foreseen_again():
    done = step(run=5 * HOUR, making=(span(-9, -2),))
    begun = step(run=10 * HOUR, making=(span(-4, 4), span(6, 8)))
    assert causes(late(done, begun, promised=6, ended=8)) == {LateCause.IDLE: 2 * HOUR}


hours = st.integers(-10 * 3600, 90 * 3600).map(lambda seconds: START + timedelta(seconds=seconds))
spans = st.tuples(hours, hours).map(lambda pair: Span(*sorted(pair)))
lengths = st.integers(0, 30 * 3600).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def steps(draw):
    away = draw(st.booleans())
    pieces = Decimal(draw(st.integers(0, 50)))
    return Step(
        setup=draw(lengths),
        run=draw(lengths),
        machine=None if away else draw(st.sampled_from([None, 7])),
        setting=() if away else tuple(draw(st.lists(spans, max_size=2))),
        making=() if away else tuple(draw(st.lists(spans, max_size=3))),
        outside=draw(st.none() | spans) if away else None,
        away=away,
        over=draw(st.booleans()),
        pieces=pieces,
        good=min(Decimal(draw(st.integers(0, 50))), pieces),
        not_before=draw(st.none() | hours),
    )


@given(
    st.lists(steps(), max_size=4),
    st.lists(spans, max_size=2),
    st.tuples(hours, hours, hours).map(sorted),
    st.lists(spans, max_size=3),
    st.lists(spans, max_size=3),
    st.lists(st.tuples(spans, st.sampled_from([1, 2]), hours), max_size=3),
)
def test_causes_always_add_up_to_the_lateness(work, holds, moments, working, standing, others):
    made, promised, ended = moments
    order = LateOrder(1, "4711", made, promised, ended, tuple(work), tuple(holds))
    found = lateness_of(order, {7: Around(working, [], standing, others)})
    assert sum((length for _cause, length in found.causes), NONE) == ended - promised == found.late
    # Also of a promise that was made for a moment already past.
    late_promise = replace(order, made_at=promised, promised_at=made)
    split = lateness_of(late_promise, {7: Around(working, [], standing, others)})
    assert sum((length for _cause, length in split.causes), NONE) == ended - made


# --- from the plant's records


@pytest.fixture
def press(db):
    return MachineFactory()


def finished(press, *, number, hours=20, promised=10):
    order = ProductionOrderFactory(plant=press.plant, number=number, quantity=10, released=True)
    ProductionOrder.objects.filter(pk=order.pk).update(
        state=OrderState.FINISHED, finished_at=at(hours), promised_at=at(promised)
    )
    PromiseFactory(order=order, made_at=at(0), promised_at=at(promised))
    return OperationFactory(
        order=order,
        plant=press.plant,
        machine_group=press.group,
        quantity=10,
        setup_seconds=0,
        run_seconds=3600,
        state=OperationState.FINISHED,
        started_at=at(0),
        finished_at=at(hours),
        good=10,
    )


def test_records_tell_the_causes_and_the_pages_show_them(press, client):
    operation = finished(press, number="LATE-1")
    RunFactory(operation=operation, machine=press, started_at=at(2), production_at=at(2), ended_at=at(20))
    other = finished(press, number="OTHER", hours=2)
    ProductionOrder.objects.filter(pk=other.order_id).update(created_at=at(-20))
    RunFactory(operation=other, machine=press, started_at=at(0), production_at=at(0), ended_at=at(2))
    StateIntervalFactory(machine=press, state=MachineState.STOP, started_at=at(4), ended_at=at(9))
    [one] = [each for each in lateness_of_plant(press.plant, since=at(-100), now=at(30)) if each.late]
    assert one.number == "LATE-1"
    assert dict(one.causes) == {
        LateCause.STOPS: 5 * HOUR,
        LateCause.SPEED: 3 * HOUR,
        LateCause.QUEUE: 2 * HOUR,
    }
    client.force_login(PlannerFactory())
    page = client.get(reverse("order", args=[operation.order_id])).content.decode()
    assert "Why it was late" in page
    assert "stops while it was made" in page
    assert "Why it was late" not in client.get(reverse("order", args=[other.order_id])).content.decode()


def test_what_lies_at_a_supplier_is_late_for_him_though_nobody_said_when_it_left(press):
    made = finished(press, number="LATE-1", hours=2, promised=10)
    RunFactory(operation=made, machine=press, started_at=at(0), production_at=at(0), ended_at=at(2))
    OperationFactory(
        order=made.order,
        plant=press.plant,
        machine_group=press.group,
        position=made.position + 10,
        number="0099",
        outside=True,
        setup_seconds=5 * 3600,
        run_seconds=0,
        state=OperationState.RELEASED,
    )
    ProductionOrder.objects.filter(pk=made.order_id).update(state=OrderState.RUNNING, finished_at=None)
    ((one,), machines) = late_facts([ProductionOrder.objects.get(pk=made.order_id)], now=at(30))
    assert lateness_of(one, machines).late == 20 * HOUR
    assert dict(lateness_of(one, machines).causes)[LateCause.SUPPLIER] == 23 * HOUR


def test_an_order_nobody_promised_has_no_lateness(press):
    order = ProductionOrderFactory(plant=press.plant, requested_at=at(1), released=True)
    assert late_facts([order], now=at(20)) == ([], {})


def queries(press):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        lateness_of_plant(press.plant, since=at(-100), now=at(30))
    return len(asked)


def test_the_number_of_queries_does_not_grow_with_late_orders(press):
    made = finished(press, number="L1")
    RunFactory(operation=made, machine=press, started_at=at(0), production_at=at(0), ended_at=at(4))
    first = queries(press)
    for place in (2, 3):
        more = finished(press, number=f"L{place}")
        RunFactory(
            operation=more,
            machine=press,
            started_at=at(4 * place),
            production_at=at(4 * place),
            ended_at=at(4 * place + 3),
        )
    assert queries(press) == first
    assert [(cause, orders) for cause, _length, orders in added_up([])] == []
