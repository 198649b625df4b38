"""One standstill with two causes, two with one, and what is left when recomputation takes a stop away."""

import uuid

import pytest

from machines.domain.stop_parts import merge_stops, orphans, split_stop, withdraw_coding
from machines.domain.stops import code_stop, stops_of
from machines.models import StopCoding
from mes.lib.errors import InvalidInput, KeyReused, Refused
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import MeasuredMachineFactory, StopReasonFactory
from tests.machines.signals.sending import Gateway, at, interpret, send

pytestmark = pytest.mark.django_db
DAY = 86400


@pytest.fixture
def machine():
    return MeasuredMachineFactory(silence_seconds=0)


@pytest.fixture
def gateway(machine):
    return Gateway(machine)


@pytest.fixture
def jam(machine):
    return StopReasonFactory(plant=machine.plant, code="JAM")


@pytest.fixture
def tool(machine):
    return StopReasonFactory(plant=machine.plant, code="TOOL")


@pytest.fixture
def anna():
    return OperatorFactory()


def parts(machine):
    return [
        (
            (stop.start - at(0)).total_seconds(),
            stop.end and (stop.end - at(0)).total_seconds(),
            stop.coding.reason.code if stop.coding else None,
        )
        for stop in stops_of([machine.pk], since=at(0))
    ]


def split(machine, start, moment, first, second, by, now=2000, **more):
    return split_stop(
        machine=machine,
        slot=1,
        started_at=at(start),
        at=at(moment),
        first=first,
        second=second,
        by=by,
        now=at(now),
        **{"key": uuid.uuid4(), **more},
    )


def merge(machine, *starts, by, now=3000, **more):
    more = {"key": uuid.uuid4(), **more}
    return merge_stops(
        machine=machine, slot=1, starts=[at(start) for start in starts], by=by, now=at(now), **more
    )


def say(machine, reason, start, by, now=2000, **more):
    more = {"key": uuid.uuid4(), **more}
    return code_stop(machine=machine, slot=1, started_at=at(start), reason=reason, by=by, now=at(now), **more)


def test_a_stop_is_split_and_both_parts_keep_their_reason(machine, gateway, jam, tool, anna):
    send(gateway.cycles(0, 10, 1000))
    interpret(1001)
    said = say(machine, jam, 10, anna, comment="Loud")
    key = uuid.uuid4()
    first = split(machine, 10, 400, jam, tool, anna, key=key)
    assert split(machine, 10, 400, jam, tool, anna, key=key) == first
    assert first.supersedes == said
    assert first.comment == "Loud"
    assert parts(machine) == [(10, 400, "JAM"), (400, 990, "TOOL")]
    with pytest.raises(KeyReused):
        split_stop(
            machine=machine, slot=2, started_at=at(10), at=at(20), first=jam, second=tool, by=anna, key=key
        )


def test_an_open_stop_is_split_and_its_second_part_follows_the_stop_to_its_end(
    machine, gateway, jam, tool, anna
):
    send(gateway.cycles(0, 10))
    interpret(600)
    split(machine, 10, 400, jam, tool, anna, now=600)
    assert parts(machine) == [(10, 400, "JAM"), (400, None, "TOOL")]
    send(gateway.cycles(1000))
    interpret(1001)
    assert parts(machine) == [(10, 400, "JAM"), (400, 990, "TOOL")]


def test_recomputation_moves_the_outer_borders_and_never_the_cut(machine, gateway, jam, tool, anna):
    late = gateway.sample(200, "cycle_event")
    send(gateway.cycles(0, 10, 1000))
    interpret(1001)
    split(machine, 10, 600, jam, tool, anna)
    send([late], 1100)
    interpret(1101)
    assert parts(machine)[-2:] == [(200, 600, "JAM"), (600, 990, "TOOL")]


def test_a_part_that_recomputation_swallows_is_shown_as_an_orphan(machine, gateway, jam, tool, anna):
    late = gateway.cycles(*range(20, 700, 10))
    send(gateway.cycles(0, 10, 2000))
    interpret(2001)
    first = split(machine, 10, 300, jam, tool, anna, now=2002)
    send(late, 2100)
    interpret(2101)
    assert parts(machine) == [(690, 1990, "TOOL")]
    assert orphans([machine.pk], since=at(0)) == [first]
    with pytest.raises(InvalidInput):
        withdraw_coding(coding=first, by=anna, why=" ")
    gone = withdraw_coding(coding=first, by=anna, why="The counter was late")
    assert (gone.supersedes, gone.withdrawn, gone.by) == (first, True, anna)
    assert orphans([machine.pk], since=at(0)) == []
    with pytest.raises(Refused):
        withdraw_coding(coding=first, by=anna, why="again")


@pytest.mark.parametrize("moment", [0, 10, 990, 1500])
def test_a_split_lies_inside_the_stop(machine, gateway, jam, tool, anna, moment):
    send(gateway.cycles(0, 10, 1000))
    interpret(1001)
    with pytest.raises(InvalidInput) as refusal:
        split(machine, 10, moment, jam, tool, anna)
    assert refusal.value.problems[0].code == "split_outside"
    assert not StopCoding.objects.exists()


def test_two_stops_become_one_and_stay_so_when_borders_move(machine, gateway, jam, anna):
    late = gateway.sample(15, "cycle_event")
    send(gateway.cycles(0, 10, 1000, 2000))
    interpret(2001)
    say(machine, jam, 10, anna)
    key = uuid.uuid4()
    merged = merge(machine, 10, 1000, by=anna, key=key)
    assert merge(machine, 10, 1000, by=anna, key=key) == merged
    stops = stops_of([machine.pk], since=at(0))
    assert len({stop.coding.together for stop in stops}) == 1
    assert stops[0].coding.together is not None
    send([late], 2100)
    interpret(2101)
    again = stops_of([machine.pk], since=at(0))
    assert {stop.coding.together for stop in again} == {merged.together}
    assert [stop.coding.reason for stop in again] == [jam, jam]


def test_parts_of_one_stop_become_one_part_again(machine, gateway, jam, tool, anna):
    send(gateway.cycles(0, 10, 1000))
    interpret(1001)
    split(machine, 10, 400, jam, tool, anna)
    with pytest.raises(Refused) as refusal:
        merge(machine, 10, 400, by=anna)
    assert refusal.value.code == "different_causes"
    merge(machine, 10, 400, by=anna, reason=tool)
    assert parts(machine) == [(10, 990, "TOOL")]
    assert StopCoding.objects.in_force().get().together is None
    assert orphans([machine.pk], since=at(0)) == []


def test_only_neighbours_are_joined_and_somebody_has_said_why(machine, gateway, jam, anna):
    send(gateway.cycles(0, 10, 1000, 2000, *range(2010, 4000, 10), 5000))
    interpret(5001)
    starts = [start for start, _end, _reason in parts(machine)]
    assert starts == [10, 1000, 3990]
    for wrong in ((10,), (10, 3990), (1000, 3990)):
        with pytest.raises(Refused) as refusal:
            merge(machine, *wrong, by=anna, reason=jam)
        assert refusal.value.code == "not_neighbours", wrong
    with pytest.raises(Refused) as refusal:
        merge(machine, 10, 1000, by=anna)
    assert refusal.value.code == "no_reason"


def test_what_was_said_long_ago_is_changed_with_a_word_only(machine, gateway, jam, tool, anna):
    send(gateway.cycles(0, 10, 1000))
    interpret(1001)
    say(machine, jam, 10, anna)
    say(machine, jam, 10, anna, now=2 * DAY, comment="More was known")
    with pytest.raises(InvalidInput) as refusal:
        say(machine, tool, 10, anna, now=3 * DAY)
    assert refusal.value.problems[0].code == "why_missing"
    changed = say(machine, tool, 10, anna, now=3 * DAY, why="Report of maintenance")
    assert (changed.supersedes.reason, changed.reason) == (jam, tool)
    assert parts(machine) == [(10, 990, "TOOL")]
