"""Cycle rules Y1 to Y7."""

import pytest

from machines.domain.measure import Flag, ProgramRule, Reference, Role, Rules, Trust
from machines.domain.measure.cycles import learn, reference_cycle
from tests.machines.measure.measuring import Measured, at, counter, events, planned, sample, seconds, states

EXECUTION = Rules(count_item="execution", trust=Trust.STATE, min_cycle=seconds(5))


def durations(measured: Measured) -> list[float | None]:
    return [None if one.duration is None else one.duration.total_seconds() for one in measured.cycles]


def test_only_the_active_counting_item_makes_cycles():
    samples = [*events(10, 20), *counter((0, 0), (10, 1), (20, 2)), sample(21, "pulse", True)]
    assert Measured(samples, planned(10)).pieces == 2
    assert Measured(samples, planned(10, count_item="part_count")).pieces == 2
    assert Measured(samples, planned(10, count_item="pulse")).pieces == 1


def test_a_snapshot_is_never_an_event():
    assert Measured([sample(0, "cycle_event", True, snapshot=True)], planned(10)).cycles == []


@pytest.mark.parametrize("value", [None, False, 0, -3])
def test_an_event_of_nothing_is_no_cycle(value):
    assert Measured([sample(0, "cycle_event", value)], planned(10)).cycles == []


def test_an_event_may_carry_its_quality():
    words = ["GOOD", "BAD", "test sample"]
    measured = Measured([sample(i * 10, "cycle_event", word) for i, word in enumerate(words)], planned(10))
    assert [(int(one.quantity), int(one.bad)) for one in measured.cycles] == [(1, 0), (1, 1), (0, 0)]


def test_y2_a_cycle_ends_at_program_completed():
    measured = Measured(
        states(
            (0, "READY"), (10, "ACTIVE"), (30, "PROGRAM_COMPLETED"), (35, "PROGRAM_STOPPED"), (40, "READY")
        ),
        EXECUTION,
    )
    assert (measured.ends(), durations(measured)) == ([30], [20])


def test_y2_ready_ends_a_cycle_where_completed_is_not_reported():
    changes = ((0, "READY"), (10, "ACTIVE"), (30, "READY"), (40, "ACTIVE"), (42, "READY"))
    measured = Measured(states(*changes), EXECUTION)
    assert [(one.flags, int(one.quantity)) for one in measured.cycles] == [((), 1), (("aborted",), 0)]


@pytest.mark.parametrize("hold", ["INTERRUPTED", "FEED_HOLD", "OPTIONAL_STOP", "PROGRAM_STOPPED"])
def test_y2_y3_a_hold_inside_does_not_end_it_and_is_not_cycle_time(hold):
    changes = ((0, "READY"), (10, "ACTIVE"), (20, hold), (100, "ACTIVE"), (115, "PROGRAM_COMPLETED"))
    measured = Measured(states(*changes), EXECUTION)
    assert (measured.pieces, durations(measured)) == (1, [25])


def test_y2_a_stopped_program_followed_by_another_is_aborted():
    samples = [
        sample(0, "state", "READY"),
        sample(10, "program", "A"),
        sample(10, "state", "ACTIVE"),
        sample(50, "state", "PROGRAM_STOPPED"),
        sample(90, "state", "ACTIVE"),
        sample(90.3, "program", "B"),
        sample(120, "state", "PROGRAM_COMPLETED"),
    ]
    measured = Measured(samples, EXECUTION)
    assert [(one.program, one.flags, int(one.quantity)) for one in measured.cycles] == [
        ("A", ("aborted",), 0),
        ("B", (), 1),
    ]
    assert durations(measured)[1] == 30


def test_y2_running_by_hand_makes_no_piece():
    samples = [sample(0, "mode", "MANUAL_DATA_INPUT"), *states((0, "READY"), (10, "ACTIVE"), (60, "READY"))]
    assert Measured(samples, EXECUTION).cycles == []


def test_y2_a_run_whose_beginning_was_not_seen_has_no_duration():
    measured = Measured(states((0, "ACTIVE"), (30, "PROGRAM_COMPLETED")), EXECUTION)
    assert (measured.pieces, durations(measured)) == (1, [None])


def test_y3_a_reported_duration_wins_then_the_gap_if_short():
    samples = [*events(0, 10, 100), sample(10, "cycle_time", 7.5)]
    measured = Measured(samples, planned(10))
    assert durations(measured) == [None, 7.5, None], "90 s is over the gap limit of 30 s"
    assert durations(Measured(events(0, 12), planned(10))) == [None, 12]


def test_y3_a_counter_step_takes_the_active_time_of_the_run_that_just_ended():
    samples = [
        *states((0, "READY"), (10, "ACTIVE"), (40, "PROGRAM_COMPLETED")),
        *counter((0, 1909), (40.1, 1910)),
    ]
    measured = Measured(samples, Rules(count_item="part_count", trust=Trust.STATE))
    assert durations(measured) == [30]


def test_y4_a_step_of_n_is_n_interpolated_cycles():
    measured = Measured(counter((0, 0), (60, 3)), planned(10, count_item="part_count"))
    assert measured.ends() == [40, 50, 60]
    assert all(one.flags == (Flag.INTERPOLATED,) for one in measured.cycles)
    measured = Measured(counter((0, 0), (60, 3)), Rules(count_item="part_count"))
    assert measured.ends() == [20, 40, 60], "without a reference they are spread evenly"


def test_y5_a_program_that_arrives_just_after_the_start_belongs_to_the_cycle():
    samples = [
        *states((0, "READY"), (10, "ACTIVE"), (40, "PROGRAM_COMPLETED")),
        sample(1, "program", "OLD"),
        sample(10.3, "program", "NEW"),
        sample(39, "program", "NEXT"),
    ]
    (cycle,) = Measured(samples, EXECUTION).cycles
    assert cycle.program == "NEW"


def test_y5_after_a_gap_the_program_is_unknown_until_stated_anew():
    samples = [
        sample(0, "program", "A"),
        sample(5, "cycle_event", True),
        sample(100, "cycle_event", True, seq=9),
        sample(110, "program", "A"),
        sample(120, "cycle_event", True),
    ]
    measured = Measured(samples, planned(5, silence=seconds(30)))
    assert [one.program for one in measured.cycles] == ["A", "", "A"]


def test_y6_roles_decide_the_quantity():
    roles = {"MAIN": Role.PRODUCE, "HELP": Role.PART_OF, "TRY": Role.SETUP, "WARM": Role.WARM_UP}
    samples = []
    for index, name in enumerate([*roles, "STRANGER"]):
        samples += [
            sample(index * 10, "program", name),
            sample(index * 10 + 9, "cycle_event", True),
            sample(index * 10 + 9, "cycle_time", 8),
        ]
    rules = tuple(ProgramRule(name, role) for name, role in roles.items())
    measured = Measured(samples, planned(10, roles=rules))
    assert [(int(one.quantity), one.flags) for one in measured.cycles] == [
        (1, ()),
        (0, ("helper",)),
        (0, ("setup",)),
        (0, ("warm_up",)),
        (1, ()),
    ]
    assert measured.time_in("setup") == 10


def test_y6_the_most_definite_pattern_wins_and_the_past_keeps_its_role():
    rules = planned(
        10,
        roles=(
            ProgramRule("*", Role.WARM_UP),
            ProgramRule("BOX*", Role.SETUP, valid_until=at(100)),
            ProgramRule("BOX*", Role.PART_OF, valid_from=at(100)),
            ProgramRule("BOX?", Role.PRODUCE),
        ),
    )
    samples = []
    for start, name in ((0, "COVER"), (20, "BOX.NC"), (40, "BOX1.NC"), (100, "BOX.NC")):
        samples += [sample(start, "program", name), *events(start + 10)]
    kinds = [one.flags for one in Measured(samples, rules).cycles]
    assert kinds == [("warm_up",), ("setup",), (), ("helper",)]


def test_y7_the_reference_is_the_median_of_the_last_fifty_from_ten_on():
    learned, rules = {}, planned(99)
    for _ in range(9):
        learn(learned, "A", seconds(5))
    assert reference_cycle(learned, "A", at(0), rules) == seconds(99)
    learn(learned, "A", seconds(1000))
    assert reference_cycle(learned, "A", at(0), rules) == seconds(5)
    for _ in range(60):
        learn(learned, "A", seconds(7))
    assert reference_cycle(learned, "A", at(0), rules) == seconds(7)
    assert len(learned["A"]) == 50
    assert reference_cycle({}, "A", at(0), Rules()) is None


def test_y7_without_a_program_a_new_plan_starts_a_new_reference():
    rules = Rules(references=(Reference(seconds(10)), Reference(seconds(600), valid_from=at(200))))
    measured = Measured(events(*range(0, 200, 10), 300, 900), rules, now=1500)
    assert measured.line() == [(0, None, "producing")]


def test_y7_a_counter_without_a_planned_time_learns_from_its_gaps():
    times = [index * 10 for index in range(14)]
    measured = Measured(events(*times), Rules(), now=1000)
    assert measured.line()[-1][2] == "stop"


def test_pulses_closer_than_the_debounce_are_one():
    samples = [sample(ts, "pulse", True) for ts in (0, 0.02, 10, 10.4)]
    measured = Measured(samples, planned(10, count_item="pulse"))
    assert (measured.pieces, len(measured.notes)) == (3, 1)
    measured = Measured(samples, planned(10, count_item="pulse", min_cycle=seconds(1)))
    assert measured.pieces == 2


def test_two_slots_count_apart_and_an_untold_slot_has_no_timeline():
    samples = [
        sample(0, "cycle_event", True, slot=1),
        sample(5, "cycle_event", True, slot=2),
        sample(6, "cycle_event", True),
    ]
    measured = Measured(samples, planned(10, slots=2))
    assert [one.slot for one in measured.cycles] == [1, 2, 0]
    assert {one.slot for one in measured.intervals} == {1, 2}
