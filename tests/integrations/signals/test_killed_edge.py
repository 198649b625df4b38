"""kill -9 on the real edge process at random moments: nothing lost, nothing doubled."""

import gzip
import http.server
import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FILES, LINES = 30, 40

pytestmark = pytest.mark.slow


class Door(http.server.ThreadingHTTPServer):
    """The server's doors in memory; it takes an identity once and counts repeats."""

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        meaning = {"address": "good", "machine": "M1", "role": "part_count", "slot": 0, "values": {}}
        connection = {
            "code": "drop",
            "protocol": "file",
            "address": str(folder),
            "secret_name": "",
            "options": {"stable_seconds": 0.05},
            "active": True,
            "lost_at": None,
            "mappings": [{**meaning, "factor": None}],
        }
        self.configuration = {"gateway": "edge", "version": "1", "connections": [connection]}
        self.taken = {}
        self.lock = threading.Lock()

    def take(self, samples):
        with self.lock:
            for one in samples:
                self.taken.setdefault((one["boot"], one["seq"], one["sub"]), one)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self._answer(self.server.configuration)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        data = json.loads(gzip.decompress(body))
        if self.path.endswith("/samples"):
            self.server.take([one for one in data if one["item"] == "part_count"])
        self._answer({"configuration": "1", "browse": [], "watched": []})

    def _answer(self, data):
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def edge(door, folder):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MES_", "DJANGO"))
    }
    return subprocess.Popen(
        [sys.executable, "-m", "integrations.signals.edge"],
        cwd=ROOT,
        env={
            **environment,
            "MES_EDGE_SERVER": f"http://127.0.0.1:{door.server_address[1]}/",
            "MES_EDGE_KEY": "key",
            "MES_EDGE_DIR": str(folder),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def drop(folder, number):
    lines = ["time;good", *(f"2026-03-02T12:{number:02}:{n:02}Z;{number * LINES + n}" for n in range(LINES))]
    part = folder / f"{number:03}.part"
    part.write_text("\n".join(lines) + "\n")
    part.rename(folder / f"{number:03}.csv")


def test_killing_the_edge_gateway_loses_and_doubles_nothing(tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    chance = random.Random(4711)
    door = Door(folder)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    end = time.monotonic() + 300
    try:
        for number in range(FILES):
            if number % 6 == 0:
                process = edge(door, tmp_path / "edge")
            drop(folder, number)
            time.sleep(chance.uniform(0.05, 0.5))
            if number % 6 == 5:
                process.kill()
                process.wait()
        process = edge(door, tmp_path / "edge")
        try:
            while len(door.taken) < FILES * LINES:
                assert time.monotonic() < end, f"{len(door.taken)} of {FILES * LINES}"
                time.sleep(0.2)
        finally:
            process.terminate()
            assert process.wait(60) == 0, "it stops when it is asked to"
    finally:
        door.shutdown()
        door.server_close()
    values = sorted(one["value"] for one in door.taken.values())
    assert values == list(range(FILES * LINES))


def test_without_its_server_it_says_what_it_needs():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MES_")}
    done = subprocess.run(
        [sys.executable, "-m", "integrations.signals.edge"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "MES_EDGE_SERVER" in done.stderr
