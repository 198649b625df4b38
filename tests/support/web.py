"""A real web process on the test database, to be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.db import connection

from mes.settings.database import libpq_url

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


class Web:
    """uvicorn with the product's application."""

    def __init__(self, **environment):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = environment
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "uvicorn", "mes.asgi:application", "--port", str(self.port)]
        command += ["--lifespan", "off", "--log-level", "critical", "--no-access-log"]
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "mes.settings.test",
            "MES_DATABASE_URL": libpq_url(connection.settings_dict),
            **self.environment,
        }
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            assert self.process.poll() is None, "the web process did not start"
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=1).close()
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
            else:
                return self
        raise AssertionError(f"the web process did not answer in {START_SECONDS} s")

    def kill(self):
        """kill -9: no goodbye."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None
