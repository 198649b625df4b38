"""The edge gateway of a chaos run: what machines wrote is held against what was stored."""

from collections import defaultdict
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from asgiref.sync import async_to_sync

from integrations.domain.gateways import configuration_of
from integrations.models import Gateway
from integrations.signals.edge.service import wanted_of
from integrations.signals.mapping import Mapper
from integrations.signals.registry import transport_for
from machines.domain.ingest import append
from mes.runtime.chaos import gateway
from mes.runtime.demo_plant.load import load_demo_plant
from mes.runtime.simulator.dirt import Delivery
from mes.runtime.simulator.file_drop import ITEMS, FileDrop
from mes.runtime.simulator.messages import Signal
from mes.runtime.simulator.physics import Settings, World

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 3, 2, 6, tzinfo=UTC)
NOW = T0 + timedelta(hours=1)
SAID = (
    ("PRESS-1", "cycle_count", 17),
    ("MOULD-1", "program", "HOUSING_B"),
    ("PRESS-1", "energy", 12.345),
    ("PRESS-1", "available", True),
    ("PRESS-1", "alarm", "NORMAL"),
    ("CNC-3", "part_count", 3),
)


@pytest.fixture
def drop(tmp_path):
    """What machines said is in a file, once and in its order; what others said goes another way."""
    found = FileDrop(tmp_path)
    numbers = defaultdict(lambda: count(1))
    said = [
        Delivery(T0, "1", Signal(machine, next(numbers[machine]), T0 + timedelta(seconds=at), item, value))
        for at, (machine, item, value) in enumerate(SAID)
    ]
    first, *later = said
    assert [one.signal.machine for one in found.take([*later, first, first, later[0]])] == ["CNC-3"]
    assert [[row.item for row in rows] for rows in found.written.values()] == [
        ["cycle_count", "energy", "available", "alarm"],
        ["program"],
        [],
        [],
    ]
    return found


@pytest.fixture
def samples(drop, tmp_path):
    """What the gateway makes of the files."""
    load_demo_plant()
    gateway.connect(tmp_path)
    configured = configuration_of(Gateway.objects.get(code="edge-hall2"))["connections"]
    (wanted,) = [wanted_of(one) for one in configured if one["active"]]

    async def first():
        async with aclosing(transport_for(wanted.protocol, wanted.settings).observe({})) as batches:
            return [await anext(batches), await anext(batches)][1]

    return Mapper(wanted.code, wanted.meanings).samples(async_to_sync(first)())


def test_what_was_stored_once_and_in_order_is_right(drop, samples):
    append(samples, NOW)
    append(samples, NOW)
    assert gateway.problems(drop.written) == []
    gateway.wait_until_told(drop.written, patience_seconds=0, tend=lambda: None)


def test_what_is_lost_is_told(drop, samples):
    append([one for one in samples if one["item"] != "cycle_count"], NOW)
    with pytest.raises(TimeoutError, match="4 of 5"):
        gateway.wait_until_told(drop.written, patience_seconds=0, tend=lambda: None)
    assert gateway.problems(drop.written) == ["PRESS-1: 4 rows, 3 samples, the first 0 are the same"]


def test_what_is_doubled_or_out_of_order_is_told(drop, samples):
    append([*samples, {**samples[-1], "seq": 99}], NOW)
    assert gateway.problems(drop.written) == ["PRESS-1: 4 rows, 5 samples, the first 4 are the same"]


def test_what_overtook_an_earlier_row_is_told(drop, samples):
    append([one for one in samples if one["item"] != "cycle_count"], NOW)
    append(samples, NOW + timedelta(seconds=1))
    assert gateway.problems(drop.written) == ["PRESS-1: a later row came before an earlier one"]


def test_all_that_these_machines_say_has_a_column():
    world = World(T0, Settings(only=frozenset(ITEMS), breakdown_factor=5))
    for signal in world.advance(T0 + timedelta(hours=8)).signals:
        assert signal.item in ITEMS[signal.machine]
        assert not signal.slot
