"""The simulated ERP books once, checks signatures, and refuses a closed period until it is opened."""

import json
import threading
import time
from datetime import UTC, datetime

import httpx
import pytest

from integrations.domain.outbox.webhook import signature
from mes.runtime.erp_partner.files import take_files
from mes.runtime.erp_partner.ledger import REOPENED_AFTER_SECONDS, Ledger, Ticket
from mes.runtime.erp_partner.pulling import PATH, Puller
from mes.runtime.erp_partner.webhook import Server, Sleep, is_signed

SECRET = b"a secret of the demo"
CONTENT = {"order": "FA-1", "operation": "0010", "good": "12.000", "scrap": "1.000", "rework": "0.000"}


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger.sqlite", refuse_one_in=0)


@pytest.fixture
def server(ledger):
    server = Server(0, ledger=ledger, secret=SECRET, sleep=Sleep())
    server.run_in_background()
    yield server
    server.shutdown()
    server.server_close()


def ticket(identity="A1", **further):
    return Ticket.of({"identity": identity, **CONTENT, **further}, "partial")


def post(server, content, *, secret=SECRET, at=None):
    body = json.dumps(content).encode()
    timestamp = str(int(at or time.time()))
    headers = {"X-MES-Timestamp": timestamp, "X-MES-Signature": signature(secret, timestamp, body)}
    url = f"http://127.0.0.1:{server.server_port}/confirmations"
    return httpx.post(url, content=body, headers=headers, trust_env=False)


def test_a_repeat_is_booked_once_and_answered_alike(ledger):
    first = ledger.book(ticket(), "webhook")
    assert first.posted
    assert ledger.book(ticket(), "pull") == first
    assert ledger.sums("FA-1") == [
        {"operation": "0010", "good": 12.0, "scrap": 1.0, "rework": 0.0, "confirmations": 1}
    ]
    assert ledger.summary()["counts"] == [
        {"channel": "webhook", "status": "posted", "confirmations": 1, "repeats": 1}
    ]


def test_many_at_once_book_once(ledger):
    threads = [threading.Thread(target=ledger.book, args=(ticket(), "webhook")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.sums("FA-1")[0]["good"] == 12.0


def test_a_reversal_takes_back(ledger):
    ledger.book(ticket("A1"), "webhook")
    ledger.book(ticket("A2", reverses="A1"), "webhook")
    ledger.book(ticket("A3", good="11.000"), "webhook")
    assert ledger.sums("FA-1")[0]["good"] == 11.0


def test_a_closed_period_is_refused_until_a_person_has_seen_to_it(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite", refuse_one_in=1)
    assert not ledger.book(ticket(), "webhook", now=1000).posted
    assert not ledger.book(ticket(), "webhook", now=1010).posted
    assert not ledger.book(ticket(), "pull", now=2000).posted
    assert ledger.sums("FA-1") == []
    assert ledger.book(ticket(), "webhook", now=1000 + REOPENED_AFTER_SECONDS).posted
    assert ledger.sums("FA-1")[0]["good"] == 12.0


def test_what_was_booked_outlives_a_restart(tmp_path):
    first = Ledger(tmp_path / "ledger.sqlite").book(ticket(), "file")
    assert Ledger(tmp_path / "ledger.sqlite").book(ticket(), "file") == first


def test_the_webhook_books_what_is_signed(server):
    answer = post(server, {"identity": "B1", "kind": "partial", **CONTENT})
    assert (answer.status_code, answer.json()["status"]) == (200, "posted")
    assert server.ledger.sums("FA-1")[0]["good"] == 12.0


def test_the_webhook_refuses_a_wrong_or_old_signature_and_what_is_no_confirmation(server):
    content = {"identity": "B1", **CONTENT}
    assert post(server, content, secret=b"another").status_code == 401
    assert post(server, content, at=time.time() - 3600).status_code == 401
    assert post(server, {"identity": "B1"}).status_code == 400
    assert post(server, ["no object"]).status_code == 400
    assert server.ledger.sums("FA-1") == []
    assert not is_signed(SECRET, "today", "", b"", now=time.time())


def test_the_erp_can_be_down_and_says_how_it_is(server):
    url = f"http://127.0.0.1:{server.server_port}"
    assert httpx.post(f"{url}/down?seconds=60", trust_env=False).json() == {"down_for": 60}
    assert post(server, {"identity": "B1", **CONTENT}).status_code == 503
    assert httpx.get(f"{url}/", trust_env=False).json()["down_for"] > 50
    httpx.post(f"{url}/down?seconds=0", trust_env=False)
    assert post(server, {"identity": "B1", **CONTENT}).status_code == 200
    assert httpx.get(f"{url}/orders/FA-1", trust_env=False).json()["posted"][0]["good"] == 12.0
    assert httpx.post(f"{url}/down?seconds=soon", trust_env=False).status_code == 400
    assert httpx.get(f"{url}/nothing", trust_env=False).status_code == 404


def test_files_are_taken_once_and_broken_ones_put_aside(tmp_path, ledger):
    folder = tmp_path / "idoc"
    folder.mkdir()
    (folder / "1.xml").write_text(
        f"<X><IDOC><E1><ORDERID>000000004711</ORDERID><OPERATION>0010</OPERATION><YIELD>5.000</YIELD>"
        f"<FIN_CONF>X</FIN_CONF><EX_IDENT>C{datetime.now(UTC):%H}</EX_IDENT></E1></IDOC></X>"
    )
    (folder / "2.xml").write_text("<half")
    assert take_files(folder, ledger) == 1
    assert ledger.sums("4711")[0]["good"] == 5.0
    assert [path.name for path in (folder / "taken").iterdir()] == ["1.xml"]
    assert [path.name for path in (folder / "unreadable").iterdir()] == ["2.xml"]
    assert take_files(folder, ledger) == 0
    assert take_files(tmp_path / "missing", ledger) == 0


def test_pulling_books_acknowledges_and_goes_on_behind_the_cursor(ledger):
    asked = []

    def answer(request):
        if request.method == "POST":
            asked.append(json.loads(request.content))
            return httpx.Response(200, json={"acknowledged": 1})
        after = int(request.url.params["after"])
        message = {
            "sequence": 7,
            "identity": "D1",
            "kind": "partial",
            "content": {"identity": "D1", **CONTENT},
        }
        return httpx.Response(200, json={"messages": [] if after >= 7 else [message], "cursor": 7})

    puller = Puller(ledger, httpx.Client(base_url="http://mes", transport=httpx.MockTransport(answer)))
    assert [puller.pull(), puller.pull()] == [1, 0]
    assert ledger.sums("FA-1")[0]["good"] == 12.0
    assert [(one["identity"], one["status"]) for one in asked[0]] == [("D1", "posted")]
    assert PATH.startswith("/api/v1/")
