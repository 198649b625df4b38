import asyncio
import time
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, transaction

from mes.lib import live, live_hub
from mes.lib.live_hub import Hub, Reader
from tests.factories.accounts import OperatorFactory


@pytest.fixture
def fragments(monkeypatch):
    """A registry of its own and a store of values: fragment "box" of key k shows what stands in the store."""
    store, rendered = {}, []
    monkeypatch.setattr(live, "_fragments", {})

    @live.fragment("box", topics=("thing",))
    def render_boxes(keys):
        rendered.append(list(keys))
        return {key: f"<b>{store[key]}</b>" for key in keys if key in store}

    @live.fragment("list", any_of=("thing",))
    def render_lists(keys):
        return {key: ",".join(sorted(store.values())) for key in keys}

    @live.fragment("broken", topics=("thing",))
    def render_broken(keys):
        raise RuntimeError("broken")

    return store, rendered


def notify(*topics):
    with psycopg.connect(**live_hub._listen_parameters(), autocommit=True) as other:
        for topic in topics:
            other.execute("SELECT pg_notify('mes_live', %s)", [topic])


async def mail_of(reader):
    """All events of the mail with their HTML, which must arrive as one line of data."""
    mail = await reader.fetch(120)
    for event, message in mail.items():
        assert message.startswith(f"event: {event}\ndata: ".encode())
    return {event: message.decode().splitlines()[1].removeprefix("data: ") for event, message in mail.items()}


def reader_of(language="en", **wanted):
    return Reader({name: frozenset(keys) for name, keys in wanted.items()}, language)


def test_stream_url_names_fragments_and_keys():
    assert live.stream_url(wall_tile=[1, 2], order_head=[5]) == "/live?wall-tile=1,2&order-head=5"


@pytest.mark.django_db(transaction=True)
def test_announce_is_heard_after_commit_and_only_then():
    with psycopg.connect(**live_hub._listen_parameters(), autocommit=True) as listener:
        listener.execute("LISTEN mes_live")
        with transaction.atomic():
            live.announce("machine:1", "machine:1", "order:2")
            assert list(listener.notifies(timeout=0.2)) == []
        (notice,) = listener.notifies(timeout=2, stop_after=1)
        assert notice.payload.split(live.SEPARATOR) == ["machine:1", "order:2"]
        with pytest.raises(ZeroDivisionError):
            announce_and_fail("machine:3")
        assert list(listener.notifies(timeout=0.2)) == []


@transaction.atomic
def announce_and_fail(topic):
    live.announce(topic)
    raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_thousands_of_topics_arrive_in_a_few_notices():
    topics = {f"machine:{number}" for number in range(5000)}
    with psycopg.connect(**live_hub._listen_parameters(), autocommit=True) as listener:
        listener.execute("LISTEN mes_live")
        live.announce_all(topics)
        heard = [note.payload.split(live.SEPARATOR) for note in listener.notifies(timeout=1)]
    assert {topic for some in heard for topic in some} == topics
    assert len(heard) < 15


@pytest.mark.django_db
def test_announcing_nothing_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        live.announce()
    with django_assert_num_queries(1):
        live.announce(*(f"machine:{n}" for n in range(100)))


@pytest.mark.django_db(transaction=True)
async def test_a_reader_gets_everything_at_first_and_then_what_changes(fragments):
    store, _rendered = fragments
    store.update({"1": "one", "2": "two"})
    hub = Hub()
    async with hub.reading(reader_of(box={"1", "2"})) as reader:
        assert await mail_of(reader) == {"box:1": "<b>one</b>", "box:2": "<b>two</b>"}
        store["1"] = "uno"
        await asyncio.to_thread(notify, "thing:1", "thing:3", "other:1")
        assert await mail_of(reader) == {"box:1": "<b>uno</b>"}


@pytest.mark.django_db(transaction=True)
async def test_what_is_due_is_rendered_anew_without_a_notice(monkeypatch):
    monkeypatch.setattr(live, "_fragments", {})
    looks = iter(["soon", "now", "never"])

    def due_by_key(found):
        return dict.fromkeys(found, timedelta(seconds=0.4))

    @live.fragment("question", load=lambda keys: {key: next(looks) for key in keys}, due=due_by_key)
    def render_questions(found):
        return dict(found)

    hub = Hub()
    async with hub.reading(reader_of(question={"1"})) as reader:
        assert await mail_of(reader) == {"question:1": "soon"}
        begun = time.monotonic()
        assert await mail_of(reader) == {"question:1": "now"}
        assert time.monotonic() - begun < live_hub.REFRESH_SECONDS
    assert not hub._due


@pytest.mark.django_db(transaction=True)
async def test_what_looks_as_before_is_not_sent_again(fragments):
    store, _rendered = fragments
    store["1"] = "one"
    async with Hub().reading(reader_of(box={"1"})) as reader:
        await mail_of(reader)
        await asyncio.to_thread(notify, "thing:1")
        assert await reader.fetch(0.6) == {}


@pytest.mark.django_db(transaction=True)
async def test_a_fragment_that_hangs_on_a_kind_changes_with_any_of_it(fragments):
    store, _rendered = fragments
    store["1"] = "a"
    async with Hub().reading(reader_of(list={"all"})) as reader:
        await mail_of(reader)
        store["7"] = "b"
        await asyncio.to_thread(notify, "thing:7")
        assert await mail_of(reader) == {"list:all": "a,b"}


@pytest.mark.django_db(transaction=True)
async def test_a_burst_is_rendered_a_few_times_a_second_and_the_last_version_arrives(fragments):
    store, rendered = fragments
    store["1"] = "0"
    async with Hub().reading(reader_of(box={"1"})) as reader:
        await mail_of(reader)
        rendered.clear()
        began = time.monotonic()
        for number in range(1, 41):
            store["1"] = str(number)
            await asyncio.to_thread(notify, "thing:1")
            await asyncio.sleep(0.02)
        newest = {}
        while newest != {"box:1": "<b>40</b>"}:
            newest = await mail_of(reader)
        versions = (time.monotonic() - began) / live_hub.PACE_SECONDS
        assert 1 <= len(rendered) <= versions + 1


@pytest.mark.django_db(transaction=True)
async def test_a_slow_reader_skips_versions_and_gets_the_newest(fragments):
    store, _rendered = fragments
    store["1"] = "old"
    async with Hub().reading(reader_of(box={"1"})) as reader:
        for value in ("newer", "newest"):
            store["1"] = value
            await asyncio.to_thread(notify, "thing:1")
            await asyncio.sleep(0.5)
        assert await mail_of(reader) == {"box:1": "<b>newest</b>"}


@pytest.mark.django_db(transaction=True)
async def test_each_language_is_rendered_once_for_all_its_readers(fragments):
    store, rendered = fragments
    store["1"] = "x"
    hub = Hub()
    async with (
        hub.reading(reader_of("en", box={"1"})) as first,
        hub.reading(reader_of("en", box={"1"})) as second,
        hub.reading(reader_of("de", box={"1"})) as third,
    ):
        for reader in (first, second, third):
            await mail_of(reader)
        rendered.clear()
        store["1"] = "y"
        await asyncio.to_thread(notify, "thing:1")
        for reader in (first, second, third):
            assert await mail_of(reader) == {"box:1": "<b>y</b>"}
        assert len(rendered) == 2


@pytest.mark.django_db(transaction=True)
async def test_a_broken_renderer_does_not_silence_the_others(fragments):
    store, _rendered = fragments
    store["1"] = "x"
    async with Hub().reading(reader_of(broken={"1"}, box={"1"})) as reader:
        assert await mail_of(reader) == {"box:1": "<b>x</b>"}
        store["1"] = "y"
        await asyncio.to_thread(notify, "thing:1")
        assert await mail_of(reader) == {"box:1": "<b>y</b>"}


@pytest.mark.django_db(transaction=True)
async def test_a_lost_listener_comes_back_and_catches_up(fragments, monkeypatch):
    monkeypatch.setattr(live_hub, "RETRY_SECONDS", 0.05)
    store, _rendered = fragments
    store["1"] = "before"
    async with Hub().reading(reader_of(box={"1"})) as reader:
        await mail_of(reader)
        store["1"] = "missed"
        await asyncio.to_thread(kill_listeners)
        assert await mail_of(reader) == {"box:1": "<b>missed</b>"}
        store["1"] = "heard"
        await asyncio.to_thread(notify, "thing:1")
        assert await mail_of(reader) == {"box:1": "<b>heard</b>"}


def kill_listeners():
    with psycopg.connect(**live_hub._listen_parameters(), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'mes live' AND pid <> pg_backend_pid()"
        )


@pytest.mark.django_db(transaction=True)
async def test_nobody_listens_when_nobody_reads(fragments):
    hub = Hub()
    async with hub.reading(reader_of(box={"1"})):
        assert len(hub._tasks) == 3
    assert hub._tasks == []
    assert hub.shown == {}


@pytest.mark.django_db
def test_a_stream_asks_for_the_right_of_its_fragments(client, fragments, monkeypatch):
    live.fragment("secret", right="administer")(lambda keys: {})
    assert client.get("/live?box=1").status_code == 403
    client.force_login(OperatorFactory())
    assert client.get("/live?secret=1").status_code == 403
    assert client.get("/live?box=1&secret=1").status_code == 403
    assert client.get("/live?nothing=1").status_code == 400
    assert client.get("/live").status_code == 400
    assert client.get("/live?box=" + ",".join(map(str, range(3000)))).status_code == 400
    answer = client.get("/live?box=1")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/event-stream"
    assert answer["Cache-Control"] == "no-store"


def test_a_message_of_many_lines_stays_one_event():
    assert (
        live_hub.message("box:1", "<p>\n a\n</p>\n") == b"event: box:1\ndata: <p>\ndata:  a\ndata: </p>\n\n"
    )


def test_connection_parameters_reach_the_database_of_the_tests():
    assert live_hub._listen_parameters()["dbname"] == connection.settings_dict["NAME"]
