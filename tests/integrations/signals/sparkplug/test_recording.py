"""The golden session into the database: the pieces of its README, and unknown time where the node was dead.

The counter's fall from 1004 to 3 has no sign of a reset: those three pieces wait for a person.
"""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async

from integrations.signals.base import Batch, Settings
from integrations.signals.mapping import Mapper, Meaning
from integrations.signals.sparkplug import client, session, transport
from integrations.signals.sparkplug.decode import read
from integrations.signals.sparkplug.roles import PACKML, browsed
from integrations.signals.sparkplug.session import Host
from machines.models import Cycle, Sample, SampleProblem, StateInterval
from tests.factories.machines import MeasuredMachineFactory
from tests.integrations.signals.broker import publish
from tests.integrations.signals.replaying import Runner, close_connections, meanings
from tests.support.sparkplug import golden

PRESS = "DemoPlant/gw01/press01"
COUNTED, WAITING = 4 + 1 + 36 + 1 + 5 + 1, 3


def press():
    return MeasuredMachineFactory(
        counting_item="part_count", trust="state", silence_seconds=0, reference_cycle_seconds=None
    )


def pieces():
    cycles = Cycle.objects.all()
    return sum(cycle.quantity for cycle in cycles), sum(cycle.waiting for cycle in cycles)


def proposed(machine):
    """What browsing the node proposes."""
    host, values = Host(chance=lambda: 0.0), {}
    for message in golden()[:2]:
        told = host.receive(message["topic"], message["payload"], read(message["payload"]).ts)
        values |= {one.address: one for one in told.observations}
    return meanings(browsed(host, values), machine)


@pytest.mark.django_db(transaction=True)
async def test_pieces_and_states_of_the_golden_session():
    machine = await sync_to_async(press)()
    mapping = proposed(machine)
    assert {meaning.role for meaning in mapping} == {
        "state",
        "part_count",
        "bad_count",
        "cycle_time",
        "program",
    }
    host = Host([meaning.address for meaning in mapping], chance=lambda: 0.0)
    clock = [datetime(2026, 1, 1, tzinfo=UTC)]
    runner = Runner(None, Mapper("sp", mapping), now=lambda: clock[0])

    async def store(told):
        await runner.store(Batch(told.observations, told.links, told.undecoded))

    for message in [*golden(), None]:
        if message is not None:
            clock[0] = read(message["payload"]).ts + timedelta(milliseconds=40)
        else:
            clock[0] += timedelta(seconds=30)
        while (due := host.due()) is not None and due <= clock[0]:
            await store(host.tick(due))
        if message is not None:
            await store(host.receive(message["topic"], message["payload"], clock[0]))
    await runner.interpret(clock[0])
    counted = await sync_to_async(pieces)()
    line = await sync_to_async(
        lambda: list(
            StateInterval.objects.order_by("started_at").values_list("started_at", "ended_at", "state")
        )
    )()
    problems = await sync_to_async(lambda: list(SampleProblem.objects.values_list("code", flat=True)))()
    await close_connections()

    assert counted == (COUNTED, WAITING)
    assert sorted(problems) == ["clock", "unknown_metric"]
    messages = golden()
    died = read(messages[11]["payload"]).ts + timedelta(milliseconds=40)
    back = read(messages[13]["payload"]).ts + timedelta(milliseconds=40)
    dead = [row for row in line if row[2] == "unknown" and row[0] < back and (row[1] or back) > died]
    assert (dead[0][0], dead[-1][1]) == (died, back)
    assert all(one[1] == two[0] for one, two in itertools.pairwise(dead))


@pytest.mark.django_db(transaction=True)
async def test_the_same_bytes_over_a_real_broker_twice_count_once(broker, monkeypatch):
    monkeypatch.setattr(session, "REORDER", timedelta(seconds=0.4))
    monkeypatch.setattr(session, "STAGGER_SECONDS", 0.0)
    monkeypatch.setattr(client, "TOGETHER_SECONDS", 0.02)
    machine = await sync_to_async(press)()
    mapping = [
        Meaning(f"{PRESS}/PartCount", machine.code, "part_count"),
        Meaning(f"{PRESS}/State", machine.code, "state", values=PACKML),
    ]
    settings = Settings("sp", broker.url, addresses=[meaning.address for meaning in mapping])
    runner = Runner(transport(settings), Mapper("sp", mapping))
    listening = asyncio.create_task(runner.run(lambda _cursor: False))
    await told(runner, lambda: runner.samples)
    for round in (1, 2):
        for message in golden():
            await publish(broker.url, (message["topic"], message["payload"]))
            if message["n"] in (17, 23) and round == 1:
                wanted = {17: 42, 23: 47}[message["n"]]
                await told(runner, lambda wanted=wanted: wanted in values(runner))
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await runner.interpret(datetime.now(UTC))
    counted = await sync_to_async(pieces)()
    stored = await sync_to_async(Sample.objects.filter(item="part_count").count)()
    await close_connections()
    assert counted == (COUNTED, WAITING)
    assert stored == 2 + 3 + 13


def values(runner):
    return [sample["value"] for sample in runner.samples if sample["item"] == "part_count"]


async def told(runner, condition, seconds=60):
    for _ in range(seconds * 50):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")
