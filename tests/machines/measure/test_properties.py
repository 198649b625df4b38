"""Properties that hold for any signals: P1, P3 to P5, P7 to P9, P12, P14, P15."""

import itertools
import random
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from machines.domain.measure import Flag, ProgramRule, Reference, Role, Rules, Sample, State, Trust
from tests.machines.measure.measuring import Measured, at, seconds

RULES = st.builds(
    Rules,
    count_item=st.sampled_from(["cycle_event", "part_count", "cycle_count", "execution", "pulse"]),
    trust=st.sampled_from(list(Trust)),
    slots=st.integers(1, 2),
    micro=st.sampled_from([seconds(60), seconds(300)]),
    silence=st.sampled_from([None, seconds(45), seconds(120)]),
    min_cycle=st.sampled_from([None, seconds(2)]),
    modulus=st.sampled_from([None, 100]),
    references=st.sampled_from([(), (Reference(seconds(10)),), (Reference(seconds(10), "A"),)]),
    roles=st.sampled_from(
        [(), (ProgramRule("B", Role.SETUP),), (ProgramRule("*", Role.PART_OF, valid_from=at(100)),)]
    ),
)
VALUES = {
    "state": st.sampled_from(
        [
            "ACTIVE",
            "READY",
            "INTERRUPTED",
            "PROGRAM_COMPLETED",
            "PROGRAM_STOPPED",
            "UNAVAILABLE",
            "SETUP",
            "?",
        ]
    ),
    "mode": st.sampled_from(["AUTOMATIC", "MANUAL", "SETUP", "MAINTENANCE"]),
    "program": st.sampled_from(["A.NC", "B.NC", None]),
    "part_count": st.one_of(st.none(), st.integers(0, 110)),
    "cycle_count": st.one_of(st.none(), st.integers(0, 110)),
    "cycle_event": st.sampled_from([True, 1, 2, "BAD", False, None]),
    "cycle_time": st.sampled_from([5, 9.5, 12, -1, None]),
    "pulse": st.sampled_from([True, False]),
    "alarm": st.sampled_from(["FAULT|E1", "NORMAL|E1", None]),
    "available": st.sampled_from([True, False]),
    "setup": st.sampled_from([True, "A", False]),
}


@st.composite
def samples(draw, least=1, most=40):
    """A stream as sources send it: sequence numbers never repeat in an epoch, times may be equal."""
    size = draw(st.integers(least, most))
    ts, stream = 0.0, []
    for seq in range(size):
        ts += draw(st.sampled_from([0, 0, 0.3, 0.9, 5, 10, 10, 10, 29, 31, 100, 400]))
        item = draw(st.sampled_from(sorted(VALUES)))
        stream.append(
            Sample(
                at(ts),
                item,
                draw(VALUES[item]),
                source=draw(st.sampled_from([1, 1, 1, 2])),
                epoch=draw(st.sampled_from(["a", "a", "a", "a", "b"])),
                seq=seq,
                slot=draw(st.sampled_from([0, 0, 1, 2])),
                quality=draw(st.sampled_from(["good"] * 6 + ["bad"])),
                snapshot=draw(st.sampled_from([False] * 9 + [True])),
                reset=draw(st.sampled_from([False] * 9 + [True])),
            )
        )
    return stream


def everything(measured):
    return (measured.cycles, sorted(measured.intervals, key=lambda one: (one.slot, one.start)))


def later(stream, by=50.0):
    return (stream[-1].ts - at(0)).total_seconds() + by


@given(stream=samples(), rules=RULES, seed=st.integers(0, 999), by=st.sampled_from([0, 1, 50, 500]))
@settings(max_examples=60, deadline=None)
def test_p1_order_of_arrival_does_not_matter(stream, rules, seed, by):
    shuffled = list(stream)
    random.Random(seed).shuffle(shuffled)
    now = later(stream, by)
    assert everything(Measured(stream, rules, now)) == everything(Measured(shuffled, rules, now))


@given(stream=samples(), rules=RULES, data=st.data(), by=st.sampled_from([0, 1, 50, 500]))
@settings(max_examples=60, deadline=None)
def test_p3_cutting_into_batches_does_not_matter(stream, rules, data, by):
    """Each cut also sends the state through its JSON form."""
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=6).map(tuple))
    now = later(stream, by)
    assert everything(Measured(stream, rules, now)) == everything(Measured(stream, rules, now, cuts))


@given(
    steps=st.lists(st.tuples(st.sampled_from([1, 10, 40]), st.integers(0, 5)), max_size=30),
    slots=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_p4_quantity_is_conserved(steps, slots):
    """Each piece of two counters is credited once, set-up pieces and helpers apart."""
    rules = Rules(count_item="part_count", slots=2 if slots else 1, references=(Reference(seconds(10)),))
    stream, ts, count = [], 0.0, {1: 0, 2: 0}
    for number in (1, 2) if slots else (1,):
        stream.append(Sample(at(0), "part_count", 0, slot=number, seq=number))
    for index, (gap, amount) in enumerate(steps):
        ts += gap
        number = 1 + index % 2 if slots else 1
        count[number] += amount
        stream.append(Sample(at(ts), "part_count", count[number], slot=number, seq=index + 10))
    measured = Measured(stream, rules)
    for number in count:
        assert sum(one.quantity for one in measured.cycles if one.slot == number) == count[number]


@given(stream=samples(), rules=RULES, by=st.sampled_from([0, 1, 31, 50, 500]))
@settings(max_examples=60, deadline=None)
def test_p5_the_timeline_is_whole(stream, rules, by):
    measured = Measured(stream, rules, later(stream, by))
    for slot in range(1, rules.slots + 1):
        line = sorted((one for one in measured.intervals if one.slot == slot), key=lambda one: one.start)
        assert line[0].start == stream[0].ts
        assert line[-1].end is None
        for before, after in itertools.pairwise(line):
            assert before.end == after.start, "no hole, no overlap"
            assert before.start < before.end, "no zero length"
            standing = {State.STOP, State.MICRO_STOP}
            assert before.state != after.state, "no equal neighbours"
            assert not ({before.state, after.state} <= standing), "one standstill is one interval"


@given(
    days=st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from(["", "", "", "reset", "reset told"])),
        min_size=1,
        max_size=40,
    ),
    modulus=st.sampled_from([None, 100]),
)
@settings(max_examples=60, deadline=None)
def test_p7_a_reset_hides_at_most_what_was_made_before_it(days, modulus):
    """Between two readings: some pieces, then perhaps a reset and some pieces more."""
    rules = Rules(count_item="part_count", modulus=modulus, references=(Reference(seconds(10)),))
    stream, value, true, hidden = [Sample(at(0), "part_count", 0)], 0, 0, 0
    for index, (made, reset) in enumerate(days, 1):
        true += made
        if reset:
            hidden += made
            value = made % 3
            true += value
        else:
            value += made
            if modulus:
                value %= modulus
        told = reset == "reset told" or bool(reset and value >= stream[-1].value)
        stream.append(Sample(at(index * 100), "part_count", value, seq=index, reset=told))
    measured = Measured(stream, rules)
    assert measured.waiting == 0
    assert abs(measured.pieces - true) <= hidden


@given(stream=samples(), rules=RULES)
@settings(max_examples=60, deadline=None)
def test_p8_doubtful_counts_are_never_credited(stream, rules):
    doubtful = {Flag.CORRECTED, Flag.SUSPICIOUS, Flag.IMPLAUSIBLE}
    for cycle in Measured(stream, rules).cycles:
        if doubtful & set(cycle.flags):
            assert cycle.quantity == 0
            assert cycle.waiting != 0
        else:
            assert cycle.waiting == 0


@given(stream=samples(), rules=RULES, offset=st.integers(-4, 4))
@settings(max_examples=60, deadline=None)
def test_p9_a_clock_offset_shifts_everything_and_changes_no_quantity(stream, rules, offset):
    shift = timedelta(seconds=offset)
    now = later(stream)
    here = Measured(stream, rules, now)
    there = Measured([replace(one, ts=one.ts + shift) for one in stream], rules, now + offset)
    assert [(one.end + shift, one.quantity, one.flags) for one in here.cycles] == [
        (one.end, one.quantity, one.flags) for one in there.cycles
    ]
    assert [(one.start + shift, one.state) for one in here.intervals] == [
        (one.start, one.state) for one in there.intervals
    ]


@given(stream=samples(), rules=RULES, micro=st.sampled_from([40, 100, 1000]))
@settings(max_examples=60, deadline=None)
def test_p12_micro_moves_time_only_between_micro_stop_and_stop(stream, rules, micro):
    now = later(stream)
    one, other = Measured(stream, rules, now), Measured(stream, replace(rules, micro=seconds(micro)), now)
    assert one.cycles == other.cycles
    assert abs(one.time_in("stop", "micro_stop") - other.time_in("stop", "micro_stop")) < 1e-3
    for state in ("producing", "setup", "maintenance", "idle", "unknown"):
        assert abs(one.time_in(state) - other.time_in(state)) < 1e-3


@given(stream=samples(), rules=RULES, k=st.sampled_from([1.5, 3.0, 9.0]), floor=st.sampled_from([0, 10, 60]))
@settings(max_examples=60, deadline=None)
def test_p12_k_and_floor_conserve_time_and_quantity(stream, rules, k, floor):
    now = later(stream)
    one, other = (
        Measured(stream, rules, now),
        Measured(stream, replace(rules, k=k, floor=seconds(floor)), now),
    )
    every = [state.value for state in State]
    assert abs(one.time_in(*every) - other.time_in(*every)) < 1e-3
    if not any(sample.item == "setup" for sample in stream):
        assert one.pieces == other.pieces


@given(
    stream=samples(least=10),
    trust=st.sampled_from(list(Trust)),
    cut=st.tuples(st.integers(1, 8), st.integers(1, 8)),
)
@settings(max_examples=60, deadline=None)
def test_p14_a_window_without_samples_is_unknown(stream, trust, cut):
    rules = Rules(
        trust=trust, count_item="part_count", silence=seconds(45), references=(Reference(seconds(10)),)
    )
    start, size = cut
    before, after = (
        stream[:start],
        [replace(one, ts=one.ts + timedelta(seconds=46)) for one in stream[start + size :]],
    )
    if not after:
        return
    measured = Measured([*before, *after], rules, later(after))
    lost, found = before[-1].ts, after[0].ts
    for slot in (1,):
        touching = [
            one
            for one in measured.intervals
            if one.slot == slot and one.start < found and (one.end is None or one.end > lost)
        ]
        assert [one.state for one in touching] == [State.UNKNOWN]


@given(lost=st.integers(1, 10), total=st.integers(15, 30))
@settings(max_examples=60, deadline=None)
def test_p14_the_counter_difference_over_the_window_stays(lost, total):
    rules = Rules(count_item="part_count", silence=seconds(45), references=(Reference(seconds(10)),))
    stream = [
        Sample(at(index * 10 + (1000 if index > 1 + lost else 0)), "part_count", index)
        for index in range(total)
    ]
    kept = [one for index, one in enumerate(stream) if not 1 < index <= 1 + lost]
    assert Measured(kept, rules).pieces == total - 1


@given(seed=st.integers(0, 999))
@settings(max_examples=50, deadline=None)
def test_p15_state_and_count_of_one_instant_may_stand_in_any_order(seed):
    moment = [
        Sample(at(40), "state", "PROGRAM_COMPLETED"),
        Sample(at(40), "part_count", 1),
        Sample(at(40), "program", "B"),
    ]
    random.Random(seed).shuffle(moment)
    for seq, one in enumerate(moment):
        one.seq = 10 + seq
    stream = [
        Sample(at(0), "state", "READY", seq=1),
        Sample(at(0), "part_count", 0, seq=2),
        Sample(at(0), "program", "A", seq=3),
        Sample(at(10), "state", "ACTIVE", seq=4),
        *moment,
    ]
    (cycle,) = Measured(stream, Rules(count_item="part_count", trust=Trust.STATE)).cycles
    assert (cycle.program, cycle.duration) == ("A", seconds(30))
