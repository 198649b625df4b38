"""Samples in: identity, duplicates, clocks, bad input."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from machines.domain import partitions
from machines.domain.epochs import MOST_RANGES, RANGES_KEPT, forget_epochs, ranges_in, recall_epochs
from machines.domain.ingest import LARGEST_BATCH, append, record_undecodable
from machines.enums import SampleFlag
from machines.models import Arrival, Sample, SampleProblem, Source, SourceEpoch
from machines.queries.books import check_samples
from machines.queries.catching_up import told_until
from machines.queries.samples import missing_numbers, stray_samples
from tests.factories.machines import MeasuredMachineFactory
from tests.machines.signals.sending import T0, Gateway, at, deliver, interpret, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine():
    return MeasuredMachineFactory()


@pytest.fixture
def gateway(machine):
    return Gateway(machine)


def stored():
    return Sample.objects.filter(ts__gte=T0 - timedelta(days=500))


def test_samples_are_stored_as_they_came(gateway, machine):
    batch = [
        gateway.sample(1, "state", "ACTIVE", slot=1),
        gateway.sample(2, "part_count", 7, quality="uncertain", sub=3),
        gateway.sample(3, "available", True, historical=True),
        gateway.sample(4, "program", None, snapshot=True, reset=True),
    ]
    assert send(batch) == ["accepted"] * 4
    rows = list(
        stored()
        .order_by("ts")
        .values_list("item", "number", "text", "quality", "slot", "sub", "historical", "flags")
    )
    assert rows == [
        ("state", None, "ACTIVE", 0, 1, 0, False, 0),
        ("part_count", 7.0, None, 1, 0, 3, False, 0),
        ("available", None, "true", 0, 0, 0, True, 0),
        ("program", None, None, 0, 0, 0, False, SampleFlag.SNAPSHOT | SampleFlag.RESET),
    ]
    assert Arrival.objects.get().samples == 4
    assert set(stored().values_list("plant_id", flat=True)) == {machine.plant_id}


def test_p2_a_repeated_batch_changes_nothing(gateway):
    batch = gateway.cycles(1, 2, 3)
    send(batch)
    assert send(batch, 10) == ["duplicate"] * 3
    assert stored().count() == 3
    epoch = SourceEpoch.objects.get()
    assert (epoch.accepted, epoch.duplicates, epoch.conflicts) == (3, 3, 0)


def test_a_duplicate_inside_one_batch_counts_once(gateway):
    one = gateway.sample(1, "cycle_event")
    assert send([one, dict(one)]) == ["accepted", "duplicate"]


def test_a_duplicate_is_one_whatever_time_it_carries(gateway):
    one = gateway.sample(1, "cycle_event")
    send([one])
    again = {**one, "ts": at(50).isoformat()}
    assert send([again], 60) == ["duplicate"]
    assert list(stored().values_list("ts", flat=True)) == [at(1)]


def test_the_same_identity_with_other_content_is_a_conflict_and_the_first_stays(gateway):
    one = gateway.sample(1, "part_count", 5)
    send([one])
    (answer,) = deliver([{**one, "value": 6}], 10)
    assert (answer.outcome, answer.code) == ("rejected", "conflict")
    assert stored().get().number == 5
    assert SourceEpoch.objects.get().conflicts == 1
    assert SampleProblem.objects.get().code == "conflict"


def test_items_of_one_message_may_arrive_apart(gateway):
    one = gateway.sample(1, "part_count", 5)
    send([one])
    assert send([{**one, "sub": 1, "item": "state", "value": "ACTIVE"}, one], 3) == ["accepted", "duplicate"]


def test_a_new_boot_counts_from_anew(machine):
    send(Gateway(machine, boot="b1").cycles(1, 2))
    assert send(Gateway(machine, boot="b2").cycles(3, 4)) == ["accepted"] * 2
    assert send(Gateway(machine, source="light", boot="b1").cycles(5)) == ["accepted"]
    assert Source.objects.count() == 2
    assert SourceEpoch.objects.count() == 3


def test_sequence_numbers_seen_are_ranges_with_their_gaps(gateway):
    batch = gateway.cycles(*range(10))
    random.Random(1).shuffle(batch)
    send([one for one in batch if one["seq"] not in (4, 7)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT seen::text FROM machines_sourceepoch")
        assert cursor.fetchone() == ("{[1,4),[5,7),[8,11)}",)
    assert [(gap.boot, gap.first, gap.last) for gap in missing_numbers([gateway.machine.pk])] == [
        ("b1", 4, 4),
        ("b1", 7, 7),
    ]


def test_a_source_that_numbers_more_than_it_sends_keeps_few_ranges(transactional_db, gateway):
    """An agent numbers the values of all its items and machines; most of them never come here."""
    rows = gateway.cycles(*range(400))
    sent, kept_back = rows[::2], rows[1::2]
    for first in range(0, len(sent), 10):
        assert set(send(sent[first : first + 10], 400)) == {"accepted"}
    (known,) = recall_epochs([(gateway.machine.code, "plc", "b1")]).values()
    ranges = ranges_in(_seen())
    assert known.seen == ranges
    assert RANGES_KEPT <= len(ranges) <= MOST_RANGES + 10
    assert ranges[0][0] == 1
    assert check_samples().differences == []
    assert set(send(sent, 400)) == {"duplicate"}
    assert set(send(kept_back[::2], 400)) == {"accepted"}, "what never came counts as seen and is taken"
    forget_epochs([known.name])
    chance = random.Random(1)
    chance.shuffle(rows)
    outcomes = dict(zip((one["seq"] for one in rows), send(rows, 400), strict=True))
    new = {one["seq"] for one in kept_back[1::2]}
    assert {seq for seq, outcome in outcomes.items() if outcome == "accepted"} == new
    assert Sample.objects.filter(ts__gte=at(-1)).count() == 400
    assert check_samples().differences == []
    assert missing_numbers([gateway.machine.pk]) == []


def _seen():
    with connection.cursor() as cursor:
        cursor.execute("SELECT seen::text FROM machines_sourceepoch")
        return cursor.fetchone()[0]


def test_the_number_of_queries_does_not_depend_on_the_batch(gateway, machine):
    other = Gateway(MeasuredMachineFactory(plant=machine.plant))
    send([*gateway.cycles(0), *other.cycles(0)])
    counts = []
    for size in (2, 200):
        batch = [*gateway.cycles(*range(size)), *other.cycles(*range(size))]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            send(batch)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


def test_each_entry_gets_its_answer_and_the_rest_goes_on(gateway):
    good = gateway.sample(1, "cycle_event")
    bad = [
        (None, "not_an_object"),
        ("text", "not_an_object"),
        ({**good, "machine": "NOBODY"}, "unknown_machine"),
        ({**good, "machine": ""}, "missing"),
        ({**good, "seq": "7"}, "wrong_type"),
        ({**good, "seq": -1}, "out_of_range"),
        ({**good, "seq": 2**63}, "out_of_range"),
        ({**good, "seq": True}, "wrong_type"),
        ({**good, "sub": 1.5}, "wrong_type"),
        ({**good, "ts": "yesterday"}, "wrong_type"),
        ({**good, "ts": "2026-03-02T06:00:00"}, "no_time_zone"),
        ({**good, "ts": None}, "wrong_type"),
        ({**good, "ts": 1e30}, "wrong_type"),
        ({**good, "ts": "1970-01-01T00:00:00Z"}, "too_old"),
        ({**good, "item": "temperature"}, "unknown_item"),
        ({**good, "value": {"a": 1}}, "wrong_type"),
        ({**good, "value": float("inf")}, "out_of_range"),
        ({**good, "value": "x" * 3000}, "too_long"),
        ({**good, "value": "a\x00b"}, "too_long"),
        ({**good, "quality": "fine"}, "wrong_type"),
        ({**good, "historical": "yes"}, "wrong_type"),
        ({**good, "slot": 2}, "unknown_slot"),
        ({key: value for key, value in good.items() if key != "value"}, "missing"),
        ({**good, "boot": "b" * 81}, "too_long"),
    ]
    answers = append([*[entry for entry, _ in bad], good], at(2), channel="http")
    assert [answer.code for answer in answers] == [*[code for _, code in bad], ""]
    assert stored().count() == 1
    assert SampleProblem.objects.count() == len(bad)
    assert SampleProblem.objects.filter(machine_code="NOBODY", channel="http").exists()


def test_an_inactive_machine_takes_no_samples():
    machine = MeasuredMachineFactory(active=False)
    assert deliver(Gateway(machine).cycles(1))[0].code == "unknown_machine"


def test_an_empty_batch_is_nothing():
    assert append([], T0) == []


def test_more_than_the_largest_batch_is_refused(gateway):
    with pytest.raises(ValueError, match="5000"):
        append([{}] * (LARGEST_BATCH + 1), T0)


def test_undecodable_messages_are_kept():
    record_undecodable(b"\xff\x00{", "no JSON", T0, channel="mqtt mes/w/x/samples")
    problem = SampleProblem.objects.get()
    assert (problem.code, problem.channel) == ("broken_json", "mqtt mes/w/x/samples")
    assert "{" in problem.raw


def test_o3_a_time_in_the_future_is_a_clock_fault(gateway):
    send([gateway.sample(100, "cycle_event")], 90)
    row = stored().get()
    assert (row.ts, row.device_ts, row.flags) == (at(90), at(100), SampleFlag.CLOCK)


def test_o3_five_seconds_ahead_are_believed(gateway):
    send([gateway.sample(95, "cycle_event")], 90)
    assert stored().get().ts == at(95)


def test_o3_a_clock_that_is_always_behind_is_not_believed(gateway):
    for index in range(7):
        send([gateway.sample(index * 10, "cycle_event")], 3600 + index * 10)
    times = list(stored().order_by("received_at").values_list("ts", "flags"))
    assert times[0] == (at(0), 0)
    assert times[-1] == (at(3660), SampleFlag.CLOCK)


def test_o3_a_burst_of_buffered_samples_is_late_not_skewed(gateway):
    for index in range(10):
        send([gateway.sample(index, "cycle_event")], index + 0.2)
    for index in range(200):
        send([gateway.sample(10 + index, "cycle_event")], 1000 + index * 0.01)
    assert not stored().filter(flags=SampleFlag.CLOCK).exists()


def test_o3_historical_samples_keep_their_time(gateway):
    for index in range(10):
        send([gateway.sample(index, "cycle_event", historical=True)], 86400 + index)
    assert not stored().exclude(flags=0).exists()
    assert Source.objects.get().clock_offsets == []


def test_a_machine_that_tells_its_past_is_known_to_catch_up(gateway, machine):
    send([gateway.sample(0, "cycle_event", historical=True)], 86400)
    interpret(86400)
    assert SourceEpoch.objects.get().told_at == at(86400)
    assert told_until(machine.plant, now=at(86430)) == at(0)
    assert told_until(machine.plant, now=at(86400 + 3600)) is None
    send([gateway.sample(86400 + 3600, "cycle_event")], 86400 + 3600)
    interpret(86400 + 3601)
    assert told_until(machine.plant, now=at(86400 + 3601)) is None


def test_each_day_has_its_partition_and_none_strays(gateway):
    send([gateway.sample(-86400 * 3, "cycle_event", historical=True), gateway.sample(0, "cycle_event")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM machines_sample ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall()]
    assert tables == ["machines_sample_20260227", "machines_sample_20260302"]
    assert stray_samples() == 0


def test_the_application_role_may_make_partitions_and_add_samples(gateway, application_role):
    assert send(gateway.cycles(1)) == ["accepted"]
    assert partitions.make_partitions_ahead(at(86400 * 30)) == 4


def test_the_application_role_may_not_change_samples(gateway, application_role):
    from django.db import ProgrammingError, transaction

    send(gateway.cycles(1))
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        stored().update(number=9)


def test_strays_move_into_the_partition_of_their_day(gateway):
    from machines.domain import ingest

    send(gateway.cycles(0))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE machines_sample_20260302")
    make, ingest.make_partitions = ingest.make_partitions, lambda days: 0
    try:
        send(gateway.cycles(10))
    finally:
        ingest.make_partitions = make
    assert stray_samples() == 1
    send(gateway.cycles(20))
    assert stray_samples() == 0
    assert stored().count() == 2
