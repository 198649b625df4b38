"""Rules A1, A4, A6, A7, A9, P10, P11 and S6: which run gets which cycle."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from orders.domain.attribution import (
    Confidence,
    CountedCycle,
    RunSpan,
    attribute,
    production_begin,
)

T0 = datetime(2026, 3, 2, 6, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def cycle(
    start: float, *, slot: int = 1, quantity: int = 1, program: str = "", duration: float = 10
) -> CountedCycle:
    return CountedCycle(slot, at(start), Decimal(quantity), program, timedelta(seconds=duration))


def run(
    ident: int,
    start: float,
    end: float | None,
    *,
    production: float | None = 0,
    slot: int = 1,
    program: str = "",
):
    begin = None if production is None else at(max(production, start))
    return RunSpan(ident, slot, at(start), None if end is None else at(end), begin, program)


runs_on_one_slot = st.lists(st.integers(0, 500), min_size=2, max_size=9, unique=True).map(
    lambda borders: [
        run(number, start, end)
        for number, (start, end) in enumerate(
            zip(sorted(borders), sorted(borders)[1:], strict=False), start=1
        )
        if number % 3
    ]
)
cycles_anywhere = st.lists(
    st.builds(
        lambda start, quantity: cycle(start, quantity=quantity), st.integers(-20, 520), st.integers(1, 8)
    ),
    max_size=60,
)


@given(runs_on_one_slot, cycles_anywhere)
def test_every_piece_is_credited_or_unassigned(runs, cycles):
    result = attribute(cycles, runs)
    credited = sum(credit.quantity for credit in result.credits)
    assert credited + sum(left.quantity for left in result.unassigned) == sum(
        each.quantity for each in cycles
    )


@given(runs_on_one_slot, cycles_anywhere, st.randoms())
def test_order_of_runs_and_cycles_does_not_matter(runs, cycles, random):
    shuffled_runs, shuffled = list(runs), list(cycles)
    random.shuffle(shuffled_runs)
    random.shuffle(shuffled)

    def totals(result):
        found = {}
        for credit in result.credits:
            found[credit.run] = found.get(credit.run, 0) + credit.quantity
        return found

    assert totals(attribute(cycles, runs)) == totals(attribute(shuffled, shuffled_runs))


@given(st.integers(1, 499), st.integers(1, 499), cycles_anywhere)
def test_moving_a_border_moves_exactly_the_cycles_that_start_between(old, new, cycles):
    def first_run(border):
        result = attribute(cycles, [run(1, 0, border), run(2, border, 500)])
        return sum(credit.quantity for credit in result.credits if credit.run == 1)

    low, high = sorted((old, new))
    between = sum(each.quantity for each in cycles if at(low) <= each.credit_at < at(high))
    assert abs(first_run(new) - first_run(old)) == between


@given(st.integers(0, 1000), st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_a_quantity_over_a_gap_is_shared_exactly(quantity, lengths):
    borders = [sum(lengths[:index]) for index in range(len(lengths) + 1)]
    runs = [run(n, a, b) for n, (a, b) in enumerate(pairwise(borders), start=1)]
    gap = CountedCycle(1, at(borders[-1]), Decimal(quantity), since=at(0))
    result = attribute([gap], runs)
    assert sum(credit.quantity for credit in result.credits) == quantity
    for credit in result.credits:
        share = quantity * lengths[credit.run - 1] / borders[-1]
        assert abs(float(credit.quantity) - share) < 1
        assert credit.confidence is Confidence.ESTIMATED


def test_a_piece_begun_before_the_switch_belongs_to_the_old_order():
    result = attribute([cycle(99), cycle(100)], [run(1, 0, 100), run(2, 100, None)])
    assert [credit.run for credit in result.credits] == [1, 2]


@given(
    offset=st.floats(-5, 5),
    proving=st.lists(st.integers(11, 300), max_size=3),
    made=st.lists(st.integers(11, 300), min_size=1, max_size=6),
    runs=st.integers(1, 4),
    setup=st.booleans(),
)
def test_a_clock_that_is_a_little_wrong_moves_no_piece(offset, proving, made, runs, setup):
    """P9: pieces of runs whose production was said at their first good cycle stay theirs, in their phase."""
    cycles, spans, now, wanted = [], [], 0.0, []
    for number in range(1, runs + 1):
        start = now = now + 20
        for length in proving if setup else ():
            cycles.append(cycle(now, duration=length))
            wanted.append((number, True))
            now += length
        begin = now
        for length in made:
            cycles.append(cycle(now, duration=length))
            wanted.append((number, False))
            now += length
        spans.append(run(number, start - 10 * setup, now, production=begin))
    shifted = [replace(one, credit_at=one.credit_at + timedelta(seconds=offset)) for one in cycles]
    result = attribute(shifted, spans)
    assert [(credit.run, credit.setup) for credit in result.credits] == wanted
    assert result.unassigned == ()


def test_a_piece_that_lies_mostly_before_the_border_stays_there():
    setup = run(1, 0, None, production=100)
    said = {start: attribute([cycle(start)], [setup]).credits[0].setup for start in (94, 95, 96, 100)}
    assert said == {94: True, 95: True, 96: False, 100: False}, "of ten seconds, five must not lie before it"
    early = attribute([cycle(96), cycle(94)], [run(1, 100, None)])
    assert [credit.at for credit in early.credits] == [at(96)]
    assert len(early.unassigned) == 1


def test_a_piece_just_before_a_run_needs_its_program():
    beginning = [run(1, 100, None, program="boxop1")]
    assert attribute([cycle(98, program="test")], beginning).credits == ()
    assert len(attribute([cycle(98, program="boxop1")], beginning).credits) == 1


def test_slots_do_not_mix():
    result = attribute([cycle(5, slot=2)], [run(1, 0, None, slot=1), run(2, 0, None, slot=2)])
    assert [credit.run for credit in result.credits] == [2]


def test_without_a_slot_the_program_decides_if_it_fits_exactly_one():
    runs = [run(1, 0, None, slot=1, program="fork"), run(2, 0, None, slot=2, program="hub")]
    found = attribute([cycle(5, slot=0, program="hub")], runs)
    assert [credit.run for credit in found.credits] == [2]
    for program in ("", "shaft"):
        assert attribute([cycle(5, slot=0, program=program)], runs).credits == ()
    same = [run(1, 0, None, slot=1, program="hub"), run(2, 0, None, slot=2, program="hub")]
    assert len(attribute([cycle(5, slot=0, program="hub")], same).unassigned) == 1


def test_pieces_made_in_setup_are_setup_pieces():
    result = attribute([cycle(5), cycle(50)], [run(1, 0, None, production=20)])
    assert [credit.setup for credit in result.credits] == [True, False]


def test_another_program_is_credited_and_flagged():
    result = attribute(
        [cycle(1, program="O:\\NC\\Box OP1.NC"), cycle(2, program="Test.NC"), cycle(3)],
        [run(1, 0, None, program="boxop1")],
    )
    assert [credit.confidence for credit in result.credits] == [
        Confidence.EXACT,
        Confidence.MISMATCH,
        Confidence.LIKELY,
    ]


def test_setup_ends_with_three_good_cycles_in_a_row():
    setup = run(1, 0, None, production=None)
    good = [cycle(start) for start in (100, 110, 120, 130)]
    late = [cycle(0, duration=60), cycle(70, duration=10), cycle(85, duration=14), *good]
    assert production_begin(late, setup, timedelta(seconds=10)) == at(100)
    assert production_begin(good[:2], setup, timedelta(seconds=10)) is None
    assert production_begin(good, setup, None) is None
