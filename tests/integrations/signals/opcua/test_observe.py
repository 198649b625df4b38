"""What a real server tells reaches us once, with its time, and every loss is told as a gap."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from asyncua import ua

from integrations.signals.opcua import transport
from integrations.signals.opcua.subscription import Subscription
from machines.domain.measure.samples import Quality
from tests.support.measured import measured
from tests.support.opcua import ACME, Listener, MachineServer, Wire

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_what_holds_at_the_connect_is_a_baseline_and_the_rest_is_news(server):
    count = await server.add("Count", 7)
    async with Listener(server.url, [count]) as listener:
        await listener.until(lambda: listener.seen)
        await server.put("Count", 8)
        await listener.until(lambda: len(listener.of(count)) == 2)
    first, second = listener.of(count)
    assert (first.value, first.snapshot) == (7, True)
    assert (second.value, second.snapshot) == (8, False)
    assert listener.links[0] == (True, "")
    assert first.epoch == second.epoch
    assert second.seq == first.seq + 1


async def test_the_time_is_the_sources(server):
    count = await server.add("Count", 7)
    earlier = datetime.now(UTC) - timedelta(minutes=3)
    async with Listener(server.url, [count]) as listener:
        await listener.until(lambda: listener.seen)
        await server.put("Count", 8, at=earlier)
        await listener.until(lambda: len(listener.of(count)) == 2)
    snapshot, news = listener.of(count)
    assert news.ts == earlier
    assert datetime.now(UTC) - snapshot.ts < timedelta(minutes=1)


async def test_fast_changes_between_two_publications_all_arrive(server):
    count = await server.add("Count", 0)
    async with Listener(server.url, [count], publishing_ms=500) as listener:
        await listener.until(lambda: listener.seen)
        for number in range(1, 31):
            await server.put("Count", number)
        await listener.until(lambda: listener.of(count)[-1].value == 30)
    assert [one.value for one in listener.of(count)] == list(range(31))


async def test_status_codes_become_quality(server):
    count = await server.add("Count", 1)
    async with Listener(server.url, [count]) as listener:
        await listener.until(lambda: listener.seen)
        for number, status in enumerate(
            (ua.StatusCodes.Uncertain, ua.StatusCodes.BadSensorFailure, ua.StatusCodes.BadNoCommunication), 2
        ):
            await server.put("Count", number, status=status)
            await listener.until(lambda seen=number: len(listener.of(count)) == seen)
    qualities = [(one.quality, one.value) for one in listener.of(count)]
    assert qualities == [
        (Quality.GOOD, 1),
        (Quality.UNCERTAIN, 2),
        (Quality.BAD, None),
        (Quality.STALE, None),
    ]


async def test_nan_and_wrong_types_pass_as_what_they_are(server):
    speed = await server.add("Speed", 1.5)
    async with Listener(server.url, [speed]) as listener:
        await listener.until(lambda: listener.seen)
        await server.put("Speed", float("nan"), kind=ua.VariantType.Double)
        await listener.until(lambda: len(listener.of(speed)) == 2)
        await server.put("Speed", "fast", kind=ua.VariantType.String)
        await listener.until(lambda: len(listener.of(speed)) == 3)
        await server.put("Speed", [1, 2], kind=ua.VariantType.Int64)
        await listener.until(lambda: len(listener.of(speed)) == 4)
        await server.put("Speed", "x" * 5000, kind=ua.VariantType.String)
        await listener.until(lambda: len(listener.of(speed)) == 5)
        await server.put("Speed", 2.5, kind=ua.VariantType.Double)
        await listener.until(lambda: len(listener.of(speed)) == 6)
    values = [(one.value, one.quality) for one in listener.of(speed, news=True)]
    assert values == [
        (None, Quality.BAD),
        ("fast", Quality.GOOD),
        ("[1, 2]", Quality.GOOD),
        (None, Quality.BAD),
        (2.5, Quality.GOOD),
    ]
    assert "nan" in listener.of(speed)[1].native


async def test_what_the_server_does_not_have_is_told_once_and_the_rest_works(server):
    count = await server.add("Count", 1)
    nowhere = f"{{{ACME}}}{server.name}/Nowhere"
    elsewhere = f"{{urn:nobody}}{server.name}/Count"
    addresses = [count, nowhere, elsewhere, "{broken"]
    async with Listener(server.url, addresses) as listener:
        await listener.until(lambda: listener.seen)
    told = {one.raw.decode() for one in listener.problems}
    assert told == {nowhere, elsewhere, "{broken"}
    assert listener.of(count)
    async with Listener(server.url, [count, nowhere], cursor=listener.cursor) as again:
        await again.until(lambda: again.seen)
    assert again.problems == []


async def test_a_node_can_be_named_by_its_id(server):
    await server.add("Count", 5)
    node = server.nodes["Count"].nodeid
    address = f"nsu={ACME};i={node.Identifier}"
    async with Listener(server.url, [address, "nsu=urn:x;i=5", "i=wrong"]) as listener:
        await listener.until(lambda: listener.seen)
    assert [one.value for one in listener.of(address)] == [5]
    assert len(listener.problems) == 2


async def test_addresses_survive_a_renumbered_namespace(server):
    count = await server.add("Count", 1)
    async with MachineServer(before=("urn:firmware:new", "urn:firmware:newer")) as after:
        assert after.index != server.index
        await after.new_machine(server.name)
        await after.add("Count", 2)
        async with Listener(after.url, [count]) as listener:
            await listener.until(lambda: listener.seen)
    assert [one.value for one in listener.of(count)] == [2]


async def test_a_cut_wire_is_a_gap_and_the_counter_goes_on_from_its_baseline(server):
    count = await server.add("Count", 10)
    async with Wire(server.port) as wire:
        async with Listener(wire.url, [count]) as listener:
            await listener.until(lambda: listener.seen)
            await server.put("Count", 11)
            await listener.until(lambda: len(listener.of(count)) == 2)
            wire.cut()
            await listener.until(lambda: listener.lost)
        await server.put("Count", 15)
        assert listener.links == [(True, ""), (False, "The connection broke.")]
        async with Listener(wire.url, [count], cursor=listener.cursor) as again:
            await again.until(lambda: again.seen)
            await server.put("Count", 16)
            await again.until(lambda: len(again.of(count)) == 2)
    assert again.links == [(True, "")], "the loss was told before"
    assert [(one.value, one.snapshot) for one in again.of(count)] == [(15, True), (16, False)]
    assert again.seen[0].epoch != listener.seen[0].epoch
    pieces = measured([*listener.batches, *again.batches], {count: "part_count"}, count_item="part_count")
    assert sum(cycle.quantity for cycle in pieces.cycles) == 6


async def test_a_restarted_server_is_a_new_epoch(server):
    count = await server.add("Count", 3)
    async with Listener(server.url, [count]) as listener:
        await listener.until(lambda: listener.seen)
        await server.stop()
        await listener.until(lambda: listener.lost)
    await server.start_again()
    async with Listener(server.url, [count], cursor=listener.cursor) as again:
        await again.until(lambda: again.seen)
    before, after = listener.seen[0].epoch, again.seen[0].epoch
    assert before.partition("/")[0] != after.partition("/")[0]
    assert again.of(count)[0].snapshot


async def test_a_wire_that_carries_nothing_is_a_dead_subscription(server):
    count = await server.add("Count", 3)
    async with Wire(server.port) as wire, Listener(wire.url, [count], publishing_ms=20) as listener:
        await listener.until(lambda: listener.seen)
        wire.flowing.clear()
        await listener.until(lambda: listener.lost)
        wire.flowing.set()
    assert "dead" in listener.lost
    assert listener.links[-1][0] is False


async def test_a_listener_that_died_tells_the_gap_when_it_is_back(server):
    count = await server.add("Count", 3)
    async with Listener(server.url, [count]) as listener:
        await listener.until(lambda: listener.seen)
    assert listener.links == [(True, "")], "killed: it could not say so itself"
    async with Listener(server.url, [count], cursor=listener.cursor) as again:
        await again.until(lambda: again.seen)
    assert again.links == [(False, "nobody listened"), (True, "")]
    down = again.batches[0].links[0].ts
    assert down >= listener.batches[0].links[0].ts


async def test_a_lost_message_is_a_gap_never_a_silence(server):
    """The server publishes number n + 2 after n: what n + 1 held is gone."""
    subscription = Subscription(None, 100, 50, 10)
    assert subscription._lost(1, [object()]) == ""
    assert subscription._lost(2, None) == "", "a keep-alive carries the next number and uses none"
    assert subscription._lost(2, [object()]) == ""
    assert "3 to 3" in subscription._lost(4, [object()])
    subscription._expected = None
    assert subscription._lost(0xFFFFFFFF, [object()]) == ""
    assert subscription._lost(1, [object()]) == "", "the number begins anew after its last"


async def test_nothing_is_acknowledged_before_it_is_stored(server):
    """While a batch is being stored the server keeps what follows."""
    count = await server.add("Count", 0)
    listener = Listener(server.url, [count])
    reading = transport(listener.settings).observe({})
    await anext(reading)
    await server.put("Count", 1)
    batch = await anext(reading)
    while not batch.observations:
        batch = await anext(reading)
    *_, kept = server.server.iserver.subscription_service.subscriptions.values()
    for number in (2, 3):
        await server.put("Count", number)
        await asyncio.sleep(0.2)
    unacknowledged = len(kept._not_acknowledged_results)
    assert unacknowledged >= 1
    values = []
    while 3 not in values:
        values += [one.value for one in (await anext(reading)).observations]
    assert values == [2, 3]
    await reading.aclose()


async def test_more_items_than_one_request_holds(server):
    addresses = [await server.add(f"Item {number}", number) for number in range(1200)]
    async with Listener(server.url, addresses) as listener:
        await listener.until(lambda: len(listener.seen) == 1200)
        for number in range(0, 1200, 2):
            await server.put(f"Item {number}", number + 1)
        await listener.until(lambda: len(listener.seen) == 1800)
    assert {one.address: one.value for one in listener.seen} == {
        address: number + 1 if number % 2 == 0 else number for number, address in enumerate(addresses)
    }
    assert [one.seq for one in listener.seen] == list(range(1, 1801))
