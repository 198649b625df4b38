from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from integrations.signals.base import Batch, Link, Observation
from integrations.signals.mapping import Mapper, Meaning, translate

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def seen(address, value, seq=1, **more):
    return Observation(address, value, NOON, "boot", seq, **more)


def test_items_without_a_meaning_give_nothing_and_others_keep_their_identity():
    mapper = Mapper("agent", [Meaning("exec", "M1", "state")])
    (sample,) = mapper.samples(Batch([seen("exec", "ACTIVE", 7, sub=2), seen("axis", 3.2, 8)]))
    assert (sample["machine"], sample["source"], sample["boot"], sample["seq"], sample["sub"]) == (
        "M1",
        "agent",
        "boot",
        7,
        2,
    )
    assert sample["item"] == "state"
    assert sample["value"] == "ACTIVE"


def test_one_item_may_serve_two_machines():
    mapper = Mapper("agent", [Meaning("exec", "M1", "state"), Meaning("exec", "M2", "state", slot=1)])
    samples = mapper.samples(Batch([seen("exec", "READY")]))
    assert [(sample["machine"], sample["slot"]) for sample in samples] == [("M1", 0), ("M2", 1)]


def test_values_are_translated_by_table_then_by_factor():
    table = Meaning("s", "M1", "state", values={"3": "EXECUTE", "true": "ON"})
    assert translate(3, table) == "EXECUTE"
    assert translate(3.0, table) == "EXECUTE"
    assert translate(True, table) == "ON"
    assert translate(4, table) == 4
    assert translate(None, table) is None
    tenth = Meaning("c", "M1", "part_count", factor=Decimal("0.1"))
    assert translate(12, tenth) == 1.2
    assert translate("12", tenth) == "12"
    assert translate(True, tenth) is True


def test_a_lost_link_is_told_to_each_machine_in_its_scope():
    mapper = Mapper(
        "node",
        [
            Meaning("press/s", "M1", "state"),
            Meaning("press/c", "M1", "part_count"),
            Meaning("oven/s", "M2", "state"),
        ],
    )
    everybody = mapper.samples(Batch(links=[Link(NOON, up=False)]))
    assert [(sample["machine"], sample["item"], sample["value"]) for sample in everybody] == [
        ("M1", "available", False),
        ("M2", "available", False),
    ]
    assert {sample["source"] for sample in everybody} == {"node/link"}
    (one,) = mapper.samples(Batch(links=[Link(NOON, up=True, scope="oven/")]))
    assert (one["machine"], one["value"]) == ("M2", True)


@given(st.integers(0, 4_000_000_000_000_000).map(lambda us: NOON + timedelta(microseconds=us)))
def test_the_same_loss_told_twice_is_one_sample(moment):
    mapper = Mapper("node", [Meaning("s", "M1", "state")])
    first, again = (mapper.samples(Batch(links=[Link(moment, up=False)])) for _ in range(2))
    assert first == again
    assert first[0]["seq"] >= 0
