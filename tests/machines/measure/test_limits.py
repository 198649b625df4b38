"""Thresholds that change in time (R6): the past keeps its own, each slot and each work has its own."""

from machines.domain.measure import Limits, Reference, Rules, Trust
from tests.machines.measure.measuring import Measured, at, counter, events, planned, seconds


def limits(valid_from=None, *, slot=1, micro=300, k=3.0, floor=10, min_cycle=None):
    return Limits(
        slot,
        seconds(micro),
        k,
        seconds(floor),
        None if min_cycle is None else seconds(min_cycle),
        None if valid_from is None else at(valid_from),
    )


def test_a_standstill_is_judged_by_the_threshold_at_its_beginning():
    rules = planned(10, limits=(limits(micro=300), limits(1000, micro=60)))
    measured = Measured(events(*range(0, 500, 10), 590, *range(600, 1100, 10), 1190, 1200), rules)
    assert [state for _start, _end, state in measured.line() if "stop" in state] == ["micro_stop", "stop"]


def test_the_gap_factor_of_the_work_at_that_time():
    rules = planned(10, limits=(limits(k=3), limits(500, k=20)))
    measured = Measured(events(*range(0, 110, 10), 200, *range(500, 610, 10), 700), rules)
    standing = [(start, end) for start, end, state in measured.line() if "stop" in state]
    assert standing == [(100, 190), (200, 490)], "a gap of 90 s at k = 20 is a slow cycle"


def test_each_slot_has_its_own():
    rules = Rules(
        count_item="part_count",
        trust=Trust.CYCLES,
        slots=2,
        references=(Reference(seconds(10)),),
        limits=(limits(slot=1, min_cycle=5), limits(slot=2, min_cycle=1)),
    )
    fast = [one for slot in (1, 2) for one in counter((0, 0), (10, 8), slot=slot, source=slot)]
    measured = Measured(fast, rules)
    assert sum(one.quantity for one in measured.cycles if one.slot == 2) == 8
    assert sum(one.waiting for one in measured.cycles if one.slot == 1) == 8, "eight in ten seconds wait"


def test_cutting_does_not_matter_across_a_change():
    rules = planned(10, limits=(limits(), limits(95, micro=30, k=1.5), limits(210, micro=600)))
    stream = events(*range(0, 100, 10), 140, 150, 200, 260, 400)
    whole, cut = Measured(stream, rules, 500), Measured(stream, rules, 500, cuts=(3, 9, 11, 13))
    assert (whole.cycles, whole.intervals) == (cut.cycles, cut.intervals)
