"""Machine counts become bookings: in time, late, corrected, and never twice."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from machines.domain import followers
from machines.domain.followers import mark_dirty
from machines.models import Cycle, Follower
from orders.domain import execution
from orders.domain.books import check_counts
from orders.domain.crediting import PATIENCE, credit_due
from orders.domain.documents import OperationLine
from orders.domain.release import release_order
from orders.domain.reports import Quantities, report
from orders.enums import EventKind, MoveKind, OrderState
from orders.models import (
    Operation,
    ProductionEvent,
    ProductionOrder,
    Run,
    StockBalance,
    StockMove,
    Unresolved,
)
from orders.queries.counts import uncredited_pieces
from tests.orders.conftest import document
from tests.support.books import assert_books_are_clean

START = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)


@pytest.fixture
def forge(order):
    return order.operations.get(number="0010")


@pytest.fixture
def running(forge, plant):
    execution.start_production(operation=forge, machine=plant.press, by=None, key=uuid.uuid4(), at=START)
    return Run.objects.get()


def make_cycles(machine, *starts, quantity=1, bad=0, duration=10):
    """Cycles whose starts are seconds after START."""
    rows = [
        Cycle(
            plant_id=machine.plant_id,
            machine=machine,
            slot=1,
            ended_at=START + timedelta(seconds=start + duration),
            credit_at=START + timedelta(seconds=start),
            duration=timedelta(seconds=duration),
            quantity=Decimal(quantity),
            bad=Decimal(bad),
        )
        for start in starts
    ]
    Cycle.objects.bulk_create(rows)
    mark_dirty({machine.pk: min(row.credit_at for row in rows)})


def counted(operation):
    operation.refresh_from_db()
    standing = ProductionEvent.objects.filter(operation=operation)
    assert operation.good == sum(event.good for event in standing)
    return operation.good


def test_cycles_are_booked_once(running, forge, plant):
    make_cycles(plant.press, 0, 10, 20, 1500)
    credit_due()
    credit_due()
    assert counted(forge) == 4
    assert ProductionEvent.objects.filter(kind=EventKind.COUNTED).count() == 2
    assert ProductionOrder.objects.get().components.get().issued == 8
    assert Follower.objects.get(machine=plant.press).unread_from is None


def test_later_cycles_are_posted_on_top(running, forge, plant):
    make_cycles(plant.press, 0, 10)
    credit_due()
    make_cycles(plant.press, 20)
    credit_due()
    assert counted(forge) == 3
    assert not ProductionEvent.objects.filter(kind=EventKind.REVERSED).exists()


def test_pieces_the_machine_calls_bad_are_scrap(running, forge, plant):
    make_cycles(plant.press, 0, quantity=4, bad=1)
    credit_due()
    assert counted(forge) == 3
    assert forge.scrap == 1


def test_a_late_log_on_gets_the_cycles_made_before_it_was_told(forge, plant):
    make_cycles(plant.press, *range(0, 100, 10))
    credit_due()
    assert counted(forge) == 0
    execution.start_production(
        operation=forge, machine=plant.press, by=None, key=uuid.uuid4(), at=START + timedelta(seconds=45)
    )
    credit_due()
    assert counted(forge) == 5


def test_a_first_cycle_by_a_clock_that_is_a_little_behind_belongs_to_its_run(running, forge, plant):
    """It seems to begin in the ten minutes before the run, where nothing of the run was booked."""
    make_cycles(plant.press, -3, 7, 17)
    credit_due()
    assert counted(forge) == 3
    assert not Unresolved.objects.exists()
    assert check_counts().differences == []


def test_a_cycle_just_before_a_border_is_credited_once(running, forge, plant):
    make_cycles(plant.press, 580, 597, 607)
    border = START + timedelta(seconds=600)
    execution.interrupt(operation=forge, by=None, key=uuid.uuid4(), at=border)
    execution.start_production(operation=forge, machine=plant.press, by=None, key=uuid.uuid4(), at=border)
    credit_due()
    first, second = Run.objects.order_by("started_at")
    assert [event.run for event in ProductionEvent.objects.filter(kind=EventKind.COUNTED).order_by("id")] == [
        first,
        second,
    ]
    assert counted(forge) == 3
    assert check_counts().differences == []


def test_more_than_the_order_wants_is_credited_and_flagged(running, forge, plant):
    make_cycles(plant.press, 0, quantity=int(forge.quantity))
    credit_due()
    make_cycles(plant.press, 10)
    credit_due()
    assert counted(forge) == forge.quantity + 1
    flags = [event.details.get("over_production", False) for event in counts_of(forge)]
    assert flags == [False, True]


def counts_of(operation):
    return ProductionEvent.objects.filter(operation=operation, kind=EventKind.COUNTED).order_by("id")


def test_a_corrected_run_reverses_and_posts_anew(running, forge, plant):
    make_cycles(plant.press, *range(0, 100, 10))
    credit_due()
    Run.objects.update(ended_at=START + timedelta(seconds=30))
    mark_dirty({plant.press.pk: START})
    credit_due()
    assert counted(forge) == 3
    kinds = ProductionEvent.objects.filter(operation=forge, run=running).values_list("kind", "good")
    assert list(kinds.order_by("id"))[1:] == [("counted", 10), ("reversed", -10), ("counted", 3)]
    credit_due()
    assert counted(forge) == 3


def test_setup_pieces_are_not_good_and_setup_ends_by_itself(forge, plant):
    execution.start_setup(operation=forge, machine=plant.press, by=None, key=uuid.uuid4(), at=START)
    make_cycles(plant.press, 0, 40, duration=35)
    make_cycles(plant.press, *range(700, 760, 10))
    credit_due()
    assert counted(forge) == 6
    assert forge.setup_pieces == 2
    assert forge.state == "production"
    assert Run.objects.get().production_at == START + timedelta(seconds=700)
    started = ProductionEvent.objects.get(kind=EventKind.PRODUCTION_STARTED)
    assert started.details == {"inferred": True}


def test_people_count_where_the_operation_says_so(running, forge, plant):
    Operation.objects.filter(pk=forge.pk).update(counting="person")
    make_cycles(plant.press, 0, 10)
    credit_due()
    assert counted(forge) == 0


def test_a_mark_set_while_reading_is_kept(running, plant, monkeypatch):
    make_cycles(plant.press, 0)
    from orders.domain import crediting

    def credit_and_be_overtaken(run, shares, **bounds):
        mark_dirty({plant.press.pk: START})
        return []

    monkeypatch.setattr(crediting, "credit_run", credit_and_be_overtaken)
    credit_due()
    follower = Follower.objects.get(machine=plant.press)
    assert (follower.dirty_from, follower.reading_from) == (START, None)


def test_a_machine_that_never_rests_is_read_on_and_not_again_from_the_beginning(running, plant, monkeypatch):
    """Cycles that arrive while a long stretch is read don't throw the reader back to its begin."""
    make_cycles(plant.press, 0, 10, 1500)
    from orders.domain import crediting

    read = []
    real = crediting.credit_stretch

    def read_and_be_overtaken(machine_id, *, since, until):
        read.append(since)
        real(machine_id, since=since, until=until)
        make_cycles(plant.press, 1500 + 600 * len(read))

    monkeypatch.setattr(crediting, "credit_stretch", read_and_be_overtaken)
    for _ in range(3):
        credit_due()
    assert read == sorted(read)
    assert len(set(read)) == 3


def test_what_a_dead_reader_had_taken_is_read_again(running, plant, forge):
    make_cycles(plant.press, 0, 10, 20)
    follower = Follower.objects.get(machine=plant.press)
    assert followers.take(follower) == follower.reading_from
    assert Follower.objects.get(machine=plant.press).dirty_from is None
    credit_due()
    assert counted(forge) == 3
    assert Follower.objects.get(machine=plant.press).unread_from is None
    assert not followers.finish(follower, dirty_from=None), "somebody else took it since"


def test_fresh_cycles_wait_and_screens_add_them(forge, plant):
    now = timezone.now()
    execution.start_production(
        operation=forge, machine=plant.press, by=None, key=uuid.uuid4(), at=now - timedelta(seconds=50)
    )
    run = Run.objects.get()
    Follower.objects.update(dirty_from=None)
    make_cycles(plant.press, *[(now - START).total_seconds() - 45 + step for step in (0, 10, 20)])
    assert credit_due(patience=PATIENCE) == 0
    assert counted(forge) == 0
    assert uncredited_pieces([run]) == {run.pk: 3}
    credit_due(now=now + timedelta(minutes=2))
    assert counted(forge) == 3
    run.refresh_from_db()
    assert uncredited_pieces([run]) == {}


def test_stock_gets_what_was_counted_after_the_order_was_finished(take, plant):
    """People finish an order before the last minutes are booked, and tell its scrap before its pieces."""
    take(
        document(
            "4712",
            components=(),
            operations=(OperationLine("0010", "Forge", "PRESS", run_seconds=Decimal(10)),),
        )
    )
    order = ProductionOrder.objects.get()
    release_order(order=order, by=None, key=uuid.uuid4())
    forge = order.operations.get()
    execution.start_production(operation=forge, machine=plant.press, by=None, key=uuid.uuid4(), at=START)
    scrap = Quantities(scrap=Decimal(2))
    report(operation=forge, quantities=scrap, scrap_reason=plant.reason, by=None, key=uuid.uuid4())
    execution.finish(operation=forge, by=None, key=uuid.uuid4(), at=START + timedelta(minutes=50))
    assert not StockMove.objects.filter(kind=MoveKind.PRODUCED).exists()
    make_cycles(plant.press, 0, 10, 20, 30, 40)
    credit_due()
    order.refresh_from_db()
    assert (order.state, order.good) == (OrderState.FINISHED, 3)
    assert StockBalance.objects.get(item=plant.item).on_hand == 3
    make_cycles(plant.press, 1500)
    credit_due()
    assert StockBalance.objects.get(item=plant.item).on_hand == 4
    assert_books_are_clean()
