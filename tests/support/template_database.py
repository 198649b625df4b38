"""A migrated database that each process of a test run copies, instead of migrating one of its own."""

import fcntl
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection
from psycopg import sql

ROOT = Path(__file__).parents[2]


def copy_template(name, *, lock):
    """Have Django copy this template when it makes the test database; the first to come makes it. Whether it
    was this one."""
    with _locked(lock):
        mine = not lock.read_text()
        if mine:
            _make(name)
            lock.write_text(name)
    connection.settings_dict["TEST"]["TEMPLATE"] = name
    return mine


def drop_template(name):
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _make(name):
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = urlsplit(os.environ["MES_DATABASE_URL"])._replace(path=f"/{name}").geturl()
    urls = {"MES_DATABASE_URL": url, "MES_DATABASE_OWNER_URL": url}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ | urls | {"DJANGO_SETTINGS_MODULE": "mes.settings.test"},
        check=True,
    )


@contextmanager
def _locked(path):
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
