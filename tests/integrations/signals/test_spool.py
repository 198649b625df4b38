"""The edge gateway's buffer: in order, for good, bounded, and honest about what it dropped."""

from datetime import timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.signals.edge.spool import CHUNK, Entry, Spool
from tests.integrations.signals.senders import NOON

LARGE = 1 << 30


def sample(n, machine="M1", item="part_count", value=None, source="cell", **more):
    at = NOON + timedelta(seconds=n)
    return {
        "machine": machine,
        "source": source,
        "boot": "b",
        "seq": n,
        "ts": at.isoformat(),
        "item": item,
        "value": n if value is None else value,
        "slot": 0,
        **more,
    }


@pytest.fixture
def path(tmp_path):
    return tmp_path / "edge" / "buffer.sqlite3"


def everything(spool, most=1000):
    found = []
    while (parcel := spool.next_parcel(most)) is not None:
        found += [one for _at, one in parcel.samples]
        spool.done(parcel)
    return found


def numbers(spool, machine=None):
    return [one["seq"] for one in everything(spool) if machine in (None, one["machine"])]


def test_what_was_put_comes_out_in_order_also_after_a_restart(path):
    spool = Spool(path, limit=LARGE)
    for start in range(0, 3000, 100):
        spool.put([Entry("cell", [sample(n) for n in range(start, start + 100)], cursor={"n": start})], NOON)
    name = spool.name
    spool.close()
    again = Spool(path, limit=LARGE)
    assert again.name == name
    assert again.standing("cell").cursor == {"n": 2900}
    assert again.depth().samples == 3000
    assert numbers(again) == list(range(3000))
    assert (again.depth().samples, again.depth().size, again.depth().oldest) == (0, 0, None)


def test_what_was_not_taken_is_offered_again(path):
    spool = Spool(path, limit=LARGE)
    spool.put([Entry("cell", [sample(n) for n in range(CHUNK * 2)])], NOON)
    first = spool.next_parcel(10)
    assert len(first.samples) == CHUNK
    assert spool.next_parcel(10) == first
    spool.done(first)
    assert spool.next_parcel(10).samples[0][1]["seq"] == CHUNK


def test_samples_and_cursor_are_kept_together(path, monkeypatch):
    spool = Spool(path, limit=LARGE)
    spool.put([Entry("cell", [sample(1)], cursor={"n": 1})], NOON)

    def die(*args):
        raise OSError("disk gone")

    with monkeypatch.context() as patch:
        patch.setattr(spool, "_note_standing", die)
        with pytest.raises(OSError, match="gone"):
            spool.put([Entry("cell", [sample(2)], cursor={"n": 2})], NOON)
    assert spool.standing("cell").cursor == {"n": 1}
    assert spool.depth().samples == 1
    assert numbers(spool) == [1]


def overflown(path, entries, limit=6000):
    spool = Spool(path, limit=limit)
    for entry in entries:
        spool.put([entry], NOON)
    return spool


def test_a_full_buffer_drops_the_oldest_and_says_what(path):
    entries = [
        Entry("cell", [sample(n, machine=machine, item=item, value=value)])
        for n in range(200)
        for machine, item, value in (("M1", "part_count", n), ("M2", "cycle_event", True))
    ]
    spool = overflown(path, entries)
    depth = spool.depth()
    assert depth.size <= 6000
    assert depth.samples + depth.dropped == 400
    left = numbers(spool, "M1")
    assert left == list(range(left[0], 200))
    gaps = {gap["machine"]: gap for gap in spool.seal_gaps()}
    assert sum(gap["samples"] for gap in gaps.values()) == depth.dropped
    assert gaps["M1"]["since"].startswith("2026-03-02T12:00:00")
    last = left[0] - 1
    assert gaps["M1"]["until"] == (NOON + timedelta(seconds=last)).isoformat(timespec="microseconds")
    (baseline,) = spool.baselines()
    assert (baseline["item"], baseline["seq"], baseline["snapshot"]) == ("part_count", last, True)


def test_a_gap_being_told_stays_as_it_is_while_more_is_dropped(path):
    spool = overflown(path, [Entry("cell", [sample(n)]) for n in range(100)], limit=3000)
    told = spool.seal_gaps()
    for n in range(100, 150):
        spool.put([Entry("cell", [sample(n)])], NOON)
    assert spool.seal_gaps() == told, "a repeat is the same message"
    spool.gaps_told(spool.baselines())
    (later,) = spool.seal_gaps()
    assert later["key"] != told[0]["key"]
    assert later["since"] > told[0]["until"]
    assert told[0]["samples"] + later["samples"] == spool.depth().dropped
    spool.gaps_told(spool.baselines())
    assert spool.seal_gaps() == []
    assert spool.baselines() == []


def test_a_lost_link_at_the_end_of_a_gap_is_known(path):
    down = sample(5, item="available", value=False, source="cell/link")
    spool = overflown(
        path, [Entry("cell", [down]), *[Entry("cell", [sample(n)]) for n in range(10, 90)]], 3000
    )
    (gap,) = spool.seal_gaps()
    assert (gap["connection"], gap["up"]) == ("cell", False)
    link = next(one for one in spool.baselines() if one["item"] == "available")
    assert link["snapshot"] is False


def test_what_is_on_its_way_is_not_dropped(path):
    spool = Spool(path, limit=3000)
    for n in range(20):
        spool.put([Entry("cell", [sample(n)])], NOON)
    parcel = spool.next_parcel(5)
    for n in range(20, 80):
        spool.put([Entry("cell", [sample(n)])], NOON)
    spool.done(parcel)
    (gap,) = spool.seal_gaps()
    assert gap["since"] > (NOON + timedelta(seconds=4)).isoformat()
    assert spool.depth().size >= 0
    assert spool.depth().samples == len(numbers(spool))


def test_problems_wait_and_are_bounded(path):
    spool = Spool(path, limit=LARGE)
    rows = [("broken", "no frame", "x" * 9000)] * 11_000
    spool.put([Entry("cell", [], rows)], NOON)
    waiting = spool.problems(20_000)
    assert len(waiting) == 10_000
    assert len(waiting[0][1]["raw"]) == 4000
    spool.problems_told(waiting[-1][0])
    assert spool.problems(1) == []


@settings(max_examples=20)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=60), st.integers(500, 5000))
def test_every_sample_is_sent_or_told_as_dropped(tmp_path_factory, sizes, limit):
    spool = Spool(tmp_path_factory.mktemp("spool") / "b.sqlite3", limit=limit)
    seq, sent, told = 0, [], 0
    for index, size in enumerate(sizes):
        spool.put([Entry("cell", [sample(seq + n) for n in range(size)])], NOON)
        seq += size
        if index % 3 == 0 and (parcel := spool.next_parcel(30)) is not None:
            sent += [one["seq"] for _at, one in parcel.samples]
            spool.done(parcel)
        if index % 5 == 0:
            told += sum(gap["samples"] for gap in spool.seal_gaps())
            spool.gaps_told(spool.baselines())
    sent += numbers(spool)
    told += sum(gap["samples"] for gap in spool.seal_gaps())
    assert sent == sorted(set(sent))
    assert len(sent) + told == seq
    assert orjson.dumps(spool.depth().dropped) == orjson.dumps(told)
    spool.close()
