"""Key figures: the golden vector of the reference, the identity, roll-ups, and what is said without data."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.lib.errors import MesError
from quality.kpi import formulas
from quality.kpi.definitions import (
    DEFINITION_SETS,
    ISO_22400,
    NAKAJIMA,
    NEE,
    NO_ORDER_OUT,
    PLANNED_STOPS_DELAY,
    SETUP_PLANNED,
    definition_set,
    oee,
)
from quality.kpi.timemodel import Coverage, Quantities, TimeElements, sum_elements, sum_quantities

MINUTE = timedelta(minutes=1)

GOLDEN = TimeElements.of(
    apt=310 * MINUTE, aust=60 * MINUTE, adet=90 * MINUTE, micro=35 * MINUTE, adot=20 * MINUTE
)
GOLDEN_PIECES = Quantities(good=Decimal(266), scrap=Decimal(14), standard=280 * 1 * MINUTE)


def percent(value):
    return (value * 100).quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    ("definition", "availability", "effectiveness", "result"),
    [
        (ISO_22400, "64.58", "90.32", "55.42"),
        (NAKAJIMA, "71.88", "81.16", "55.42"),
        (NEE, "77.08", "90.32", "66.14"),
        (SETUP_PLANNED, "73.81", "90.32", "63.33"),
    ],
    ids=lambda value: getattr(value, "code", None),
)
def test_golden_vector(definition, availability, effectiveness, result):
    assert GOLDEN.pbt == 480 * MINUTE
    answer = oee(GOLDEN, GOLDEN_PIECES, definition)
    assert percent(answer.availability) == Decimal(availability)
    assert percent(answer.effectiveness) == Decimal(effectiveness)
    assert percent(answer.quality) == Decimal("95.00")
    assert percent(answer.result) == Decimal(result)


def test_golden_calendar_time_per_good_piece():
    per_piece = formulas.calendar_time_per_good_piece(GOLDEN, GOLDEN_PIECES)
    assert round(per_piece / MINUTE, 3) == 1.805


def test_iso_and_nee_sets_agree_with_the_standards_own_formulas():
    assert oee(GOLDEN, GOLDEN_PIECES, ISO_22400).result == formulas.oee_index(GOLDEN, GOLDEN_PIECES)
    assert oee(GOLDEN, GOLDEN_PIECES, NEE).result == formulas.nee_index(GOLDEN, GOLDEN_PIECES)


def test_the_remaining_choices_move_only_the_base():
    elements = TimeElements.of(apt=300 * MINUTE, adet=60 * MINUTE, adot=40 * MINUTE, pdot=80 * MINUTE)
    assert oee(elements, GOLDEN_PIECES, PLANNED_STOPS_DELAY).availability == Decimal(300) / Decimal(480)
    assert oee(elements, GOLDEN_PIECES, NO_ORDER_OUT).availability == Decimal(300) / Decimal(360)
    assert oee(elements, GOLDEN_PIECES).availability == Decimal(300) / Decimal(400)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (formulas.availability, Decimal(310) / 480),
        (formulas.technical_efficiency, Decimal(310) / 400),
        (formulas.utilization_efficiency, Decimal(310) / 460),
        (formulas.allocation_efficiency, Decimal(460) / 480),
        (formulas.setup_rate, Decimal(60) / 370),
    ],
)
def test_ratios_of_time(formula, expected):
    assert formula(GOLDEN) == expected
    assert formula(TimeElements()) is None


def test_ratios_of_pieces_leave_the_undecided_out():
    pieces = Quantities(good=Decimal(80), scrap=Decimal(15), rework=Decimal(5), undecided=Decimal(100))
    assert pieces.produced == 200
    assert formulas.quality_ratio(pieces) == Decimal("0.8")
    assert formulas.scrap_ratio(pieces) == Decimal("0.15")
    assert formulas.rework_ratio(pieces) == Decimal("0.05")


def test_planned_stops_are_a_share_of_operation_time():
    assert formulas.planned_down_share(TimeElements.of(apt=90 * MINUTE, pdot=10 * MINUTE)) == Decimal("0.1")


def test_figures_of_orders_and_people():
    assert formulas.first_pass_yield(Decimal(45), Decimal(50)) == Decimal("0.9")
    assert formulas.fall_off_ratio(Decimal(3), Decimal(60)) == Decimal("0.05")
    assert formulas.throughput_rate(Decimal(90), timedelta(hours=1, minutes=30)) == 60
    assert formulas.production_process_ratio(30 * MINUTE, 120 * MINUTE) == Decimal("0.25")
    assert formulas.worker_efficiency(6 * MINUTE, 8 * MINUTE) == Decimal("0.75")
    assert formulas.energy_per_piece(Decimal(12), Decimal(48)) == Decimal("0.25")
    assert formulas.reason_coding_rate(9 * MINUTE, 10 * MINUTE) == Decimal("0.9")


def test_failures():
    assert formulas.mean_time_between_failures(300 * MINUTE, 3) == 100 * MINUTE
    assert formulas.mean_time_to_failure([10 * MINUTE, 20 * MINUTE]) == 15 * MINUTE
    assert formulas.mean_time_to_repair([4 * MINUTE, 8 * MINUTE]) == 6 * MINUTE
    assert formulas.mean_time_between_failures(300 * MINUTE, 0) is None
    assert formulas.mean_time_to_failure([]) is None
    assert formulas.mean_time_to_repair([]) is None


def test_capability():
    # mean 10, s = 1 (squared deviations 1, 0, 1 over 2)
    assert formulas.machine_capability([9, 10, 11], 4, 16) == pytest.approx(2)
    assert formulas.critical_machine_capability([9, 10, 11], 7, 16) == pytest.approx(1)
    # the groups' means differ, the spread within each is 1
    assert formulas.process_capability([[9, 10, 11], [12, 13, 14]], 4, 16) == pytest.approx(2)
    assert formulas.critical_process_capability([[9, 10, 11], [12, 13, 14]], 7, 16) == pytest.approx(1.5)
    for nothing in ([], [5.0], [5.0, 5.0]):
        assert formulas.machine_capability(nothing, 0, 10) is None
        assert formulas.critical_machine_capability(nothing, 0, 10) is None
        assert formulas.process_capability([nothing], 0, 10) is None
        assert formulas.critical_process_capability([nothing], 0, 10) is None


def test_no_data_is_none_and_never_zero():
    answer = oee(TimeElements(), Quantities())
    assert (answer.availability, answer.effectiveness, answer.quality, answer.result) == (None,) * 4
    assert formulas.calendar_time_per_good_piece(GOLDEN, Quantities()) is None
    assert formulas.coverage_ratio(Coverage()) is None
    assert formulas.throughput_rate(Decimal(5), timedelta()) is None


def test_all_scrap_is_zero_and_not_none():
    answer = oee(GOLDEN, Quantities(scrap=Decimal(5), standard=5 * MINUTE))
    assert answer.quality == 0
    assert answer.result == 0


def test_unknown_time_is_in_no_ratio_but_in_planned_busy_time():
    blind = GOLDEN + TimeElements.of(unknown=480 * MINUTE)
    assert blind.pbt == 960 * MINUTE
    for definition in DEFINITION_SETS.values():
        assert oee(blind, GOLDEN_PIECES, definition) == oee(GOLDEN, GOLDEN_PIECES, definition)
    assert formulas.coverage_ratio(Coverage(observed=480 * MINUTE, unknown=480 * MINUTE)) == Decimal("0.5")
    assert oee(TimeElements.of(unknown=480 * MINUTE), Quantities()).availability is None


def test_a_piece_without_planned_time_leaves_performance_unknown():
    assert oee(GOLDEN, replace(GOLDEN_PIECES, unpriced=Decimal(1))).effectiveness is None


def test_performance_above_one_is_shown_and_flagged():
    answer = oee(GOLDEN, replace(GOLDEN_PIECES, standard=311 * MINUTE))
    assert answer.effectiveness > 1
    assert answer.standard_too_slow
    assert not oee(GOLDEN, GOLDEN_PIECES).standard_too_slow


def test_production_beyond_plan_slows_nobody_up():
    # 100 pieces in 100 minutes, half of them through a break
    elements = TimeElements.of(apt=50 * MINUTE, pdot=50 * MINUTE, beyond=50 * MINUTE)
    answer = oee(elements, Quantities(good=Decimal(100), standard=100 * MINUTE))
    assert answer.availability == 1
    assert answer.effectiveness == 1


def test_definition_sets_are_found_by_code():
    assert definition_set("nee") is NEE
    assert all(code == definition.code for code, definition in DEFINITION_SETS.items())
    with pytest.raises(MesError) as refusal:
        definition_set("vendor-x")
    assert refusal.value.code == "unknown_definition_set"


times = st.integers(0, 10**12).map(lambda n: timedelta(microseconds=n))


@st.composite
def elements(draw):
    adet = draw(times)
    micro = timedelta(microseconds=draw(st.integers(0, adet // timedelta(microseconds=1))))
    return TimeElements.of(
        apt=draw(times),
        aust=draw(times),
        adet=adet,
        micro=micro,
        adot=draw(times),
        unknown=draw(times),
        pdot=draw(times),
        beyond=draw(times),
    )


pieces = st.builds(
    Quantities,
    good=st.integers(0, 10**6).map(Decimal),
    scrap=st.integers(0, 10**6).map(Decimal),
    rework=st.integers(0, 10**6).map(Decimal),
    standard=times,
)


@given(elements())
def test_the_identity_holds_to_the_microsecond(some):
    assert some.pbt == some.apt + some.aust + some.adet + some.adot + some.unknown
    assert some.pot == some.pbt + some.pdot
    for name in ("pot", "pdot", "pbt", "apt", "aust", "adet", "adot", "unknown"):
        with pytest.raises(ValueError, match=r"^PBT is not|exceed"):
            replace(some, **{name: getattr(some, name) + timedelta(microseconds=1)})


@given(elements())
def test_negative_elements_and_micro_stops_above_delay_are_refused(some):
    with pytest.raises(ValueError, match="exceed"):
        replace(some, micro=some.adet + timedelta(microseconds=1))
    with pytest.raises(ValueError, match="negative"):
        replace(some, beyond=-timedelta(microseconds=1))


@given(st.lists(st.tuples(elements(), pieces), min_size=1, max_size=6))
def test_roll_up_adds_and_then_divides(parts):
    whole, made = sum_elements(e for e, _ in parts), sum_quantities(q for _, q in parts)
    known = sum((e.pbt - e.unknown for e, _ in parts), timedelta())
    produced = sum((e.apt for e, _ in parts), timedelta())
    answer = formulas.availability(whole)
    assert answer is None if not known else answer == formulas.ratio(produced, known)
    assert made.produced == sum(q.good + q.scrap + q.rework for _, q in parts)
    assert oee(whole, made) == oee(sum_elements(e for e, _ in reversed(parts)), made)


@given(elements(), pieces)
def test_iso_and_nakajima_give_the_same_oee(some, made):
    """Micro-stops move between availability and performance, never in or out of the product."""
    some = replace(some, beyond=timedelta())
    iso, nakajima = oee(some, made), oee(some, made, NAKAJIMA)
    if iso.result is not None and nakajima.result is not None:
        assert abs(iso.result - nakajima.result) <= abs(iso.result) * Decimal("1e-20")
