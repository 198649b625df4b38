"""The client against a real agent over HTTP: streams, restarts, losses, damage."""

import asyncio
import contextlib
import json
from datetime import UTC, datetime

import pytest

from integrations.signals.base import ConnectionLost
from integrations.signals.mtconnect import OPTIONS, transport
from mes.runtime.simulator.mtconnect_agent import Agent, Item
from tests.support.mtconnect import settings
from tests.support.serving import Serving

STATE, COUNT = Item("M7", "e", "EXECUTION"), Item("M7", "p", "PART_COUNT", name="parts")
PATIENCE = 60


def new_agent(kind=Agent, **options):
    agent = kind([STATE, COUNT], **options)
    put(agent, STATE, "READY")
    put(agent, COUNT, "0")
    return agent


def put(agent, item, text):
    agent.put(item, datetime.now(UTC), text)


class Reader:
    """Reads batches as a runner does: each is stored before the next is asked for."""

    def __init__(self, url, cursor=None, **options):
        self.transport = transport(settings(url, **options))
        self.cursor, self.observations, self.links, self.undecoded = cursor or {}, [], [], []
        self.batches = None

    async def __aenter__(self):
        self.batches = self.transport.observe(self.cursor)
        return self

    async def __aexit__(self, *_exc):
        await self.batches.aclose()

    async def step(self):
        batch = await asyncio.wait_for(anext(self.batches), PATIENCE)
        self.observations += batch.observations
        self.links += batch.links
        self.undecoded += batch.undecoded
        if batch.cursor is not None:
            self.cursor = json.loads(json.dumps(batch.cursor))
        return batch

    async def until(self, value):
        while not any(one.value == value for one in self.observations):
            await self.step()

    def counts(self):
        return [one.value for one in self.observations if one.address == "M7/p" and not one.snapshot]


async def test_current_is_the_baseline_and_the_stream_goes_on_from_there():
    agent = new_agent()
    with Serving(agent) as served:
        async with Reader(served.url) as reader:
            first = await reader.step()
            for number in range(1, 6):
                put(agent, COUNT, str(number))
            await reader.until(5)
    assert all(one.snapshot for one in first.observations)
    assert reader.counts() == [1, 2, 3, 4, 5]


async def test_after_a_restart_of_ours_the_stored_sequence_goes_on():
    agent = new_agent()
    with Serving(agent) as served:
        async with Reader(served.url) as reader:
            put(agent, COUNT, "1")
            await reader.until(1)
        put(agent, COUNT, "2")
        put(agent, COUNT, "3")
        async with Reader(served.url, reader.cursor) as later:
            await later.until(3)
    assert later.counts() == [2, 3]
    assert not later.links


async def test_a_restarted_agent_is_noticed_in_the_stream():
    agent = new_agent()
    with Serving(agent) as served:
        async with Reader(served.url, heartbeat_seconds=0.2) as reader:
            await reader.step()
            agent.start(2)
            put(agent, STATE, "READY")
            put(agent, COUNT, "77")
            await reader.until(77)
            put(agent, COUNT, "78")
            await reader.until(78)
    assert {one.epoch for one in reader.observations} == {"1", "2"}
    assert [link.up for link in reader.links] == [False, True]
    assert reader.counts() == [78]


async def test_a_buffer_that_moved_past_us_is_a_gap_and_reading_goes_on_behind_it():
    agent = new_agent(buffer=200)
    with Serving(agent) as served:
        async with Reader(served.url) as reader:
            await reader.step()
        for number in range(1, 501):
            put(agent, COUNT, str(number))
        async with Reader(served.url, reader.cursor) as later:
            await later.until(500)
    margin = 200 // 50
    assert later.counts() == list(range(301 + margin + 1, 501)), "the oldest kept plus the margin"
    baseline = [one.value for one in later.observations if one.snapshot]
    assert baseline == ["READY", 301 + margin]
    assert [link.up for link in later.links] == [False, True]
    assert {one.epoch for one in later.observations} == {f"1+{agent.first + margin + 1}"}


class Mute(Agent):
    """Says nothing after its headers, as a hung agent does."""

    async def send_part(self, send, document):
        await asyncio.sleep(PATIENCE)


async def test_no_word_for_two_heartbeats_is_a_loss():
    with Serving(new_agent(Mute)) as served:
        async with Reader(served.url, heartbeat_seconds=0.2) as reader:
            await reader.step()
            with pytest.raises(ConnectionLost, match="two heartbeats"):
                await reader.step()


class Dying(Agent):
    """Breaks off in the middle of a part, once."""

    deaths = 1

    async def send_part(self, send, document):
        if self.deaths and b"PartCount" in document:
            self.deaths -= 1
            body = (
                f"--part-of-the-stream\r\nContent-length: {len(document)}\r\n\r\n".encode() + document[:300]
            )
            await send({"type": "http.response.body", "body": body, "more_body": True})
            raise RuntimeError("killed")
        await super().send_part(send, document)


async def test_an_agent_that_dies_in_the_middle_of_a_part_loses_nothing():
    agent = new_agent(Dying)
    with Serving(agent) as served:
        async with Reader(served.url) as reader:
            await reader.step()
            put(agent, COUNT, "1")
            with pytest.raises(ConnectionLost):
                await reader.until(1)
        put(agent, COUNT, "2")
        async with Reader(served.url, reader.cursor) as later:
            await later.until(2)
    assert later.counts() == [1, 2]
    assert not later.undecoded


class Garbling(Agent):
    """A character that no XML may hold stands in one value; the document can never be read."""

    def sample(self, start, count):
        document, following = super().sample(start, count)
        return document.replace(b">666<", b">\x01<"), following


async def test_one_unreadable_value_is_kept_and_skipped():
    agent = new_agent(Garbling)
    with Serving(agent) as served:
        async with Reader(served.url) as reader:
            await reader.step()
            for number in (1, 666, 2, 3):
                put(agent, COUNT, str(number))
            await reader.until(3)
    assert reader.counts() == [1, 2, 3]
    assert [one.code for one in reader.undecoded] == ["broken_xml"]
    assert b"\x01" in reader.undecoded[0].raw


class Page(Agent):
    """A proxy's page instead of the agent."""

    def probe(self):
        return b"<html><body>Sign in</body></html>"


async def test_a_page_that_is_no_agent_is_told_to_the_engineer():
    with Serving(new_agent(Page)) as served:
        async with Reader(served.url) as reader:
            with pytest.raises(ConnectionLost, match="Sign in"):
                await reader.step()


class Polled(Agent):
    """An old agent, or one behind a proxy, that doesn't stream."""

    async def _sample(self, query, receive, send):
        await super()._sample({key: query[key] for key in ("from", "count")}, receive, send)


async def test_an_agent_that_does_not_stream_is_asked_again():
    agent = new_agent(Polled)
    with Serving(agent) as served:
        async with Reader(served.url) as reader:
            await reader.step()
            put(agent, COUNT, "1")
            await reader.until(1)
            put(agent, COUNT, "2")
            await reader.until(2)
    assert reader.counts() == [1, 2]


async def test_nobody_there_and_a_senseless_address():
    for url in ("http://127.0.0.1:1", "nonsense", "http://"):
        reader = transport(settings(url)).observe({})
        with pytest.raises(ConnectionLost):
            await anext(reader)
        with pytest.raises(ConnectionLost):
            await transport(settings(url)).browse()


async def test_leaving_closes_the_connection():
    agent = new_agent()
    with Serving(agent) as served:
        async with Reader(served.url) as reader:
            await reader.step()
            await reader.step()
        with contextlib.suppress(StopAsyncIteration):
            await anext(reader.batches)
        assert not served.server.server_state.connections or await _closed(served)


async def _closed(served):
    for _ in range(PATIENCE * 20):
        if not served.server.server_state.connections:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_browsing_shows_values_and_roles():
    agent = new_agent()
    with Serving(agent) as served:
        items = {item.address: item for item in await transport(settings(served.url)).browse()}
    assert (items["M7/e"].role, items["M7/e"].value, items["M7/e"].kind) == ("state", "READY", "EXECUTION")
    assert (items["M7/p"].role, items["M7/p"].value, items["M7/p"].name) == ("part_count", 0, "parts")
    assert all(item.ts is not None and item.device == "M7" for item in items.values())


def test_every_option_has_a_default_that_works():
    defaults = {option.name: option.default for option in OPTIONS}
    assert transport(settings("http://x", **defaults)).heartbeat == 10
