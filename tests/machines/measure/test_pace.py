"""A machine at work at its own pace: the short way says exactly what the fold says."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from machines.domain.measure import (
    FoldState,
    Limits,
    ProgramRule,
    Reference,
    Role,
    Rules,
    Sample,
    State,
    Trust,
    fold,
    tail,
)
from machines.domain.measure.fold import flush, fold_at_pace
from machines.domain.measure.pace import Pace
from machines.domain.measure.samples import Yield
from tests.machines.measure.measuring import at, seconds

RULES = st.builds(
    Rules,
    count_item=st.sampled_from(["cycle_event", "part_count", "cycle_count", "good_count", "pulse"]),
    bad_item=st.sampled_from([None, "bad_count"]),
    trust=st.sampled_from([Trust.CYCLES, Trust.CYCLES, Trust.STATE]),
    slots=st.sampled_from([1, 1, 1, 2]),
    silence=st.sampled_from([None, seconds(25), seconds(200)]),
    min_cycle=st.sampled_from([None, seconds(2)]),
    references=st.sampled_from(
        [
            (Reference(seconds(10)),),
            (Reference(seconds(10)), Reference(seconds(9), "A", at(60)), Reference(seconds(12), "", at(120))),
            (),
        ]
    ),
    pieces_per_cycle=st.sampled_from(
        [(Yield(Decimal(1)),), (Yield(Decimal("4.000")), Yield(Decimal(2), at(90))), (Yield(Decimal("0.5")),)]
    ),
    roles=st.sampled_from([(), (ProgramRule("B", Role.SETUP),), (ProgramRule("*", Role.PRODUCE, at(70)),)]),
    limits=st.sampled_from(
        [
            (),
            (
                Limits(1, seconds(60), 2.0, seconds(1), None),
                Limits(1, seconds(60), 4.0, seconds(9), None, at(80)),
            ),
        ]
    ),
)
OTHERS = [
    *(("state", "ACTIVE"), ("state", "READY"), ("state", "PROGRAM_COMPLETED"), ("state", "INTERRUPTED")),
    *(("program", "A.NC"), ("program", "B"), ("alarm", "FAULT|E1"), ("alarm", None), ("setup", True)),
    *(("setup", False), ("cycle_time", 9.5), ("job", "J1"), ("bad_count", 1), ("mode", "AUTOMATIC")),
]


@st.composite
def works(draw):
    """A machine that mostly works: cycles at a steady pace, now and then something else."""
    rules = draw(RULES)
    counted = rules.count_item in ("part_count", "cycle_count", "good_count")
    ts, count, stream = 0.0, 0, []
    for seq in range(draw(st.integers(5, 60))):
        ts += draw(st.sampled_from([10, 10, 10, 10, 10, 9.7, 11, 0, 3, 28, 35, 90]))
        epoch = draw(st.sampled_from(["a"] * 30 + ["b"]))
        item, value = rules.count_item, True
        if draw(st.integers(0, 9)) == 0:
            item, value = draw(st.sampled_from(OTHERS))
        elif counted:
            count += draw(st.sampled_from([1, 1, 1, 1, 2, 4, 4, 0]))
            value = count = 0 if draw(st.integers(0, 40)) == 0 else count
        elif draw(st.integers(0, 20)) == 0:
            value = draw(st.sampled_from([False, 2, "BAD", 1]))
        odd, behind = draw(st.integers(0, 30)), draw(st.sampled_from([None, 0.1, 5, 5.5, 400]))
        stream.append(
            Sample(
                at(ts),
                item,
                value,
                source=1,
                epoch=epoch,
                seq=seq,
                slot=draw(st.sampled_from([0, 0, 1])),
                quality="bad" if odd == 0 else "good",
                snapshot=odd == 1,
                reset=odd == 2,
                received=None if behind is None else at(ts + behind),
            )
        )
    return rules, stream


def folded(state, sample, rules):
    out = fold(state, [sample], rules)
    rest = flush(state, rules)
    return out.cycles + rest.cycles, out.intervals + rest.intervals, out.notes + rest.notes


@given(work=works(), later=st.sampled_from([0.2, 1, 8, 15, 24.9, 25, 31, 60, 300]))
@settings(max_examples=80, deadline=None)
def test_the_short_way_says_what_the_fold_says(work, later):
    rules, stream = work
    state, pace = FoldState(), Pace(rules)
    last = None
    for sample in stream:
        if last is not None and sample.ts <= last:
            continue
        last = sample.ts
        short = state.clone()
        took = pace.run(short, [sample], 0, 1)
        cycles, intervals, notes = folded(state, sample, rules)
        if not took:
            continue
        (duration,) = took
        assert short == state
        (cycle,) = cycles
        assert (cycle.end, cycle.duration, cycle.quantity) == (sample.ts, duration, pace.quantity)
        assert (cycle.bad, cycle.waiting, cycle.since, cycle.flags) == (0, 0, None, ())
        assert cycle.program == pace.program
        assert (intervals, notes) == ([], [])
        state = short
        now = (sample.received or sample.ts) + seconds(later)
        due = pace.due(state, now)
        view = tail(state, rules, now)
        as_of = now if state.comes_until(now) is None else sample.ts
        assert pace.tail(state, now) == (view if pace.since <= as_of < pace.until else None)
        if due is None:
            continue
        assert view.due == due
        assert (view.cycles, view.intervals) == ([], [])
        (line,) = view.open
        assert (line.start, line.end, line.state) == (state.slots[0].line.start, None, State.PRODUCING)
        assert (line.flags, line.code) == (state.slots[0].line.flags, state.slots[0].line.code)


@given(work=works())
@settings(max_examples=50, deadline=None)
def test_a_fold_at_pace_is_the_fold(work):
    """Many samples at once, some of one instant: cycles, intervals, notes and the state are the same."""
    rules, stream = work
    plain, quick = FoldState(), FoldState()
    out, rest = fold(plain, stream, rules), flush(plain, rules)
    same = fold_at_pace(quick, stream, rules, Pace(rules))
    assert (same.cycles, same.intervals) == (out.cycles + rest.cycles, out.intervals + rest.intervals)
    assert same.notes == out.notes + rest.notes
    assert quick == plain


def test_a_steady_machine_takes_the_short_way():
    """From the second cycle on, whatever the thresholds say; a counter too."""
    for rules, values in (
        (Rules(references=(Reference(seconds(10)),)), [True] * 30),
        (Rules(count_item="part_count", references=(Reference(seconds(10)),)), range(30)),
    ):
        state, pace, short = FoldState(), Pace(rules), 0
        for seq, value in enumerate(values):
            sample = Sample(at(10 * seq), rules.count_item, value, source=1, epoch="a", seq=seq)
            if not pace.run(state, [sample], 0, 1):
                folded(state, sample, rules)
            else:
                short += 1
                assert pace.due(state, sample.ts) == sample.ts + seconds(30) + timedelta(microseconds=1)
        assert short >= 27
