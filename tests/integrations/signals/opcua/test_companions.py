"""Servers with the companion models: what is proposed, and counts equal to a plain calculation."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from asyncua import ua

from integrations.signals.opcua import transport
from tests.support.measured import measured
from tests.support.opcua import Listener, MachineServer, models_or_skip

pytestmark = pytest.mark.asyncio(loop_scope="package")

DI = "http://opcfoundation.org/UA/DI/"
PACKML = "http://opcfoundation.org/UA/PackML/"
PLASTICS = "http://opcfoundation.org/UA/PlasticsRubber/GeneralTypes/"


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def plant():
    models_or_skip()
    async with MachineServer(
        models=(
            "Opc.Ua.Di.NodeSet2.xml",
            "Opc.Ua.PackML.NodeSet2.xml",
            "Opc.Ua.PlasticsRubber.GeneralTypes.NodeSet2.xml",
        )
    ) as running:
        await running.server.load_data_type_definitions()
        yield running


@pytest_asyncio.fixture(loop_scope="package")
async def moulding(plant):
    """An injection moulding machine that tells its cycles by event."""
    server = await plant.new_machine()
    index = await server.server.get_namespace_index(PLASTICS)
    jobs = await server.machine.add_object(index, "Jobs")
    values = await jobs.add_object(index, "ActiveJobValues")
    for name in ("JobCycleCounter", "JobGoodPartsCounter", "JobBadPartsCounter"):
        server.nodes[name] = await values.add_variable(index, name, ua.Variant(0, ua.VariantType.UInt64))
    for name, value in (("MachineMode", 1), ("ProductionStatus", 4)):
        server.nodes[name] = await server.machine.add_variable(index, name, value)
    await server.machine.write_attribute(
        ua.AttributeIds.EventNotifier, ua.DataValue(ua.Variant(1, ua.VariantType.Byte))
    )
    kind = server.server.get_node(ua.NodeId(1038, index))
    server.cycles = await server.server.get_event_generator(kind, server.machine)
    server.cycles.event.add_property("CycleQuality", 0, ua.VariantType.Int32)
    return server


async def end_cycle(server, quality, at):
    event = server.cycles.event
    event.CycleQuality = quality
    event.Time = at
    event.EventId = ua.Variant(random.randbytes(16), ua.VariantType.ByteString).Value
    await server.server.iserver.isession.subscription_service.trigger_event(event)


async def browsed(server):
    items = await transport(Listener(server.url, []).settings).browse()
    return [item for item in items if item.device == server.name]


async def test_a_moulding_machines_items_are_proposed(moulding):
    items = await browsed(moulding)
    proposed = {item.role: item for item in items if item.role}
    assert set(proposed) == {
        "cycle_event",
        "cycle_count",
        "good_count",
        "bad_count",
        "mode",
        "state",
        "alarm",
    }
    assert proposed["cycle_event"].values["2"] == "TEST_SAMPLE"
    assert proposed["state"].values["4"] == "PRODUCTION"
    assert proposed["cycle_count"].value == 0
    assert items[0].role == "cycle_event", "events stand before counters"


async def test_cycle_events_count_as_the_machine_made_them(moulding):
    items = await browsed(moulding)
    event = next(item for item in items if item.role == "cycle_event")
    counter = next(item for item in items if item.role == "cycle_count")
    rng, start = random.Random(7), datetime.now(UTC)
    qualities = [rng.choices((0, 1, 2, 3), (80, 10, 5, 5))[0] for _ in range(60)]
    async with Listener(moulding.url, [event.address, counter.address], queue_size=200) as listener:
        await listener.until(lambda: listener.seen)
        for number, quality in enumerate(qualities, 1):
            at = start + timedelta(seconds=10 * number)
            await end_cycle(moulding, quality, at)
            await moulding.put("JobCycleCounter", number, at=at, kind=ua.VariantType.UInt64)
        await listener.until(lambda: len(listener.of(counter.address)) == 61)
        await listener.until(lambda: len(listener.of(event.address)) == 60)
    good_and_bad = sum(1 for quality in qualities if quality != 2)
    bad = sum(1 for quality in qualities if quality in (1, 3))
    roles, tables = {event.address: "cycle_event"}, {event.address: event.values}
    by_event = measured(listener.batches, roles, values=tables, count_item="cycle_event").cycles
    assert sum(cycle.quantity for cycle in by_event) == good_and_bad
    assert sum(cycle.bad for cycle in by_event) == bad
    by_counter = measured(listener.batches, {counter.address: "cycle_count"}, count_item="cycle_count").cycles
    assert sum(cycle.quantity for cycle in by_counter) == len(qualities)


async def test_an_event_that_comes_twice_counts_once(moulding):
    event = next(item for item in await browsed(moulding) if item.role == "cycle_event")
    async with Listener(moulding.url, [event.address]) as listener:
        await listener.until(lambda: listener.links)
        moulding.cycles.event.EventId = b"the same"
        for _ in range(3):
            await moulding.server.iserver.isession.subscription_service.trigger_event(moulding.cycles.event)
        await end_cycle(moulding, 0, datetime.now(UTC))
        await listener.until(lambda: len(listener.of(event.address)) >= 2)
    assert len(listener.of(event.address)) == 2
    async with Listener(moulding.url, [event.address], cursor=listener.cursor) as again:
        await again.until(lambda: len(again.links) == 2)
        moulding.cycles.event.EventId = b"the same"
        await moulding.server.iserver.isession.subscription_service.trigger_event(moulding.cycles.event)
        await end_cycle(moulding, 0, datetime.now(UTC))
        await again.until(lambda: again.of(event.address))
    assert len(again.of(event.address)) == 1, "known from before the restart"


@pytest_asyncio.fixture(loop_scope="package")
async def packing(plant):
    server = await plant.new_machine()
    index = await server.server.get_namespace_index(PACKML)
    status = await server.machine.add_object(index, "Status")
    admin = await server.machine.add_object(index, "Admin")
    server.nodes["StateCurrent"] = await status.add_variable(index, "StateCurrent", 4)
    server.nodes["UnitModeCurrent"] = await status.add_variable(index, "UnitModeCurrent", 1)
    for name in ("ProdProcessedCount", "ProdDefectiveCount"):
        server.nodes[name] = await admin.add_variable(index, name, [count(0)])
    return server


def count(number):
    return ua.PackMLCountDataType(ID=1, Name="pieces", Count=number, AccCount=number)


async def test_packml_states_and_counts_inside_structures(packing):
    items = await browsed(packing)
    proposed = {item.role: item for item in items if item.role}
    assert set(proposed) == {"state", "mode", "part_count", "bad_count"}
    state, parts = proposed["state"], proposed["part_count"]
    assert parts.address.endswith("!0/AccCount")
    start = datetime.now(UTC) + timedelta(minutes=1)
    script = [(4, 0), (6, 0), (6, 5), (6, 9), (11, 9), (6, 9), (6, 14), (17, 14)]
    async with Listener(packing.url, [state.address, parts.address]) as listener:
        await listener.until(lambda: listener.seen)
        before = None
        for step, (number, pieces) in enumerate(script):
            at = start + timedelta(seconds=20 * step)
            if before is None or number != before[0]:
                await packing.put("StateCurrent", number, at=at, kind=ua.VariantType.Int64)
            if before is None or pieces != before[1]:
                await packing.put(
                    "ProdProcessedCount", [count(pieces)], at=at, kind=ua.VariantType.ExtensionObject
                )
            before = (number, pieces)
        await listener.until(lambda: listener.of(state.address)[-1].value == 17)
        await listener.until(lambda: listener.of(parts.address)[-1].value == 14)
    roles = {state.address: "state", parts.address: "part_count"}
    out = measured(
        listener.batches, roles, values={state.address: state.values}, count_item="part_count", trust="state"
    )
    assert sum((cycle.quantity for cycle in out.cycles), Decimal(0)) == 14
    words = [state.values[str(one.value)] for one in listener.of(state.address, news=True)]
    assert words == ["EXECUTE", "HELD", "EXECUTE", "COMPLETE"]
