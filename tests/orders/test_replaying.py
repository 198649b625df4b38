"""A change of the past: rehearsed, accepted, applied; reversal and new in the books."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from machines.domain.ingest import append
from machines.domain.interpret import interpret_dirty
from machines.domain.roles import change_role
from machines.models import Cycle, ProgramRole
from mes.lib.errors import InvalidInput, Refused
from orders.domain import execution
from orders.domain.crediting import credit_due
from orders.domain.moving import move_run
from orders.domain.release import release_order
from orders.domain.replaying import Change, apply_change, preview
from orders.domain.reports import Quantities, report
from orders.enums import EventKind
from orders.models import Operation, ProductionEvent, ProductionOrder, Run, RunPerson
from tests.factories.accounts import UserFactory
from tests.orders.conftest import document
from tests.orders.test_crediting import START, counted
from tests.support.books import assert_books_are_clean


@pytest.fixture
def forge(order):
    return order.operations.get(number="0010")


@pytest.fixture
def other(take, order):
    take(document("4712"))
    second = ProductionOrder.objects.get(number="4712")
    release_order(order=second, by=None, key=uuid.uuid4())
    return second.operations.get(number="0010")


@pytest.fixture
def person(db):
    return UserFactory()


def send(machine, begin, *signals, boot="a"):
    """Signals as (seconds after ``begin``, item, value), read at once."""
    rows = [
        {
            "machine": machine.code,
            "source": "plc",
            "boot": boot,
            "seq": seq,
            "ts": (begin + timedelta(seconds=seconds)).isoformat(),
            "item": item,
            "value": value,
            "historical": True,
        }
        for seq, (seconds, item, value) in enumerate(signals)
    ]
    assert not [answer for answer in append(rows, timezone.now(), channel="test") if answer.code]
    interpret_dirty(timezone.now())


def cycles(*starts):
    """Cycles of ten seconds."""
    return [
        signal
        for start in starts
        for signal in ((start + 10, "cycle_event", True), (start + 10, "cycle_time", 10))
    ]


@pytest.fixture
def run(forge, plant, person):
    execution.start_production(operation=forge, machine=plant.press, by=person, key=uuid.uuid4(), at=START)
    send(plant.press, START, *cycles(*range(0, 1000, 10)))
    credit_due()
    assert counted(forge) == 100
    return Run.objects.get()


def at(seconds):
    return START + timedelta(seconds=seconds)


def moving(run, operation, person, start=0, end=None):
    def make(key):
        move_run(
            run=run,
            operation=operation,
            start=at(start),
            end=None if end is None else at(end),
            by=person,
            key=key,
            comment="wrong order",
        )

    return Change(run.machine, at(start), make)


def changes(effect):
    return {
        f"{row.operation.order.number}/{row.operation.number}" if row.operation else "": row.changes
        for row in effect.rows
    }


def test_a_rehearsal_shows_the_difference_and_changes_nothing(run, forge, other, person):
    events = ProductionEvent.objects.count()
    effect = preview(moving(run, other, person, 200, 500))
    shown = changes(effect)
    assert (shown["4711/0010"]["good"], shown["4712/0010"]["good"]) == (-30, 30)
    assert shown["4711/0010"]["production_seconds"] == -300
    assert shown["4712/0010"]["production_seconds"] == 300
    assert counted(forge) == 100
    assert Run.objects.count() == 1
    assert ProductionEvent.objects.count() == events


def test_what_was_accepted_is_booked_by_reversal_and_new(run, forge, other, person, plant):
    change = moving(run, other, person, 200, 500)
    effect = preview(change)
    key = uuid.uuid4()
    applied = apply_change(change, key=key, until=effect.until, accepted=effect.digest)
    assert changes(applied) == changes(effect)
    assert (counted(forge), counted(other)) == (70, 30)
    kinds = set(ProductionEvent.objects.filter(operation=forge).values_list("kind", flat=True))
    assert {EventKind.REVERSED, EventKind.COUNTED, EventKind.MOVED} <= kinds
    spans = [
        ((run.started_at - START).total_seconds(), run.ended_at and (run.ended_at - START).total_seconds())
        for run in Run.objects.order_by("started_at")
    ]
    assert spans == [(0, 200), (200, 500), (500, None)]
    assert RunPerson.objects.filter(person=person).count() == 3
    other.refresh_from_db()
    assert (other.state, other.counting) == ("interrupted", "machine")
    forge.refresh_from_db()
    assert forge.state == "production"
    credit_due()
    assert (counted(forge), counted(other)) == (70, 30)
    assert_books_are_clean()


def test_the_whole_running_work_moves(run, forge, other, person):
    change = moving(run, other, person)
    effect = preview(change)
    apply_change(change, key=uuid.uuid4(), until=effect.until, accepted=effect.digest)
    assert (counted(forge), counted(other)) == (0, 100)
    forge.refresh_from_db()
    other.refresh_from_db()
    assert (forge.state, other.state) == ("interrupted", "production")
    assert Run.objects.get(ended_at__isnull=True).operation == other
    assert_books_are_clean()


def test_what_people_reported_in_that_time_moves_along(run, forge, other, person, plant):
    report(
        operation=forge,
        quantities=Quantities(scrap=Decimal(4)),
        scrap_reason=plant.reason,
        by=person,
        key=uuid.uuid4(),
        at=at(300),
    )
    change = moving(run, other, person, 200, 500)
    effect = preview(change)
    apply_change(change, key=uuid.uuid4(), until=effect.until, accepted=effect.digest)
    forge.refresh_from_db()
    other.refresh_from_db()
    assert (forge.good, forge.scrap, other.good, other.scrap) == (70, 0, 26, 4)
    assert_books_are_clean()


def test_figures_that_moved_on_are_not_overrun(run, forge, other, person, plant):
    change = moving(run, other, person, 200, 500)
    effect = preview(change)
    send(plant.press, START, *cycles(303), boot="b")
    with pytest.raises(Refused) as refused:
        apply_change(change, key=uuid.uuid4(), until=effect.until, accepted=effect.digest)
    assert refused.value.code == "effect_changed"
    assert Run.objects.count() == 1


def test_the_same_key_moves_once(run, other, person):
    key = uuid.uuid4()
    fields = {"run": run, "operation": other, "start": at(200), "end": at(500), "by": person, "key": key}
    first = move_run(**fields, comment="wrong order")
    assert move_run(**fields, comment="wrong order") == first
    assert Run.objects.count() == 3


@pytest.mark.parametrize(("start", "end"), [(-10, 100), (100, 100), (200, 100)])
def test_a_stretch_lies_in_its_run(run, other, person, start, end):
    with pytest.raises(InvalidInput):
        preview(moving(run, other, person, start, end))


def test_only_another_operation_that_can_work_takes_it(run, forge, other, person):
    with pytest.raises(InvalidInput):
        preview(moving(run, forge, person))
    Operation.objects.filter(pk=other.pk).update(state="cancelled")
    other.refresh_from_db()
    with pytest.raises(Refused):
        preview(moving(run, other, person))


def test_a_role_changed_from_a_date_on(forge, plant, person):
    begin = timezone.now() - timedelta(hours=2)
    execution.start_production(operation=forge, machine=plant.press, by=None, key=uuid.uuid4(), at=begin)
    sent = [(0, "program", "WARM.NC")]
    sent += [(10 * number, "cycle_event", True) for number in range(1, 61)]
    sent += [(605, "program", "MAIN.NC")]
    sent += [(600 + 10 * number, "cycle_event", True) for number in range(1, 21)]
    send(plant.press, begin, *sent)
    credit_due()
    assert counted(forge) == 80
    halfway = begin + timedelta(seconds=305)

    def make(_key):
        change_role(machine=plant.press, pattern="warm", role="warm_up", valid_from=halfway)

    change = Change(plant.press, halfway, make)
    effect = preview(change)
    assert changes(effect)["4711/0010"]["good"] == -31, "one began before the change of program"
    assert not ProgramRole.objects.exists()
    assert Cycle.objects.filter(quantity__gt=0).count() == 80
    apply_change(change, key=uuid.uuid4(), until=effect.until, accepted=effect.digest)
    assert counted(forge) == 49
    assert ProgramRole.objects.get().valid_from == halfway
    assert_books_are_clean()
