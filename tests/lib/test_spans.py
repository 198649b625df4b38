"""The interval algebra against the plainest model there is: a set of whole minutes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.lib.spans import Span, clip, gaps, intersect, subtract, total, union

EPOCH = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minute):
    return EPOCH + minute * MINUTE


@st.composite
def span_of_minutes(draw):
    start, length = draw(st.integers(0, 60)), draw(st.integers(0, 20))
    return Span(at(start), at(start + length))


some_spans = st.lists(span_of_minutes(), max_size=8)


def minutes(spans):
    return {m for span in spans for m in range((span.start - EPOCH) // MINUTE, (span.end - EPOCH) // MINUTE)}


def is_normal(spans):
    return all(s.start < s.end for s in spans) and all(a.end < b.start for a, b in pairwise(spans))


@given(some_spans, some_spans)
def test_set_functions_agree_with_sets_of_minutes(left, right):
    for result, expected in (
        (union(left, right), minutes(left) | minutes(right)),
        (intersect(left, right), minutes(left) & minutes(right)),
        (subtract(left, right), minutes(left) - minutes(right)),
    ):
        assert minutes(result) == expected
        assert is_normal(result)


@given(some_spans, span_of_minutes())
def test_clip_and_gaps_share_the_window_between_them(spans, window):
    inside, outside = clip(spans, window), gaps(spans, window)
    assert minutes(inside) == minutes(spans) & minutes([window])
    assert total(inside) + total(outside) == window.duration
    assert not intersect(inside, outside)


@given(some_spans)
def test_total_counts_doubled_time_once(spans):
    assert total(spans) == len(minutes(spans)) * MINUTE
    assert total(spans + spans) == total(spans)


@given(span_of_minutes(), span_of_minutes(), st.integers(0, 80))
def test_one_span_with_another_and_with_a_moment(a, b, minute):
    assert a.overlaps(b) is bool(minutes([a]) & minutes([b]))
    assert minutes([shared] if (shared := a & b) else []) == minutes([a]) & minutes([b])
    assert (at(minute) in a) is (minute in minutes([a]))


def test_touching_spans_merge_and_dont_overlap():
    a, b = Span(at(0), at(5)), Span(at(5), at(9))
    assert union([b, a]) == [Span(at(0), at(9))]
    assert not a.overlaps(b)
    assert at(5) in b
    assert at(5) not in a


def test_spans_are_kept_in_utc_so_that_the_double_hour_keeps_its_length():
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=0)
    second = datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=1)
    assert Span(first, second).duration == timedelta(hours=1)
    assert Span(first, second).start.tzinfo is UTC


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        Span(at(0).replace(tzinfo=None), at(1))


def test_a_backward_span_is_refused():
    with pytest.raises(ValueError, match="before it starts"):
        Span(at(1), at(0))
