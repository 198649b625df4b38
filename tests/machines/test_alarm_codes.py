"""What machine codes mean (S10): the nearest rule holds, people win, the past only when asked."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from machines.domain.alarms import apply_to_past, codes_heard, map_alarm, past_of
from machines.domain.stops import stops_of, stops_without_reason
from machines.enums import MachineState
from machines.models import AlarmMapping, CodedBy, Machine, StopCoding
from machines.queries.alarms import AlarmRules
from mes.accounts.roles import Role
from mes.lib.errors import NotAllowed, Refused
from tests.factories.accounts import OperatorFactory, UserFactory
from tests.factories.machines import (
    MONDAY,
    AlarmMappingFactory,
    MachineGroupFactory,
    MeasuredMachineFactory,
    StateIntervalFactory,
    StopCodingFactory,
    StopReasonFactory,
)
from tests.machines.signals.sending import Gateway, at, interpret, send
from tests.machines.signals.test_stops import code

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine():
    return MeasuredMachineFactory(silence_seconds=0)


@pytest.fixture
def gateway(machine):
    return Gateway(machine)


@pytest.fixture
def jam(machine):
    return StopReasonFactory(plant=machine.plant, code="JAM", name_en="Jam")


@pytest.fixture
def engineer():
    return UserFactory(roles=[Role.ENGINEER.value])


def mapping(machine, reason, pattern="E10", /, **more):
    return AlarmMappingFactory(plant=machine.plant, reason=reason, pattern=pattern, **more)


def fault(gateway, ts, alarm="E10"):
    return [gateway.sample(ts, "alarm", f"FAULT|{alarm}")]


def stopped(machine, hours, alarm="E10", minutes=10):
    return StateIntervalFactory(
        machine=machine,
        state=MachineState.STOP,
        alarm=alarm,
        started_at=MONDAY + timedelta(hours=hours),
        ended_at=MONDAY + timedelta(hours=hours, minutes=minutes),
    )


def meaning(machine, alarm, at_=MONDAY):
    found = AlarmRules.load().mapping_for(machine, alarm, at_)
    return found.reason.code if found else None


def test_the_machine_speaks_first_and_nobody_is_asked(machine, gateway, jam):
    mapped = mapping(machine, jam)
    send([*gateway.cycles(0, 10), *fault(gateway, 12)])
    interpret(14)
    coding = StopCoding.objects.get()
    assert (coding.reason, coding.source, coding.mapping, coding.by) == (jam, CodedBy.MACHINE, mapped, None)
    assert stops_without_reason([machine.pk], since=at(0)) == []
    send([gateway.sample(1000, "alarm", "NORMAL"), *gateway.cycles(1010)])
    interpret(1011)
    [stop] = stops_of([machine.pk], since=at(0))
    assert stop.coding.source == CodedBy.MACHINE
    assert stop.coding.span.upper == stop.end


def test_a_person_wins_and_no_machine_says_otherwise_later(machine, gateway, jam):
    mapping(machine, jam)
    send([*gateway.cycles(0, 10), *fault(gateway, 12)])
    interpret(14)
    other = StopReasonFactory(plant=machine.plant)
    said = code(machine, other, 12, 20)
    send([gateway.sample(1000, "alarm", "NORMAL"), *gateway.cycles(1010)])
    interpret(1011)
    [coding] = StopCoding.objects.in_force()
    assert (coding.reason, coding.source, coding.said_at) == (other, CodedBy.PERSON, said.said_at)
    assert StopCoding.objects.filter(source=CodedBy.MACHINE).count() == 1, "what the machine said stays, too"


def test_a_code_nobody_knows_is_asked_about(machine, gateway, jam):
    mapping(machine, jam, "E11")
    send([*gateway.cycles(0, 10), *fault(gateway, 12)])
    interpret(14)
    assert [stop.alarm for stop in stops_without_reason([machine.pk], since=at(0))] == ["E10"]


def test_the_nearest_place_holds_then_the_exact_code_then_the_longer_pattern(machine):
    names = {}

    def say(name, **more):
        names[name] = StopReasonFactory(plant=machine.plant, code=name)
        mapping(machine, names[name], more.pop("pattern"), **more)

    assert meaning(machine, "E10") is None
    say("PLANT-ANY", pattern="*")
    assert meaning(machine, "E10") == "PLANT-ANY"
    say("PLANT-E", pattern="E*")
    say("PLANT-E1", pattern="E1*")
    assert meaning(machine, "e10 ") == "PLANT-E1"
    say("PLANT", pattern="E10")
    assert meaning(machine, "E10") == "PLANT"
    say("GROUP", pattern="E?0", group=machine.group)
    assert meaning(machine, "E10") == "GROUP"
    say("MACHINE", pattern="E*", machine=machine)
    assert meaning(machine, "E10") == "MACHINE"
    assert meaning(MeasuredMachineFactory(plant=machine.plant, area=machine.area), "E10") == "PLANT"
    assert meaning(MeasuredMachineFactory(), "E10") is None, "another plant"


def test_brackets_in_codes_are_only_brackets(machine, jam):
    mapping(machine, jam, "ALM[12]")
    assert meaning(machine, "ALM[12]") == "JAM"
    assert meaning(machine, "ALM1") is None


def test_a_mapping_holds_in_its_time_only(machine, jam):
    day = timedelta(days=1)
    mapping(machine, jam, valid_from=MONDAY, valid_to=MONDAY + day)
    assert meaning(machine, "E10", MONDAY - timedelta(microseconds=1)) is None
    assert meaning(machine, "E10", MONDAY) == "JAM"
    assert meaning(machine, "E10", MONDAY + day) is None


def test_a_new_mapping_leaves_the_past_until_it_is_applied(machine, jam, engineer):
    first, second = stopped(machine, 1), stopped(machine, 2, minutes=20)
    stopped(machine, 3, alarm="E99")
    said = StopCodingFactory(
        machine=machine,
        reason=StopReasonFactory(plant=machine.plant),
        span=(stopped(machine, 4).started_at, MONDAY + timedelta(hours=4, minutes=10)),
    )
    mapped = map_alarm(group=machine.group, pattern="E10", reason=jam, by=engineer)
    assert StopCoding.objects.get() == said
    past = past_of(mapped, since=MONDAY)
    assert (past.stops, past.time) == (2, timedelta(minutes=30))
    assert past_of(mapped, since=second.started_at).stops == 1
    assert apply_to_past(mapping=mapped, since=MONDAY, by=engineer) == 2
    assert apply_to_past(mapping=mapped, since=MONDAY, by=engineer) == 0
    made = StopCoding.objects.filter(source=CodedBy.MACHINE).order_by("span")
    assert [coding.span.lower for coding in made] == [first.started_at, second.started_at]
    assert str(engineer) in made[0].why


def test_another_reason_ends_the_mapping_before(machine, jam, engineer):
    first = map_alarm(group=machine.group, pattern="E10", reason=jam, by=engineer)
    assert map_alarm(group=machine.group, pattern=" E10 ", reason=jam, by=engineer) == first
    other = StopReasonFactory(plant=machine.plant)
    second = map_alarm(group=machine.group, pattern="E10", reason=other, by=engineer)
    first.refresh_from_db()
    assert first.valid_to == second.valid_from


def test_who_may_map_and_what(machine, jam, engineer):
    with pytest.raises(NotAllowed):
        map_alarm(group=machine.group, pattern="E10", reason=jam, by=OperatorFactory())
    with pytest.raises(Refused, match="another plant"):
        map_alarm(group=machine.group, pattern="E10", reason=StopReasonFactory(), by=engineer)
    with pytest.raises(Refused, match="which machine code"):
        map_alarm(group=machine.group, pattern=" ", reason=jam, by=engineer)
    assert not AlarmMapping.objects.exists()


def test_a_proposal_is_what_people_said_most(machine, jam, engineer):
    other = StopReasonFactory(plant=machine.plant)
    for hour, reason in enumerate((jam, jam, other, None)):
        stop = stopped(machine, hour)
        if reason is not None:
            StopCodingFactory(machine=machine, reason=reason, span=(stop.started_at, stop.ended_at))
    stopped(machine, 9, alarm="E77")
    known, unknown = codes_heard(Machine.objects.all(), since=MONDAY, now=MONDAY + timedelta(days=1))
    assert (known.heard.alarm, known.heard.stops, known.heard.time) == ("E10", 4, timedelta(minutes=40))
    assert (known.proposal.reason, known.proposal.times, known.proposal.of) == (jam, 2, 3)
    assert (unknown.heard.alarm, unknown.proposal, unknown.mapping) == ("E77", None, None)
    mapped = map_alarm(group=machine.group, pattern="E10", reason=jam, by=engineer)
    assert codes_heard(Machine.objects.all(), since=MONDAY)[0].mapping == mapped


def test_what_a_machine_said_is_no_proposal(machine, jam):
    stop = stopped(machine, 1)
    StopCodingFactory(
        machine=machine, reason=jam, source=CodedBy.MACHINE, span=(stop.started_at, stop.ended_at)
    )
    [heard] = codes_heard(Machine.objects.all(), since=MONDAY, now=MONDAY + timedelta(days=1))
    assert heard.proposal is None


def test_the_table_keeps_its_rules(machine, jam):
    wrong = [
        {"group": machine.group, "machine": machine},
        {"pattern": ""},
        {"valid_to": MONDAY - timedelta(days=900)},
    ]
    for fields in wrong:
        row = AlarmMappingFactory.build(plant=machine.plant, reason=jam, **fields)
        with pytest.raises(ValidationError) as error:
            row.validate_constraints()
        assert str(error.value.messages[0]).endswith(".")
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
    mapping(machine, jam)
    with pytest.raises(IntegrityError), transaction.atomic():
        mapping(machine, jam)
    with pytest.raises(ValidationError, match="another plant"):
        AlarmMappingFactory.build(plant=machine.plant, reason=jam, group=MachineGroupFactory()).clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        StopCodingFactory(machine=machine, reason=jam, source=CodedBy.MACHINE, by=OperatorFactory())


def test_reading_samples_without_codes_asks_for_no_rule(machine, gateway, jam):
    mapping(machine, jam)
    send(gateway.cycles(0, 10, 20))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        interpret(21)
    assert not [one for one in queries if "alarmmapping" in one["sql"]]
