"""The runner alone: reconnecting, what it tells of a loss, and that nobody stops anybody else."""

import asyncio
from datetime import timedelta

import pytest

from integrations.signals import runner as module
from integrations.signals.base import Batch, Link, Settings, Undecoded
from integrations.signals.mapping import Meaning
from integrations.signals.runner import NoLongerOurs, Runner, Standing, Wanted, pause
from tests.integrations.signals.senders import NOON, Sender, batch, by_code, lost, seen


class MemoryStore:
    def __init__(self, standing=None):
        self.arrivals = []
        self.states = []
        self.standings = standing or {}
        self.refuse = False

    async def standing(self, code):
        return self.standings.get(code, Standing())

    async def keep(self, arrival):
        if self.refuse:
            raise NoLongerOurs(arrival.code)
        self.arrivals.append(arrival)

    def tell(self, code, status):
        self.states.append((code, status.state, status.problem))

    def samples(self, item=None):
        return [
            sample
            for arrival in self.arrivals
            for sample in arrival.samples
            if item in (None, sample["item"])
        ]


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


def wanted(code="press", **more):
    return Wanted("test", Settings(code, "x", **more), (Meaning("s", f"M-{code}", "state"),))


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(module, "pause", lambda failures: 0.01)
    return Clock()


async def until(condition, seconds=60):
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


async def running(store, senders, clock, *codes):
    runner = Runner(store, clock=clock, connect=by_code(senders))
    await runner.want([wanted(code) for code in codes or senders])
    return runner


def test_pauses_grow_from_one_to_thirty_seconds():
    assert pause(0) == 1
    assert all(20 <= pause(failures) <= 30 for failures in range(5, 2000, 100))


async def test_a_connection_never_seen_before_tells_of_no_loss(clock):
    store, sender = MemoryStore(), Sender(batch(seen("s", "READY", 1), cursor={"n": 1}))
    runner = await running(store, {"press": sender}, clock)
    await until(lambda: sender.asked == 2)
    await runner.stop()
    assert store.samples("available") == []
    assert store.arrivals[0].cursor == {"n": 1}
    assert [state for _code, state, _problem in store.states] == ["connecting", "connected"]


async def test_the_time_of_a_loss_is_unknown_until_the_first_values_after_it(clock):
    store = MemoryStore()

    def later():
        clock.now += timedelta(seconds=40)
        return batch(seen("s", "READY", 2))

    sender = Sender(batch(seen("s", "ACTIVE", 1)), lost(), later)
    runner = await running(store, {"press": sender}, clock)
    await until(lambda: len(store.samples("state")) == 2)
    await runner.stop()
    assert [(sample["ts"], sample["value"]) for sample in store.samples("available")] == [
        (NOON.isoformat(), False),
        (NOON.isoformat(), False),
        ((NOON + timedelta(seconds=40)).isoformat(), True),
    ]
    assert ("press", "lost", "cable cut") in store.states


async def test_a_loss_without_missed_values_leaves_no_unknown_time(clock):
    store = MemoryStore()
    sender = Sender(batch(seen("s", "ACTIVE", 1)), lost(), batch(seen("s", "READY", 2), gapless=True))
    runner = await running(store, {"press": sender}, clock)
    await until(lambda: len(store.samples("state")) == 2)
    await runner.stop()
    *_, last = store.samples("available")
    assert (last["ts"], last["value"]) == ((NOON + timedelta(microseconds=1)).isoformat(), True)


async def test_after_a_restart_the_time_since_it_last_stood_is_unknown(clock):
    stood = NOON - timedelta(minutes=3)
    store = MemoryStore({"press": Standing({"n": 7}, lost_at=stood)})
    sender = Sender(batch(seen("s", "READY", 2)))
    runner = await running(store, {"press": sender}, clock)
    await until(lambda: store.arrivals)
    await runner.stop()
    assert sender.cursors == [{"n": 7}]
    assert [(sample["ts"], sample["value"]) for sample in store.samples("available")] == [
        (stood.isoformat(), False),
        (NOON.isoformat(), True),
    ]


async def test_what_is_still_gone_after_a_return_stays_gone(clock):
    stood = NOON - timedelta(minutes=3)
    store = MemoryStore({"press": Standing({"n": 7}, lost_at=stood)})
    gone = Link(NOON - timedelta(seconds=1), up=False, reason="no birth yet")
    runner = await running(store, {"press": Sender(Batch(links=[gone], cursor={"n": 8}))}, clock)
    await until(lambda: store.arrivals)
    await runner.stop()
    told = [(sample["ts"], sample["value"]) for sample in store.samples("available")][:3]
    *_, (last, available) = sorted(told)
    assert (last, available) == (gone.ts.isoformat(), False)


async def test_the_cursor_goes_on_after_a_loss(clock):
    store = MemoryStore()
    sender = Sender(batch(cursor={"n": 1}), batch(cursor={"n": 2}), lost(), batch())
    runner = await running(store, {"press": sender}, clock)
    await until(lambda: len(sender.cursors) == 2)
    await runner.stop()
    assert sender.cursors == [{}, {"n": 2}]


async def test_the_next_batch_is_asked_for_when_the_one_before_is_stored(clock):
    store, sender = MemoryStore(), Sender(batch(seen("s", "READY", 1)), batch(seen("s", "READY", 2)))
    stored, real = asyncio.Event(), store.keep

    async def slow(arrival):
        await stored.wait()
        await real(arrival)

    store.keep = slow
    runner = await running(store, {"press": sender}, clock)
    await until(lambda: sender.asked == 1)
    await asyncio.sleep(0.05)
    assert (sender.asked, store.arrivals) == (1, [])
    stored.set()
    await until(lambda: sender.asked == 3)
    await runner.stop()
    assert len(store.arrivals) == 2


async def test_a_crash_of_one_stops_no_other_and_is_visible(clock):
    store = MemoryStore()
    senders = {
        "bad": Sender(*[ValueError("half a frame")] * 5),
        "good": Sender(*[batch(seen("s", "READY", n)) for n in range(50)]),
    }
    runner = await running(store, senders, clock)
    await until(lambda: len(senders["bad"].cursors) >= 5 and len(store.samples("state")) == 50)
    await runner.stop()
    assert ("bad", "lost", "ValueError: half a frame") in store.states


async def test_a_sender_that_ends_by_itself_is_a_loss_too(clock):
    store = MemoryStore()

    class Short(Sender):
        async def observe(self, cursor):
            yield batch(seen("s", "READY", 1))

    runner = await running(store, {"press": Short()}, clock)
    await until(lambda: any(state == "lost" for _code, state, _problem in store.states))
    await runner.stop()


async def test_an_unknown_protocol_is_told_in_words():
    store = MemoryStore()
    runner = Runner(store, clock=lambda: NOON)
    await runner.want([Wanted("telegraph", Settings("press", "x"))])
    await until(lambda: any(state == "lost" for _code, state, _problem in store.states))
    await runner.stop()
    assert "telegraph" in store.states[-1][2]


async def test_changes_restart_only_what_changed(clock):
    store = MemoryStore()
    senders = {"one": Sender(), "two": Sender()}
    runner = await running(store, senders, clock)
    await until(lambda: all(sender.cursors for sender in senders.values()))
    await runner.want([wanted("one", options={"interval": 2}), wanted("two")])
    await until(lambda: len(senders["one"].cursors) == 2)
    assert len(senders["two"].cursors) == 1
    assert senders["one"].settings.options == {"interval": 2}
    await runner.stop()


async def test_switched_off_makes_the_state_unknown_and_taken_over_does_not(clock):
    store = MemoryStore()
    senders = {code: Sender(batch(seen("s", "ACTIVE", 1))) for code in ("off", "over")}
    runner = await running(store, senders, clock)
    await until(lambda: len(store.samples("state")) == 2)
    await runner.want([], switched_off={"off"})
    assert [(sample["machine"], sample["value"]) for sample in store.samples("available")] == [
        ("M-off", False)
    ]
    assert runner.lines == {}


async def test_a_line_whose_connection_is_run_elsewhere_ends_without_a_word(clock):
    store = MemoryStore()
    store.refuse = True
    runner = await running(store, {"press": Sender(batch(seen("s", "ACTIVE", 1)))}, clock)
    (task,) = runner._tasks.values()
    await asyncio.wait_for(task, 60)
    assert not any(state == "lost" for _code, state, _problem in store.states)
    await runner.stop()


async def test_links_and_undecoded_of_a_transport_pass_through(clock):
    store = MemoryStore()
    link, raw = Link(NOON, up=False, scope="s"), Undecoded(b"?", "broken", "no frame")
    runner = await running(store, {"press": Sender(batch(links=[link], undecoded=[raw]))}, clock)
    await until(lambda: store.arrivals)
    await runner.stop()
    assert store.arrivals[0].undecoded == [raw]
    assert [sample["value"] for sample in store.samples("available")] == [False]


async def test_state_words_the_rules_do_not_know_are_listed(clock):
    store = MemoryStore()
    words = ["ACTIVE", "LÄUFT", "LÄUFT", None]
    sender = Sender(batch(*[seen("s", word, n) for n, word in enumerate(words)]))
    runner = await running(store, {"press": sender}, clock)
    await until(lambda: store.arrivals)
    (press,) = runner.seen().values()
    assert dict(press.unknown["s"]) == {"LÄUFT": 2}
    assert press.as_json()["s"]["count"] == 4
    await runner.stop()
