"""Counter rules C1 to C9."""

from datetime import timedelta
from decimal import Decimal

import pytest

from machines.domain.measure import Flag, Rules
from tests.machines.measure.measuring import Measured, counter, planned, sample

PART = planned(10, count_item="part_count")


def flags(measured: Measured) -> set[str]:
    return {flag for cycle in measured.cycles for flag in cycle.flags}


def test_c1_first_contact_is_a_baseline():
    assert Measured(counter((0, 3226)), PART).cycles == []


def test_c2_an_increase_counts_at_its_time():
    measured = Measured(counter((0, 5), (10, 6), (20, 7)), PART)
    assert measured.pieces == 2
    assert measured.ends() == [10, 20]


def test_c3_an_increase_over_a_silence_is_estimated_and_has_a_span():
    rules = planned(10, count_item="part_count", silence=None)
    measured = Measured([*counter((0, 5)), *counter((600, 45), epoch="b")], rules)
    assert measured.pieces == 40
    (cycle,) = measured.cycles
    assert (cycle.end - cycle.since).total_seconds() == 600
    assert cycle.flags == (Flag.ESTIMATED,)


def test_c4_rollover():
    measured = Measured(counter((0, 997), (30, 2)), planned(10, count_item="part_count", modulus=1000))
    assert measured.pieces == 5
    assert Flag.ROLLOVER in flags(measured)


def test_c4_a_fall_to_nothing_that_no_rollover_explains_in_the_time_is_a_reset():
    rules = planned(10, count_item="part_count", modulus=1000, min_cycle=timedelta(seconds=3))
    measured = Measured(counter((0, 940), (30, 1)), rules)
    assert measured.pieces == 1, "61 pieces in 30 s can't be"
    assert Flag.RESET in flags(measured)
    assert Measured(counter((0, 998), (30, 1)), rules).pieces == 3


@pytest.mark.parametrize(
    ("readings", "pieces"),
    [
        ([sample(0, "part_count", 50), sample(10, "part_count", 2)], 2),
        ([sample(0, "part_count", 50), sample(10, "part_count", 30, reset=True)], 30),
        ([sample(0, "part_count", 3), sample(10, "part_count", 5, reset=True)], 5),
        (
            [
                sample(0, "job", "A"),
                sample(0, "part_count", 50),
                sample(9, "job", "B"),
                sample(10, "part_count", 6),
            ],
            6,
        ),
    ],
    ids=["low value", "attribute", "attribute without a fall", "job changed"],
)
def test_c5_a_known_reset_counts_from_the_reset_value(readings, pieces):
    measured = Measured(readings, PART)
    assert measured.pieces == pieces
    assert Flag.RESET in flags(measured)


def test_c5_reset_to():
    measured = Measured(counter((0, 50), (10, 101)), planned(10, count_item="part_count", reset_to=100))
    assert measured.pieces == 51, "no fall: an ordinary increase"
    measured = Measured(counter((0, 150), (10, 101)), planned(10, count_item="part_count", reset_to=100))
    assert measured.pieces == 1


def test_c6_a_small_fall_proposes_a_correction_and_credits_nothing():
    measured = Measured(counter((0, 50), (10, 47), (20, 48)), PART)
    assert (measured.pieces, measured.waiting) == (1, -3)
    assert Flag.CORRECTED in flags(measured)


def test_c7_any_other_fall_waits_for_a_person():
    measured = Measured(counter((0, 500), (10, 40)), PART)
    assert (measured.pieces, measured.waiting) == (0, 40)
    assert Flag.SUSPICIOUS in flags(measured)


def test_c8_an_implausible_increase_waits_as_a_whole():
    rules = Rules(count_item="part_count", min_cycle=PART.floor)
    assert Measured(counter((0, 0), (20, 3)), rules).pieces == 3
    measured = Measured(counter((0, 0), (20, 4)), rules)
    assert (measured.pieces, measured.waiting) == (0, 4)
    assert Flag.IMPLAUSIBLE in flags(measured)


@pytest.mark.parametrize("value", [None, "abc", True, -1, float("nan")])
def test_c9_no_number_leaves_the_last_value(value):
    assert Measured(counter((0, 5), (10, value), (20, 6)), PART).pieces == 1


def test_c9_bad_quality_leaves_the_last_value():
    readings = [
        sample(0, "part_count", 5),
        sample(10, "part_count", 900, quality="uncertain"),
        sample(20, "part_count", 6),
    ]
    assert Measured(readings, PART).pieces == 1


def test_two_resets_in_one_message():
    """P15: several readings of one instant are taken in the order of their sequence."""
    readings = [
        sample(0, "part_count", 50, seq=1),
        sample(10, "part_count", 1, seq=2, sub=0),
        sample(10, "part_count", 7, seq=2, sub=1),
        sample(10, "part_count", 2, seq=2, sub=2),
    ]
    assert Measured(readings, PART).pieces == 1 + 6 + 2


def test_a_snapshot_after_known_readings_is_production_of_the_gap():
    readings = [sample(0, "part_count", 5), sample(100, "part_count", 9, snapshot=True)]
    measured = Measured(readings, PART)
    assert measured.pieces == 4
    assert flags(measured) == {Flag.ESTIMATED}


def test_pieces_follow_the_cavities_of_their_time():
    from machines.domain.measure.samples import Yield
    from tests.machines.measure.measuring import at

    rules = planned(
        10, count_item="cycle_count", pieces_per_cycle=(Yield(Decimal(4)), Yield(Decimal(3), at(15)))
    )
    assert Measured(counter((0, 0), (10, 1), (20, 2), item="cycle_count"), rules).pieces == 4 + 3


def test_a_counter_of_pieces_steps_by_the_cavities():
    from machines.domain.measure.samples import Yield

    rules = planned(10, count_item="part_count", pieces_per_cycle=(Yield(Decimal(4)),))
    measured = Measured(counter((0, 0), (20, 8)), rules)
    assert [int(cycle.quantity) for cycle in measured.cycles] == [4, 4]


def test_bad_pieces_are_among_all_or_on_top_of_good():
    readings = [*counter((0, 0), (10, 1), (20, 2)), *counter((0, 0), (20, 1), item="bad_count")]
    among = Measured(readings, planned(10, count_item="part_count", bad_item="bad_count"))
    assert (among.pieces, sum(cycle.bad for cycle in among.cycles)) == (2, 1)
    readings = [
        *counter((0, 0), (10, 1), (20, 2), item="good_count"),
        *counter((0, 0), (20, 1), item="bad_count"),
    ]
    on_top = Measured(readings, planned(10, count_item="good_count", bad_item="bad_count"))
    assert (on_top.pieces, sum(cycle.bad for cycle in on_top.cycles)) == (3, 1)


def test_a_counter_that_never_moves_is_reported_after_ten_cycles():
    samples = counter((0, 0), (5, 0))
    for index in range(11):
        samples += [
            sample(10 + index * 10, "state", "ACTIVE"),
            sample(15 + index * 10, "state", "PROGRAM_COMPLETED"),
            sample(16 + index * 10, "part_count", 0),
        ]
    notes = Measured(samples, PART).notes
    assert [note.kind for note in notes] == ["stuck"]
