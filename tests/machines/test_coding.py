"""Which reason holds for which part of a standstill, for any standstills and anything said (S10)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from machines.domain.coding import Said, Standstill, home_of, pieces_of

T0 = datetime(2026, 3, 2, 6, tzinfo=UTC)


def at(minutes):
    return T0 + timedelta(minutes=minutes)


def said(start, end, ref, *, told=0, **more):
    return Said(at(start), at(end), ref, at(told), **more)


def pieces(standstills, *codings):
    rows = [Standstill(at(start), None if end is None else at(end)) for start, end in standstills]
    return [
        (
            (one.start - T0) // timedelta(minutes=1),
            one.end and (one.end - T0) // timedelta(minutes=1),
            one.ref,
        )
        for found in pieces_of(rows, codings).values()
        for one in found
    ]


def test_a_coding_covers_its_whole_standstill_wherever_its_borders_moved():
    assert pieces([(0, 60)], said(10, 40, "A")) == [(0, 60, "A")]
    assert pieces([(0, 20), (30, 60)], said(0, 60, "A")) == [(0, 20, None), (30, 60, "A")]
    assert pieces([(0, None)], said(0, 5, "A")) == [(0, None, "A")]


def test_a_cut_stays_where_a_person_made_it():
    first, second = said(0, 20, "A", cut_end=True), said(20, 60, "B", cut_start=True)
    assert pieces([(0, 60)], first, second) == [(0, 20, "A"), (20, 60, "B")]
    assert pieces([(5, 90)], first, second) == [(5, 20, "A"), (20, 90, "B")]
    assert pieces([(0, None)], first, second) == [(0, 20, "A"), (20, None, "B")]
    assert pieces([(25, 60)], first, second) == [(25, 60, "B")], "the first part has become an orphan"
    assert pieces([(0, 60)], second) == [(0, 20, None), (20, 60, "B")]


def test_people_before_machines_then_the_greater_share_then_the_last_said():
    machine = said(0, 60, "M", told=9, by_person=False)
    assert pieces([(0, 60)], machine, said(0, 5, "A")) == [(0, 60, "A")]
    assert pieces([(0, 60)], said(0, 50, "A", told=1), said(0, 40, "B", told=2)) == [(0, 60, "A")]
    assert pieces([(0, 60)], said(0, 60, "A", told=1), said(0, 60, "B", told=2)) == [(0, 60, "B")]
    part = said(20, 30, "P", cut_start=True, cut_end=True)
    assert pieces([(0, 60)], said(0, 60, "A", told=5), part) == [(0, 20, "A"), (20, 30, "P"), (30, 60, "A")]


def test_what_meets_no_standstill_is_an_orphan():
    assert home_of(said(0, 10, "A"), [Standstill(at(10), at(20))]) is None
    assert pieces([(10, 20)], said(0, 10, "A")) == [(10, 20, None)]


lengths = st.lists(st.integers(1, 30), min_size=2, max_size=12)


@st.composite
def slots(draw):
    borders, standstills = 0, []
    for number, length in enumerate(draw(lengths)):
        if number % 2 == 0:
            standstills.append((borders, borders + length))
        borders += length
    if draw(st.booleans()):
        standstills[-1] = (standstills[-1][0], None)
    return standstills, borders


@st.composite
def codings(draw, latest):
    start = draw(st.integers(0, latest))
    return said(
        start,
        draw(st.integers(start + 1, latest + 10)),
        draw(st.integers(0, 3)),
        told=draw(st.integers(0, 50)),
        number=draw(st.integers(0, 1000)),
        cut_start=draw(st.booleans()),
        cut_end=draw(st.booleans()),
        by_person=draw(st.booleans()),
    )


@given(st.data())
def test_pieces_cover_each_standstill_without_hole_or_overlap_in_any_order_of_saying(data):
    standstills, latest = data.draw(slots())
    told = data.draw(st.lists(codings(latest), max_size=6, unique_by=lambda one: one.number))
    found = pieces(standstills, *told)
    for start, end in standstills:
        inside = [one for one in found if one[0] >= start and (end is None or one[0] < end)]
        assert inside[0][0] == start
        assert inside[-1][1] == end
        assert all(left[1] == right[0] for left, right in pairwise(inside))
        assert all(left[2] != right[2] for left, right in pairwise(inside))
    assert pieces(standstills, *reversed(told)) == found


@given(st.data())
def test_following_its_standstill_changes_nothing_that_is_shown(data):
    """What realigning writes down (the part inside the home) reads the same as what was said."""
    standstills, latest = data.draw(slots())
    told = data.draw(codings(latest))
    rows = [Standstill(at(start), None if end is None else at(end)) for start, end in standstills]
    home = home_of(told, rows)
    if home is None or home.end is None:
        return
    start, end = told.inside(home)
    moved = Said(
        start, end, told.ref, told.said_at, told.number, told.cut_start, told.cut_end, told.by_person
    )
    assert pieces_of(rows, [moved]) == pieces_of(rows, [told])
