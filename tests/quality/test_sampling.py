"""Sampling by ISO 2859-1: code letters and plans against the published tables, and the switching rules."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.domain.sampling import (
    AQL_VALUES,
    LETTERS,
    Lot,
    SamplingPlan,
    Switching,
    code_letter,
    letter_plan,
    sampling_plan,
    switching,
)
from quality.enums import InspectionLevel, Severity

# Table 1, line by line: largest lot, S-1 S-2 S-3 S-4 I II III.
TABLE_1 = """
8 A A A A A A B
15 A A A A A B C
25 A A B B B C D
50 A B B C C D E
90 B B C C C E F
150 B B C D D F G
280 B C D E E G H
500 B C D E F H J
1200 C C E F G J K
3200 C D E G H K L
10000 C D F G J L M
35000 C D F H K M N
150000 D E G J L N P
500000 D E G J M P Q
900000 D E H K N Q R
"""
LEVELS = ["S-1", "S-2", "S-3", "S-4", "I", "II", "III"]
PUBLISHED = Path(__file__).with_name("mil_std_105e.csv")
"""Tables II-A, II-B and II-C of MIL-STD-105E (in the public domain, the same as ISO 2859-1:1989) with arrows
followed: sample size, acceptance and rejection number for each letter and AQL."""


def test_code_letters_are_those_of_table_1():
    smallest = 2
    for line in TABLE_1.split("\n")[1:-1]:
        largest, *letters = line.split()
        for lot in (smallest, int(largest)):
            found = [code_letter(lot, InspectionLevel(level)) for level in LEVELS]
            assert found == letters, (lot, found)
        smallest = int(largest) + 1


def test_a_lot_of_one_piece_has_no_letter_and_is_looked_at_whole():
    with pytest.raises(ValueError, match="two"):
        code_letter(1, InspectionLevel.II)
    assert sampling_plan(1, InspectionLevel.II, Decimal("1.0")) == SamplingPlan("A", 1, 0, 1)


@pytest.mark.parametrize("severity", [Severity.NORMAL, Severity.TIGHTENED, Severity.REDUCED])
def test_every_plan_is_that_of_the_published_master_table(severity):
    with PUBLISHED.open() as file:
        rows = [row for row in csv.DictReader(file) if row["severity"] == severity]
    assert [row["letter"] for row in rows] == list(LETTERS[:16])
    for row in rows:
        cells = {Decimal(aql): cell for aql, cell in row.items() if aql[0].isdigit()}
        assert list(cells) == AQL_VALUES
        for aql, cell in cells.items():
            found = letter_plan(row["letter"], aql, severity)
            assert f"{found.size}/{found.accept}/{found.reject}" == cell, (row["letter"], aql)


@pytest.mark.parametrize(
    ("lot", "aql", "severity", "expected"),
    [
        # letter, sample, Ac, Re as published
        (1000, "1.0", Severity.NORMAL, ("J", 80, 2, 3)),
        (1000, "0.15", Severity.NORMAL, ("J", 80, 0, 1)),
        (1000, "0.25", Severity.NORMAL, ("H", 50, 0, 1)),
        (1000, "0.40", Severity.NORMAL, ("K", 125, 1, 2)),
        (400, "2.5", Severity.NORMAL, ("H", 50, 3, 4)),
        (4000, "4.0", Severity.NORMAL, ("L", 200, 14, 15)),
        (4000, "10", Severity.NORMAL, ("K", 125, 21, 22)),
        (1000, "1.0", Severity.TIGHTENED, ("J", 80, 1, 2)),
        (1000, "4.0", Severity.TIGHTENED, ("J", 80, 5, 6)),
        (1000, "6.5", Severity.TIGHTENED, ("J", 80, 8, 9)),
        (1000, "10", Severity.TIGHTENED, ("J", 80, 12, 13)),
        (400, "1.0", Severity.TIGHTENED, ("J", 80, 1, 2)),
        (1000, "1.0", Severity.REDUCED, ("J", 32, 1, 3)),
        (1000, "2.5", Severity.REDUCED, ("J", 32, 2, 5)),
        (1000, "6.5", Severity.REDUCED, ("J", 32, 5, 8)),
        (1000, "0.15", Severity.REDUCED, ("J", 32, 0, 1)),
    ],
)
def test_plans_are_the_published_ones(lot, aql, severity, expected):
    assert sampling_plan(lot, InspectionLevel.II, Decimal(aql), severity) == SamplingPlan(*expected)


def test_an_aql_between_the_preferred_values_is_refused():
    with pytest.raises(ValueError, match="preferred"):
        sampling_plan(100, InspectionLevel.II, Decimal("1.2"))


@given(
    st.integers(1, 2_000_000),
    st.sampled_from(list(InspectionLevel)),
    st.sampled_from(AQL_VALUES),
    st.sampled_from(list(Severity)),
)
def test_every_arrow_leads_to_a_plan(lot, level, aql, severity):
    plan = sampling_plan(lot, level, aql, severity)
    assert 1 <= plan.size <= lot
    assert 0 <= plan.accept < plan.reject


def severity_after(wrong, **more):
    return switching(
        [Lot(1000, number) for number in wrong], level=InspectionLevel.II, aql=Decimal("1.0"), **more
    )


def test_two_of_five_lots_not_accepted_lead_to_tightened_and_five_good_ones_back():
    assert severity_after([0, 3, 0, 0, 0]).severity is Severity.NORMAL
    assert severity_after([3, 0, 0, 0, 3]).severity is Severity.TIGHTENED
    assert severity_after([3, 0, 0, 0, 0, 3]).severity is Severity.NORMAL
    assert severity_after([3, 3, 1, 1, 1, 1]).severity is Severity.TIGHTENED
    assert severity_after([3, 3, 1, 1, 1, 1, 1]).severity is Severity.NORMAL


def test_five_lots_not_accepted_while_tightened_stop_the_inspection():
    assert severity_after([3, 3, 2, 2, 2, 2]).stopped is False
    assert severity_after([3, 3, 2, 2, 0, 2, 2, 2]).stopped is True
    assert severity_after([3, 3, 2, 2, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0]).stopped is True


def test_sampling_goes_on_tightened_once_quality_was_improved():
    stopped = [Lot(1000, wrong) for wrong in (3, 3, 2, 2, 2, 2, 2)]

    def after(*lots, **more):
        return switching([*stopped, *lots], level=InspectionLevel.II, aql=Decimal("1.0"), **more)

    assert after(Lot(1000, 0)).stopped is True
    assert after(Lot(1000, 0), improved=True) == Switching(Severity.TIGHTENED)
    again = [Lot(1000, 0, improved=True), *[Lot(1000, 0)] * 3]
    assert after(*again) == Switching(Severity.TIGHTENED)
    assert after(*again, Lot(1000, 0)) == Switching(Severity.NORMAL)
    assert after(Lot(1000, 2, improved=True), *[Lot(1000, 2)] * 3).stopped is False


def test_a_lot_is_looked_at_wholly_while_sampling_is_discontinued():
    plan = sampling_plan(1000, InspectionLevel.II, Decimal("1.0"), Severity.ALL)
    assert (plan.size, plan.accepts(0), plan.accepts(1)) == (1000, True, False)


def test_plans_with_few_accepted_pieces_need_fifteen_good_lots_for_reduced():
    lots = [Lot(400, 0)] * 15
    sampled = {"level": InspectionLevel.II, "aql": Decimal("1.0"), "reduced_allowed": True}
    assert switching(lots[:14], **sampled).severity is Severity.NORMAL
    assert switching(lots, **sampled).severity is Severity.REDUCED


def test_ten_good_lots_lead_to_reduced_where_it_is_allowed():
    good = [0] * 10
    assert severity_after(good).severity is Severity.NORMAL
    assert severity_after(good[:9], reduced_allowed=True).severity is Severity.NORMAL
    assert severity_after(good, reduced_allowed=True).severity is Severity.REDUCED
    # a lot that the next tighter AQL would not have accepted begins the score anew
    assert severity_after([*good[:9], 2, 0], reduced_allowed=True).severity is Severity.NORMAL
    # in the gap between acceptance and rejection: accepted, but back to normal
    assert severity_after([*good, 2], reduced_allowed=True).severity is Severity.NORMAL
    assert severity_after([*good, 1], reduced_allowed=True).severity is Severity.REDUCED
