"""Cycles and quantities without a database."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from orders.domain.master.cycles import cycle_through
from orders.domain.master.units import storable

NODES = st.sampled_from("ABCDE")
GRAPHS = st.dictionaries(NODES, st.frozensets(NODES))


def reaches(parts, item):
    """By definition: what one or more steps lead to."""
    reached = set(parts.get(item, ()))
    while True:
        more = reached | {part for one in reached for part in parts.get(one, ())}
        if more == reached:
            return item in reached
        reached = more


@given(GRAPHS, NODES)
def test_a_cycle_is_named_exactly_where_there_is_one(parts, item):
    chain = cycle_through(item, parts)
    assert bool(chain) == reaches(parts, item)
    if chain:
        assert chain[0] == chain[-1] == item
        assert all(after in parts[before] for before, after in pairwise(chain))


AMOUNTS = st.decimals("0.00001", "10000", places=5)


@given(AMOUNTS, st.lists(AMOUNTS, max_size=5))
def test_quantities_keep_their_ratio_to_a_millionth(base, amounts):
    found = storable(base, amounts)
    assert found is not None
    kept_base, kept = found
    for was, now in zip(amounts, kept, strict=True):
        assert abs(now / kept_base - was / base) <= Decimal("0.00001") * (was / base)


def test_what_no_column_can_hold_is_told():
    assert storable(Decimal("1e12"), []) is None
    assert storable(Decimal("900000000"), [Decimal("0.00001")]) is None
