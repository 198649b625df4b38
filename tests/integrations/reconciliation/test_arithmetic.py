"""The arithmetic of comparing: why two sides differ, and how far a partner is trusted."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.domain.reconciliation.compare import PIECES, Sides, added, reason_of
from integrations.domain.reconciliation.trust import trust
from integrations.enums import DifferenceReason as Why

amounts = st.decimals(0, 10_000, places=3)
pieces = st.fixed_dictionaries(dict.fromkeys(PIECES, amounts))


def good(**parts):
    """Sides that differ in good pieces alone."""
    return Sides(**{name: {"good": Decimal(value)} for name, value in parts.items()})


@pytest.mark.parametrize(
    ("sides", "reason"),
    [
        (good(made=10, posted=10, booked=10), None),
        (good(made=10, posted=8, in_flight=2, booked=8), Why.IN_FLIGHT),
        (good(made=10, posted=8, booked=8), Why.IN_FLIGHT),
        (good(made=10, posted=8, late=2, booked=8), Why.IN_FLIGHT),
        (good(made=10, posted=8, refused=2, booked=8), Why.REFUSED),
        (good(made=10, posted=8, given_up=2, booked=8), Why.GIVEN_UP),
        (good(made=10, posted=8, given_up=2, booked=10), None),
        (good(made=10, posted=10, booked=12), Why.BY_HAND),
        (good(made=10, posted=10, booked=7), Why.CANCELLED),
        (good(made=10, posted=6, accepted=4, booked=6), Why.ACCEPTED),
        (good(made=10, posted=6, accepted=4, booked=9), Why.CANCELLED),
        (good(made=10, posted=6, accepted=4, booked=10), None),
        (good(made=10, posted=5, refused=5, booked=6), Why.BY_HAND),
    ],
)
def test_why_they_differ(sides, reason):
    assert reason_of(sides) == reason


def test_what_a_partner_doesnt_tell_is_not_compared():
    made = {"good": Decimal(10), "scrap": Decimal(3)}
    assert reason_of(Sides(made=made, posted=made, booked={"good": Decimal(10)})) is None
    with pytest.raises(ValueError, match="no word"):
        reason_of(Sides(made=made))


def test_times_may_differ_by_what_rounding_explains():
    def sides(booked):
        told = {"run_seconds": Decimal(36_000)}
        return Sides(made=told, posted=told, booked={"run_seconds": Decimal(booked)})

    assert reason_of(sides(36_300)) is None
    assert reason_of(sides(37_000)) == Why.BY_HAND
    assert reason_of(sides(30_000)) == Why.CANCELLED


@given(pieces, pieces, pieces, pieces, pieces, pieces)
def test_a_partner_that_has_what_it_took_is_never_accused(
    posted, accepted, late, in_flight, refused, given_up
):
    """Whatever is still missing has one of the reasons that lie on our side or in between."""
    sides = Sides(
        made=added([posted, accepted, late, in_flight, refused, given_up]),
        posted=posted,
        accepted=accepted,
        late=late,
        in_flight=in_flight,
        refused=refused,
        given_up=given_up,
        booked=added([posted, accepted]),
    )
    missing = any(any(part.values()) for part in (late, in_flight, refused, given_up))
    reason = reason_of(sides)
    assert (reason is not None) == missing
    assert reason in (None, Why.IN_FLIGHT, Why.REFUSED, Why.GIVEN_UP)


@given(pieces, pieces, pieces)
def test_agreement_depends_on_both_totals_alone(made, posted, booked):
    sides = Sides(made=made, posted=posted, booked=booked)
    assert (reason_of(sides) is None) == all(made[name] == booked[name] for name in PIECES)


@given(st.lists(pieces, max_size=5))
def test_sums_add_up_in_any_order(parts):
    assert added(parts) == added(reversed(parts))


@given(
    st.integers(1, 500),
    st.integers(0, 500),
    st.integers(0, 500),
    st.integers(0, 500),
    st.decimals(0, 1000, places=2),
)
def test_trust_is_a_percentage_that_no_trouble_raises(compared, differing, sent, troubled, days):
    agreed, first_time = max(0, compared - differing), max(0, sent - troubled)
    figure = trust(compared=compared, agreed=agreed, sent=sent, first_time=first_time, oldest_days=days)
    assert 0 <= figure <= 100
    worse = trust(
        compared=compared, agreed=max(0, agreed - 1), sent=sent, first_time=first_time, oldest_days=days
    )
    older = trust(compared=compared, agreed=agreed, sent=sent, first_time=first_time, oldest_days=days + 1)
    assert worse <= figure
    assert older <= figure


def test_trust_by_its_definition():
    def figure(**changes):
        values = {"compared": 10, "agreed": 9, "sent": 20, "first_time": 19, "oldest_days": Decimal(0)}
        return trust(**{**values, **changes})

    assert figure() == Decimal("90.0")
    assert figure(agreed=10) == Decimal("95.0")
    assert figure(oldest_days=Decimal(3)) == Decimal("87.0")
    assert figure(oldest_days=Decimal(400)) == Decimal("40.0")
    assert figure(sent=0, first_time=0) == Decimal("90.0")
    assert figure(compared=0, agreed=0) is None
