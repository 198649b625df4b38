"""Two web processes side by side, and the CPU that each piece of work costs them and the database."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Server:
    """One uvicorn process with one connection of ours to it."""

    name: str
    application: str
    settings: str
    database: str
    headers: dict[str, str] = field(default_factory=dict)

    def start(self) -> Server:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", self.application, "--port", str(self.port)]
        command += ["--lifespan", "off", "--log-level", "critical", "--no-access-log"]
        command += ["--timeout-keep-alive", "600"]
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": self.settings,
            "MES_DATABASE_URL": self.database,
            "MES_PROCESS": "web",
            "MES_LOG_LEVEL": "ERROR",
        }
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        self.cpu = psutil.Process(self.process.pid)
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def client(self) -> Client:
        return Client(self.port, self.headers)


class Client:
    """One kept connection, as a browser or an ERP keeps it."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = headers

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> bytes:
        raw = None if body is None else json.dumps(body).encode()
        self.link.request(method, path, raw, {**self.headers, "Content-Type": "application/json", **headers})
        answer = self.link.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:500]!r}")
        return content


class DatabaseCpu:
    """CPU seconds of all processes of the PostgreSQL that serves us, those that ended included."""

    def __init__(self, backend_pid: int) -> None:
        self.postmaster = psutil.Process(backend_pid).parent()

    def seconds(self) -> float:
        assert self.postmaster is not None
        times = self.postmaster.cpu_times()
        total = times.user + times.system + times.children_user + times.children_system
        for child in self.postmaster.children(recursive=True):
            try:
                of_child = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += of_child.user + of_child.system
        return total


def cpu_of(server: Server) -> float:
    times = server.cpu.cpu_times()
    return times.user + times.system
