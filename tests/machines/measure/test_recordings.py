"""P17: recorded days of real machines."""

from collections import Counter

from machines.domain.measure import ProgramRule, Role, Rules, Trust
from tests.machines.measure.measuring import Measured, seconds
from tests.machines.measure.recordings import box_day, lathe_day

BOX_ROLES = (
    ProgramRule("RGH", Role.SETUP),
    ProgramRule("TEST", Role.SETUP),
    ProgramRule("PARTIAL", Role.SETUP),
    ProgramRule("CAS", Role.PART_OF),
)


def test_the_box_day_has_eight_counter_steps_of_which_four_are_the_program():
    samples, damaged = box_day()
    measured = Measured(samples, Rules(count_item="part_count", trust=Trust.STATE, roles=BOX_ROLES))
    kinds = Counter("".join(cycle.flags) or cycle.program for cycle in measured.cycles)
    assert kinds == {"setup": 3, "helper": 1, "NIST_MTC_CRADA_BOX_REV-A_OP1": 4}
    assert measured.pieces == 4
    assert [line.strip() for line in damaged] == ["2017", "20175"], "damaged lines are reported, not lost"
    assert [round(one.duration.total_seconds()) for one in measured.cycles][3:6] == [1494, 1542, 1750]


def test_the_box_day_counted_from_execution_finds_the_same_runs():
    samples, _ = box_day()
    by_counter = Measured(samples, Rules(count_item="part_count", trust=Trust.STATE, roles=BOX_ROLES))
    by_pattern = Measured(samples, Rules(count_item="execution", trust=Trust.STATE, roles=BOX_ROLES))
    whole = [one for one in by_pattern.cycles if "aborted" not in one.flags]
    assert [(one.program, one.quantity) for one in whole] == [
        (one.program, one.quantity) for one in by_counter.cycles
    ]
    aborted = [one for one in by_pattern.cycles if "aborted" in one.flags]
    assert len(aborted) >= 3, "stopped programs make no piece"
    assert sum(one.quantity for one in aborted) == 0


def test_waiting_behind_the_door_is_not_running():
    samples, _ = box_day()
    measured = Measured(samples, Rules(count_item="part_count", trust=Trust.STATE, roles=BOX_ROLES))
    active = 9 * 60 + 21.1875 + 1494.0625 + 1542.078125 + 1749.96875 + 8.53125 + 390.609375 + 1762.5
    assert abs(measured.time_in("producing") - active) < 2


def test_the_lathe_counter_never_moves_and_cycles_come_from_execution():
    samples, _ = lathe_day()
    by_counter = Measured(samples, Rules(count_item="part_count", trust=Trust.STATE))
    assert by_counter.pieces == 0
    assert [note.kind for note in by_counter.notes] == ["stuck"]
    rules = Rules(count_item="execution", trust=Trust.STATE, min_cycle=seconds(20))
    by_pattern = Measured(samples, rules)
    assert by_pattern.pieces == 49
    assert {one.program for one in by_pattern.cycles if one.quantity} <= {"217", "218", "219", "996"}


def test_the_lathe_day_survives_any_cut():
    samples, _ = lathe_day()
    rules = Rules(count_item="execution", trust=Trust.STATE, min_cycle=seconds(20))
    whole, cut = Measured(samples, rules), Measured(samples, rules, cuts=tuple(range(0, len(samples), 7)))
    assert (whole.cycles, whole.closed) == (cut.cycles, cut.closed)
    dropouts = [one for one in samples if one.item == "state" and one.value is None]
    assert len(dropouts) == 27
    assert whole.time_in("unknown") > 0
