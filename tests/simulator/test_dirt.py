"""Dirt loses what it says it loses, and nothing else."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mes.runtime.simulator.dirt import Dirt, DirtyLine
from mes.runtime.simulator.messages import Signal

START = datetime(2026, 11, 12, 6, tzinfo=UTC)
DAY = timedelta(days=1)


def signals(count=400, machines=("A", "B"), modulus=None):
    return [
        Signal(
            machine,
            number,
            START + timedelta(seconds=200 * number),
            "cycle_count",
            number % modulus if modulus else number,
        )
        for number in range(1, count + 1)
        for machine in machines
    ]


def spoil(dirt, given, moduli=None):
    line = DirtyLine(dirt, moduli=moduli)
    half = START + DAY / 2
    early = line.pass_on([one for one in given if one.ts < half], half)
    late = line.pass_on([one for one in given if one.ts >= half], START + 2 * DAY)
    return line, [*early, *late, *line.rest()]


def identities(found):
    return Counter((one.signal.machine, one.signal.seq) for one in found)


rates = st.floats(0, 0.5)


@given(
    seed=st.integers(0, 1000),
    lost=rates,
    late=rates,
    doubled=rates,
    reordered=rates,
    outages=st.floats(0, 20),
)
def test_what_comes_out_is_what_went_in_without_the_lost(seed, lost, late, doubled, reordered, outages):
    dirt = Dirt(
        seed=seed, lost=lost, late=late, doubled=doubled, reordered=reordered, outages_per_day=outages
    )
    given_signals = signals(100)
    line, found = spoil(dirt, given_signals)
    seen = identities(found)
    gone = {(one.machine, one.seq) for one in line.damage.lost}
    assert seen.keys() | gone == {(one.machine, one.seq) for one in given_signals}
    assert not seen.keys() & gone
    assert sum(seen.values()) == len(given_signals) - len(gone) + line.damage.doubled
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert all(one.at >= one.signal.ts for one in found)


def test_a_clean_line_changes_nothing():
    given_signals = signals()
    line, found = spoil(Dirt(), given_signals)
    assert Dirt().is_clean
    assert [one.signal for one in found] == given_signals
    assert not any(one.historical for one in found)
    assert line.damage.lost == []


def test_steps_make_no_difference():
    dirt = Dirt(lost=0.1, late=0.2, doubled=0.1, resets_per_day=5, outages_per_day=5, skew_seconds=3)
    given_signals = signals()
    one, other = DirtyLine(dirt), DirtyLine(dirt)
    whole = [*one.pass_on(given_signals, START + 2 * DAY), *one.rest()]
    parts = []
    for step in range(50):
        begin, end = START + step * timedelta(hours=1), START + (step + 1) * timedelta(hours=1)
        parts += other.pass_on([signal for signal in given_signals if begin <= signal.ts < end], end)
    assert parts == whole


def test_a_counter_that_was_reset_still_tells_every_cycle():
    for modulus in (None, 97):
        dirt = Dirt(resets_per_day=20)
        line, found = spoil(
            dirt, signals(machines=("A",), modulus=modulus), {"A": modulus} if modulus else {}
        )
        values = [one.signal.value for one in found]
        falls = sum(later < earlier for earlier, later in pairwise(values))
        assert line.damage.resets > 5
        assert falls > 5
        steps = [
            later - earlier if later >= earlier else later if later <= 2 else modulus + later - earlier
            for earlier, later in pairwise(values)
        ]
        assert set(steps) == {1}


def test_an_outage_stores_and_forwards_as_history():
    line, found = spoil(Dirt(outages_per_day=10, outage_seconds=3600), signals())
    stored = [one for one in found if one.historical]
    assert len(stored) == line.damage.stored > 10
    assert all(timedelta() < one.at - one.signal.ts <= timedelta(hours=1) for one in stored)


def test_a_skewed_clock_is_wrong_by_a_constant():
    given_signals = signals()
    _line, found = spoil(Dirt(skew_seconds=4), given_signals)
    true = {(one.machine, one.seq): one.ts for one in given_signals}
    for machine in ("A", "B"):
        offsets = {
            one.signal.ts - true[machine, one.signal.seq] for one in found if one.signal.machine == machine
        }
        assert len(offsets) == 1
        assert abs(offsets.pop()) <= timedelta(seconds=4)


def test_a_reset_looks_different_right_after_a_rollover():
    """A counter that shows 1 before and after is no reset that anybody could see."""
    dirt = Dirt(seed=3, resets_per_day=400)
    line, found = spoil(dirt, signals(2000, machines=("A",), modulus=100), {"A": 100})
    shown = [one.signal.value for one in sorted(found, key=lambda one: one.signal.ts)]
    assert line.damage.resets > 10
    assert all(after != before for before, after in pairwise(shown))


def test_no_reset_looks_like_a_rollover():
    given_signals = signals(40_000, machines=("A",), modulus=500)
    line, found = spoil(Dirt(seed=4, resets_per_day=2), given_signals, {"A": 500})
    shown = [one.signal.value for one in found]
    drops = [(before, after) for before, after in pairwise(shown) if after < before]
    assert line.damage.resets > 50
    assert all(after == 1 if before < 450 else before - after == 499 for before, after in drops)
