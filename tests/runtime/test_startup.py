"""No process takes work on a database that is older than the code, or not there."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from mes.settings.database import libpq_url

PROCESSES = {
    "web": ["-c", "import mes.asgi"],
    "worker": ["-m", "celery", "-A", "mes.celery", "worker"],
    "beat": ["-m", "celery", "-A", "mes.celery", "beat", "--pidfile="],
    "relay": [str(settings.ROOT / "manage.py"), "relay"],
}


def last_line(arguments, url, folder):
    result = subprocess.run(
        [sys.executable, *arguments],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "mes.settings.test",
            "MES_DATABASE_URL": url,
            "MES_DATABASE_PATIENCE_SECONDS": "2",
            "PYTHONPATH": str(settings.ROOT),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 1
    return result.stderr.splitlines()[-1]


@pytest.mark.parametrize("process", PROCESSES)
def test_an_empty_database_is_refused(process, tmp_path):
    url = libpq_url({**connection.settings_dict, "NAME": "postgres"})
    assert last_line(PROCESSES[process], url, tmp_path).endswith("Run: python manage.py migrate")


def test_a_database_that_is_not_there_is_named(tmp_path):
    line = last_line(PROCESSES["relay"], "postgresql://nobody@127.0.0.1:1/mes", tmp_path)
    assert line.startswith("mes: The database does not answer: ")
