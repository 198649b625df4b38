"""Standards beside what is measured, and proposals to the ERP."""

import uuid
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from integrations.domain.outbox.compose import PROPOSAL
from integrations.domain.outbox.partner import pull
from integrations.domain.outbox.relay import claim
from integrations.domain.outbox.webhook import Parcel, prepare
from integrations.domain.proposals import propose_standard
from integrations.enums import OutboundState
from integrations.models import OutboundMessage
from machines.models import Machine, StateInterval
from mes.accounts.roles import Role
from mes.lib.errors import KeyReused, Refused
from mes.lib.spans import Span
from quality.kpi.assumptions import _scrap, median_within, wilson
from quality.kpi.gaps import WINDOW, Standard, truth_gaps
from tests.factories.accounts import PlannerFactory, UserFactory
from tests.factories.integrations import (
    ConnectionFactory,
    CsvConnectionFactory,
    OutboundMessageFactory,
    WebhookConnectionFactory,
)
from tests.factories.machines import CycleFactory, MeasuredMachineFactory, PlantFactory
from tests.factories.orders import ItemFactory, OperationFactory, RunFactory

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def plant():
    return PlantFactory(code="RUHR", erp_code="1000")


@pytest.fixture
def machine(plant):
    return MeasuredMachineFactory(plant=plant, code="PRESS-1")


def made(machine, item, begin, seconds, *, planned=Decimal(10), setup=30, planned_setup=1200, pieces=1):
    """A run whose cycles take these seconds."""
    operation = OperationFactory(
        in_production=True,
        order__plant=machine.plant,
        order__item=item,
        run_seconds=planned,
        setup_seconds=Decimal(planned_setup),
    )
    start = begin + setup * MINUTE
    run = RunFactory(
        operation=operation,
        machine=machine,
        started_at=begin,
        production_at=start,
        ended_at=start + timedelta(hours=2),
    )
    at = start
    for number in seconds:
        CycleFactory(
            machine=machine,
            credit_at=at,
            ended_at=at + timedelta(seconds=number),
            duration=timedelta(seconds=number),
            quantity=Decimal(pieces),
        )
        at += timedelta(seconds=number)
    return run


def window():
    now = timezone.now()
    return Span(now - WINDOW, now)


def gaps_of(machine):
    return {gap.standard: gap for gap in truth_gaps(Machine.objects.filter(pk=machine.pk), window())}


def test_a_standard_stands_beside_the_median_with_its_interval(machine):
    item = ItemFactory(code="COVER")
    made(machine, item, timezone.now() - 2 * DAY, [12 + n / 10 for n in range(100)], pieces=2)
    run, setup = (gaps_of(machine)[kind] for kind in (Standard.RUN, Standard.SETUP))
    assert (run.planned, run.count, run.pieces) == (10, 100, 200)
    assert run.measured == pytest.approx(8.45, abs=0.06)  # two pieces a cycle
    # ranks 40 and 61 of 100 hold the median with 95 % (binomial)
    assert run.low == pytest.approx((12 + 4.0) / 2, abs=0.06)
    assert run.high == pytest.approx((12 + 6.0) / 2, abs=0.06)
    assert run.is_certain
    assert run.hours == pytest.approx((run.measured - 10) * 200 / 3600)
    assert (setup.planned, setup.measured, setup.count) == (1200, 1800, 1)
    assert not setup.is_certain  # one set-up proves nothing


def test_a_plan_within_chance_is_no_gap_and_setup_cycles_do_not_count(machine):
    run = made(machine, ItemFactory(), timezone.now() - DAY, [9, 11] * 30)
    early = run.started_at + MINUTE
    CycleFactory(machine=machine, credit_at=early, ended_at=early + MINUTE, duration=MINUTE)
    gap = gaps_of(machine)[Standard.RUN]
    assert gap.count == 60
    assert not gap.is_certain


def test_the_most_expensive_comes_first(machine):
    begin = timezone.now() - 5 * DAY
    made(machine, ItemFactory(code="DEAR"), begin, [20] * 50, setup=20)
    made(machine, ItemFactory(code="CHEAP"), begin + DAY, [11] * 50, setup=20)
    found = truth_gaps(Machine.objects.all(), window())
    assert [gap.item for gap in found if gap.standard is Standard.RUN] == ["DEAR", "CHEAP"]
    assert [abs(gap.hours) for gap in found] == sorted((abs(gap.hours) for gap in found), reverse=True)


@pytest.fixture
def gap(machine):
    made(machine, ItemFactory(code="COVER"), timezone.now() - DAY, [13] * 40, setup=20)
    return gaps_of(machine)[Standard.RUN]


def test_a_proposal_goes_to_those_who_can_take_it_once(plant, gap):
    pulls, pushed = ConnectionFactory(plant=plant), WebhookConnectionFactory(plant=plant)
    CsvConnectionFactory(plant=plant)
    ConnectionFactory(plant=PlantFactory())
    planner, key = PlannerFactory(), uuid.uuid4()
    made = propose_standard(gap=gap, measured_in=window(), by=planner, key=key)
    assert {message.connection for message in made} == {pulls, pushed}
    assert propose_standard(gap=gap, measured_in=window(), by=planner, key=key) == made
    assert OutboundMessage.objects.filter(kind=PROPOSAL).count() == 2
    (message,) = pull(connection=pulls, after=0, limit=10)
    content = message.canonical
    assert (content["plant"], content["machine"], content["item"]) == ("1000", "PRESS-1", "COVER")
    assert (content["standard"], content["planned_seconds"], content["proposed_seconds"]) == (
        *("run", "10.000", "13.000"),
    )
    other = type(gap)(**{name: getattr(gap, name) for name in gap.__slots__} | {"item": "OTHER"})
    with pytest.raises(KeyReused):
        propose_standard(gap=other, measured_in=window(), by=planner, key=key)


def test_scrap_is_proposed_as_a_share_and_what_no_routing_holds_is_not(plant, machine, gap):
    ConnectionFactory(plant=plant)
    values = {name: getattr(gap, name) for name in gap.__slots__}
    scrap = values | {"standard": Standard.SCRAP, "planned": 0.0, "measured": 0.04, "low": 0.03, "high": 0.05}
    (message,) = propose_standard(
        gap=type(gap)(**scrap), measured_in=window(), by=PlannerFactory(), key=uuid.uuid4()
    )
    assert (message.canonical["standard"], message.canonical["proposed_share"]) == ("scrap", "0.04000")
    assert "proposed_seconds" not in message.canonical
    waiting = type(gap)(**(scrap | {"standard": Standard.WAITING}))
    with pytest.raises(Refused, match="No routing"):
        propose_standard(gap=waiting, measured_in=window(), by=PlannerFactory(), key=uuid.uuid4())


def test_scrap_and_availability_stand_beside_what_is_assumed_with_their_price(client, plant, machine):
    """A finished order with scrap and a stop; an open one of the same item that they make longer."""
    item, now = ItemFactory(code="COVER"), timezone.now()
    machine.hourly_rate = Decimal(50)
    machine.save()
    place = {"plant": plant, "machine_group": machine.group, "order__plant": plant, "order__item": item}
    done = OperationFactory(
        in_production=True, run_seconds=60, base_quantity=1, quantity=100, order__released=True, **place
    )
    run = RunFactory(
        operation=done,
        machine=machine,
        started_at=now - 6 * timedelta(hours=1),
        production_at=now - 5 * timedelta(hours=1),
        ended_at=now - 3 * timedelta(hours=1),
    )
    type(done).objects.filter(pk=done.pk).update(
        state="finished", finished_at=run.ended_at, good=Decimal(90), scrap=Decimal(10)
    )
    StateInterval.objects.create(
        plant=plant,
        machine=machine,
        slot=1,
        started_at=run.production_at,
        ended_at=run.production_at + timedelta(hours=1),
        state="stop",
    )
    OperationFactory(
        state="released", run_seconds=60, base_quantity=1, quantity=100, order__released=True, **place
    )
    client.force_login(UserFactory(roles=[Role.SUPERVISOR.value]))
    rows = {row.gap.standard: row for *_gap, row in client.get("/standards/?plant=RUHR").context["gaps"]}
    scrap, available = rows[Standard.SCRAP], rows[Standard.AVAILABILITY]
    assert (scrap.gap.measured, scrap.gap.count, scrap.orders) == (pytest.approx(0.1), 1, 1)
    assert scrap.gap.low < 0.1 < scrap.gap.high
    assert scrap.gap.hours == pytest.approx(1 / 6)
    assert scrap.euros == pytest.approx(50 / 6)
    assert scrap.days == pytest.approx(6000 / 9 / 86_400)
    assert (available.gap.planned, available.gap.measured) == (0.85, pytest.approx(0.5))
    assert available.days == pytest.approx(6000 * (1 / 0.5 - 1 / 0.85) / 86_400)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=60))
def test_the_median_lies_in_its_interval(values):
    median, low, high = median_within(values)
    assert low <= median <= high
    assert {low, high} <= set(values)


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_lies_in_its_interval(hits, of):
    hits = min(hits, of)
    low, high = wilson(hits, of)
    assert 0 <= low <= hits / of + 1e-9
    assert hits / of - 1e-9 <= high <= 1


def test_corrections_that_outweigh_the_good_pieces_prove_no_scrap(plant):
    machine = MeasuredMachineFactory(plant=plant)
    outcome = SimpleNamespace(machine=machine.pk, item=1, operation=1, scrap=2000, good=-2000, rework=0)
    profiles = SimpleNamespace(measured=SimpleNamespace(outcomes=[outcome]))
    assert list(_scrap(profiles, [machine], {1: ("A", "Axle")})) == []


def test_a_webhook_carries_a_proposal(plant, gap, settings, monkeypatch):
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    monkeypatch.setenv("PROPOSAL_SECRET", "x")
    WebhookConnectionFactory(plant=plant, secret_name="PROPOSAL_SECRET")
    (message,) = propose_standard(gap=gap, measured_in=window(), by=PlannerFactory(), key=uuid.uuid4())
    parcel = prepare(message)
    assert isinstance(parcel, Parcel)
    assert b'"kind":"proposal"' in parcel.body


def test_nobody_to_tell_and_nothing_to_tell_are_refused(plant, gap):
    CsvConnectionFactory(plant=plant)
    with pytest.raises(Refused, match="export"):
        propose_standard(gap=gap, measured_in=window(), by=PlannerFactory(), key=uuid.uuid4())
    within = type(gap)(**{name: getattr(gap, name) for name in gap.__slots__} | {"low": 1.0})
    with pytest.raises(Refused, match="does not contradict"):
        propose_standard(gap=within, measured_in=window(), by=PlannerFactory(), key=uuid.uuid4())


def test_a_refused_proposal_holds_up_no_confirmation(plant, gap):
    partner = WebhookConnectionFactory(plant=plant)
    (message,) = propose_standard(gap=gap, measured_in=window(), by=PlannerFactory(), key=uuid.uuid4())
    OutboundMessage.objects.filter(pk=message.pk).update(state=OutboundState.PARKED)
    later = OutboundMessageFactory(
        connection=partner, order=message.order, sequence=message.sequence + 1, state=OutboundState.QUEUED
    )
    assert claim(partner=partner.pk, now=timezone.now() + MINUTE) == [later]


def test_the_page_proposes_with_one_click_and_shows_what_became_of_it(client, plant, gap):
    ConnectionFactory(plant=plant)
    client.force_login(UserFactory(roles=[Role.SUPERVISOR.value]))
    page = client.get("/standards/?plant=RUHR")
    found = {shown.key: (shown, sent, key) for shown, sent, key, _row in page.context["gaps"]}
    shown, sent, key = found[gap.key]
    assert (shown.key, sent) == (gap.key, None)
    assert b"Propose" in page.content
    answer = client.post("/standards/propose/?plant=RUHR", {"gap": gap.key, "key": key}, follow=True)
    assert next(str(message) for message in answer.context["messages"]).startswith("Proposed to")
    sent = {shown.key: sent for shown, sent, _key, _row in answer.context["gaps"]}
    assert sent[gap.key].kind == PROPOSAL
    assert client.post("/standards/propose/?plant=RUHR", {"gap": "run:X:Y", "key": key}).status_code == 302
    assert OutboundMessage.objects.count() == 1


def test_without_such_a_connection_the_page_says_so_and_exports(client, plant, gap):
    CsvConnectionFactory(plant=plant)
    client.force_login(UserFactory(roles=[Role.SUPERVISOR.value]))
    page = client.get("/standards/?plant=RUHR").content.decode()
    assert "carries proposals" in page
    assert "Propose</button>" not in page
    assert "10.0 s" in page
    assert "20 min" in page
    assert "1200" not in page
    lines = client.get("/standards/?plant=RUHR&export=csv").content.decode().splitlines()
    assert lines[0].startswith("standard,machine,item,planned,measured")
    assert any(line.startswith("run,PRESS-1,COVER,10.000,13.000") for line in lines)


def test_the_page_asks_as_much_for_many_standards_as_for_few(
    client, plant, machine, gap, django_assert_max_num_queries
):
    client.force_login(UserFactory(roles=[Role.SUPERVISOR.value]))

    def asked():
        with django_assert_max_num_queries(80) as captured:
            client.get("/standards/?plant=RUHR")
        return len(captured)

    client.get("/standards/?plant=RUHR")
    few = asked()
    for number in range(3):
        made(machine, ItemFactory(), timezone.now() - (2 + number) * DAY, [13] * 10)
    assert asked() == few
