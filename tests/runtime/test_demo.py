"""`make demo` from nothing: ready, reachable, stopped without a trace, and on again with the same data."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from mes.runtime.layout import DEMO_PORTS, ROOT


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    numbers = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return numbers


@pytest.fixture
def environment(tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MES_", "DJANGO_"))}
    ports = zip((port.variable for port in DEMO_PORTS), free_ports(len(DEMO_PORTS)), strict=True)
    return {**clean, "MES_VAR_DIR": str(tmp_path / "var"), **{name: str(number) for name, number in ports}}


class Demo:
    def __init__(self, environment, log):
        self.environment, self.log = environment, log
        self.output = log.open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mes.runtime", "demo"],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait_until_ready(self, seconds=600):
        deadline = time.monotonic() + seconds
        while "Ready after" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.3)

    def get(self, path):
        url = f"http://127.0.0.1:{self.environment['MES_WEB_PORT']}{path}"
        with urllib.request.urlopen(url, timeout=120) as answer:
            return answer.read().decode()

    def stop(self):
        family = [*psutil.Process(self.process.pid).children(recursive=True), *self.database()]
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(240) == 0, self.log.read_text()[-3000:]
        assert not psutil.wait_procs(family, timeout=60)[1]

    def database(self):
        pid = int((self.log.parent / "var/demo/postgres/postmaster.pid").read_text().splitlines()[0])
        server = psutil.Process(pid)
        return [server, *server.children()]


@pytest.mark.slow
def test_the_demo_starts_stops_and_goes_on(environment, tmp_path):
    demo = Demo(environment, tmp_path / "first.log")
    try:
        demo.wait_until_ready()
        assert '"status": "ready"' in demo.get("/health/ready")
        assert "mes_metrics_failed 0.0" in demo.get("/metrics")
        assert 'name="username"' in demo.get("/admin/login/")
        assert "permission denied" not in demo.log.read_text()
        second = subprocess.run(
            [sys.executable, "-m", "mes.runtime", "demo"],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert second.stderr.startswith("mes: The demo is running already")
        assert len(second.stderr.splitlines()) == 1
    finally:
        demo.stop()
    secret = (tmp_path / "var/demo/secret_key").read_text()

    again = Demo(environment, tmp_path / "second.log")
    try:
        again.wait_until_ready()
    finally:
        again.stop()
    assert (tmp_path / "var/demo/secret_key").read_text() == secret
