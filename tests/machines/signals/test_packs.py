"""Packed samples are the samples: nothing is lost, nothing is read twice, rebuilding gives the same rows."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines.domain.belief import states_believed
from machines.domain.packs.columns import pack_column, unpack_column
from machines.domain.packs.pack import Row, pack, unpack
from machines.domain.packs.read import latest_text
from machines.domain.rebuild import rebuild
from machines.domain.replay import BEGINNING, load_samples
from machines.domain.retention import drop_old_samples, pack_next_day, packed_months, sample_days
from machines.models import Cycle, Sample, SamplePack, SourceEpoch, StateInterval
from machines.queries.books import check_samples
from tests.factories.machines import MeasuredMachineFactory
from tests.machines.signals.sending import Gateway, at, interpret, send

DAY = 86400
WHOLE = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(WHOLE, max_size=50))
def test_any_whole_numbers_come_back(values):
    import numpy as np

    column = np.array(values, dtype=np.int64)
    back, rest = unpack_column(memoryview(pack_column(column) + b"more"), len(values))
    assert back.tolist() == values
    assert bytes(rest) == b"more"


ROWS = st.builds(
    Row,
    ts=st.integers(0, 2**60),
    seq=st.integers(0, 2**63 - 1),
    sub=st.integers(0, 2**31 - 1),
    slot=st.integers(0, 1000),
    item=TEXT,
    number=st.none() | st.floats(allow_nan=False) | st.integers(-1000, 1000).map(float),
    text=st.none() | TEXT,
    quality=st.integers(0, 3),
    historical=st.booleans(),
    flags=st.integers(0, 2**31 - 1),
    device_ts=st.integers(0, 2**60),
    received_at=st.integers(0, 2**60),
)


@given(st.lists(ROWS, min_size=1, max_size=20, unique_by=lambda row: (row.ts, row.seq, row.sub)))
def test_any_samples_come_back_to_the_bit(rows):
    back = unpack(pack(rows))
    assert sorted(map(repr, back)) == sorted(map(repr, rows))


@given(st.binary(max_size=60))
def test_spoilt_bytes_are_told(data):
    with pytest.raises(ValueError, match="pack"):
        unpack(data)


def test_a_machine_in_rhythm_takes_a_few_bytes_a_sample():
    rows = [
        Row(
            ts := 1_700_000_000_000_000 + 2_000_000 * n + 1000 * (n * 7919 % 13),
            *(n, 0, 0, "cycle_event", None, "true", 0, False, 0, ts, ts + 150_000),
        )
        for n in range(1800)
    ]
    assert len(pack(rows)) < 3 * len(rows)


@pytest.fixture
def gateway(db):
    return Gateway(MeasuredMachineFactory(silence_seconds=0))


def cycles():
    return list(Cycle.objects.order_by("ended_at", "nth").values_list())


def intervals():
    return list(StateInterval.objects.order_by("started_at").values_list())


def pack_all(now):
    while pack_next_day(now):
        pass


def two_days(gateway):
    send(gateway.cycles(*range(0, 6000, 20), *range(9000, 9600, 20)))
    interpret(9700)
    send(
        [
            *gateway.cycles(*range(2 * DAY, 2 * DAY + 600, 20)),
            gateway.sample(2 * DAY + 700, "alarm", "FAULT|E1"),
        ]
    )
    interpret(2 * DAY + 800)
    return cycles(), intervals()


def test_a_packed_day_is_gone_and_reads_the_same(gateway):
    two_days(gateway)
    machine = gateway.machine.pk
    before = load_samples({machine: BEGINNING}, limit=10_000)
    then = states_believed(gateway.machine, at(0), at(9700), at=at(3 * DAY))
    pack_all(at(30 * DAY))
    assert at(0).date() not in sample_days()
    assert Sample.objects.filter(ts__gte=at(-DAY)).count() == 0
    assert load_samples({machine: BEGINNING}, limit=10_000) == before
    assert states_believed(gateway.machine, at(0), at(9700), at=at(3 * DAY)) == then
    assert states_believed(gateway.machine, at(0), at(9700), at=at(3000)).samples < then.samples
    assert check_samples().differences == []


def test_samples_of_a_source_with_many_holes_are_known_when_packed(gateway):
    rows = gateway.cycles(*range(0, 900, 3))
    for first in range(0, 300, 20):
        send(rows[first : first + 20 : 2], 900)
    pack_all(at(30 * DAY))
    assert SourceEpoch.objects.get().joined_before > 100
    assert check_samples().differences == []
    historical = [{**one, "historical": True} for one in rows]
    assert send(historical, 30 * DAY) == ["duplicate", "accepted"] * 150
    assert check_samples().differences == []
    pack_all(at(30 * DAY))
    assert set(send(historical, 30 * DAY)) == {"duplicate"}


@pytest.mark.parametrize("since", [None, 5000, 2 * DAY])
def test_a_rebuild_from_packs_gives_the_rows_of_the_live_path(gateway, since):
    live = two_days(gateway)
    pack_all(at(30 * DAY))
    rebuild(since=None if since is None else at(since), now=at(2 * DAY + 800))
    assert (cycles(), intervals()) == live


def test_packs_are_read_in_parts_without_a_hole(gateway, monkeypatch):
    live = two_days(gateway)
    pack_all(at(30 * DAY))
    monkeypatch.setattr("machines.domain.interpret.AT_ONCE", 50)
    rebuild(since=None, now=at(2 * DAY + 800))
    assert (cycles(), intervals()) == live


def test_a_late_sample_of_a_packed_day_is_counted_and_packed_with_its_hour(gateway):
    two_days(gateway)
    pack_all(at(30 * DAY))
    packed = SamplePack.objects.count()
    send([gateway.sample(1010, "cycle_event", historical=True)], 30 * DAY)
    interpret(30 * DAY)
    assert Cycle.objects.filter(ended_at=at(1010)).count() == 1
    live = cycles(), intervals()
    pack_all(at(31 * DAY))
    assert Sample.objects.filter(ts__gte=at(-DAY)).count() == 0
    assert SamplePack.objects.count() == packed
    rebuild(since=None, now=at(30 * DAY))
    assert (cycles(), intervals()) == live
    assert check_samples().differences == []


def test_a_packed_sample_sent_again_is_a_duplicate_and_other_content_a_conflict(gateway):
    batch = [one | {"historical": True} for one in gateway.cycles(*range(0, 100, 20))]
    send(batch, 200)
    interpret(200)
    pack_all(at(30 * DAY))
    assert send(batch[:2], 30 * DAY) == ["duplicate", "duplicate"]
    assert send([batch[0] | {"value": 3}], 30 * DAY) == ["rejected"]
    assert Sample.objects.filter(ts__gte=at(-DAY)).count() == 0


def test_typed_rows_stay_while_others_come(gateway, monkeypatch):
    two_days(gateway)
    monkeypatch.setattr("machines.domain.packs.write._parts", lambda day: [])
    assert pack_next_day(at(30 * DAY)) is None
    assert at(0).date() in sample_days()
    monkeypatch.undo()
    load = load_samples({gateway.machine.pk: BEGINNING}, limit=10_000)
    pack_next_day(at(30 * DAY))
    assert load_samples({gateway.machine.pk: BEGINNING}, limit=10_000) == load


def test_old_months_are_dropped_whole(gateway):
    two_days(gateway)
    pack_all(at(30 * DAY))
    (month,) = packed_months()
    assert drop_old_samples(at(30 * DAY)) == []
    assert month in drop_old_samples(at(100 * DAY), days=60)
    assert packed_months() == []
    assert Cycle.objects.count() > 0


def test_a_text_told_long_ago_is_found_in_a_pack(gateway):
    send([gateway.sample(10, "program_comment", "REV A"), gateway.sample(20, "program_comment", "REV B")])
    pack_all(at(30 * DAY))
    machine = gateway.machine.pk
    assert latest_text(machine, "program_comment", (0, 1), at(0)) == "REV B"
    assert latest_text(machine, "program_comment", (0, 1), at(0) + timedelta(seconds=60)) is None


def test_the_application_role_may_pack(gateway, application_role):
    two_days(gateway)
    assert pack_next_day(at(30 * DAY)) is not None
