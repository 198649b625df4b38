"""Pure: the loss tree, the bounds of the index, and who may be compared with whom."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.kpi.bounds import oee_bounds
from quality.kpi.collect import Figures
from quality.kpi.definitions import DEFINITION_SETS, ISO_22400, TEEP, VDMA_66412, oee
from quality.kpi.losses import loss_tree
from quality.kpi.ranking import Candidate, Refusal, rank
from quality.kpi.timemodel import Coverage, Quantities, TimeElements

MINUTE = timedelta(minutes=1)
GOLDEN = TimeElements.of(
    apt=310 * MINUTE, aust=60 * MINUTE, adet=90 * MINUTE, micro=35 * MINUTE, adot=20 * MINUTE
)
PIECES = Quantities(good=Decimal(266), scrap=Decimal(14), standard=280 * MINUTE)

times = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400))
pieces = st.decimals(min_value=0, max_value=10**9, places=3)


@st.composite
def elements(draw):
    adet = draw(times)
    return TimeElements.of(
        apt=draw(times),
        aust=draw(times),
        adet=adet,
        micro=min(draw(times), adet),
        adot=draw(times),
        unknown=draw(times),
        pdot=draw(times),
        beyond=draw(times),
        off=draw(times),
    )


quantities = st.builds(Quantities, good=pieces, scrap=pieces, rework=pieces, standard=times)


def percent(ratio):
    return (ratio * 100).quantize(Decimal("0.01"))


def test_the_golden_vector_loses_step_by_step():
    tree = loss_tree(replace(GOLDEN, off=960 * MINUTE), PIECES)
    lost = {loss.key: loss.time / MINUTE for loss in tree.losses}
    assert lost == {
        "off": 960,
        "pdot": 0,
        "unknown": 0,
        "adot": 20,
        "aust": 60,
        "adet": 55,
        "micro": 35,
        "speed": 30,
        "quality": 14,
    }
    assert tree.good == 266 * MINUTE
    assert [loss.pieces for loss in tree.losses][-2:] == [30, 14]


@given(elements(), quantities)
def test_the_losses_add_up_and_end_at_the_index(found, made):
    tree = loss_tree(found, made)
    assert tree.calendar - sum((loss.time for loss in tree.losses), timedelta()) == tree.good
    for before, after in zip(tree.losses, tree.losses[1:], strict=False):
        assert after.before == before.left
    index = oee(found, made).result
    if index is not None and not found.beyond and found.known > timedelta(hours=1):
        assert abs(Decimal(tree.good / found.known) - index) < Decimal("0.0001") * max(index, 1)


def test_without_a_planned_run_time_the_tree_ends_at_production():
    tree = loss_tree(GOLDEN, replace(PIECES, unpriced=Decimal(1)))
    assert not tree.is_complete
    assert tree.good == GOLDEN.apt


@given(elements(), quantities, st.sampled_from(list(DEFINITION_SETS.values())))
def test_the_bounds_hold_the_index_and_meet_when_nothing_is_unknown(found, made, definition):
    index = oee(found, made, definition).result
    bounds = oee_bounds(found, made, definition)
    if index is not None:
        assert bounds.low <= index * (1 + Decimal("1e-20"))
        assert bounds.high >= index * (1 - Decimal("1e-20"))
    known = replace(found, unknown=timedelta(), pbt=found.known, pot=found.known + found.pdot)
    assert oee_bounds(known, made, definition).width in (0, None)


def test_the_bounds_of_a_shift_of_which_an_hour_is_unknown():
    found = TimeElements.of(apt=300 * MINUTE, adet=120 * MINUTE, unknown=60 * MINUTE)
    made = Quantities(good=Decimal(150), scrap=Decimal(50), standard=200 * MINUTE)
    bounds = oee_bounds(found, made, ISO_22400)
    assert bounds.low == Decimal(150) / 480  # 150 good minutes of 480
    assert bounds.high == Decimal(150 + 60) / 480
    assert oee_bounds(found, replace(made, unpriced=Decimal(1)), ISO_22400).width is None


def test_other_sets_read_the_golden_vector_their_way():
    found = replace(GOLDEN, off=960 * MINUTE)
    assert percent(oee(found, PIECES, TEEP).result) == percent(Decimal(266) / 1440)
    assert oee(found, PIECES, VDMA_66412).result == oee(found, PIECES).result
    assert all(definition.text for definition in DEFINITION_SETS.values())


def candidate(good, *, observed=480, own="iso22400", unknown=0):
    found = TimeElements.of(apt=(480 - unknown) * MINUTE, unknown=unknown * MINUTE)
    made = Quantities(good=Decimal(good), standard=good * MINUTE)
    coverage = Coverage(observed * MINUTE, (480 - unknown - observed) * MINUTE, unknown * MINUTE)
    return Candidate(Figures(found, made, coverage), frozenset({own}))


def ranks(**candidates):
    return {key: one.rank for key, one in rank(candidates).standings.items()}


def test_machines_that_are_seen_and_judged_alike_are_ranked():
    assert ranks(a=candidate(100), b=candidate(300), c=candidate(100)) == {"a": 2, "b": 1, "c": 2}
    assert ranks(a=candidate(100)) == {"a": None}


@pytest.mark.parametrize(
    ("odd", "refusal"),
    [
        (candidate(400, own="nee"), Refusal.OTHER_DEFINITION),
        (candidate(400, observed=240, unknown=240), Refusal.OTHER_COVERAGE),
        (candidate(400, observed=0), Refusal.OTHER_COVERAGE),
        (candidate(0, observed=0, unknown=480), Refusal.NO_FIGURE),
    ],
)
def test_who_is_judged_or_seen_otherwise_is_not_ranked_and_says_why(odd, refusal):
    standings = rank({"a": candidate(100), "b": candidate(300), "odd": odd}).standings
    assert (standings["odd"].rank, standings["odd"].refusal) == (None, refusal)
    assert (standings["a"].rank, standings["b"].rank) == (2, 1)


def test_a_chosen_definition_set_judges_all_alike():
    found = {"a": candidate(100), "b": candidate(300, own="nee")}
    assert rank(found, chosen="iso22400").standings["b"].rank == 1
