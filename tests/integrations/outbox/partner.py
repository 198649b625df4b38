"""A partner that answers as the script says and books each key once."""

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeErp:
    """``script`` is a list of answers for the next requests; afterwards every request is taken.

    An answer is a status, or ``(status, body)``, or a function of the handler. ``booked`` keeps what arrived
    by idempotency key, the first time only: what a partner with an inbox would have.
    """

    def __init__(self, secret="s3cret"):
        self.secret = secret.encode()
        self.script = []
        self.received = []
        self.booked = {}
        self.lock = threading.Lock()
        erp = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with erp.lock:
                    erp.received.append((dict(self.headers), body))
                    answer = erp.script.pop(0) if erp.script else 200
                if callable(answer):
                    answer(self, body)
                else:
                    self.answer(body, *(answer if isinstance(answer, tuple) else (answer, b"")))

            def answer(self, body, status, text=b"", content_type="application/json"):
                if 200 <= status < 300:
                    erp.book(self.headers, body)
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/confirmations"

    def book(self, headers, body):
        expected = hmac.new(self.secret, headers["X-MES-Timestamp"].encode() + b"." + body, hashlib.sha256)
        assert headers["X-MES-Signature"] == "sha256=" + expected.hexdigest()
        assert abs(time.time() - int(headers["X-MES-Timestamp"])) < 60
        found = json.loads(body)
        assert headers["Idempotency-Key"] == found["identity"]
        with self.lock:
            self.booked.setdefault(found["identity"], found)

    @property
    def good(self):
        """What the ERP's books say."""
        sign = {True: -1, False: 1}
        return sum(sign[bool(c["reverses"])] * float(c["good"]) for c in self.booked.values())
