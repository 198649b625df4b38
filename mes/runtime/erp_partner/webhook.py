"""The simulated ERP's HTTP side: the webhook, and a status page in JSON."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mes.runtime.erp_partner.ledger import Ledger, Ticket

OLDEST_SECONDS = 300
LARGEST_BODY = 1024 * 1024
WEBHOOK = "/confirmations"


class Sleep:
    """Whether the ERP is down just now."""

    def __init__(self, seconds: float = 0) -> None:
        self._until = time.monotonic() + seconds

    def begin(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(self._until - time.monotonic(), 0.0)

    @property
    def is_down(self) -> bool:
        return self.left > 0


def is_signed(secret: bytes, timestamp: str, signature: str, body: bytes, *, now: float) -> bool:
    """Whether ``sha256=<HMAC of timestamp.body>`` is right and no older than five minutes."""
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > OLDEST_SECONDS:
        return False
    wanted = "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode("latin-1", "replace"))


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, *, ledger: Ledger, secret: bytes, sleep: Sleep) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.ledger, self.secret, self.sleep = ledger, secret, sleep

    def run_in_background(self) -> None:
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    """``POST /confirmations``; ``GET /`` and ``GET /orders/<number>``; ``POST /down?seconds=60``."""

    server: Server
    protocol_version = "HTTP/1.1"
    # Head and body in one packet: on a kept connection the second one would wait for the first one's receipt.
    wbufsize = -1

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/":
            self._answer(HTTPStatus.OK, {"down_for": self.server.sleep.left, **self.server.ledger.summary()})
        elif path.startswith("/orders/"):
            order = path.removeprefix("/orders/")
            self._answer(HTTPStatus.OK, {"order": order, "posted": self.server.ledger.sums(order)})
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "There is nothing here."})

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        address = urlsplit(self.path)
        if address.path == "/down":
            self._fall_asleep(parse_qs(address.query).get("seconds", ["60"])[0])
        elif address.path != WEBHOOK:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "There is nothing here."})
        elif self.server.sleep.is_down:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "The ERP is down."})
        else:
            self._take(body)

    def _take(self, body: bytes) -> None:
        timestamp, signature = (self.headers.get(f"X-MES-{name}", "") for name in ("Timestamp", "Signature"))
        if not is_signed(self.server.secret, timestamp, signature, body, now=time.time()):
            self._answer(HTTPStatus.UNAUTHORIZED, {"error": "The signature is wrong."})
            return
        try:
            ticket = Ticket.of(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": f"Not a confirmation: {error}"})
            return
        booking = self.server.ledger.book(ticket, "webhook")
        if booking.posted:
            self._answer(HTTPStatus.OK, {"status": "posted", "reference": booking.reference})
        else:
            self._answer(HTTPStatus.UNPROCESSABLE_ENTITY, {"status": "refused", "reason": booking.reason})

    def _fall_asleep(self, seconds: str) -> None:
        if not seconds.isdecimal() or int(seconds) > 86_400:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": "seconds must be a whole number up to 86400."})
            return
        self.server.sleep.begin(int(seconds))
        self._answer(HTTPStatus.OK, {"down_for": int(seconds)})

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "The message is too large."})
            return None
        return self.rfile.read(int(length))

    def _answer(self, status: HTTPStatus, data: dict[str, Any]) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """The ledger tells more than a line per request."""
