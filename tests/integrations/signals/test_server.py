"""This server's connections with the real database: stored once, with the cursor, by one process."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connections
from django.utils import timezone

from integrations.domain import browsing, signals
from integrations.enums import LinkState
from integrations.models import (
    BrowseRequest,
    SignalConnection,
    SignalConnectionNow,
    SignalMapping,
    SignalValues,
)
from integrations.signals import runner as runner_module
from integrations.signals import server as module
from integrations.signals.base import BrowsedItem, Undecoded
from integrations.signals.server import SignalService
from machines.models import Sample, SampleProblem
from tests.factories.integrations import GatewayFactory, SignalConnectionFactory, SignalMappingFactory
from tests.factories.machines import MeasuredMachineFactory
from tests.integrations.signals.senders import Sender, batch, by_code, lost, seen


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(module, "pause", lambda failures: 0.02)
    monkeypatch.setattr(runner_module, "pause", lambda failures: 0.02)


@pytest.fixture(autouse=True)
async def closed():
    """Tests ask the database in a thread, whose session would outlive them."""
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture
def mapping(transactional_db):
    return mapped("press")


def mapped(code):
    machine = MeasuredMachineFactory(code=code.upper())
    connection = SignalConnectionFactory(code=code, plant=machine.plant)
    return SignalMappingFactory(connection=connection, machine=machine, address="s")


@asynccontextmanager
async def serving(senders, holder="one"):
    stop = asyncio.Event()
    service = SignalService(holder, stop, by_code(senders))
    task = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        stop.set()
        await asyncio.wait_for(task, 60)


async def eventually(condition, seconds=60):
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        if await sync_to_async(condition)():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came true")


def states(machine="PRESS"):
    rows = Sample.objects.filter(ts__gte="2020-01-01T00:00:00Z", machine__code=machine, item="state")
    return list(rows.order_by("seq").values_list("text", flat=True))


def now_of(code="press"):
    return SignalConnectionNow.objects.filter(connection__code=code).first() or SignalConnectionNow()


async def test_values_are_stored_with_the_cursor_and_the_state_is_visible(mapping):
    sender = Sender(
        batch(seen("s", "READY", 1), seen("other", 3, 2), cursor={"next": 3}),
        batch(undecoded=[Undecoded(b"\xff?", "broken", "no frame")]),
    )
    async with serving({"press": sender}):
        await eventually(lambda: now_of().cursor == {"next": 3} and now_of().state == LinkState.CONNECTED)
        await eventually(lambda: SampleProblem.objects.exists())
    now = await sync_to_async(now_of)()
    assert (now.received, now.rejected, now.rejection) == (2, 1, "no frame")
    assert (now.held_by, now.held_until) == ("", None)
    assert await sync_to_async(states)() == ["READY"]
    problem = await sync_to_async(SampleProblem.objects.get)()
    assert (problem.channel, problem.code) == ("signals press", "broken")


async def test_samples_and_cursor_are_stored_together_or_not_at_all(mapping, monkeypatch):
    """The database dies after the samples were written and before the cursor was."""
    real, deaths = signals._note_delivery, []

    def die_twice(*args):
        if len(deaths) < 2:
            deaths.append(states())
            raise OperationalError("gone")
        real(*args)

    monkeypatch.setattr(signals, "_note_delivery", die_twice)
    sender = Sender(batch(seen("s", "READY", 1), cursor={"next": 2}))
    async with serving({"press": sender}):
        await eventually(lambda: now_of().cursor == {"next": 2})
    assert deaths == [["READY"]] * 2
    assert await sync_to_async(states)() == ["READY"]
    assert (await sync_to_async(now_of)()).received == 1
    assert len(sender.cursors) == 1


async def test_what_the_database_refuses_is_kept_and_spoils_nothing_else(mapping, monkeypatch):
    from django.db import DataError

    real = signals.append

    def picky(samples, *args, **kwargs):
        if any(sample["value"] == "POISON" for sample in samples):
            raise DataError("no")
        return real(samples, *args, **kwargs)

    monkeypatch.setattr(signals, "append", picky)
    await sync_to_async(mapped)("oven")
    senders = {
        "press": Sender(batch(seen("s", "POISON", 1), cursor={"n": 1}), batch(seen("s", "READY", 2))),
        "oven": Sender(batch(seen("s", "ACTIVE", 1))),
    }
    async with serving(senders):
        await eventually(lambda: states() == ["READY"] and states("OVEN") == ["ACTIVE"])
    problem = await sync_to_async(SampleProblem.objects.get)()
    assert (problem.code, "POISON" in problem.raw) == ("refused_by_database", True)


async def test_values_of_an_unknown_machine_are_kept_with_their_reason(mapping):
    machine = mapping.machine
    machine.active = False
    await machine.asave()
    async with serving({"press": Sender(batch(seen("s", "READY", 1)))}):
        await eventually(lambda: now_of().rejected == 1)
    assert "PRESS" in (await sync_to_async(now_of)()).rejection


async def test_changes_are_taken_up_without_a_restart(mapping):
    sender = Sender(batch(seen("s", "READY", 1)))
    async with serving({"press": sender}):
        await eventually(lambda: states() == ["READY"])
        await sync_to_async(SignalMapping.objects.update)(values={"7": "ACTIVE"})
        await eventually(lambda: len(sender.cursors) == 2)
        sender.more(batch(seen("s", 7, 2)))
        await eventually(lambda: states() == ["READY", "ACTIVE"])
        await sync_to_async(SignalConnection.objects.update)(active=False)
        await eventually(lambda: now_of().state == LinkState.OFF)
        asked = sender.asked
        sender.more(batch(seen("s", 7, 3)))
        await asyncio.sleep(0.3)
        assert sender.asked == asked


async def test_a_connection_of_an_edge_gateway_is_left_to_it(mapping):
    await sync_to_async(lambda: SignalConnection.objects.update(gateway=GatewayFactory()))()
    sender = Sender()
    async with serving({"press": sender}):
        await asyncio.sleep(0.3)
    assert sender.cursors == []


async def test_of_two_processes_one_runs_a_connection_and_the_other_follows(mapping):
    first, second = Sender(batch(seen("s", "READY", 1))), Sender()
    async with serving({"press": second}, "two"):
        await eventually(lambda: second.cursors)
        async with serving({"press": first}, "one"):
            await asyncio.sleep(0.3)
            assert first.cursors == []
    async with serving({"press": first}, "one"):
        await eventually(lambda: states() == ["READY"])


@pytest.mark.django_db
def test_a_lease_runs_out_and_then_belongs_to_who_takes_it():
    mapping = mapped("press")
    key, now = mapping.connection_id, timezone.now()
    assert signals.claim(holder="one", connections=[key], now=now) == {key}
    assert signals.claim(holder="two", connections=[key], now=now + timedelta(seconds=19)) == set()
    assert signals.claim(holder="two", connections=[key], now=now + timedelta(seconds=21)) == {key}
    late = signals.Delivery(key, "press", [], cursor={"stale": True})
    assert signals.store_deliveries([late], holder="one", received=now) == {key}
    assert now_of().cursor == {}


async def test_a_flood_holds_up_nobody_else(mapping):
    await sync_to_async(mapped)("oven")

    class Flood(Sender):
        async def observe(self, cursor):
            seq = 0
            while True:
                self.asked += 1
                yield batch(*[seen("s", "READY", seq + n) for n in range(200)])
                seq += 200

    senders = {"press": Flood(), "oven": Sender(*[batch(seen("s", "ACTIVE", n)) for n in range(10)])}
    async with serving(senders):
        await eventually(lambda: len(states("OVEN")) == 10)
        assert senders["press"].asked > 1


async def test_a_lost_connection_is_told_to_the_machine_and_to_people(mapping):
    sender = Sender(batch(seen("s", "ACTIVE", 1)), lost("no route to host"))
    async with serving({"press": sender}):
        await eventually(lambda: now_of().problem == "no route to host")
        await eventually(
            lambda: Sample.objects.filter(
                ts__gte="2020-01-01T00:00:00Z", item="available", text="false"
            ).exists()
        )


async def test_people_who_ask_get_an_answer(mapping):
    item = BrowsedItem("s", "Execution", kind="EXECUTION", device="Press", value="READY", role="state")
    silent = await sync_to_async(mapped)("silent")
    senders = {"press": Sender(offers=[item]), "silent": Sender(offers=ConnectionRefusedError("no one"))}
    await sync_to_async(SignalConnection.objects.update)(active=False)
    async with serving(senders):
        asked = await sync_to_async(browsing.ask)(connection=mapping.connection)
        refused = await sync_to_async(browsing.ask)(connection=silent.connection)
        await eventually(lambda: not BrowseRequest.objects.filter(answered_at=None).exists())
    await asked.arefresh_from_db()
    await refused.arefresh_from_db()
    assert [(one["address"], one["role"], one["value"]) for one in asked.items] == [("s", "state", "READY")]
    assert (refused.problem_code, refused.problem) == ("refused", "no one")


async def test_last_values_are_written_while_somebody_looks(mapping):
    async with serving({"press": Sender(batch(seen("s", "LÄUFT", 1)))}):
        await eventually(lambda: states() == ["LÄUFT"])
        assert not await sync_to_async(SignalValues.objects.exists)()
        await sync_to_async(browsing.watch)(connection=mapping.connection_id)
        await eventually(lambda: SignalValues.objects.get().values)
    values = (await sync_to_async(SignalValues.objects.get)()).values
    assert (values["s"]["value"], values["s"]["unknown"]) == ("LÄUFT", {"LÄUFT": 1})


@pytest.mark.django_db
def test_a_question_that_waits_is_not_asked_twice_and_old_answers_go():
    connection = mapped("press").connection
    first = browsing.ask(connection=connection)
    assert browsing.ask(connection=connection) == first
    for _ in range(5):
        request = browsing.ask(connection=connection)
        found = {"items": [], "problem_code": "", "problem": "", "seconds": 1.0, "more": 0}
        assert browsing.answer(request=request.pk, gateway=None, found=found)
        assert not browsing.answer(request=request.pk, gateway=None, found=found)
    assert connection.browses.count() == browsing.KEPT
