"""A real web process on the test database, to be killed again and again.

A nursery loads the application once and forks: each child is a whole uvicorn, started in a moment.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from django.db import connection

from mes.settings.database import libpq_url

ROOT = Path(__file__).resolve().parents[2]


class Web:
    """uvicorn with the product's application on ``port``; a killed one is replaced by the next at once."""

    def __init__(self):
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "mes.settings.test",
            "MES_DATABASE_URL": libpq_url(connection.settings_dict),
        }
        command = [sys.executable, "-m", "tests.support.nursery"]
        self.nursery = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        self.port = int(self._line())
        self.pid = int(self._line())

    def kill(self):
        """kill -9 without a goodbye; returns when the next process is there."""
        os.kill(self.pid, signal.SIGKILL)
        self.pid = int(self._line())

    def stop(self):
        self.nursery.kill()
        self.nursery.wait()
        os.kill(self.pid, signal.SIGKILL)

    def _line(self):
        line = self.nursery.stdout.readline()
        assert line, "the web process did not start"
        return line
