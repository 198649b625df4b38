"""Meter rules M1 to M7: what a machine used of energy, from its meter's readings."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines.domain.measure import Quality, Sample
from machines.domain.measure.meters import HOLDS, Meter, uses
from tests.machines.measure.measuring import at, sample, seconds

PLAIN = Meter()
MINUTE = 60


def counter(*readings, **rest):
    return [sample(ts, "energy", value, **rest) for ts, value in readings]


def power(*readings, **rest):
    return [sample(ts, "power", value, **rest) for ts, value in readings]


def told(samples, meter=PLAIN):
    return [
        (int((use.start - at(0)).total_seconds()), int((use.end - at(0)).total_seconds()), float(use.kwh))
        for use in uses(samples, meter)
    ]


def kwh(samples, meter=PLAIN):
    return sum((use.kwh for use in uses(samples, meter)), Decimal(0))


def test_m1_the_first_reading_is_a_baseline():
    assert told(counter((0, 8812.4))) == []


def test_m2_what_a_step_tells_was_used_evenly_since_the_reading_last_changed():
    assert told(counter((0, 10), (60, 10), (120, 10), (180, 13))) == [(0, 180, 3.0)]


def test_m2_a_reading_that_stays_says_every_quarter_of_an_hour_that_nothing_was_used():
    readings = [(ts, 10) for ts in range(0, 3600, 300)]
    assert told(counter(*readings, (3600, 10.2))) == [
        (0, 900, 0.0),
        (900, 1800, 0.0),
        (1800, 2700, 0.0),
        (2700, 3600, 0.2),
    ]


def test_m3_a_rollover_goes_on():
    meter = Meter(modulus=Decimal(1000))
    assert told(counter((0, 999.5), (60, 1.5)), meter) == [(0, 60, 2.0)]


def test_m3_a_counter_that_begins_anew_counts_from_nothing_and_is_an_estimate():
    (use,) = uses(counter((0, 812.5), (60, 0.002)), PLAIN)
    assert (float(use.kwh), use.estimated) == (0.002, True)


def test_m4_a_fall_that_nothing_explains_is_time_that_nobody_knows():
    assert told(counter((0, 812), (60, 813), (120, 640), (180, 641))) == [(0, 60, 1.0), (120, 180, 1.0)]


def test_m4_faster_than_the_connected_load_is_not_believed():
    meter = Meter(load=Decimal(40))
    assert told(counter((0, 10), (60, 10.6), (120, 4010), (180, 4010.5)), meter) == [
        (0, 60, 0.6),
        (120, 180, 0.5),
    ]


def test_m5_over_a_lost_connection_the_meter_went_on_and_nobody_knows_when():
    uses_ = uses([*counter((0, 10), (60, 11)), *counter((600, 20), (660, 21), epoch="b")], PLAIN)
    assert [(float(use.kwh), use.estimated) for use in uses_] == [(1, False), (9, True), (1, False)]


def test_m5_a_meter_that_tells_only_changes_is_an_estimate_after_a_long_silence():
    (use,) = uses(counter((0, 10), (3600, 12)), PLAIN)
    assert use.estimated


def test_m6_power_holds_until_the_next_reading():
    assert told(power((0, 6), (60, 12), (120, 0))) == [(0, 60, 0.1), (60, 120, 0.2)]


def test_m6_power_that_is_not_told_again_is_not_guessed():
    late = 60 + int(HOLDS.total_seconds()) + 1
    assert told(power((0, 6), (60, 6), (late, 6), (late + 60, 6))) == [
        (0, 60, 0.1),
        (late, late + 60, 0.1),
    ]
    assert told([*power((0, 6), (60, 6)), *power((120, 6), (180, 6), epoch="b")]) == [
        (0, 60, 0.1),
        (120, 180, 0.1),
    ]


def test_m7_short_stretches_are_joined_to_a_minute():
    readings = [(ts, 10 + ts / 1000) for ts in range(0, 130, 10)]
    assert told(counter(*readings)) == [(0, 60, 0.06), (60, 120, 0.06)]


@pytest.mark.parametrize("value", [None, True, "abc", float("nan"), -1, 1e15])
def test_what_is_no_reading_is_left_out(value):
    assert told(counter((0, 10), (60, value), (120, 12))) == [(0, 120, 2.0)]


def test_a_reading_that_is_not_good_is_left_out():
    doubtful = counter((60, 11), quality=Quality.UNCERTAIN.value)
    assert told([*counter((0, 10)), *doubtful, *counter((120, 12))]) == [(0, 120, 2.0)]


steps = st.lists(
    st.tuples(st.integers(1, 2000), st.integers(0, 3000), st.sampled_from(["a", "a", "a", "b"])), max_size=40
)


def readings_of(steps_, item):
    ts, value, found = 0, 50_000, [Sample(at(0), item, 50.0, epoch="a")]
    for seconds_, watt_hours, epoch in steps_:
        ts, value = ts + seconds_, value + watt_hours
        number = value / 1000 if item == "energy" else watt_hours / 100
        found.append(Sample(at(ts), item, number, epoch=epoch))
    return found


@given(steps)
def test_nothing_that_a_counter_tells_is_lost_or_told_twice(steps_):
    samples = readings_of(steps_, "energy")
    found = uses(samples, PLAIN)
    assert all(first.end <= second.start for first, second in itertools.pairwise(found))
    until = found[-1].end if found else samples[0].ts
    last = next(one for one in samples if one.ts == until)
    assert sum(use.kwh for use in found) == round(Decimal(str(last.value)) - 50, 3)
    assert samples[-1].ts - until < HOLDS + seconds(2000)


@given(steps, st.sampled_from(["energy", "power"]), st.data())
def test_beginning_at_the_end_of_any_row_gives_the_same_rows(steps_, item, data):
    samples = readings_of(steps_, item)
    found = uses(samples, PLAIN)
    if not found:
        return
    place = data.draw(st.integers(0, len(found) - 1))
    again = uses([one for one in samples if one.ts >= found[place].end], PLAIN)
    assert again == found[place + 1 :]


@given(steps)
def test_power_is_never_more_than_its_highest_reading_all_the_time(steps_):
    samples = readings_of(steps_, "power")
    highest = max(float(one.value) for one in samples)
    for use in uses(samples, PLAIN):
        assert use.kwh >= 0
        assert float(use.kwh) <= highest * use.duration.total_seconds() / 3600 + 1e-5


@given(steps, st.integers(1, 100))
def test_a_rolling_counter_tells_the_same_as_one_that_never_ends(steps_, modulus):
    samples = readings_of(steps_, "energy")
    limit = Decimal(modulus * 100)
    rolling = [
        Sample(one.ts, one.item, float(Decimal(str(one.value)) % limit), epoch=one.epoch) for one in samples
    ]
    assert kwh(rolling, Meter(modulus=limit)) == kwh(samples)
