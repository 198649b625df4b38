"""Unresolved pieces and what people say of them: kept through every recomputation (R4, P13, A9)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from machines.domain.followers import mark_dirty
from machines.enums import CycleFlag
from machines.models import Cycle
from mes.lib.errors import InvalidInput, KeyReused, Refused
from orders.domain import execution
from orders.domain.books import check_counts
from orders.domain.crediting import credit_due, credit_stretch
from orders.domain.settlement import Stretch, settle, unresolved_in, withdraw
from orders.enums import Doubt, EventKind, SettlementKind
from orders.models import ProductionEvent, Run, Settlement, Unresolved
from tests.factories.accounts import UserFactory
from tests.orders.test_crediting import START, counted, make_cycles

CREDIT, NOTHING, RULES = SettlementKind.CREDIT, SettlementKind.NOTHING, SettlementKind.RULES


@pytest.fixture
def forge(order):
    return order.operations.get(number="0010")


@pytest.fixture
def person(db):
    return UserFactory()


def begin(operation, machine, seconds):
    execution.start_production(
        operation=operation,
        machine=machine,
        by=None,
        key=uuid.uuid4(),
        at=START + timedelta(seconds=seconds),
    )
    return Run.objects.order_by("-pk").first()


def doubtful(machine, start, waiting, flag):
    row = Cycle(
        plant_id=machine.plant_id,
        machine=machine,
        slot=1,
        ended_at=START + timedelta(seconds=start),
        credit_at=START + timedelta(seconds=start),
        quantity=0,
        waiting=Decimal(waiting),
        flags=int(flag),
    )
    row.save(force_insert=True)
    mark_dirty({machine.pk: row.credit_at})


def stretch_of(row):
    return Stretch(row.machine, row.slot, row.started_at, row.ended_at, Doubt(row.doubt), row.program)


def say(kind, person, row=None, **rest):
    row = row or Unresolved.objects.get()
    return settle(
        **{
            "stretch": stretch_of(row),
            "kind": kind,
            "pieces": row.pieces,
            "by": person,
            "key": uuid.uuid4(),
            **rest,
        }
    )


def waiting():
    return [(row.doubt, row.cycles, row.pieces) for row in Unresolved.objects.order_by("started_at", "doubt")]


def again(machine):
    credit_stretch(machine.pk, since=START - timedelta(hours=1), until=START + timedelta(hours=3))


def test_cycles_without_a_run_wait_for_a_person(forge, plant):
    make_cycles(plant.press, 0, 10, 700)
    credit_due()
    assert waiting() == [("no_run", 2, 2), ("no_run", 1, 1)]
    first = Unresolved.objects.order_by("bucket").first()
    assert first.started_at == START
    assert first.ended_at == START + timedelta(seconds=20)


def test_a_late_log_on_takes_them_out_of_the_queue(forge, plant):
    make_cycles(plant.press, 0, 10)
    credit_due()
    begin(forge, plant.press, -5)
    credit_due()
    assert waiting() == []
    assert counted(forge) == 2


def test_pieces_of_an_operation_that_people_count_do_not_wait(forge, plant):
    begin(forge, plant.press, 0)
    forge.counting = "person"
    forge.save()
    make_cycles(plant.press, 0, 10)
    credit_due()
    assert waiting() == []


def test_credited_to_a_run_by_a_person_and_never_lost_again(forge, plant, person):
    run = begin(forge, plant.press, 60)
    make_cycles(plant.press, 0, 10, 70)
    credit_due()
    assert counted(forge) == 1
    settlement = say(CREDIT, person, run=run)
    credit_due()
    assert waiting() == []
    assert counted(forge) == 3
    assert (settlement.by, settlement.cycles, settlement.quantity) == (person, 2, 2)
    event = ProductionEvent.objects.get(period_start=START, kind=EventKind.COUNTED, good=2)
    assert event.details["certainty"] == {"person": "2"}
    mark_dirty({plant.press.pk: START - timedelta(hours=1)})
    credit_due()
    assert counted(forge) == 3


def test_a_settled_cycle_stays_settled_when_a_run_is_recorded_over_it(forge, plant, person):
    make_cycles(plant.press, 0, 10)
    credit_due()
    say(NOTHING, person)
    begin(forge, plant.press, -60)
    credit_due()
    assert counted(forge) == 0, "a person said that these were no pieces"
    assert waiting() == []


def test_an_operation_without_a_run_gets_one_over_the_stretch(forge, plant, person):
    make_cycles(plant.press, 0, 10, 20)
    credit_due()
    say(CREDIT, person, operation=forge, comment="forgot to log on")
    credit_due()
    assert counted(forge) == 3
    run = Run.objects.get()
    assert (run.started_at, run.ended_at) == (START, START + timedelta(seconds=30))
    forge.refresh_from_db()
    assert (forge.state, forge.counting) == ("interrupted", "machine")


def test_setup_pieces_of_a_run(forge, plant, person):
    run = begin(forge, plant.press, 60)
    make_cycles(plant.press, 0, 10)
    credit_due()
    say(SettlementKind.SETUP, person, run=run)
    credit_due()
    assert counted(forge) == 0
    assert forge.setup_pieces == 2


def test_a_suspicious_jump_counts_as_many_pieces_as_a_person_confirms(forge, plant, person):
    run = begin(forge, plant.press, 0)
    doubtful(plant.press, 30, 40, CycleFlag.SUSPICIOUS)
    credit_due()
    assert counted(forge) == 0
    assert waiting() == [("suspicious", 1, 40)]
    with pytest.raises(InvalidInput):
        say(CREDIT, person, run=run, quantity=Decimal(41))
    say(CREDIT, person, run=run, quantity=Decimal(12))
    credit_due()
    assert counted(forge) == 12
    assert waiting() == []


def test_a_proposed_correction_is_taken_from_pieces_already_booked(forge, plant, person):
    run = begin(forge, plant.press, 0)
    make_cycles(plant.press, 0, 10, 20, 610)
    doubtful(plant.press, 1300, -2, CycleFlag.CORRECTED)
    credit_due()
    assert counted(forge) == 4
    say(CREDIT, person, run=run)
    credit_due()
    assert counted(forge) == 2
    make_cycles(plant.press, 2000)
    credit_due()
    assert counted(forge) == 3


def test_settled_cycles_that_are_gone_come_back_as_a_conflict(forge, plant, person):
    run = begin(forge, plant.press, 60)
    make_cycles(plant.press, 0, 10)
    credit_due()
    say(CREDIT, person, run=run)
    credit_due()
    Cycle.objects.filter(credit_at=START).delete()
    again(plant.press)
    assert waiting() == [("gone", 1, 1)]
    assert counted(forge) == 1
    with pytest.raises(Refused):
        say(CREDIT, person, run=run)
    say(RULES, person)
    again(plant.press)
    assert waiting() == []


def test_settled_cycles_that_count_more_now_wait_again(forge, plant, person):
    run = begin(forge, plant.press, 60)
    make_cycles(plant.press, 0)
    credit_due()
    say(CREDIT, person, run=run)
    Cycle.objects.update(quantity=4)
    again(plant.press)
    assert waiting() == [("changed", 1, 3)]
    assert counted(forge) == 1
    say(CREDIT, person, run=run)
    again(plant.press)
    assert waiting() == []
    assert counted(forge) == 4


def test_the_last_word_holds_and_can_be_taken_back(forge, plant, person):
    make_cycles(plant.press, 0)
    credit_due()
    row = Unresolved.objects.get()
    say(NOTHING, person, row)
    credit_due()
    assert waiting() == []
    settlement = Settlement.objects.get()
    withdraw(settlement=settlement, by=person, key=uuid.uuid4(), comment="it was one after all")
    credit_due()
    assert waiting() == [("no_run", 1, 1)]


def test_what_changed_meanwhile_is_not_settled_blindly(forge, plant, person):
    make_cycles(plant.press, 0, 20)
    credit_due()
    row = Unresolved.objects.get()
    make_cycles(plant.press, 10)
    with pytest.raises(Refused) as refused:
        say(NOTHING, person, row)
    assert refused.value.code == "unresolved_changed"


def test_the_same_key_settles_once(forge, plant, person):
    make_cycles(plant.press, 0)
    credit_due()
    row, key = Unresolved.objects.get(), uuid.uuid4()
    first = say(NOTHING, person, row, key=key)
    assert say(NOTHING, person, row, key=key) == first
    with pytest.raises(KeyReused):
        say(RULES, person, row, key=key)


def test_only_runs_of_the_machine_that_it_counts_can_get_pieces(forge, plant, person):
    run = begin(forge, plant.press, 60)
    make_cycles(plant.press, 0)
    credit_due()
    forge.counting = "person"
    forge.save()
    run.refresh_from_db()
    with pytest.raises(Refused):
        say(CREDIT, person, run=run)
    with pytest.raises(Refused):
        say(CREDIT, person)


def test_a_gap_is_shared_by_the_runs_in_it_and_what_is_left_waits(forge, plant, person):
    begin(forge, plant.press, 100)
    execution.interrupt(operation=forge, by=None, key=uuid.uuid4(), at=START + timedelta(seconds=200))
    begin(forge, plant.press, 200)
    row = Cycle(
        plant_id=plant.press.plant_id,
        machine=plant.press,
        ended_at=START + timedelta(seconds=400),
        credit_at=START + timedelta(seconds=400),
        since=START,
        quantity=40,
        flags=int(CycleFlag.ESTIMATED),
    )
    row.save(force_insert=True)
    mark_dirty({plant.press.pk: START})
    credit_due()
    assert counted(forge) == 30, "10 and 20 of the 40, and not 40 each"
    assert waiting() == [("no_run", 1, 10)]


def conserved(machine):
    booked = sum(
        (event.good + event.scrap + event.setup_pieces for event in ProductionEvent.objects.all()), Decimal(0)
    )
    waits = sum((row.pieces for row in Unresolved.objects.exclude(doubt="gone")), Decimal(0))
    said = {}
    for settlement in Settlement.objects.order_by("pk"):
        for one in settlement.settled.all():
            said[one.slot, one.ended_at, one.nth] = (settlement.kind, one)
    alive = {(c.slot, c.ended_at, c.nth): c for c in Cycle.objects.all()}
    thrown = sum(
        (one.pieces - one.quantity for key, (kind, one) in said.items() if kind != "rules" and key in alive),
        Decimal(0),
    )
    made = sum((cycle.quantity + cycle.waiting for cycle in alive.values()), Decimal(0))
    return made, booked + waits + thrown


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["cycles", "run", "end", "credit", "nothing", "setup", "jump", "lose", "move"]),
        st.integers(0, 40),
    ),
    min_size=3,
    max_size=14,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_p4_p13_pieces_are_conserved_through_settlements(forge, plant, person, acts):
    """Whatever comes in whatever order: no piece is lost or counted twice, and people's words stay."""
    with transaction.atomic():
        point = transaction.savepoint()
        for number, (act, place) in enumerate(acts):
            _act(act, place * 37 + number / 10, forge, plant, person)
            again(plant.press)
            made, found = conserved(plant.press)
            assert made == found, (act, waiting())
        before = (counted(forge), waiting())
        again(plant.press)
        assert (counted(forge), waiting()) == before
        transaction.savepoint_rollback(point)


def _act(act, seconds, forge, plant, person):
    machine = plant.press
    forge.refresh_from_db()
    open_run = Run.objects.filter(operation=forge, ended_at__isnull=True).first()
    row = Unresolved.objects.order_by("started_at").first()
    run = Run.objects.order_by("pk").first()
    match act:
        case "cycles":
            make_cycles(machine, *(seconds + step for step in (0, 10, 20)))
        case "run" if open_run is None and forge.state != "finished":
            latest = Run.objects.order_by("-ended_at").first()
            floor = (latest.ended_at - START).total_seconds() if latest else 0
            begin(forge, machine, max(seconds, floor))
        case "end" if open_run is not None:
            end = max(open_run.started_at, START + timedelta(seconds=seconds))
            execution.interrupt(operation=forge, by=None, key=uuid.uuid4(), at=end)
        case "jump":
            doubtful(machine, seconds + 5, 7, CycleFlag.SUSPICIOUS)
        case "lose":
            first = Cycle.objects.order_by("ended_at").first()
            if first is not None:
                Cycle.objects.filter(machine=machine, slot=1, ended_at=first.ended_at, nth=first.nth).delete()
        case "move" if run is not None and run.ended_at is not None:
            Run.objects.filter(pk=run.pk).update(ended_at=run.started_at)
        case "nothing" if row is not None:
            say(RULES if row.doubt == Doubt.GONE else NOTHING, person, row)
        case "credit" | "setup" if row is not None and run is not None and row.doubt != Doubt.GONE:
            say(CREDIT if act == "credit" else SettlementKind.SETUP, person, row, run=run)


def test_the_books_find_a_piece_that_is_neither_booked_nor_waits(forge, plant, person):
    begin(forge, plant.press, 60)
    make_cycles(plant.press, 0, 10, 70)
    credit_due()
    assert check_counts().differences == []
    Unresolved.objects.all().delete()
    assert [one.row for one in check_counts().differences] == [f"{plant.press.code} waiting"]
    again(plant.press)
    Cycle.objects.filter(credit_at=START + timedelta(seconds=70)).update(quantity=2)
    [difference] = check_counts().differences
    assert (Decimal(difference.stored), Decimal(difference.added)) == (1, 2)


def test_unresolved_in_is_what_the_page_showed(forge, plant):
    make_cycles(plant.press, 0, 10)
    credit_due()
    row = Unresolved.objects.get()
    assert sum(piece.waits for piece in unresolved_in(stretch_of(row))) == row.pieces
