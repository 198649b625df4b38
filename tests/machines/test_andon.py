"""Calls for help: nobody is forgotten, nobody comes twice, and no timer is lost."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from machines.domain.andon import (
    acknowledge,
    arrive,
    call_for_long_stops,
    call_help,
    close_call,
    escalate_due,
    see_calls,
)
from machines.enums import MachineState
from machines.models import AndonCall, AndonEvent, AndonEventKind, AndonOutcome, Machine
from machines.queries.andon import open_calls, responses
from machines.tasks import watch_calls
from mes.accounts.roles import Role
from mes.lib.errors import InvalidInput, KeyReused, Refused
from tests.factories.accounts import OperatorFactory, UserFactory
from tests.factories.machines import (
    AndonCallFactory,
    AndonKindFactory,
    AndonStepFactory,
    MachineFactory,
    MachineGroupFactory,
    MachineNowFactory,
    MeasuredMachineFactory,
    ShiftPatternFactory,
)
from tests.support.clients import at_once

MINUTE = timedelta(minutes=1)
NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def machine(db):
    return MachineFactory()


@pytest.fixture
def kind(machine):
    """Supervisors at once, engineers after 5 minutes, administrators after 10."""
    kind = AndonKindFactory(plant=machine.plant, code="MAINT", name_en="Maintenance")
    for minutes, role in ((0, Role.SUPERVISOR), (5, Role.ENGINEER), (10, Role.ADMIN)):
        AndonStepFactory(kind=kind, after_minutes=minutes, role=role.value)
    return kind


@pytest.fixture
def anna(db):
    return OperatorFactory(first_name="Anna", last_name="Berg")


@pytest.fixture
def boss(db):
    return UserFactory(roles=[Role.SUPERVISOR.value], first_name="Bo", last_name="Kern")


def call(machine, kind, by=None, **more):
    return call_help(machine=machine, kind=kind, by=by, **{"key": uuid.uuid4(), "now": NOW, **more})


def told(row):
    return [event.text for event in row.events.filter(kind=AndonEventKind.TOLD)]


def test_a_call_tells_the_first_step_and_knows_when_the_next_is_due(machine, kind, anna):
    key = uuid.uuid4()
    row = call(machine, kind, anna, key=key)
    assert call(machine, kind, anna, key=key) == row
    assert (row.state, row.called_by, row.due_at) == ("waiting", anna, NOW + 5 * MINUTE)
    assert told(row) == ["supervisor"]
    assert call(machine, kind, OperatorFactory()) == row, "this help is called already"
    with pytest.raises(KeyReused):
        call(machine, AndonKindFactory(plant=machine.plant), anna, key=key)


def test_it_escalates_step_by_step_until_somebody_comes(machine, kind, anna, boss):
    row = call(machine, kind, anna)
    assert escalate_due(NOW + 5 * MINUTE - timedelta(seconds=1)) == 0
    assert escalate_due(NOW + 5 * MINUTE) == 1
    assert escalate_due(NOW + 5 * MINUTE) == 0
    row.refresh_from_db()
    assert told(row) == ["supervisor", "engineer"]
    assert row.due_at == NOW + 10 * MINUTE
    acknowledge(call=row, by=boss)
    assert escalate_due(NOW + 60 * MINUTE) == 0
    assert told(row) == ["supervisor", "engineer"]


def test_after_an_outage_of_the_worker_everybody_who_is_due_is_told(machine, kind, anna):
    """Nothing but rows: whoever looks next, and however late, tells all."""
    row = call(machine, kind, anna)
    assert escalate_due(NOW + 300 * MINUTE) == 1
    row.refresh_from_db()
    assert told(row) == ["supervisor", "engineer", "admin"]
    assert row.due_at is None


def test_the_worker_finds_what_is_due_after_a_restart(machine, kind, anna):
    row = call(machine, kind, anna, at=timezone.now() - 7 * MINUTE, now=timezone.now())
    watch_calls()
    watch_calls()
    assert told(row) == ["supervisor", "engineer"]


def test_who_has_seen_it_is_noted_once_and_never_the_caller(machine, kind, anna, boss):
    row = call(machine, kind, anna)
    assert see_calls(calls=[row], by=boss) == 1
    assert see_calls(calls=[row], by=boss) == 0
    assert see_calls(calls=[row], by=anna) == 0
    [waiting] = open_calls()
    assert (waiting.told, waiting.seen) == (["supervisor"], [boss])


def test_coming_being_there_and_closing(machine, kind, anna, boss):
    row = call(machine, kind, anna, at=NOW - 30 * MINUTE)
    acknowledge(call=row, by=boss, at=NOW - 20 * MINUTE)
    assert acknowledge(call=row, by=boss).acknowledged_at == NOW - 20 * MINUTE
    with pytest.raises(Refused, match="Bo Kern"):
        acknowledge(call=row, by=anna)
    arrive(call=row, by=boss, at=NOW - 10 * MINUTE)
    with pytest.raises(InvalidInput):
        close_call(call=row, outcome="", by=boss)
    closed = close_call(call=row, outcome=AndonOutcome.SOLVED, closing="Belt", by=boss, at=NOW)
    assert close_call(call=row, outcome=AndonOutcome.SOLVED, by=boss) == closed
    for late in (lambda: acknowledge(call=row, by=anna), lambda: arrive(call=row, by=anna)):
        with pytest.raises(Refused):
            late()
    with pytest.raises(Refused):
        close_call(call=row, outcome=AndonOutcome.FALSE_ALARM, by=anna)
    [response] = responses(AndonCall.objects.all())
    assert (response.calls, response.escalated) == (1, 0)
    assert (response.acknowledge, response.arrive, response.close) == (10 * MINUTE, 20 * MINUTE, 30 * MINUTE)
    assert open_calls() == []
    assert call(machine, kind, anna) != row, "the next call is a new one"


def test_being_there_acknowledges_too(machine, kind, boss):
    row = arrive(call=call(machine, kind), by=boss)
    assert (row.acknowledged_by, row.arrived_by, row.due_at) == (boss, boss, None)


def test_what_cannot_be_called(machine, kind):
    with pytest.raises(Refused) as refusal:
        call(machine, AndonKindFactory())
    assert refusal.value.code == "other_plant"
    with pytest.raises(Refused) as refusal:
        call(machine, kind, at=NOW + MINUTE)
    assert refusal.value.code == "future"
    kind.active = False
    with pytest.raises(Refused) as refusal:
        call(machine, kind)
    assert refusal.value.code == "kind_inactive"


def test_a_call_of_yesterday_tells_nobody_any_more(machine, kind):
    assert call(machine, kind, at=NOW - timedelta(days=1)).due_at is None


@pytest.fixture
def watched(kind, machine):
    """A machine that calls after 20 minutes of stop; by default none does."""
    return MeasuredMachineFactory(
        plant=machine.plant, andon_after_minutes=20, andon_kind=kind, code="PRESS-1"
    )


def standing(machine, minutes, state=MachineState.STOP):
    return MachineNowFactory(machine=machine, state=state, since=NOW - minutes * MINUTE)


def test_a_stop_that_lasts_too_long_calls_by_itself_once(watched):
    standing(watched, 20)
    assert call_for_long_stops(NOW - timedelta(seconds=1)) == 0
    assert call_for_long_stops(NOW) == 1
    assert call_for_long_stops(NOW + MINUTE) == 0
    row = AndonCall.objects.get()
    assert (row.automatic, row.called_by, row.kind) == (True, None, watched.andon_kind)
    close_call(call=row, outcome=AndonOutcome.WORKAROUND, by=UserFactory())
    assert call_for_long_stops(NOW + 30 * MINUTE) == 0, "one call per stop"


def test_only_stops_in_working_time_call(watched, machine):
    standing(watched, 200, MachineState.PRODUCING)
    assert call_for_long_stops(NOW) == 0
    standing(MeasuredMachineFactory(plant=machine.plant), 200)
    assert call_for_long_stops(NOW) == 0, "off unless an engineer switches it on"
    nobody_works = ShiftPatternFactory()
    Machine.objects.filter(pk=watched.pk).update(shift_pattern=nobody_works)
    watched.now.update(state=MachineState.STOP)
    assert call_for_long_stops(NOW) == 0


@pytest.mark.django_db(transaction=True)
def test_two_people_acknowledge_at_once_and_one_comes(machine, kind):
    row = call(machine, kind)
    people = [UserFactory() for _ in range(6)]

    def try_it(number):
        try:
            acknowledge(call=row, by=people[number])
        except Refused as refusal:
            return refusal.code
        return people[number]

    outcomes = at_once(len(people), try_it)
    row.refresh_from_db()
    assert outcomes.count("already_acknowledged") == 5
    assert [one for one in outcomes if not isinstance(one, str)] == [row.acknowledged_by]
    assert row.events.filter(kind=AndonEventKind.ACKNOWLEDGED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_several_workers_tell_everybody_once(machine, kind):
    rows = [call(MachineFactory(plant=machine.plant), kind) for _ in range(12)]

    def work(_number):
        while escalate_due(NOW + 6 * MINUTE, limit=2):
            pass

    at_once(4, work)
    escalate_due(NOW + 6 * MINUTE)
    assert [told(row) for row in rows] == [["supervisor", "engineer"]] * 12


def test_the_tables_keep_their_rules(machine, kind, boss):
    row = {"machine": machine, "plant": machine.plant, "kind": kind}
    wrong = [
        AndonCallFactory.build(**row, closed_at=NOW, called_at=NOW),
        AndonCallFactory.build(**row, outcome="solved"),
        AndonCallFactory.build(**row, acknowledged_at=NOW, acknowledged_by=boss, due_at=NOW, called_at=NOW),
        AndonCallFactory.build(**row, called_at=NOW, acknowledged_at=NOW - MINUTE),
        AndonCallFactory.build(**row, called_at=NOW, acknowledged_at=NOW, arrived_at=NOW - MINUTE),
        AndonCallFactory.build(**row, called_at=NOW, closed_at=NOW - MINUTE, outcome="solved"),
        AndonStepFactory.build(kind=kind, role="", person=None),
        AndonStepFactory.build(kind=kind, role="admin", person=boss),
        AndonStepFactory.build(kind=kind, after_minutes=0, role="supervisor"),
        AndonKindFactory.build(plant=machine.plant, code="MAINT"),
        MeasuredMachineFactory.build(**_place(machine), andon_after_minutes=5),
        MeasuredMachineFactory.build(**_place(machine), hourly_rate=Decimal(-1)),
        MachineGroupFactory.build(plant=machine.plant, hourly_rate=Decimal(-1)),
    ]
    for one in wrong:
        with pytest.raises(ValidationError) as error:
            one.validate_constraints()
        assert error.value.messages[0].endswith(".")
        with pytest.raises(IntegrityError), transaction.atomic():
            one.save()
    call(machine, kind)
    with pytest.raises(IntegrityError), transaction.atomic():
        AndonCallFactory(**row)
    seen = {"call": AndonCall.objects.get(), "kind": AndonEventKind.SEEN, "by": boss}
    AndonEvent.objects.create(**seen)
    with pytest.raises(IntegrityError), transaction.atomic():
        AndonEvent.objects.create(**seen)


def _place(machine):
    return {"plant": machine.plant, "area": machine.area, "group": machine.group}
