"""What documents mean after those before: baselines, gaps, faults, lost devices."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.signals.base import Link
from integrations.signals.mtconnect.decode import read
from integrations.signals.mtconnect.session import GAP, STALE, UNAVAILABLE, Session
from machines.domain.measure.samples import Quality
from machines.domain.measure.states import change_alarms
from mes.runtime.simulator.mtconnect_agent import Agent, Item

T0 = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
STATE, COUNT = Item("M7", "e", "EXECUTION"), Item("M7", "p", "PART_COUNT")
EVENT = Item("M7", "d", "PART_COUNT", discrete=True)
SYSTEM, LOGIC = Item("M7", "s", "SYSTEM", "CONDITION"), Item("M7", "l", "LOGIC_PROGRAM", "CONDITION")
OTHER = Item("M8", "e8", "EXECUTION")


def at(seconds):
    return T0 + timedelta(seconds=seconds)


class Story:
    """An agent and a session that reads it, on a clock of their own."""

    def __init__(self, *items, **options):
        self.now = T0
        self.agent = Agent(items, clock=lambda: self.now, **options)
        self.session = Session()

    def at(self, seconds):
        self.now = at(seconds)
        return self

    def put(self, item, text, ts=None, **attributes):
        self.agent.put(item, ts or self.now, text, **attributes)
        return self

    def begin(self, **rest):
        return self.session.begin(read(self.agent.current()), **rest)

    def advance(self):
        document, _ = self.agent.sample(self.session.next, 1000)
        return self.session.advance(read(document))


def values(batch):
    return [(one.address, one.value) for one in batch.observations]


def test_the_first_contact_is_a_baseline_with_the_newest_time_of_the_device():
    story = Story(STATE, COUNT).put(STATE, "ACTIVE", at(-7200)).put(COUNT, "3226", at(-3600)).at(10)
    batch = story.begin()
    assert values(batch) == [("M7/e", "ACTIVE"), ("M7/p", 3226)]
    assert {one.ts for one in batch.observations} == {at(-3600)}, "one moment: nothing changed since"
    assert all(one.snapshot for one in batch.observations)
    assert not batch.links
    assert batch.cursor["next"] == 5


def test_news_follow_by_sequence_and_repeats_are_left_out():
    story = Story(STATE, COUNT).put(STATE, "READY").put(COUNT, "7").at(1)
    story.begin()
    story.put(STATE, "ACTIVE").at(2).put(COUNT, "8", at(1.7))
    document = read(story.agent.sample(5, 100)[0])
    first, again = story.session.advance(document), story.session.advance(document)
    assert values(first) == [("M7/e", "ACTIVE"), ("M7/p", 8)]
    assert [(one.epoch, one.seq, one.ts) for one in first.observations] == [
        ("1", 5, at(1)),
        ("1", 6, at(1.7)),
    ]
    assert not any(one.snapshot or one.historical for one in first.observations)
    assert values(again) == []


def test_a_restart_of_the_agent_is_a_new_epoch_a_baseline_and_a_gap():
    story = Story(STATE, COUNT).put(STATE, "ACTIVE").put(COUNT, "100").at(60)
    story.begin()
    story.put(COUNT, "101")
    story.advance()
    story.at(300).agent.start(2)
    story.put(STATE, "READY", at(200)).put(COUNT, "104", at(200)).at(310)
    batch = story.begin()
    assert batch.links == [Link(at(60), False, GAP, "M7/"), Link(at(310), True, scope="M7/")]
    assert {(one.epoch, one.snapshot, one.ts) for one in batch.observations} == {("2", True, at(200))}
    assert values(batch) == [("M7/e", "READY"), ("M7/p", 104)]


def test_old_values_after_a_restart_never_lie_before_what_was_heard():
    story = Story(STATE).put(STATE, "ACTIVE").at(500)
    story.put(STATE, "READY")
    story.begin()
    story.at(100).agent.start(2)
    story.put(STATE, "ACTIVE", at(-9000)).at(501)
    [one] = story.begin().observations
    assert one.ts > at(500)


def test_a_buffer_that_moved_on_gets_an_epoch_of_its_own():
    story = Story(STATE, COUNT, buffer=20).put(STATE, "ACTIVE").put(COUNT, "1")
    story.begin()
    for second in range(1, 60):
        story.at(second).put(COUNT, str(second))
    story.at(100)
    then = read(story.agent.current(at=50))
    batch = story.session.begin(replace(then, header=replace(then.header, next=51)), after_gap=True)
    assert values(batch) == [("M7/e", "ACTIVE"), ("M7/p", 47)]
    assert {(one.epoch, one.ts) for one in batch.observations} == {("1+51", at(47))}
    assert batch.links == [Link(at(0), False, GAP, "M7/"), Link(at(47), True, scope="M7/")]
    assert [one.historical for one in story.advance().observations] == [True] * 12


def test_what_the_agent_had_kept_is_historical():
    story = Story(STATE).put(STATE, "READY")
    story.begin()
    cursor = json.loads(json.dumps(story.session.cursor))
    story.at(5).put(STATE, "ACTIVE")
    story.session = Session.resume(cursor)
    assert [one.historical for one in story.advance().observations] == [True]
    story.at(6).put(STATE, "READY")
    assert [one.historical for one in story.advance().observations] == [False]


def test_all_unavailable_is_a_lost_device_and_its_old_values_hold_from_its_return():
    story = Story(STATE, COUNT, OTHER).put(STATE, "ACTIVE").put(COUNT, "5").put(OTHER, "READY")
    story.begin()
    story.at(60).put(STATE, "UNAVAILABLE")
    assert not story.advance().links, "one item alone is no lost device"
    story.at(61).put(COUNT, "UNAVAILABLE")
    batch = story.advance()
    assert batch.links == [Link(at(61), False, UNAVAILABLE, "M7/")]
    assert [(one.value, one.quality) for one in batch.observations] == [(None, Quality.BAD)]
    story.at(120).put(STATE, "READY").put(COUNT, "9", at(-500))
    batch = story.advance()
    assert batch.links == [Link(at(120), True, scope="M7/")]
    assert [(one.value, one.ts, one.snapshot) for one in batch.observations] == [
        ("READY", at(120), True),
        (9, at(120), True),
    ]


def test_a_device_that_is_away_at_the_first_contact():
    story = Story(STATE, COUNT).at(30)
    assert story.begin().links == [Link(at(second), False, UNAVAILABLE, "M7/") for second in (0, 30)]
    story.at(31).put(STATE, "READY")
    assert story.advance().links == [Link(at(31), True, scope="M7/")]


def test_only_mapped_items_are_told_and_only_they_decide_who_is_lost():
    story = Story(STATE, COUNT)
    story.session = Session(addresses=frozenset({"M7/e"}))
    story.put(STATE, "READY").put(COUNT, "5")
    assert values(story.begin()) == [("M7/e", "READY")]
    story.at(9).put(STATE, "UNAVAILABLE").put(COUNT, "6")
    batch = story.advance()
    assert values(batch) == [("M7/e", None)]
    assert [link.up for link in batch.links] == [False]


def test_items_mapped_later_get_a_baseline():
    story = Story(STATE, COUNT).put(STATE, "READY").put(COUNT, "5")
    story.session = Session(addresses=frozenset({"M7/e"}))
    story.begin()
    resumed = Session.resume(story.session.cursor, addresses=["M7/e", "M7/p"])
    assert resumed.unmet == {"M7/p"}
    batch = resumed.meet(read(story.agent.current()))
    assert values(batch) == [("M7/p", 5)]
    assert all(one.snapshot for one in batch.observations)
    assert not resumed.unmet


def test_a_silent_device_is_lost_whatever_the_agent_says():
    story = Story(STATE, OTHER).put(STATE, "ACTIVE").put(OTHER, "ACTIVE")
    story.session = Session(stale_after=timedelta(hours=8))
    assert not story.begin().links
    story.at(6 * 3600).put(OTHER, "READY")
    story.advance()
    assert story.at(8 * 3600).advance().links == [], "exactly eight hours aren't longer than eight"
    assert story.at(8 * 3600 + 1).advance().links == [Link(at(0), False, STALE, "M7/")]
    assert story.at(8 * 3600 + 2).advance().links == []
    story.at(9 * 3600).put(STATE, "READY")
    assert story.advance().links == [Link(at(9 * 3600), True, scope="M7/")]


def test_after_our_own_loss_a_lost_device_is_still_lost_and_nothing_else_is():
    story = Story(STATE, OTHER).put(OTHER, "READY")
    story.begin()
    resumed = Session.resume(json.loads(json.dumps(story.session.cursor)))
    batch = resumed.resumed(at(99))
    assert batch.gapless
    assert batch.links == [Link(at(99), False, UNAVAILABLE, "M7/")]
    story.session = resumed
    story.at(100).put(STATE, "READY")
    assert story.advance().links == [Link(at(100), True, scope="M7/")]


def test_an_agent_that_serves_values_of_last_week_is_stale_at_once():
    story = Story(STATE)
    story.at(-7 * 86400).agent.start(3)
    story.put(STATE, "ACTIVE").at(0)
    story.session = Session(stale_after=timedelta(hours=8))
    assert story.begin().links == [Link(at(second), False, STALE, "M7/") for second in (-7 * 86400, 0)]


def alarms(*batches):
    active = ()
    for batch in batches:
        for one in sorted(batch.observations, key=lambda one: (one.ts, one.seq, one.sub)):
            if str(one.value).partition("|")[0] in ("FAULT", "NORMAL", "WARNING"):
                active = change_alarms(active, one.value)
    return active


def test_several_faults_of_one_item_are_cleared_one_by_one():
    story = Story(SYSTEM)
    first = story.put(SYSTEM, "NORMAL").begin()
    story.put(SYSTEM, "FAULT", nativeCode="144").put(SYSTEM, "FAULT", nativeCode="763")
    second = story.advance()
    assert [one.value for one in second.observations] == ["FAULT|144", "FAULT|763"]
    third = story.put(SYSTEM, "NORMAL", nativeCode="144").advance()
    assert alarms(first, second, third) == ("763",)


def test_a_normal_without_code_clears_only_its_own_item():
    story = Story(SYSTEM, LOGIC)
    begun = story.put(SYSTEM, "NORMAL").put(LOGIC, "NORMAL").begin()
    story.put(SYSTEM, "FAULT", nativeCode="1").put(SYSTEM, "FAULT", nativeCode="2")
    story.put(LOGIC, "FAULT", nativeCode="9").put(LOGIC, "FAULT", nativeCode="2").put(SYSTEM, "NORMAL")
    batch = story.advance()
    assert alarms(begun, batch) == ("2", "9"), "code 2 is still active at the other item"
    assert len({(one.epoch, one.seq, one.sub) for one in batch.observations}) == len(batch.observations)
    story.put(LOGIC, "UNAVAILABLE")
    assert alarms(begun, batch, story.advance()) == ()


def test_warnings_stop_nothing_and_a_fault_may_become_one():
    story = Story(SYSTEM)
    begun = story.put(SYSTEM, "NORMAL").begin()
    warned = story.put(SYSTEM, "WARNING", nativeCode="5").advance()
    assert [one.value for one in warned.observations] == ["WARNING|5"]
    assert alarms(begun, warned) == ()
    fault = story.put(SYSTEM, "FAULT", nativeCode="5").advance()
    assert alarms(begun, fault) == ("5",)
    assert alarms(begun, fault, story.put(SYSTEM, "WARNING", nativeCode="5").advance()) == ()


def test_a_fault_without_code_is_known_by_its_item():
    story = Story(SYSTEM)
    begun = story.put(SYSTEM, "NORMAL").begin()
    fault = story.put(SYSTEM, "FAULT").advance()
    assert [one.value for one in fault.observations] == ["FAULT|s"]
    assert alarms(begun, fault, story.put(SYSTEM, "NORMAL").advance()) == ()


def test_faults_that_ended_during_a_gap_are_cleared():
    story = Story(SYSTEM)
    story.put(SYSTEM, "NORMAL").begin()
    before = story.put(SYSTEM, "FAULT", nativeCode="1").put(SYSTEM, "FAULT", nativeCode="2").advance()
    story.at(9).agent.start(2)
    story.put(SYSTEM, "FAULT", nativeCode="2").put(SYSTEM, "FAULT", nativeCode="3")
    after = story.begin()
    assert sorted(alarms(before, after)) == ["2", "3"]
    story.agent.start(3)
    assert alarms(before, after, story.put(SYSTEM, "NORMAL").begin()) == ()


def test_a_reset_is_told_when_it_happens_and_not_again_at_connect():
    story = Story(COUNT).put(COUNT, "50")
    story.begin()
    story.put(COUNT, "0", resetTriggered="SHIFT")
    assert [(one.value, one.reset) for one in story.advance().observations] == [(0, True)]
    story.session = Session()
    assert [one.reset for one in story.begin().observations] == [False]


def test_discrete_values_are_events_even_if_they_repeat_or_follow_a_loss():
    story = Story(EVENT).put(EVENT, "1")
    story.session = Session(discrete=frozenset({"M7/d"}))
    assert [one.snapshot for one in story.begin().observations] == [True]
    story.put(EVENT, "1").put(EVENT, "1")
    assert [(one.value, one.snapshot) for one in story.advance().observations] == [(1, False), (1, False)]
    story.put(EVENT, "UNAVAILABLE").put(EVENT, "1")
    assert [(one.value, one.snapshot) for one in story.advance().observations] == [(None, False), (1, False)]


@pytest.mark.parametrize(
    ("text", "value", "quality"),
    [("12", 12, "good"), ("12.5", 12.5, "good"), ("nan", None, "bad"), ("many", "many", "good")],
)
def test_numbers_are_numbers_where_the_standard_says_so(text, value, quality):
    story = Story(COUNT).put(COUNT, text)
    [one] = story.begin().observations
    assert (one.value, one.quality, one.native) == (value, quality, text)


def test_a_program_called_217_stays_a_text():
    program = Item("M7", "prog", "PROGRAM")
    assert values(Story(program).put(program, "217").begin()) == [("M7/prog", "217")]


@pytest.mark.parametrize("cursor", [{}, {"instance": "1"}, {"next": "x"}, {"instance": 1, "heard": 3}])
def test_a_cursor_that_cannot_be_read_is_as_good_as_none(cursor):
    assert Session.resume(cursor).epoch == ""


STEPS = st.lists(
    st.tuples(
        st.sampled_from([STATE, COUNT, SYSTEM]),
        st.sampled_from(["READY", "ACTIVE", "UNAVAILABLE", "7", "FAULT", "NORMAL"]),
        st.integers(-30, 30),
    ),
    max_size=30,
)


@given(STEPS, st.integers(1, 7), st.integers(0, 30))
def test_cutting_and_restarting_anywhere_changes_nothing(steps, size, restart):
    """However documents are cut, and wherever we were restarted from a stored cursor, the same is told."""

    def told(size, restart):
        story = Story(STATE, COUNT, SYSTEM)
        found = list(story.begin().observations)
        for number, (item, text, late) in enumerate(steps):
            level = text if text in ("FAULT", "NORMAL", "UNAVAILABLE") else "NORMAL"
            story.at(number).put(item, level if item is SYSTEM else text, at(number - late))
        links = []
        while story.session.next < story.agent.next:
            document, _ = story.agent.sample(story.session.next, size)
            batch = story.session.advance(read(document))
            found += batch.observations
            links += batch.links
            if story.session.next > restart:
                story.session = Session.resume(json.loads(json.dumps(batch.cursor)))
                story.session.backlog = 0
        return found, links

    assert told(size, restart) == told(1000, 1000)
