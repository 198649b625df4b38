"""What messages mean after those before: the rules of a host, on a clock of the test's own."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.signals.base import Link
from integrations.signals.sparkplug.decode import BOOLEAN, INT8, INT64, STRING, UINT32, Metric, read
from integrations.signals.sparkplug.session import DEVICE_DIED, DIED, MISSED, NO_BIRTH, Host
from machines.domain.measure.samples import Quality
from tests.support.sparkplug import T0, at, golden, payload

NODE, PRESS = "spBv1.0/G/{}/n", "spBv1.0/G/{}/n/press"
COUNT = Metric("Count", 1, datatype=UINT32, wire=100)
STATE = Metric("State", 2, datatype=INT8, wire=6)


def bdseq(number=1):
    return Metric("bdSeq", datatype=INT64, wire=number)


def count(value, ts=None, **rest):
    return Metric(alias=1, ts=None if ts is None else at(ts), wire=value, **rest)


class Story:
    """A host that hears messages at given seconds; time passes in between."""

    def __init__(self, *addresses):
        self.host = Host(addresses, chance=lambda: 0.0)
        self.observations, self.links, self.undecoded, self.rebirths = [], [], [], []
        self.take(self.host.connected(T0))

    def take(self, told, now=None):
        self.observations += told.observations
        self.links += told.links
        self.undecoded += told.undecoded
        self.rebirths += [(now, *rebirth) for rebirth in told.rebirths]

    def until(self, seconds):
        while (due := self.host.due()) is not None and due <= at(seconds):
            self.take(self.host.tick(due), due)
        return self

    def hear(self, seconds, topic, *args, ts=None):
        self.until(seconds)
        body = args[0] if isinstance(args[0], bytes) else payload(*args, ts=seconds if ts is None else ts)
        self.take(self.host.receive(topic, body, at(seconds)))
        return self

    def born(self, seconds=1, number=1, seq=0):
        self.hear(seconds, NODE.format("NBIRTH"), seq, bdseq(number))
        return self.hear(seconds, PRESS.format("DBIRTH"), (seq + 1) % 256, COUNT, STATE)

    def data(self, seconds, seq, *metrics, ts=None):
        return self.hear(seconds, PRESS.format("DDATA"), seq, *metrics, ts=ts)

    def counts(self):
        return [
            one.value for one in self.observations if one.address == "G/n/press/Count" and not one.snapshot
        ]

    def codes(self):
        return [one.code for one in self.undecoded]


def test_the_golden_session():
    """Told what its README says: the counts, two rebirth requests, one flagged clock."""
    story = Story()
    for message in golden():
        arrived = (read(message["payload"]).ts - T0).total_seconds() + 0.05
        story.hear(arrived, message["topic"], message["payload"])
    story.until(arrived + 60)
    counts = [one for one in story.observations if one.address.endswith("/PartCount")]
    assert [one.value for one in counts if not one.snapshot and not one.historical] == [
        *(1001, 1002, 1003, 1004, 3, 4),
        *(41, 42, 43, 44, 45, 46, 47),
    ]
    assert [one.value for one in counts if one.historical] == [10, 25, 38]
    assert [one.value for one in counts if one.snapshot] == [1000, 40]
    assert len(story.rebirths) == 2
    assert story.codes() == ["unknown_metric", "clock"]
    assert counts[-1].ts == read(golden()[-1]["payload"]).ts, "three days behind: the payload's time counts"
    assert len({(one.epoch, one.seq, one.sub) for one in story.observations}) == len(story.observations)
    died = [link for link in story.links if link.reason == DIED]
    receipt = read(golden()[11]["payload"]).ts + timedelta(milliseconds=50)
    assert {link.ts for link in died} == {receipt}


def test_a_birth_is_a_baseline_at_one_moment():
    story = Story()
    story.hear(1, NODE.format("NBIRTH"), 0, bdseq())
    old = Metric("State", 2, ts=at(-5000), datatype=INT8, wire=6)
    story.hear(1, PRESS.format("DBIRTH"), 1, COUNT, old)
    values = {one.address: (one.value, one.ts, one.snapshot) for one in story.observations}
    assert values["G/n/press/Count"] == (100, at(1), True)
    assert values["G/n/press/State"] == (6, at(1), True)


def test_a_first_birth_may_carry_any_number():
    story = Story().born(seq=254).data(2, 0, count(101)).data(3, 1, count(102))
    assert story.counts() == [101, 102]
    assert [one.seq for one in story.observations[-2:]] == [256, 257]
    assert not story.rebirths


def test_numbers_go_on_over_the_wrap():
    story = Story().born()
    for number in range(2, 600):
        story.data(number, number % 256, count(100 + number))
    assert story.counts() == [100 + number for number in range(2, 600)]
    assert [one.seq for one in story.observations if not one.snapshot] == list(range(2, 600))
    assert not story.rebirths


def test_what_comes_too_early_waits_for_the_missing_one():
    story = Story().born().data(2, 2, count(101)).data(3, 5, count(104)).data(3.5, 4, count(103))
    assert story.counts() == [101]
    story.data(4, 3, count(102))
    assert story.counts() == [101, 102, 103, 104]
    story.until(60)
    assert not story.rebirths
    assert not story.links


def test_what_never_comes_is_a_gap_and_a_rebirth_is_asked_for():
    story = Story().born().data(2, 2, count(101)).data(10, 4, count(103))
    story.until(11.9)
    assert story.counts() == [101]
    story.until(13)
    assert story.counts() == [101, 103]
    mine = [link for link in story.links if link.scope == "G/n/press/"]
    assert mine == [Link(at(2), False, MISSED, "G/n/press/"), Link(at(10), True, scope="G/n/press/")]
    assert story.rebirths == [(at(12), "G", "n")]


def test_a_rebirth_is_asked_for_once_in_ten_seconds():
    story = Story().born()
    for second in range(2, 40):
        story.data(second, second, Metric(alias=77, wire=second))
    story.until(60)
    asked = [moment for moment, _, _ in story.rebirths]
    assert len(asked) == 5
    assert all(later - earlier >= timedelta(seconds=10) for earlier, later in itertools.pairwise(asked))


def test_an_exact_repeat_has_no_effect():
    story = Story().born()
    body = payload(2, count(101), ts=2)
    story.hear(2, PRESS.format("DDATA"), body).hear(3, PRESS.format("DDATA"), body).data(4, 3, count(102))
    assert story.counts() == [101, 102]
    story.until(60)
    assert not story.rebirths


def test_a_late_one_keeps_its_own_number_and_time():
    story = Story().born().data(2, 2, count(101)).data(10, 4, count(103), ts=10).until(13)
    story.data(20, 3, count(102, 6), ts=6)
    last = story.observations[-1]
    assert (last.value, last.seq, last.ts) == (102, 3, at(6))
    assert story.data(21, 5, count(104)).counts() == [101, 103, 102, 104]


def test_another_message_with_a_number_already_read_is_kept_and_not_counted():
    story = Story().born().data(2, 2, count(101)).data(3, 3, count(102)).data(4, 2, count(99), ts=1)
    assert story.counts() == [101, 102]
    assert story.codes() == ["seq_twice"]


def test_a_death_counts_only_for_the_running_session_and_from_its_receipt():
    story = Story().born(number=7)
    story.hear(50, NODE.format("NDEATH"), None, bdseq(6), ts=1)
    assert not story.links
    story.hear(60, NODE.format("NDEATH"), None, bdseq(7), ts=1)
    assert Link(at(60), False, DIED, "G/n/press/") in story.links
    assert Link(at(60), False, DIED, "G/n//") in story.links
    story.until(3600)
    assert not story.rebirths, "who died comes back by himself"
    story.born(4000, number=8)
    assert Link(at(4000), True, scope="G/n/press/") in story.links
    assert {one.epoch for one in story.observations} == {
        f"{round(at(1).timestamp() * 1000)}-7",
        f"{round(at(4000).timestamp() * 1000)}-8",
    }


def test_a_device_may_die_alone():
    story = Story().born().hear(9, PRESS.format("DDEATH"), 2)
    assert story.links == [Link(at(9), False, DEVICE_DIED, "G/n/press/")]
    story.hear(20, PRESS.format("DBIRTH"), 3, COUNT)
    assert story.links[-1] == Link(at(20), True, scope="G/n/press/")


def test_a_device_that_a_rebirth_leaves_out_is_lost():
    story = Story().born().hear(30, NODE.format("NBIRTH"), 0, bdseq())
    story.until(39)
    assert not story.links
    story.until(60)
    assert story.links == [Link(at(30), False, NO_BIRTH, "G/n/press/")]


def test_aliases_hold_from_birth_to_birth():
    story = Story().born().hear(5, NODE.format("NBIRTH"), 0, bdseq())
    story.data(6, 1, count(101))
    assert story.counts() == []
    assert story.codes() == ["unknown_metric"]
    story.hear(7, PRESS.format("DBIRTH"), 2, Metric("Count", 9, datatype=UINT32, wire=100))
    story.data(8, 3, Metric(alias=9, wire=102), count(5))
    assert story.counts() == [102]
    assert story.codes() == ["unknown_metric"] * 2, "the old alias is unknown now"


def test_an_alias_of_another_device_is_unknown():
    story = Story().born().hear(5, "spBv1.0/G/DDATA/n/other", 2, count(7))
    assert story.counts() == []
    assert story.codes() == ["unknown_metric"]


def test_signed_values_use_the_datatype_of_the_birth():
    story = Story().born().data(2, 2, Metric(alias=2, wire=0xFF))
    assert story.observations[-1].value == -1


def test_historical_values_keep_their_time_and_don_t_move_the_clock():
    story = Story().born(100)
    story.data(101, 2, count(5, 20, historical=True), count(7, 50, historical=True))
    story.data(102, 3, count(101, 102))
    found = [(one.value, one.ts, one.historical) for one in story.observations if not one.snapshot]
    assert found == [(5, at(20), True), (7, at(50), True), (101, at(102), False)]
    assert not story.codes()


def test_null_and_bad_quality_are_no_values():
    story = Story().born().data(2, 2, Metric(alias=1, null=True))
    last = story.observations[-1]
    assert (last.value, last.quality) == (None, Quality.BAD)


def test_before_any_birth_data_are_kept_and_a_birth_is_asked_for():
    story = Story()
    for second in range(150):
        story.data(second / 100, second, count(second))
    assert story.counts() == []
    assert story.codes() == ["no_birth"] * 100, "the first hundred are enough to see"
    assert len(story.until(5).rebirths) == 1


def test_a_late_host_asks_all_its_nodes_and_says_that_nothing_is_known():
    story = Story("G/n/press/Count", "G/m/oven/State", "G/m//Power")
    assert sorted(story.links, key=str) == sorted(
        [Link(T0, False, NO_BIRTH, "G/n/"), Link(T0, False, NO_BIRTH, "G/m/")], key=str
    )
    story.until(5)
    assert sorted(story.rebirths) == [(T0, "G", "m"), (T0, "G", "n")]
    story.born(6)
    assert Link(at(6), True, scope="G/n/press/") in story.links
    assert {one.address for one in story.observations} == {"G/n/press/Count"}
    assert not any(link.up and link.scope.startswith("G/m") for link in story.links)
    story.until(70)
    assert [rebirth[1:] for rebirth in story.rebirths[2:]] == [("G", "m")], "after a minute again"


def test_requests_to_many_nodes_are_spread():
    chances = iter([0.0, 0.5, 1.0])
    host = Host(["G/a/d/x", "G/b/d/x", "G/c/d/x"], chance=lambda: next(chances))
    host.connected(T0)
    asked = []
    while len(asked) < 3:
        now = host.due()
        asked += [now] * len(host.tick(now).rebirths)
    assert asked == [at(0), at(1.5), at(3)]


def test_nodes_that_are_not_mapped_are_left_alone():
    story = Story("G/n/press/Count").hear(1, "spBv1.0/G/DDATA/foreign/d", 5, count(1))
    assert not story.codes()
    story.born(2).until(100)
    assert [rebirth[2] for rebirth in story.rebirths] == ["n"]


@pytest.mark.parametrize(
    ("topic", "body", "code"),
    [
        (PRESS.format("DDATA"), b"\xff\xff", "broken_payload"),
        (PRESS.format("DDATA"), payload(None, COUNT), "no_seq"),
        (NODE.format("NBIRTH"), payload(None, bdseq()), "no_seq"),
        (PRESS.format("DSHOUT"), payload(1, COUNT), "unknown_type"),
    ],
)
def test_what_cannot_be_read_is_kept(topic, body, code):
    story = Story().born().hear(5, topic, body)
    assert story.codes() == [code]
    assert story.undecoded[0].raw == body


def test_our_own_commands_are_no_news():
    story = Story().hear(1, NODE.format("NCMD"), None, Metric("x", datatype=BOOLEAN, wire=True))
    assert not story.codes()
    assert not story.observations


def test_a_name_in_data_needs_no_alias():
    story = Story().born()
    story.data(2, 2, Metric("Count", datatype=UINT32, wire=105))
    assert story.counts() == [105]
    story.data(3, 3, Metric("Other", datatype=STRING, wire="x"))
    assert story.codes() == ["unknown_metric"]


@given(st.permutations(range(2, 9)), st.integers(0, 5))
def test_any_order_within_the_reorder_time_gives_the_same(order, repeat):
    story = Story().born()
    for place, number in enumerate(order):
        body = payload(number, count(100 + number, number), ts=number)
        for _ in range(1 + (place == repeat)):
            story.hear(10 + place / 10, PRESS.format("DDATA"), body)
    story.until(60)
    assert story.counts() == [100 + number for number in range(2, 9)]
    assert not story.rebirths


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 40), st.booleans()), max_size=40))
def test_whatever_numbers_come_identities_stay_unique_and_nothing_raises(messages):
    story = Story().born()
    for place, (seq, ts, death) in enumerate(messages):
        if death and seq % 7 == 0:
            story.hear(2 + place, NODE.format("NDEATH"), None, bdseq())
            story.born(2 + place + 0.5, number=1)
        story.data(2 + place, seq, count(place), ts=ts)
    story.until(1000)
    identities = [(one.epoch, one.seq, one.sub) for one in story.observations]
    assert len(set(identities)) == len(identities)
