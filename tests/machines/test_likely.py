"""The order in which reasons are offered: counts that can be shown, the same every time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from machines.domain.likely import Situation, Told, rank

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
REASONS = [1, 2, 3, 4]


def told(reason, days=1, **situation):
    return Told(reason, NOW - timedelta(days=days), Situation(**situation))


def order(now, *history):
    return [one.reason for one in rank(REASONS, now, history, at=NOW)]


def test_without_history_the_plants_order_holds():
    assert order(Situation()) == REASONS


def test_each_thing_in_common_lifts_a_reason():
    often = [told(2), told(2)]
    assert order(Situation(), *often, told(4))[:2] == [2, 4]
    assert order(Situation(alarm="E1"), *often, told(4, alarm="E1"))[0] == 4
    assert order(Situation(before=9), *often, told(4, before=9))[0] == 4
    assert order(Situation(item=7), *often, told(4, item=7))[0] == 4
    assert order(Situation(hour=0), told(2), told(4, hour=23))[0] == 4
    assert order(Situation(hour=0), told(2), told(4, hour=21))[0] == 2
    assert order(Situation(alarm=""), *often, told(4, alarm=""))[0] == 2, "no code is no likeness"


def test_what_is_long_ago_counts_less_and_reasons_no_longer_in_use_not_at_all():
    assert order(Situation(), told(3, days=29), told(2, days=1))[:2] == [2, 3]
    assert order(Situation(), told(99)) == REASONS


def test_the_counts_are_shown():
    [first, *_] = rank(
        REASONS, Situation(alarm="E1", item=7), [told(3, alarm="E1", item=7), told(3, item=7)], at=NOW
    )
    assert (first.reason, first.times, first.same_alarm, first.same_item) == (3, 2, 1, 2)


situations = st.builds(
    Situation,
    alarm=st.sampled_from(["", "E1", "E2"]),
    item=st.sampled_from([None, 7]),
    hour=st.sampled_from([None, 0, 6, 23]),
    before=st.sampled_from([None, 1]),
)
histories = st.lists(
    st.builds(
        Told,
        reason=st.sampled_from([1, 2, 3, 4, 99]),
        at=st.integers(0, 30).map(lambda days: NOW - timedelta(days=days)),
        situation=situations,
    ),
    max_size=12,
)


@given(situations, histories, st.randoms())
def test_any_order_of_history_gives_the_same_and_nothing_is_lost(now, history, dice):
    shuffled = list(history)
    dice.shuffle(shuffled)
    found = rank(REASONS, now, history, at=NOW)
    assert found == rank(REASONS, now, shuffled, at=NOW)
    assert sorted(one.reason for one in found) == REASONS
    assert sum(one.times for one in found) == sum(told.reason in REASONS for told in history)
