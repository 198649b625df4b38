"""Timeline rules S1 to S8 and the raw states."""

import pytest

from machines.domain.measure import Flag, Raw, Rules, State, Trust, due
from machines.domain.measure.states import change_alarms, raw_state, word
from machines.enums import MachineState
from tests.machines.measure.measuring import Measured, at, counter, events, planned, sample, seconds, states

PRESS = planned(10)  # G = 30 s
CNC = planned(600, trust=Trust.STATE, count_item="execution")


def test_the_core_and_the_database_speak_of_the_same_states():
    assert {one.value for one in State} == set(MachineState.values)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("ACTIVE", Raw.RUNNING),
        ("Execute", Raw.RUNNING),
        ("running", Raw.RUNNING),
        ("WAIT", Raw.IDLE),
        ("PROGRAM_COMPLETED", Raw.IDLE),
        ("Suspended", Raw.IDLE),
        ("no production", Raw.IDLE),
        ("INTERRUPTED", Raw.FAULT),
        ("Held", Raw.FAULT),
        ("Out of service", Raw.FAULT),
        ("mould-change", Raw.SETUP),
        ("maintenance", Raw.MAINTENANCE),
        ("UNAVAILABLE", Raw.UNKNOWN),
        (None, Raw.UNKNOWN),
        ("gibberish", Raw.UNKNOWN),
    ],
)
def test_raw_state_names(name, raw):
    assert raw_state(word(name), "", ()) is raw


def test_modes_alarms_and_availability_outrank_the_state():
    assert raw_state("ACTIVE", "", (), available=False) is Raw.UNKNOWN
    assert raw_state("ACTIVE", "SETUP", ()) is Raw.SETUP
    assert raw_state("ACTIVE", "MAINTENANCE", ()) is Raw.MAINTENANCE
    assert raw_state("ACTIVE", "MANUAL", (), setting_up=True) is Raw.SETUP
    assert raw_state("ACTIVE", "MANUAL", ()) is Raw.RUNNING
    assert raw_state("ACTIVE", "", ("E7",)) is Raw.FAULT
    assert raw_state("", "", ()) is None


def test_alarms_are_cleared_one_by_one():
    active = change_alarms(change_alarms((), "FAULT|E1"), "E2")
    assert active == ("E1", "E2")
    assert change_alarms(active, "NORMAL|E1") == ("E2",)
    assert change_alarms(active, "WARNING|E3") == active
    assert change_alarms(active, None) == ()


def test_s1_gaps_up_to_the_limit_are_production():
    assert Measured(events(0, 10, 40), PRESS).line() == [(0, None, "producing")]


def test_s1_a_longer_gap_is_standstill_up_to_the_start_of_the_next_cycle():
    assert Measured(events(0, 10, 100), PRESS).line() == [
        (0, 10, "producing"),
        (10, 90, "micro_stop"),
        (90, None, "producing"),
    ]


def test_s1_the_limit_itself_is_production():
    assert Measured(events(0, 30), PRESS).line() == [(0, None, "producing")]
    assert len(Measured(events(0, 30.001), PRESS).line()) == 2


def test_s1_before_the_first_cycle_the_raw_state_holds_else_unknown():
    assert Measured([*counter((0, 5)), *events(100)], PRESS).line() == [
        (0, 90, "unknown"),
        (90, None, "producing"),
    ]
    assert Measured([*states((0, "IDLE")), *events(100)], PRESS).line()[0] == (0, 90, "idle")


def test_s2_an_open_standstill_is_declared_after_the_limit():
    assert Measured(events(0, 10), PRESS, now=40).line() == [(0, None, "producing")]
    assert Measured(events(0, 10), PRESS, now=40.01).line() == [
        (0, 10, "producing"),
        (10, None, "micro_stop"),
    ]


def test_s2_a_fault_tells_at_once():
    samples = [*states((0, "RUNNING")), *events(1, 10), *states((14, "FAULT"))]
    measured = Measured(samples, PRESS, now=16)
    assert measured.line()[-1] == (14, None, "micro_stop")
    assert measured.open[0].flags == (Flag.FAULT,)


def test_s3_exactly_the_threshold_is_a_stop():
    shorter = Measured(events(0, 10, 319.9), PRESS).line()
    exact = Measured(events(0, 10, 320), PRESS).line()
    assert (shorter[1][2], exact[1]) == ("micro_stop", (10, 310, "stop"))


def test_s3_time_alone_makes_a_micro_stop_a_stop():
    assert Measured(events(0, 10), PRESS, now=309).line()[-1] == (10, None, "micro_stop")
    assert Measured(events(0, 10), PRESS, now=310).line()[-1] == (10, None, "stop")


def test_due_names_each_moment_at_which_time_alone_tells_more():
    state = Measured(events(0, 10), PRESS).state
    first = due(state, PRESS, at(10))
    assert first == at(40) + seconds(0.000001)
    second = due(state, PRESS, first)
    assert second == at(310)
    assert due(state, PRESS, second) is None


def test_s4_cycles_win_a_running_light_without_cycles_stands_still():
    samples = [*states((0, "RUNNING")), *events(5, 10, 200)]
    measured = Measured(samples, PRESS)
    assert [state for _, _, state in measured.line()] == ["producing", "micro_stop", "producing"]
    assert Flag.DISAGREE in measured.intervals[1].flags


def test_s4_state_wins_a_cycle_in_a_stopped_state_produces_for_its_duration():
    rules = planned(600, trust=Trust.STATE)
    samples = [
        *states((0, "ACTIVE"), (100, "STOPPED")),
        sample(400, "cycle_event", True),
        sample(400, "cycle_time", 60),
        *states((500, "ACTIVE")),
    ]
    measured = Measured(samples, rules, now=510)
    assert measured.line() == [
        (0, 100, "producing"),
        (100, 340, "micro_stop"),
        (340, 400, "producing"),
        (400, 500, "micro_stop"),
        (500, None, "producing"),
    ]
    assert Flag.DISAGREE in measured.intervals[2].flags


def test_s4_state_makes_standstill_on_a_slow_machine():
    changes = ((0, "READY"), (60, "ACTIVE"), (700, "PROGRAM_COMPLETED"), (1500, "ACTIVE"))
    assert Measured(states(*changes), CNC, now=1600).line() == [
        (0, 60, "idle"),
        (60, 700, "producing"),
        (700, 1500, "stop"),
        (1500, None, "producing"),
    ]


def test_s5_a_bounce_is_absorbed():
    changes = ((0, "ACTIVE"), (50, "FEED_HOLD"), (50.9, "ACTIVE"))
    assert Measured(states(*changes), CNC, now=100).line() == [(0, None, "producing")]
    changes = ((0, "ACTIVE"), (50, "FEED_HOLD"), (51, "ACTIVE"))
    assert len(Measured(states(*changes), CNC, now=100).line()) == 3


def test_s6_setup_ends_at_the_start_of_the_first_of_three_good_cycles():
    cycles = [40, 100, 110, 120, 130]
    samples = [sample(0, "setup", True), *events(*cycles)]
    samples += [sample(ts, "cycle_time", 10 if ts >= 110 else 30) for ts in cycles]
    measured = Measured(samples, PRESS)
    assert measured.line() == [(0, 100, "setup"), (100, None, "producing")]
    by_end = {one.end: one.flags for one in measured.cycles}
    assert [by_end[at(ts)] for ts in cycles] == [("setup",), ("setup",), (), (), ()]


def test_s6_while_undecided_the_cycles_are_setup_pieces():
    samples = [sample(0, "setup", True), sample(20, "cycle_event", True), sample(20, "cycle_time", 10)]
    measured = Measured(samples, PRESS, now=30)
    assert [one.flags for one in measured.cycles] == [("setup",)]
    assert measured.line() == [(0, None, "setup")]


def test_s6_a_person_ends_setup():
    samples = [sample(0, "setup", "A.NC"), *events(20), sample(60, "setup", False), *events(70)]
    measured = Measured(samples, PRESS)
    assert measured.line() == [(0, 60, "setup"), (60, None, "producing")]


def test_s7_a_silence_is_unknown_and_cuts_the_standstill():
    rules = planned(10, silence=seconds(60))
    assert Measured([*events(0, 10), *events(200, 210)], rules).line() == [
        (0, 10, "producing"),
        (10, 200, "unknown"),
        (200, None, "producing"),
    ]
    samples = [*events(0, 10), sample(50, "available", True), *events(200, 210)]
    assert Measured(samples, rules).line() == [
        (0, 10, "producing"),
        (10, 50, "micro_stop"),
        (50, 200, "unknown"),
        (200, None, "producing"),
    ]


def test_s7_silence_shows_while_it_lasts():
    rules = planned(10, silence=seconds(60))
    assert Measured(events(0, 10), rules, now=70).line()[-1][2] == "micro_stop"
    assert Measured(events(0, 10), rules, now=71).line()[-1] == (10, None, "unknown")


def test_s7_unavailable_is_unknown_not_idle():
    changes = ((0, "ACTIVE"), (50, "UNAVAILABLE"), (80, "ACTIVE"))
    assert Measured(states(*changes), CNC, now=90).line() == [
        (0, 50, "producing"),
        (50, 80, "unknown"),
        (80, None, "producing"),
    ]


def test_s7_production_proven_over_a_gap_keeps_its_quantity_and_the_time_unknown():
    rules = planned(10, count_item="part_count", silence=seconds(60))
    samples = counter((0, 0), (10, 1), (20, 2), (500, 40), (510, 41))
    measured = Measured(samples, rules)
    assert measured.pieces == 41
    assert (20, 500, "unknown") in measured.line()


def test_s7_a_new_boot_of_the_only_source_is_a_gap():
    samples = [*events(0, 10), *[sample(40, "cycle_event", True, epoch="b")]]
    assert (10, 40, "unknown") in Measured(samples, PRESS, now=45).line()


def test_without_any_reference_gap_rules_are_off_and_time_is_unknown():
    measured = Measured(events(0, 10, 500), Rules())
    assert [state for _, _, state in measured.line()] == ["unknown"]


def test_maintenance_outranks_cycles():
    samples = [
        *events(0, 10),
        sample(12, "mode", "MAINTENANCE"),
        *events(20),
        sample(60, "mode", "AUTOMATIC"),
    ]
    measured = Measured([sample(0, "state", "ACTIVE"), *samples], PRESS, now=61.5)
    assert (12, 60, "maintenance") in measured.line()


def test_the_alarm_code_stays_with_the_interval():
    samples = [*states((0, "ACTIVE")), sample(50, "alarm", "FAULT|E42"), sample(90, "alarm", "NORMAL|E42")]
    measured = Measured(samples, CNC, now=100)
    assert [(one.state.value, one.code) for one in measured.intervals] == [
        ("producing", ""),
        ("micro_stop", "E42"),
        ("producing", ""),
    ]
