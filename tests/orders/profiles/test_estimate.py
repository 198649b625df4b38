"""From measurements to distributions: the very thing, its like, the plant; changeovers in pairs."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.planning.profiles.change import LEAST, changed_since
from orders.planning.profiles.estimate import ENOUGH, Profiles, centred
from orders.planning.profiles.measured import (
    Changeover,
    Handover,
    Measurements,
    Outcome,
    Outside,
    RunTime,
    RushOrder,
    Standstill,
    Watched,
    canonical,
    digest,
)
from orders.planning.profiles.pools import mean_of

NOW, HOUR, DAY = 1_800_000_000, 3600, 86_400
PLANT = Measurements(
    since=NOW - 90 * DAY,
    until=NOW,
    groups={1: 10, 2: 10, 3: 20},
    items={5: "A", 6: "B", 7: "C"},
    families={5: "RED", 6: "RED", 7: "BLUE"},
)


def ran(ratio, machine=1, item=5, count=1, **values):
    return [
        RunTime(n, machine, item, NOW - n * HOUR, round(HOUR * ratio), HOUR, **values)
        for n in range(1, count + 1)
    ]


def changed(minutes, before, item, machine=1, count=1, standard=HOUR):
    return [
        Changeover(n, machine, before, item, NOW - n * HOUR, 60 * minutes, standard)
        for n in range(1, count + 1)
    ]


def profiles(**kinds):
    return Profiles(replace(PLANT, **{name: tuple(rows) for name, rows in kinds.items()}))


def test_nothing_measured_means_the_standard_without_trust():
    found = profiles().run_ratio(1, 5)
    assert found.mean == pytest.approx(1.0)
    assert (found.own, found.level, found.newest_days) == (0, -1, None)
    assert found.quantile(0.9) > 1.1


def test_an_item_speaks_for_itself_and_lends_to_its_like():
    made = profiles(run_times=[*ran(2.0, item=5, count=100), *ran(1.0, machine=3, item=7, count=100)])
    assert made.run_ratio(1, 5).mean == pytest.approx(2.0, abs=0.06)
    # Of the same family on the same machine, on its twin, in another group.
    family, twin, other = made.run_ratio(1, 6), made.run_ratio(2, 5), made.run_ratio(3, 7)
    assert family.mean == pytest.approx(2.0, abs=0.1)
    assert twin.mean == pytest.approx(2.0, abs=0.1)
    assert other.mean == pytest.approx(1.0, abs=0.06)
    assert (family.own, twin.own, other.own) == (0, 0, 100)
    assert made.run_ratio(99, 5, group=20).mean == pytest.approx(other.mean, abs=0.06)


def test_what_runs_long_already_counts():
    without = profiles(run_times=ran(1.0, count=10)).run_ratio(1, 5)
    lasting = profiles(run_times=[*ran(1.0, count=10), *ran(4.0, open=True)]).run_ratio(1, 5)
    assert lasting.mean > without.mean + 0.1
    assert (lasting.own, without.own) == (10, 10)


def test_a_short_standard_says_less_and_accidents_are_cut():
    accident = RunTime(1, 1, 5, NOW, 100 * HOUR, 6)
    found = profiles(run_times=[*ran(1.0, count=20), accident]).run_ratio(1, 5)
    assert found.mean < 1.05


def test_a_changeover_with_few_measurements_takes_the_pooled_value():
    made = profiles(
        changeovers=[
            *changed(90, before=7, item=5, count=4 * ENOUGH),
            *changed(10, before=6, item=5, count=ENOUGH - 1),
        ]
    )
    often, seldom = made.changeover(1, 7, 5), made.changeover(1, 6, 5)
    assert (often.measured, often.seconds) == (True, 90 * 60)
    assert (seldom.measured, seldom.estimate.own) == (False, ENOUGH - 1)
    assert seldom.seconds == made.changeovers.of((10, 1, "RED")).median
    assert made.setup_table(1) == {("BLUE", "RED"): pytest.approx(90 * 60, rel=0.3)}
    assert made.setup_table(2) == {}


def test_a_full_setup_and_one_within_the_family_are_told_apart():
    made = profiles(
        changeovers=[*changed(120, before=7, item=5, count=30), *changed(12, before=6, item=5, count=30)]
    )
    assert made.setup_ratios.of((10,)).mean == pytest.approx(2.0, abs=0.2)
    assert made.same_family_percent == pytest.approx(10, abs=9)
    assert profiles().same_family_percent == 30


def test_stops_scrap_waiting_suppliers_and_rush_orders():
    made = profiles(
        watched=[Watched(1, 64 * HOUR, 36 * HOUR, 25 * HOUR, 400 * HOUR)],
        run_times=[RunTime(n, 1, 5, NOW, 20 * HOUR, 20 * HOUR) for n in range(20)],
        standstills=[Standstill(1, NOW, 1800, True)] * 4 + [Standstill(1, NOW, HOUR, False)] * 2,
        outcomes=[Outcome(n, 1, 5, NOW, 90_000, 10_000, 0) for n in range(20)],
        handovers=[Handover(n, 10, NOW, 9000, 600 * n) for n in range(1, 9)],
        outsides=[Outside(1, 20, 5, NOW, 10 * DAY, 5 * DAY)] * 20,
        rush_orders=[RushOrder(n, NOW, ((10, HOUR),)) for n in range(9)],
    )
    assert made.availability(1) == (0.64, 0.2)
    assert made.availability(2) is None
    assert made.stop_every(1) == 16 * HOUR
    assert made.stops.of((10, 1)).pool.values == (1800,)
    assert made.breakdowns(1).every_seconds == pytest.approx(200 * HOUR)
    assert made.breakdowns(2).every_seconds == pytest.approx(200 * HOUR)
    assert made.extra.of(made.run_path(1, 5)).mean == pytest.approx(1 + 0.8 / 9, abs=0.01)
    assert made.handover_seconds(10) == 1200
    assert profiles().handover_seconds(10) == 0
    assert made.suppliers.of((20, 5)).mean == pytest.approx(1.8, abs=0.05)
    assert made.rush_every == 10 * DAY


def test_breakdowns_are_counted_by_the_time_a_machine_worked_and_old_ones_fade():
    runs = [RunTime(n, 1, 5, NOW - n * DAY, HOUR, HOUR) for n in range(90)]
    stops = [Standstill(1, NOW - n * DAY, HOUR, False) for n in range(0, 90, 3)]
    steady = profiles(run_times=runs, standstills=stops)
    assert steady.breakdowns(1).every_seconds == pytest.approx(3 * HOUR, rel=0.05)
    only_old = profiles(run_times=runs, standstills=stops[15:])
    assert only_old.breakdowns(1).every_seconds > 8 * HOUR


def test_what_was_measured_before_the_plant_changed_counts_little():
    """A step of 28 %, as from 82 to 64 % of availability, six weeks ago: noticed by itself."""
    chance = random.Random(3)

    def runs(days, factor):
        ratios = (factor * math.exp(chance.gauss(0, 0.3)) for _ in days)
        return [
            RunTime(day, 1, 5, NOW - day * DAY // 3, round(HOUR * ratio), HOUR)
            for day, ratio in zip(days, ratios, strict=True)
        ]

    before, after = runs(range(120, 400), 1.0), runs(range(120), 1.28)
    steady = profiles(run_times=[*runs(range(120), 1.0), *before])
    changed = profiles(run_times=[*after, *before])
    assert steady.runs_changed == 0
    assert NOW - changed.runs_changed < 80 * DAY
    spread = math.exp(0.3**2 / 2)
    assert changed.machine_ratio(1).mean == pytest.approx(1.28 * spread, rel=0.07)
    assert steady.machine_ratio(1).mean == pytest.approx(spread, rel=0.07)


@given(st.lists(st.floats(0, 1), max_size=200))
def test_a_change_is_never_larger_than_what_was_measured(values):
    newest = changed_since(values)
    assert newest == 0 or LEAST <= newest <= len(values) - LEAST


def test_a_week_that_strays_with_all_its_runs_is_drift_and_chance_is_not():
    def weeks(ratio_of):
        rows = [RunTime(n, 1, 5, NOW - n * DAY, round(HOUR * ratio_of(n)), HOUR) for n in range(1, 84)]
        return centred(profiles(run_times=rows).drift.of((10, 1)).pool)

    drifting = weeks(lambda n: 1.0 if (n // 7) % 2 else 1.6)
    noisy = weeks(lambda n: 1.0 if n % 2 else 1.6)
    assert drifting.values[-1] - drifting.values[0] > 0.3
    assert noisy.values[-1] - noisy.values[0] < 0.15
    assert mean_of(drifting) == pytest.approx(1)


def test_kept_and_read_again_it_is_the_same():
    whole = replace(
        PLANT,
        run_times=tuple(ran(1.5, count=3)),
        changeovers=tuple(changed(20, 5, 7)),
        rush_orders=(RushOrder(1, NOW, ((10, 5), (20, 6))),),
        watched=(Watched(1, 2, 3, 4, 5),),
    )
    assert Measurements.of(whole.content()) == whole
    assert digest(Measurements.of(whole.content()).content()) == digest(whole.content())
    assert canonical(whole.content()).startswith(b'{"changeovers":[[1,1,5,7,')


def test_a_moment_in_the_past_knows_nothing_of_later():
    whole = replace(PLANT, run_times=(*ran(1.5, count=3), *ran(9.0, open=True)))
    then = whole.known_at(NOW - 2 * HOUR)
    assert [one.operation for one in then.run_times] == [2, 3]
    assert then.until == NOW - 2 * HOUR
