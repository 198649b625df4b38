"""Orders as files are read by the product's own readers as what the API was told."""

import gzip
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import orjson
import pytest

from integrations.domain.formats import order_format
from integrations.erp.api.orders import read_documents
from mes.runtime.simulator.dirt import Delivery
from mes.runtime.simulator.doors import (
    MOST_SAMPLES,
    PROMISES,
    SAMPLES,
    Doors,
    csv_order,
    envelope,
    loipro,
)
from mes.runtime.simulator.messages import OrderMessage, QuoteAsked, Shipped, Signal
from mes.runtime.simulator.selling import ASKED_AFTER, asked_of, asks, sold

AT = datetime(2026, 11, 12, 6, 30, tzinfo=UTC)


def order(number="FA-100017", version=1, channel="api", **further):
    body = {
        "number": number,
        "plant": "1010",
        "item": "MC-HUB",
        "quantity": 120,
        "unit": "C62",
        "strategy": "MTS",
        "priority": 50,
        "due": "2026-11-20T13:45:00+00:00",
        "status": "released",
        "version": "20261112063000",
        **further,
    }
    return OrderMessage(AT, number, version, channel, body)


class Recorder:
    def __init__(self, *answers):
        self.answers = list(answers)
        self.posts = []

    def post(self, path, body, headers):
        packed = headers.get("Content-Encoding") == "gzip"
        rows = orjson.loads(gzip.decompress(body) if packed else body)
        self.posts.append(SimpleNamespace(path=path, rows=rows, headers=headers))
        return self.answers.pop(0) if self.answers else (200, {"results": [], "answers": []})


@pytest.mark.parametrize(("name", "render"), [("idoc", loipro), ("csv", csv_order)])
@pytest.mark.parametrize("cancel", [False, True])
def test_a_file_says_what_the_api_says(name, render, cancel):
    said = order(cancel=cancel)
    reading = order_format(name).read(render(said), zone=ZoneInfo("Europe/Berlin"), settings={})
    assert not reading.problems
    [document], [wanted] = reading.documents, read_documents([said.body]).documents
    for field in ("number", "plant", "item", "quantity", "unit", "version", "priority", "due", "cancel"):
        assert getattr(document, field) == getattr(wanted, field), field
    assert document.operations is None, "the routing is the product's"
    assert cancel or document.status == "released"


def test_live_orders_go_through_their_own_channels(tmp_path):
    transport = Recorder()
    doors = Doors(transport, tmp_path)
    doors.send_orders(
        [order("FA-1"), order("FA-2", channel="idoc"), order("FA-3", channel="csv")], by_files=True
    )
    assert [row["number"] for row in transport.posts[0].rows] == ["FA-1"]
    assert len(transport.posts) == 1
    assert [path.suffix for path in sorted((tmp_path / "idoc").iterdir())] == [".xml"]
    assert [path.suffix for path in sorted((tmp_path / "csv").iterdir())] == [".csv"]


def test_versions_of_one_order_never_share_a_message():
    transport = Recorder()
    Doors(transport).send_orders([order("FA-1"), order("FA-2"), order("FA-1", version=2, version_text="x")])
    assert [[row["number"] for row in post.rows] for post in transport.posts] == [["FA-1", "FA-2"], ["FA-1"]]


def test_one_wrong_order_does_not_keep_the_others_out():
    refusal = (422, {"message": "bad", "problems": []})
    transport = Recorder(refusal, (201, {}), refusal)
    doors = Doors(transport)
    doors.send_orders([order("FA-1"), order("FA-2")])
    assert [len(post.rows) for post in transport.posts] == [2, 1, 1]
    assert [one.what for one in doors.refusals] == ["orders FA-2/20261112063000"]
    assert len({post.headers["Idempotency-Key"] for post in transport.posts}) == 3


def test_samples_go_in_batches_that_the_door_takes():
    transport = Recorder()
    signals = [
        Signal("M", number, AT + timedelta(seconds=number), "part_count", number) for number in range(6001)
    ]
    Doors(transport).send_samples([Delivery(one.ts, "b", one) for one in signals], historical=True)
    assert [len(post.rows) for post in transport.posts] == [MOST_SAMPLES, 1001]
    assert {post.path for post in transport.posts} == {SAMPLES}
    assert [row["seq"] for post in transport.posts for row in post.rows] == list(range(6001))


def test_a_sample_is_historical_only_when_it_was_stored():
    signal = Signal("M", 1, AT, "state", "ACTIVE", 2)
    live = envelope(Delivery(AT, "b", signal))
    assert "historical" not in live
    assert live["slot"] == 2
    assert envelope(Delivery(AT, "b", signal, historical=True))["historical"] is True


def test_a_customer_asks_once_for_a_date_and_takes_it_as_of_then():
    asked = QuoteAsked("FA-6", AT)
    transport = Recorder((201, {"key": "k-1"}), (201, {}))
    assert Doors(transport).send_quotes([asked], historical=True) == []
    assert [(post.path, post.rows) for post in transport.posts] == [
        (PROMISES, {"order": "FA-6", "at": AT.isoformat()}),
        (f"{PROMISES}/k-1/accept", {"confidence_percent": 80, "at": AT.isoformat()}),
    ]
    keys = [post.headers["Idempotency-Key"] for post in transport.posts]
    again = Recorder((200, {"key": "k-1"}), (200, {}))
    Doors(again).send_quotes([asked])
    assert [post.headers["Idempotency-Key"] for post in again.posts] == keys
    assert "at" not in again.posts[0].rows


def test_who_asks_about_an_order_that_is_not_there_yet_asks_again_and_a_refusal_is_noted():
    unknown = (422, {"problems": [{"code": "unknown_order", "field": "order"}]})
    doors = Doors(Recorder(unknown, (409, {"code": "nothing_left", "message": "Nothing is left."})))
    asked = [QuoteAsked("FA-6", AT), QuoteAsked("FA-10", AT)]
    assert doors.send_quotes(asked) == asked[:1]
    assert [(one.what, one.code) for one in doors.refusals] == [("quote FA-10", "409")]


def test_only_orders_without_the_erps_promise_are_asked_about_and_only_once():
    sold_to = {"customer": "C-ALPHA"}
    orders = [
        order("FA-1"),
        order("FA-2", **sold_to),
        order("FA-2", version=2, **sold_to),
        order("FA-3", promised="2026-11-20T13:45:00+00:00", **sold_to),
    ]
    assert asked_of(orders) == [QuoteAsked("FA-2", AT + ASKED_AFTER)]
    promised = ["promised" in sold("MTO", nth, AT) for nth in range(8)]
    assert promised == [not asks(nth) for nth in range(8)]
    assert not all(promised)


def test_what_cannot_be_shipped_yet_is_offered_again_under_the_same_key():
    answer = {"results": [{"status": "accepted"}, {"status": "refused"}]}
    recorder = Recorder((200, answer), (200, {"results": [{"status": "accepted"}]}))
    doors = Doors(recorder)
    gone, held = (Shipped(AT, f"SO-{number}", "10") for number in (1, 2))
    assert doors.send_shipments([gone, held]) == [held]
    assert doors.send_shipments([held]) == []
    first, second = (post.rows for post in recorder.posts)
    assert first[1] == second[0]
    assert first[0]["key"] != first[1]["key"]
    assert not doors.refusals
