"""The edge gateway's life: 72 hours without its server, its doors at the real server, a revoked key."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.utils import timezone

from integrations.domain import browsing
from integrations.enums import LinkState
from integrations.models import (
    BrowseRequest,
    GatewayGap,
    GatewayNow,
    SampleBatch,
    SignalConnection,
    SignalConnectionNow,
)
from integrations.queries.connections import fare_of_gateway
from integrations.signals import runner as runner_module
from integrations.signals.base import BrowsedItem, Undecoded
from integrations.signals.edge import service
from integrations.signals.edge.link import KeyRefused, NotTaken, ServerAway, ServerLink
from integrations.signals.edge.service import Gateway
from integrations.signals.edge.spool import Spool
from machines.models import Sample, SampleProblem
from mes.accounts.models import ApiKey
from mes.accounts.roles import Role
from tests.factories.integrations import GatewayFactory, SignalConnectionFactory, SignalMappingFactory
from tests.factories.machines import MeasuredMachineFactory
from tests.integrations.signals.senders import NOON, Sender, batch, by_code, lost, seen


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    for name, seconds in (("BEAT_SECONDS", 0.05), ("WATCHED_BEAT_SECONDS", 0.05), ("REST_SECONDS", 0.02)):
        monkeypatch.setattr(service, name, seconds)
    monkeypatch.setattr(service, "REFUSED_PAUSE", 0.1)
    monkeypatch.setattr(service, "pause", lambda failures: 0.05)
    monkeypatch.setattr(runner_module, "pause", lambda failures: 0.02)


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


class Server:
    """What a gateway talks to, in memory: identities are taken once; ``away`` and ``answer`` are faults."""

    def __init__(self, *connections):
        self.configuration = {"gateway": "edge", "version": "1", "connections": list(connections)}
        self.taken = {}
        self.repeats = 0
        self.reports = {}
        self.beats = []
        self.away = False
        self.fault = None
        self.most_at_once = 0

    async def get(self, path):
        self._check()
        return self.configuration

    async def post(self, path, data, *, key=""):
        self._check()
        data = json.loads(json.dumps(data))
        if path == "samples":
            self.most_at_once = max(self.most_at_once, len(data))
            for one in data:
                identity = (one["machine"], one["source"], one["boot"], one["seq"], one.get("sub", 0))
                self.repeats += identity in self.taken
                self.taken.setdefault(identity, one)
            if self.fault:
                fault, self.fault = self.fault, None
                raise fault
            return {}
        if path == "gateway/reports":
            assert self.reports.setdefault(key, data) == data, "one key, one message"
            return {}
        self.beats.append(data)
        return {"configuration": self.configuration["version"], "browse": [], "watched": []}

    async def close(self):
        pass

    def _check(self):
        if self.away:
            raise ServerAway("no route to host")

    def values(self, item):
        return [one for one in self.taken.values() if one["item"] == item]


def configured(code="cell", *, active=True, machine="M1"):
    mapping = {
        "address": "s",
        "machine": machine,
        "role": "part_count",
        "slot": 0,
        "values": {},
        "factor": None,
    }
    return {
        "code": code,
        "protocol": "test",
        "address": "x",
        "secret_name": "",
        "options": {},
        "active": active,
        "lost_at": None,
        "mappings": [mapping],
    }


@asynccontextmanager
async def living(path, link, senders, *, clock=timezone.now, limit=1 << 30):
    stop = asyncio.Event()
    spool = Spool(path, limit=limit)
    gateway = Gateway(spool, link, stop, clock=clock, connect=by_code(senders))
    task = asyncio.create_task(gateway.run())
    try:
        yield gateway
    finally:
        stop.set()
        await asyncio.wait_for(task, 60)
        spool.close()


async def until(condition, seconds=60):
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came true")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "buffer.sqlite3"


HOURS = 72


async def test_72_hours_without_the_server_are_drained_in_order_and_counted_once(path):
    """A value every six minutes on the clock of the plant; the gateway is restarted in the middle."""
    clock, server = Clock(), Server(configured())
    values = HOURS * 10

    def moment(n):
        def step():
            clock.now = NOON + timedelta(minutes=6 * n)
            return batch(seen("s", n, n, ts=clock.now), cursor={"n": n})

        return step

    sender = Sender(batch(seen("s", 0, 0, ts=NOON), gapless=True))
    async with living(path, server, {"cell": sender}, clock=clock):
        await until(lambda: server.values("part_count"))
        server.away = True
        sender.more(*[moment(n) for n in range(1, values // 2)])
        await until(lambda: not sender.script)
    sender.more(*[moment(n) for n in range(values // 2, values)])
    async with living(path, server, {"cell": sender}, clock=clock) as gateway:
        await until(lambda: not sender.script and gateway.server == "away")
        depth = gateway.spool.depth()
        assert depth.samples >= values - 2
        server.fault = ServerAway("cut after the batch was taken")
        server.away = False
        await until(lambda: len(server.values("part_count")) == values and gateway.server == "answers")
        await until(lambda: server.beats and server.beats[-1]["buffered"] == 0)
    counted = server.values("part_count")
    assert [one["value"] for one in counted] == list(range(values))
    assert server.repeats > 0, "the batch cut off came twice and was known"
    late = [one["value"] for one in counted if one.get("historical")]
    assert late[:3] == [1, 2, 3]
    assert len(late) > 0.99 * values
    assert server.most_at_once <= service.MOST_AT_ONCE
    assert sender.cursors[-1] == {"n": values // 2 - 1}


async def test_it_starts_without_the_server_from_its_own_copy(path):
    server = Server(configured())
    async with living(path, server, {"cell": Sender(batch(seen("s", 1, 1)))}):
        await until(lambda: server.taken)
    server.away = True
    sender = Sender(batch(seen("s", 2, 2)))
    async with living(path, server, {"cell": sender}) as gateway:
        await until(lambda: gateway.spool.depth().samples > 0)
    server.away = False
    async with living(path, server, {"cell": Sender()}):
        await until(lambda: len(server.values("part_count")) == 2)


async def test_what_did_not_fit_is_told_before_what_came_later(path):
    server = Server(configured())
    sender = Sender(batch(seen("s", 0, 0)))
    async with living(path, server, {"cell": sender}, limit=20_000) as gateway:
        await until(lambda: server.taken)
        server.away = True
        sender.more(*[batch(seen("s", n, n)) for n in range(1, 1000)])
        await until(lambda: not sender.script)
        assert gateway.spool.depth().dropped > 100
        server.away = False
        await until(lambda: server.reports and gateway.spool.depth().samples == 0)
        await until(lambda: server.beats[-1]["dropped"] > 100)
    gaps = [gap for report in server.reports.values() for gap in report["gaps"]]
    dropped = sum(gap["samples"] for gap in gaps)
    values = [one["value"] for one in server.values("part_count")]
    assert dropped == server.beats[-1]["dropped"]
    assert len(values) - 1 + dropped == 1000, "the last dropped one came as a baseline"
    assert values == sorted(values)
    baseline = server.values("part_count")[1]
    assert (baseline["snapshot"], baseline["historical"], baseline["value"]) == (True, True, dropped)


async def test_switching_off_and_on_at_the_server_reaches_the_gateway(path):
    server = Server(configured())
    sender = Sender(batch(seen("s", 1, 1)))
    async with living(path, server, {"cell": sender}) as gateway:
        await until(lambda: server.taken)
        server.configuration = {
            **server.configuration,
            "version": "2",
            "connections": [configured(active=False)],
        }
        await until(lambda: not gateway.runner.lines)
        await until(lambda: server.values("available"))
        assert server.values("available")[-1]["value"] is False
        await until(lambda: server.beats[-1]["connections"][0]["state"] == "off")


async def test_a_refused_key_loses_nothing(path):
    class Refusing(Server):
        refuses = True

        def _check(self):
            if self.refuses:
                raise KeyRefused("401 This key is not valid.")

    server = Refusing(configured())
    server.refuses = False
    sender = Sender(batch(seen("s", 1, 1)))
    async with living(path, server, {"cell": sender}) as gateway:
        await until(lambda: server.taken)
        server.refuses = True
        sender.more(batch(seen("s", 2, 2)))
        await until(lambda: gateway.server == "refuses this key" and gateway.spool.depth().samples == 1)
        server.refuses = False
        await until(lambda: len(server.values("part_count")) == 2)


async def test_what_the_server_can_never_take_does_not_block_the_rest(path):
    server = Server(configured())
    server.fault = NotTaken("400 no")
    sender = Sender(batch(seen("s", 1, 1)))
    async with living(path, server, {"cell": sender}) as gateway:
        await until(lambda: server.taken and gateway.spool.depth().samples == 0)


# --- the real server


@pytest.fixture(autouse=True)
async def closed(request):
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture
def plant(transactional_db):
    """A gateway with a key, and one mapped connection behind it."""
    machine = MeasuredMachineFactory(code="M1")
    key, text = ApiKey.issue(name="edge", role=Role.GATEWAY)
    gateway = GatewayFactory(plant=machine.plant, api_key=key)
    connection = SignalConnectionFactory(code="cell", plant=machine.plant, gateway=gateway)
    SignalMappingFactory(connection=connection, machine=machine, address="s", values={"3": "ACTIVE"})
    gateway.text = text
    return gateway


async def eventually(condition, seconds=60):
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        if await sync_to_async(lambda: bool(condition()))():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came true")


def states():
    rows = Sample.objects.filter(ts__gte="2020-01-01T00:00:00Z", item="state").order_by("seq")
    return list(rows.values_list("text", flat=True))


async def test_through_the_real_doors(path, plant, live_server):
    item = BrowsedItem("s", "Execution", role="state", value="READY")
    sender = Sender(
        batch(seen("s", 3, 1), cursor={"n": 1}),
        batch(undecoded=[Undecoded(b"\xff?", "broken", "no frame")]),
        offers=[item],
    )
    link = ServerLink(live_server.url, plant.text)
    async with living(path, link, {"cell": sender}):
        await eventually(lambda: states() == ["ACTIVE"])
        await eventually(lambda: SignalConnectionNow.objects.filter(state=LinkState.CONNECTED, received=1))
        await eventually(lambda: SampleProblem.objects.filter(code="broken", raw="\ufffd?").exists())
        connection = await SignalConnection.objects.aget()
        asked = await sync_to_async(browsing.ask)(connection=connection)
        await eventually(lambda: BrowseRequest.objects.get().answered_at is not None)
        await sync_to_async(browsing.watch)(connection=connection.pk)
        await eventually(lambda: SignalConnection.objects.get().seen.values.get("s", {}).get("value") == 3)
        fare = await sync_to_async(lambda: fare_of_gateway(plant.__class__.objects.get(), timezone.now()))()
        assert fare.tone == "right"
        sender.more(lost("cable"))
        await eventually(lambda: SignalConnectionNow.objects.filter(problem="cable").exists())
    await asked.arefresh_from_db()
    assert asked.items[0]["address"] == "s"


async def test_a_revoked_key_is_visible_on_both_sides_and_loses_nothing(path, plant, live_server):
    sender = Sender(batch(seen("s", "READY", 1)))
    async with living(path, ServerLink(live_server.url, plant.text), {"cell": sender}) as gateway:
        await eventually(lambda: states() == ["READY"])
        await ApiKey.objects.aupdate(active=False)
        await until(lambda: gateway.server == "refuses this key")
        sender.more(batch(seen("s", "ACTIVE", 2)))
        await eventually(lambda: GatewayNow.objects.get().refused_at is not None)
        await until(lambda: gateway.spool.depth().samples >= 1)
        told = await sync_to_async(lambda: fare_of_gateway(plant.__class__.objects.get(), timezone.now()))()
        assert (told.word, told.tone) == ("refused", "wrong")
        await ApiKey.objects.aupdate(active=True)
        await eventually(lambda: states() == ["READY", "ACTIVE"])
        await eventually(lambda: GatewayNow.objects.filter(seen_at__gt=timezone.now() - timedelta(seconds=5)))


def post(client, plant, path, data, **headers):
    return client.post(
        f"/api/v1/{path}",
        json.dumps(data),
        content_type="application/json",
        headers={"Authorization": f"Api-Key {plant.text}", **headers},
    )


def gap_of(**more):
    return {
        "key": "11111111-1111-1111-1111-111111111111",
        "connection": "cell",
        "machine": "M1",
        "since": (timezone.now() - timedelta(hours=2)).isoformat(),
        "until": (timezone.now() - timedelta(hours=1)).isoformat(),
        "samples": 7,
        "up": True,
        **more,
    }


def test_a_gap_makes_the_state_unknown_and_is_kept_once(client, plant):
    report = {"problems": [], "gaps": [gap_of()]}
    first = post(client, plant, "gateway/reports", report, **{"Idempotency-Key": "k1"})
    again = post(client, plant, "gateway/reports", report, **{"Idempotency-Key": "k1"})
    other = post(client, plant, "gateway/reports", report, **{"Idempotency-Key": "k2"})
    assert first.json() == again.json() == {"gaps": 1, "problems": 0}
    assert other.json() == {"gaps": 0, "problems": 0}
    changed = {"problems": [], "gaps": []}
    assert post(client, plant, "gateway/reports", changed, **{"Idempotency-Key": "k1"}).status_code == 409
    assert GatewayGap.objects.get().samples == 7
    link = Sample.objects.filter(ts__gte="2020-01-01T00:00:00Z", item="available").order_by("ts")
    assert list(link.values_list("text", "historical")) == [("false", True), ("true", True)]


def test_a_gap_at_whose_end_the_link_was_lost_stays_unknown(client, plant):
    report = {"problems": [], "gaps": [gap_of(up=False)]}
    post(client, plant, "gateway/reports", report, **{"Idempotency-Key": "k1"})
    link = Sample.objects.filter(ts__gte="2020-01-01T00:00:00Z", item="available")
    assert list(link.values_list("text", flat=True)) == ["false"]


@pytest.mark.parametrize(
    "report",
    [
        {"problems": [], "gaps": [gap_of(until="2020-01-01T00:00:00Z")]},
        {"problems": [], "gaps": [gap_of(samples=0)]},
        {"problems": [], "gaps": [gap_of(key="x")]},
        {"problems": [{"connection": "c"}], "gaps": []},
        {"gaps": []},
        [],
    ],
)
def test_a_broken_report_is_refused(client, plant, report):
    answer = post(client, plant, "gateway/reports", report, **{"Idempotency-Key": "k"})
    assert answer.status_code == 422
    assert not GatewayGap.objects.exists()


def test_a_report_needs_a_key(client, plant):
    assert post(client, plant, "gateway/reports", {"problems": [], "gaps": []}).status_code == 422


def test_a_key_without_a_gateway_and_a_gateway_switched_off_are_refused(client, plant):
    plant.active = False
    plant.save()
    headers = {"Authorization": f"Api-Key {plant.text}"}
    assert client.get("/api/v1/gateway/configuration", headers=headers).status_code == 403
    _, text = ApiKey.issue(name="other", role=Role.GATEWAY)
    headers = {"Authorization": f"Api-Key {text}"}
    assert client.get("/api/v1/gateway/configuration", headers=headers).status_code == 403


def test_secrets_are_named_and_never_sent(client, plant, monkeypatch):
    monkeypatch.setenv("PRESS_LOGIN", "me:s3cret")
    SignalConnection.objects.update(secret_name="PRESS_LOGIN")
    headers = {"Authorization": f"Api-Key {plant.text}"}
    answer = client.get("/api/v1/gateway/configuration", headers=headers)
    assert b"PRESS_LOGIN" in answer.content
    assert b"s3cret" not in answer.content


def test_a_batch_with_a_key_is_answered_the_same_way_again(client, plant):
    machine = SignalConnection.objects.get().mappings.get().machine
    entry = {
        "machine": machine.code,
        "source": "plc",
        "boot": "b",
        "seq": 1,
        "ts": timezone.now().isoformat(),
        "item": "state",
        "value": "READY",
    }
    batch_of = [entry, {**entry, "machine": "NOBODY"}]
    first = post(client, plant, "samples", batch_of, **{"Idempotency-Key": "b1"})
    again = post(client, plant, "samples", batch_of, **{"Idempotency-Key": "b1"})
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert [one["status"] for one in first.json()["answers"]] == ["accepted", "rejected"]
    assert SampleProblem.objects.count() == 1
    other = post(client, plant, "samples", [entry], **{"Idempotency-Key": "b1"})
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    long = post(client, plant, "samples", [entry], **{"Idempotency-Key": "k" * 81})
    assert long.status_code == 422
    assert SampleBatch.objects.count() == 1
