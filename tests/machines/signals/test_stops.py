"""Which stops wait for a reason, and reasons that stay where they belong (S3, S10)."""

import uuid
from datetime import timedelta

import pytest

from machines.domain.stops import code_stop, stops_without_reason
from machines.models import StopCoding
from mes.lib.errors import KeyReused, Refused
from tests.factories.machines import MeasuredMachineFactory, StopReasonFactory
from tests.machines.signals.sending import Gateway, at, interpret, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine():
    return MeasuredMachineFactory(silence_seconds=0)


@pytest.fixture
def gateway(machine):
    return Gateway(machine)


@pytest.fixture
def jam(machine):
    return StopReasonFactory(plant=machine.plant, code="JAM")


def waiting(machine, since=0):
    return [
        ((stop.start - at(0)).total_seconds(), stop.end is None)
        for stop in stops_without_reason([machine.pk], since=at(since))
    ]


def code(machine, reason, ts, now, **rest):
    rest = {"key": uuid.uuid4(), "by": None, "slot": 1, **rest}
    return code_stop(machine=machine, started_at=at(ts), reason=reason, now=at(now), **rest)


def test_a_micro_stop_is_never_asked_about(machine, gateway):
    send(gateway.cycles(0, 10, 200))
    interpret(201)
    assert waiting(machine) == []


def test_an_open_standstill_is_asked_about_once_it_is_a_stop(machine, gateway):
    send(gateway.cycles(0, 10))
    interpret(309)
    assert waiting(machine) == []
    interpret(310)
    assert waiting(machine) == [(10, True)]


def test_a_fault_is_asked_about_at_once(machine, gateway):
    send([gateway.sample(0, "state", "ACTIVE"), *gateway.cycles(5, 10), gateway.sample(12, "state", "FAULT")])
    interpret(14)
    assert waiting(machine) == [(12, True)]


def test_a_stop_that_ended_unexplained_is_still_asked_about(machine, gateway):
    send(gateway.cycles(0, 10, 1000))
    interpret(1001)
    assert waiting(machine) == [(10, False)]
    assert waiting(machine, since=2000) == []


def test_a_reason_answers_the_question_and_follows_the_stop_to_its_end(machine, gateway, jam):
    send(gateway.cycles(0, 10))
    interpret(320)
    coding = code(machine, jam, 10, 330)
    assert (coding.span.lower, coding.span.upper) == (at(10), at(330))
    assert waiting(machine) == []
    send(gateway.cycles(1000))
    interpret(1001)
    assert waiting(machine) == []
    moved = StopCoding.objects.get(superseded_by__isnull=True)
    assert (moved.span.lower, moved.span.upper, moved.reason) == (at(10), at(990), jam)
    assert moved.supersedes == coding


def test_the_same_key_codes_once(machine, gateway, jam):
    send(gateway.cycles(0, 10, 1000))
    interpret(1001)
    key = uuid.uuid4()
    assert code(machine, jam, 10, 1002, key=key) == code(machine, jam, 10, 1003, key=key)
    assert StopCoding.objects.count() == 1
    with pytest.raises(KeyReused):
        code(machine, StopReasonFactory(plant=machine.plant), 10, 1003, key=key)


def test_a_second_reason_supersedes_the_first_and_both_stay(machine, gateway, jam):
    send(gateway.cycles(0, 10, 1000))
    interpret(1001)
    first = code(machine, jam, 10, 1002)
    second = code(machine, StopReasonFactory(plant=machine.plant), 500, 1003)
    assert second.supersedes == first
    assert StopCoding.objects.count() == 2


def test_there_must_have_been_a_standstill(machine, gateway, jam):
    send(gateway.cycles(0, 10, 1000))
    interpret(1001)
    with pytest.raises(Refused) as refusal:
        code(machine, jam, 5, 1002)
    assert refusal.value.code == "no_stop"


def test_s10_a_late_cycle_splits_the_stop_and_the_reason_stays_with_the_longer_part(machine, gateway, jam):
    late = gateway.sample(800, "cycle_event")
    send(gateway.cycles(0, 10, 1500))
    interpret(1501)
    code(machine, jam, 10, 1502)
    send([late], 1510)
    interpret(1511)
    moved = StopCoding.objects.get(superseded_by__isnull=True)
    assert (moved.span.lower, moved.span.upper) == (at(10), at(790))
    assert waiting(machine) == [(800, False)]


def test_s10_a_reason_without_a_stop_stays_as_an_orphan(machine, gateway, jam):
    late = gateway.cycles(*range(20, 400, 10))
    send(gateway.cycles(0, 10, 400))
    interpret(401)
    said = code(machine, jam, 10, 402)
    send(late, 500)
    interpret(501)
    assert StopCoding.objects.get() == said
    assert said.span.upper - said.span.lower == timedelta(seconds=380)
