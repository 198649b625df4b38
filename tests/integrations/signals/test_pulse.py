"""Counter inputs against a real Modbus TCP server: roll-over, reboot, word order, bounce, nothing lost."""

import asyncio
import struct
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.signals.base import ConnectionLost, Settings
from integrations.signals.pulse import transport
from integrations.signals.pulse.decode import Plan, WrongSettings, advance, counter_of
from tests.integrations.signals.senders import NOON


class Module:
    """An I/O module that speaks Modbus TCP: registers (function 3) and inputs (function 2)."""

    def __init__(self):
        self.words = [0] * 32
        self.contacts = [False] * 16

    async def start(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        self.open = set()

    async def stop(self):
        self.server.close()
        for writer in self.open:
            writer.close()

    async def _serve(self, reader, writer):
        self.open.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                transaction, _protocol, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                function, address, count = struct.unpack(">BHH", await reader.readexactly(length - 1))
                if function == 3:
                    data = struct.pack(f">{count}H", *self.words[address : address + count])
                else:
                    data = bytes([sum(self.contacts[address + n] << n for n in range(count))])
                body = struct.pack(">BBB", unit, function, len(data)) + data
                writer.write(struct.pack(">HHH", transaction, 0, len(body)) + body)
                await writer.drain()

    def count(self, register, value, *, high_first=True):
        words = [value >> 16, value & 0xFFFF]
        self.words[register : register + 2] = words if high_first else words[::-1]

    def word(self, register, value):
        self.words[register] = value

    def contact(self, number, closed):
        self.contacts[number] = closed


@asynccontextmanager
async def module():
    one = Module()
    await one.start()
    try:
        yield one
    finally:
        await one.stop()


def opened(module, **options):
    told = {"counters": "press=0", "every_seconds": 0.05, **options}
    return transport(Settings("io", f"modbus://127.0.0.1:{module.port}", told))


async def following(batches):
    """The next batch that says something."""
    while True:
        batch = await asyncio.wait_for(anext(batches), 60)
        if batch.observations or batch.undecoded:
            return batch


async def test_counts_are_told_when_they_move_and_go_on_after_a_restart():
    async with module() as io:
        io.count(0, 70_000)
        async with aclosing(opened(io).observe({})) as batches:
            first = await following(batches)
            io.count(0, 70_003)
            second = await following(batches)
        io.count(0, 70_010)
        async with aclosing(opened(io).observe(second.cursor)) as batches:
            third = await following(batches)
    (a,), (b,), (c,) = (batch.observations for batch in (first, second, third))
    assert [(one.value, one.snapshot) for one in (a, b, c)] == [
        (70_000, True),
        (70_003, False),
        (70_010, False),
    ]
    assert a.epoch == b.epoch == c.epoch
    assert a.seq < b.seq < c.seq
    assert third.gapless


async def test_word_order_inputs_and_boot_id():
    async with module() as io:
        io.count(0, 70_000, high_first=False)
        io.word(8, 1)
        io.contact(3, True)
        plan = {"words": "low", "inputs": "lamp=3", "boot": 8}
        async with aclosing(opened(io, **plan).observe({})) as batches:
            first = await following(batches)
            assert {one.address: one.value for one in first.observations} == {
                "press": 70_000,
                "lamp": "ACTIVE",
            }
            io.contact(3, False)
            (lamp,) = (await following(batches)).observations
            assert (lamp.value, lamp.snapshot) == ("READY", False)
            io.word(8, 2)
            io.count(0, 3, high_first=False)
            found = []
            while not any(one.address == "press" and one.value == 3 for one in found):
                found += (await following(batches)).observations
            assert found[-1].snapshot, "a new boot is a new beginning"
        items = await opened(io, **plan).browse()
        assert [(item.name, item.role, item.value) for item in items] == [
            ("press", "cycle_count", 3),
            ("lamp", "state", "READY"),
        ]


async def everything(batches):
    async for _batch in batches:
        pass


async def test_a_module_that_goes_away_is_a_lost_connection():
    async with module() as io:
        batches = opened(io).observe({})
        await following(batches)
        await io.stop()
        with pytest.raises(ConnectionLost):
            await everything(batches)


@pytest.mark.parametrize(
    "options",
    [
        {"counters": ""},
        {"counters": "press"},
        {"counters": "a=1,a=2"},
        {"counters": "a=99999"},
        {"bits": "8"},
    ],
)
async def test_wrong_settings_are_said(options):
    with pytest.raises(WrongSettings):
        Plan.of({"counters": "press=0", **options})


async def test_an_address_that_is_none_is_said():
    with pytest.raises(ConnectionLost, match="no address"):
        await transport(Settings("io", "modbus://", {"counters": "a=0"})).browse()


def test_words():
    assert counter_of([1, 2], high_first=True) == 65_538
    assert counter_of([2, 1], high_first=False) == 65_538
    assert counter_of([7], high_first=True) == 7


def follow(plan, values, *, seconds=1.0, boot=""):
    known, total, bounced = None, [], 0
    for n, value in enumerate(values):
        step = advance(known, value, boot, NOON + timedelta(seconds=seconds * n), plan)
        known = step.counted
        bounced += step.bounced
        total.append((step.counted.total, step.fresh))
    return total, bounced


def test_bounced_pulses_are_not_counted():
    plan = Plan.of({"counters": "a=0", "fastest_seconds": 0.5})
    total, bounced = follow(plan, [10, 12, 40])
    assert [value for value, _fresh in total] == [10, 12, 15]
    assert bounced == 25


@pytest.mark.parametrize("bits", [16, 32])
def test_a_fall_from_the_lower_half_is_a_new_boot(bits):
    total, _ = follow(Plan.of({"counters": "a=0", "bits": bits}), [500, 3, 5])
    assert total == [(500, True), (3, True), (5, False)]


@given(
    st.sampled_from([16, 32]),
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 2**14), min_size=1, max_size=40),
)
def test_every_pulse_is_counted_once_over_any_number_of_roll_overs(bits, start, steps):
    plan = Plan.of({"counters": "a=0", "bits": bits})
    truth = start % plan.modulus
    values = [truth]
    for step in steps:
        truth += step
        values.append(truth % plan.modulus)
    total, _ = follow(plan, values)
    assert total[-1][0] == truth
    assert [fresh for _value, fresh in total] == [True] + [False] * len(steps)
