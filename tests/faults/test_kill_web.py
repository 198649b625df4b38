"""F2: the web process is killed at the instant its answer arrives. What was acknowledged is there, once."""

import json
import re
import socket
import threading

import pytest

from orders.models import ProductionEvent
from tests.factories.accounts import ApiKeyFactory
from tests.factories.orders import OperationFactory
from tests.support.books import assert_books_are_clean
from tests.support.web import Web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
KEY = "the-key-of-a-terminal"
KILLS = 10
BESIDE = 3


def request(port, key):
    body = json.dumps(
        {"key": key, "command": "report", "order": "4711", "operation": "0010", "good": 1}
    ).encode()
    head = (
        f"POST /api/v1/operation-commands HTTP/1.1\r\nHost: localhost\r\nAuthorization: Api-Key {KEY}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    link = socket.create_connection(("127.0.0.1", port), timeout=240)
    link.sendall(head.encode() + body)
    return link


def read(link):
    """The whole answer, or what came of it before the line went dead."""
    answer = b""
    while part := link.recv(65536):
        answer += part
        head, found, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if found and length and len(body) >= int(length[1]):
            break
    return answer


def acknowledged(answer):
    return answer.startswith(b"HTTP/1.1 200") and b'"status":"accepted"' in answer


def test_what_was_acknowledged_is_stored_exactly_once():
    OperationFactory(released=True, order__number="4711", number="0010", order__quantity=1000)
    ApiKeyFactory(text=KEY, role="terminal")
    sent, told = [], []

    def others(port, name):
        """A client whose requests are under way when the process dies; it repeats nothing."""
        try:
            for n in range(10):
                key = f"{name}-{n}"
                sent.append(key)
                with request(port, key) as link:
                    if acknowledged(read(link)):
                        told.append(key)
        except OSError:
            return

    web = Web()
    try:
        for kill in range(KILLS):
            threads = [threading.Thread(target=others, args=(web.port, f"{kill}-{n}")) for n in range(BESIDE)]
            for thread in threads:
                thread.start()
            key = f"kill-{kill}"
            sent.append(key)
            with request(web.port, key) as link:
                answer = read(link)
                web.kill()
            if acknowledged(answer):
                told.append(key)
            for thread in threads:
                thread.join()
        assert_each_is_stored_once(web, told)
    finally:
        web.stop()
    assert sum(key.startswith("kill-") for key in told) == KILLS
    stored = ProductionEvent.objects.filter(kind="reported").count()
    assert len(told) <= stored <= len(sent)
    assert_books_are_clean()


def assert_each_is_stored_once(web, told):
    """Sending an acknowledged key again changes nothing: it is known."""
    before = ProductionEvent.objects.count()
    for key in told:
        with request(web.port, key) as link:
            assert b'"status":"replayed"' in read(link), key
    assert ProductionEvent.objects.count() == before
