"""Several doors at once: each sample is taken by one of them, nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from machines.domain import epochs
from machines.domain import interpret as interpreting
from machines.domain.arrivals import request_interpretation
from machines.domain.ingest import append
from machines.domain.interpret import interpret_dirty
from machines.models import Cycle, Machine, Projection, Sample, SourceEpoch
from tests.factories.machines import MeasuredMachineFactory

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def together(count, work):
    def one(number):
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def batch(codes, numbers):
    return [
        {
            "machine": code,
            "source": "plc",
            "boot": "b",
            "seq": number,
            "ts": (NOW + timedelta(seconds=number)).isoformat(),
            "item": "cycle_event",
            "value": True,
        }
        for number in numbers
        for code in codes
    ]


def test_eight_doors_with_the_same_batch_in_other_orders(transactional_db):
    codes = [MeasuredMachineFactory().code for _ in range(5)]
    rows = batch(codes, range(20))

    def send(number):
        mine = rows[number:] + rows[:number] if number % 2 else rows[::-1]
        return [answer.outcome for answer in append(mine, NOW + timedelta(seconds=20))]

    outcomes = [outcome for answers in together(8, send) for outcome in answers]
    assert (outcomes.count("accepted"), outcomes.count("duplicate")) == (100, 700)
    assert Sample.objects.filter(ts__gte=NOW).count() == 100


def test_doors_and_interpreters_at_once_end_in_the_same_cycles(transactional_db):
    codes = [MeasuredMachineFactory(silence_seconds=0).code for _ in range(3)]
    rows = batch(codes, range(120))

    def work(number):
        if number % 2:
            for _ in range(10):
                interpret_dirty(NOW + timedelta(seconds=200))
            return
        for start in range(number * 15, len(rows), 60):
            append(rows[start : start + 15], NOW + timedelta(seconds=200))

    together(8, work)
    append(rows, NOW + timedelta(seconds=200))
    interpret_dirty(NOW + timedelta(seconds=200))
    assert Cycle.objects.count() == 360


def outcomes_of(codes, numbers):
    return [str(answer.outcome) for answer in append(batch(codes, numbers), NOW + timedelta(seconds=20))]


@pytest.fixture
def other_door(monkeypatch):
    """Lets something happen at a door that knows only what was known when it was asked for."""

    def visit(work):
        mine = deepcopy(epochs._known)
        work()
        monkeypatch.setattr(epochs, "_known", mine)

    return visit


def test_what_another_door_took_meanwhile_is_known_before_anything_is_written(transactional_db, other_door):
    codes = [MeasuredMachineFactory().code for _ in range(3)]
    assert set(outcomes_of(codes, [0])) == {"accepted"}
    other_door(lambda: outcomes_of(codes[:2], [1]))
    assert outcomes_of(codes, [1]) == ["duplicate", "duplicate", "accepted"]
    assert set(outcomes_of(codes, [1])) == {"duplicate"}
    assert set(outcomes_of(codes, [2, 3, 3])) == {"accepted", "duplicate"}
    counts = SourceEpoch.objects.values_list("accepted", "duplicates", "conflicts", "seen")
    assert {row[:3] for row in counts} == {(4, 3, 0), (4, 2, 0)}
    assert len({str(row[3]) for row in counts}) == 1


def test_a_machine_that_changed_is_looked_at_again(transactional_db):
    machine = MeasuredMachineFactory(slots=2)
    row = batch([machine.code], [0, 1, 2, 3])
    assert append(row[:1], NOW)[0].outcome == "accepted"
    Machine.objects.filter(pk=machine.pk).update(slots=1)
    assert append([{**row[1], "slot": 2}], NOW)[0].code == "unknown_slot"
    Machine.objects.filter(pk=machine.pk).update(active=False)
    assert append(row[2:3], NOW)[0].code == "unknown_machine"
    Machine.objects.filter(pk=machine.pk).update(active=True, code="renamed")
    assert append(row[3:], NOW)[0].code == "unknown_machine"
    other = MeasuredMachineFactory(code=machine.code)
    assert append(row[3:], NOW)[0].outcome == "accepted"
    assert list(Sample.objects.filter(ts__gte=NOW, seq=3).values_list("machine", flat=True)) == [other.pk]


@pytest.mark.parametrize("asked_for_before", [None, 0, 9])
def test_a_request_to_read_a_machine_again_stays_if_it_comes_while_that_machine_is_read(
    transactional_db, monkeypatch, asked_for_before
):
    """What changed may have been read before it did: the machine is read once more."""
    machine = MeasuredMachineFactory(silence_seconds=0)
    append(batch([machine.code], range(20)), NOW + timedelta(seconds=20))
    if asked_for_before is not None:
        request_interpretation({machine.pk: NOW + timedelta(seconds=asked_for_before)})
    compare = interpreting.differences

    def ask_meanwhile(facts, changes):
        asked = {machine.pk: NOW + timedelta(seconds=5)}
        together(1, lambda _number: request_interpretation(asked))
        monkeypatch.setattr(interpreting, "differences", compare)
        compare(facts, changes)

    monkeypatch.setattr(interpreting, "differences", ask_meanwhile)
    interpreting.interpret_some(NOW + timedelta(seconds=30))
    first = 5 if asked_for_before in (None, 9) else 0
    assert Projection.objects.get().dirty_from == NOW + timedelta(seconds=first)
    interpreting.interpret_some(NOW + timedelta(seconds=30))
    assert Projection.objects.get().dirty_from is None
