"""What fake ERP systems share: a web server in a thread, and answers that get lost on the way."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class FakeErpServer:
    """``faults`` are taken one per changing request (anything but GET): ``"lost before"`` drops the
    connection without having booked, ``"lost after"`` books and then drops it, a number answers with that
    status without having booked, ``("after", number)`` books first. ``None`` lets the request through.

    A subclass answers in ``handle(method, path, query, headers, body)`` with (status, headers, body).
    """

    def __init__(self):
        self.lock = threading.RLock()
        self.faults = []
        self.requests = []
        erp = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.respond()

            do_POST = do_PATCH = do_GET

            def respond(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                with erp.lock:
                    erp.requests.append((self.command, self.path))
                    fault = erp.fault_of(self.command, parts.path)
                    if fault == "lost before":
                        return
                    if isinstance(fault, int):
                        self.send(fault, {}, b"")
                        return
                    query = dict(parse_qsl(parts.query, keep_blank_values=True))
                    answer = erp.handle(self.command, parts.path, query, self.headers, body)
                if fault == "lost after":
                    return
                if isinstance(fault, tuple):
                    answer = (fault[1], {}, b"")
                self.send(*answer)

            def send(self, status, headers, body):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.server.server_close()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def fault_of(self, method, path):
        return self.faults.pop(0) if method != "GET" and self.faults else None
