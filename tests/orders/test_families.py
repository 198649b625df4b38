"""A family tool: one cycle makes pieces of several orders, and each gets its own (A3)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from machines.domain.followers import mark_dirty
from machines.models import Cycle, PlannedCycle
from mes.accounts.roles import Role
from mes.lib.errors import InvalidInput, Refused
from orders.domain import execution
from orders.domain.attribution import Confidence, Credit
from orders.domain.books import check_counts
from orders.domain.counted import bucket_of
from orders.domain.crediting import credit_due
from orders.domain.families import change_output, join_family
from orders.domain.moving import move_run
from orders.domain.reports import Quantities, report
from orders.domain.shares import Share, distribute
from orders.enums import Doubt, OperationState
from orders.models import Operation, Run, RunOutput, ToolOutput, Unresolved
from tests.factories.machines import ToolFactory
from tests.factories.orders import ItemFactory, OperationFactory, ScrapReasonFactory, ToolOutputFactory
from tests.orders.test_crediting import START
from tests.support.admin import client_of, import_rows


def at(seconds):
    return START + timedelta(seconds=seconds)


credits = st.lists(
    st.builds(
        lambda start, good, bad, setup: Credit(
            1, at(start), Decimal(good + bad), setup, Confidence.LIKELY, Decimal(bad)
        ),
        st.integers(-5, 4000),
        st.integers(0, 40),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=40,
)
weights = st.lists(st.sampled_from([0, 1, 1, 2, 3, 4]), min_size=1, max_size=4)


@given(credits, weights, st.randoms())
def test_shares_add_up_to_what_was_counted(counted, pieces, random):
    """P4: no piece is lost or doubled, good and bad ones apart, and each gets its part within a piece."""
    shares = [Share(number or None, Decimal(n), START, None) for number, n in enumerate(pieces)]
    found = list(distribute(counted, shares, 9, bucket_of))
    shuffled = list(counted)
    random.shuffle(shuffled)
    assert sorted(map(str, distribute(shuffled, shares, 9, bucket_of))) == sorted(map(str, found))
    for setup in (True, False):
        given_here = [one for one in counted if one.setup is setup]
        got = [(whose, one) for whose, one in found if one.setup is setup]
        assert sum(one.quantity for _w, one in got) == sum(one.quantity for one in given_here)
        assert sum(one.bad for _w, one in got) == sum(one.bad for one in given_here)
        assert all(0 <= one.bad <= one.quantity for _w, one in got)
        buckets = len({bucket_of(one.at) for one in given_here})
        for number, n in enumerate(pieces):
            mine = sum(one.quantity for whose, one in got if whose == (number or None))
            fair = sum(one.quantity for one in given_here) * n / (sum(pieces) or 1)
            assert not sum(pieces) or abs(mine - fair) <= 2 * buckets


@given(st.integers(1, 60), st.lists(st.integers(1, 4), min_size=2, max_size=4))
def test_whole_cycles_are_shared_exactly(cycles, pieces):
    counted = [
        Credit(1, at(20 * number), Decimal(sum(pieces)), False, Confidence.EXACT) for number in range(cycles)
    ]
    shares = [Share(number, Decimal(n), START, None) for number, n in enumerate(pieces, start=1)]
    got = {}
    for whose, one in distribute(counted, shares, 1, bucket_of):
        got[whose] = got.get(whose, 0) + one.quantity
    assert got == {number: n * cycles for number, n in enumerate(pieces, start=1)}


@pytest.fixture
def family(plant):
    """Two items in one mould: two cavities of the left one, one of the right one."""
    tool = ToolFactory(plant=plant.row, machines=[plant.press])
    left, right = ItemFactory(), ItemFactory()
    ToolOutputFactory(tool=tool, item=left, pieces=2)
    ToolOutputFactory(tool=tool, item=right, pieces=1)

    def order(item):
        return OperationFactory(
            released=True,
            order__plant=plant.row,
            order__item=item,
            machine_group=plant.press.group,
            tool=tool,
            quantity=1000,
            run_seconds=10,
        )

    return SimpleNamespace(
        tool=tool, left=order(left), right=order(right), order=order, machine=plant.press, items=(left, right)
    )


@pytest.fixture
def running(family):
    execution.start_production(
        operation=family.left, machine=family.machine, by=None, key=uuid.uuid4(), at=START
    )
    return Run.objects.get()


def join(family, moment=START, operation=None):
    join_family(
        operation=operation or family.right, run=Run.objects.get(), by=None, key=uuid.uuid4(), at=moment
    )


def make_cycles(machine, *starts, pieces=3):
    Cycle.objects.bulk_create(
        Cycle(
            plant_id=machine.plant_id,
            machine=machine,
            slot=1,
            ended_at=at(start + 10),
            credit_at=at(start),
            duration=timedelta(seconds=10),
            quantity=Decimal(pieces),
        )
        for start in starts
    )
    mark_dirty({machine.pk: at(min(starts))})
    credit_due()


def good(*operations):
    return [Operation.objects.get(pk=operation.pk).good for operation in operations]


def waiting():
    return sum(one.pieces for one in Unresolved.objects.filter(doubt=Doubt.NO_ORDER))


def test_a_cycle_makes_pieces_of_both_orders(family, running):
    join(family)
    assert Operation.objects.get(pk=family.right.pk).state == OperationState.PRODUCTION
    assert PlannedCycle.objects.get().pieces_per_cycle == 3
    make_cycles(family.machine, 10, 20, 30)
    assert good(family.left, family.right) == [6, 3]
    assert waiting() == 0
    assert check_counts().differences == []
    make_cycles(family.machine, 40, 1500)
    assert good(family.left, family.right) == [10, 5]
    assert check_counts().differences == []


def test_pieces_nobody_ordered_wait_and_go_to_the_order_that_is_joined_late(family, running):
    make_cycles(family.machine, 10, 20, 30)
    assert good(family.left, family.right) == [6, 0]
    assert waiting() == 3
    assert check_counts().differences == []
    join(family)
    credit_due()
    assert good(family.left, family.right) == [6, 3]
    assert waiting() == 0


def test_the_order_that_is_done_leaves_and_the_other_goes_on(family, running):
    join(family)
    make_cycles(family.machine, 10, 20)
    execution.finish(operation=family.right, by=None, key=uuid.uuid4(), at=at(100))
    make_cycles(family.machine, 200, 210)
    assert good(family.left, family.right) == [8, 2]
    assert waiting() == 2
    join(family, at(100), operation=family.order(family.items[1]))
    credit_due()
    assert waiting() == 0


def test_the_end_of_the_run_interrupts_what_was_made_along(family, running):
    join(family)
    execution.interrupt(operation=family.left, by=None, key=uuid.uuid4(), at=at(100))
    states = [Operation.objects.get(pk=one.pk).state for one in (family.left, family.right)]
    assert states == [OperationState.INTERRUPTED] * 2
    assert not RunOutput.objects.filter(ended_at__isnull=True).exists()
    execution.start_production(
        operation=family.right, machine=family.machine, by=None, key=uuid.uuid4(), at=at(200)
    )
    make_cycles(family.machine, 210)
    assert good(family.left, family.right) == [0, 1]


def test_a_blocked_cavity_changes_the_shares_from_its_time_on(family, running):
    join(family)
    change_output(run=running, item_id=family.items[0].pk, pieces=Decimal(1), at=at(600))
    assert list(PlannedCycle.objects.order_by("valid_from").values_list("pieces_per_cycle", flat=True)) == [
        3,
        2,
    ]
    make_cycles(family.machine, 10)
    make_cycles(family.machine, 700, pieces=2)
    assert good(family.left, family.right) == [3, 2]
    with pytest.raises(InvalidInput):
        change_output(run=running, item_id=family.items[0].pk, pieces=Decimal(-1))
    with pytest.raises(Refused):
        change_output(run=running, item_id=ItemFactory().pk, pieces=Decimal(1))


def test_who_may_not_join(family, running, plant):
    join(family)
    with pytest.raises(Refused, match="already go to another order"):
        join(family, operation=family.order(family.items[1]))
    with pytest.raises(Refused, match="doesn't make this item"):
        join(family, operation=family.order(plant.bar))
    key = uuid.uuid4()
    other = family.order(family.items[1])
    execution.finish(operation=family.right, by=None, key=uuid.uuid4())
    once = join_family(operation=other, run=running, by=None, key=key)
    assert join_family(operation=other, run=running, by=None, key=key) == once


def test_scrap_told_of_the_one_made_along_is_booked_on_its_machine(family, running):
    join(family)
    make_cycles(family.machine, 10, 20, 30)
    family.right.refresh_from_db()
    event = report(
        operation=family.right,
        quantities=Quantities(scrap=Decimal(1)),
        scrap_reason=ScrapReasonFactory(plant=family.machine.plant),
        by=None,
        key=uuid.uuid4(),
    )
    assert (event.machine, event.run) == (family.machine, running)
    family.right.refresh_from_db()
    assert (family.right.good, family.right.scrap) == (2, 1)


def test_moving_a_part_of_the_run_leaves_the_other_orders_pieces_alone(family, running):
    join(family)
    make_cycles(family.machine, 10, 700, 1400)
    right_one = family.order(family.items[0])
    move_run(
        run=running,
        operation=right_one,
        start=at(600),
        end=at(1200),
        by=None,
        key=uuid.uuid4(),
        comment="wrong order",
    )
    credit_due()
    assert good(family.left, right_one, family.right) == [4, 2, 3]
    assert check_counts().differences == []


@pytest.mark.django_db
def test_outputs_come_as_a_file(client):
    client_of(client, Role.ENGINEER)
    tool, item = ToolFactory(), ItemFactory()
    rows = [{"tool": tool.code, "item": one.code, "pieces": "2"} for one in (item, ItemFactory())]
    import_rows(client, ToolOutput, rows)
    assert ToolOutput.objects.get(item=item).pieces == 2


@pytest.mark.django_db
def test_constraints_of_outputs(family):
    with pytest.raises(ValidationError, match="already makes this item"):
        ToolOutput(tool=family.tool, item=family.items[0], pieces=1).full_clean()
    with pytest.raises(ValidationError, match="more than zero"):
        ToolOutput(tool=family.tool, item=ItemFactory(), pieces=0).full_clean()
    execution.start_production(operation=family.left, machine=family.machine, by=None, key=uuid.uuid4())
    run = Run.objects.get()
    whole = {"run": run, "item": family.items[0], "pieces": 1, "started_at": run.started_at}
    with pytest.raises(ValidationError, match="already go to an operation"):
        RunOutput(**whole).full_clean()
    with pytest.raises(ValidationError, match="less than no pieces"):
        RunOutput(**{**whole, "pieces": -1, "item": ItemFactory()}).full_clean()
    with pytest.raises(ValidationError, match="before the start"):
        RunOutput(**whole, ended_at=run.started_at - timedelta(1)).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        RunOutput.objects.create(**whole)


def test_it_is_done_at_the_terminal(client, family, running):
    client_of(client, Role.OPERATOR)
    page = reverse("terminal-operation", args=[family.machine.pk, family.left.pk])
    said = client.get(page).content.decode()
    assert "no order yet" in said
    assert f"Make {family.right.order.number} too" in said
    spare = RunOutput.objects.get(operation=None)
    url = reverse("terminal-together", args=[family.machine.pk, family.left.pk, spare.pk, family.right.pk])
    client.post(url, {"key": uuid.uuid4()})
    assert RunOutput.objects.get(pk=spare.pk).operation == family.right
    own = reverse("terminal-operation", args=[family.machine.pk, family.right.pk])
    assert "Made together with" in client.get(own).content.decode()
    client.post(
        reverse("terminal-cavities", args=[family.machine.pk, family.left.pk, spare.pk]),
        {"key": uuid.uuid4(), "pieces": "0"},
    )
    assert RunOutput.objects.get(item=family.items[1], ended_at=None).pieces == 0
    assert client.get(page).status_code == 200


def test_the_queue_offers_to_count_spare_pieces_no_longer(client, family, running):
    make_cycles(family.machine, 10, 20, 30)
    client_of(client, Role.SUPERVISOR)
    assert "no order wants them" in client.get(reverse("unresolved")).content.decode()
    row = Unresolved.objects.get()
    said = {"key": uuid.uuid4(), "machine": family.machine.pk, "slot": row.slot, "pieces": row.pieces}
    said |= {"start": row.started_at.isoformat(), "end": row.ended_at.isoformat(), "doubt": "no_order"}
    client.post(reverse("unresolved-settle"), said | {"choice": "nothing"})
    assert RunOutput.objects.filter(item=family.items[1]).values_list("pieces", flat=True).last() == 0
