"""A real Chromium on a real web process.

`page` is a fresh Chromium page, `site` a uvicorn process on the test database (server-sent events included),
`login(role)` opens a session in the page. Tests that use them work on committed rows: the database is emptied
after each of them.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect, sync_playwright

from mes.accounts.roles import Role
from mes.settings.database import libpq_url
from tests.factories.accounts import UserFactory
from tests.support.browser import chromium_path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
START_SECONDS = 240
IDLE_SECONDS = 60
PATIENCE_MS = 90_000
"""A busy machine is no failure."""


@pytest.fixture(scope="package")
def chromium():
    """The browser of these tests, gone after them: Playwright's synchronous API keeps a loop running in
    this thread, and other tests want their own.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        except PlaywrightError as error:
            pytest.fail(
                "The browser tests need Chromium: apt-get install chromium, "
                f"or python -m playwright install chromium ({error.message.splitlines()[0]})",
                pytrace=False,
            )
        expect.set_options(timeout=PATIENCE_MS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Site:
    """A uvicorn process on the test database."""

    def __init__(self, database: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._database = database
        self._process = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
            "MES_DATABASE_URL": self._database,
            "MES_PROCESS": "web",
        }
        command = [sys.executable, "-m", "uvicorn", "mes.asgi:application", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, "--log-level", "warning", "--timeout-graceful-shutdown", "1"],
            cwd=ROOT,
            env=environment,
        )
        self._wait()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(120)

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                pytest.fail(f"uvicorn ended with {self._process.returncode}", pytrace=False)
            try:
                urllib.request.urlopen(f"{self.url}/health/live", timeout=20)
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
            else:
                return
        pytest.fail(f"uvicorn did not answer in {START_SECONDS} s", pytrace=False)


@pytest.fixture(scope="session")
def running_site(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        found = Site(libpq_url(connection.settings_dict))
    found.start()
    yield found
    found.stop()


@pytest.fixture
def site(running_site, transactional_db):
    """The web process; its rows are committed ones."""
    yield running_site
    wait_for_last_requests()


def wait_for_last_requests():
    """One that still runs and the emptying of the database would lock each other out."""
    end = time.monotonic() + IDLE_SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(
                "SELECT FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' "
                "AND pid <> pg_backend_pid()"
            )
            if not cursor.fetchall():
                return
            time.sleep(0.05)


@pytest.fixture
def page(chromium, site):
    """A page of 1280 × 800 in English. It fails the test at the end if a script or the CSP complained."""
    context = chromium.new_context(
        base_url=site.url, viewport={"width": 1280, "height": 800}, locale="en-GB", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    fresh = context.new_page()
    complaints = []
    fresh.on("pageerror", lambda error: complaints.append(str(error)))
    fresh.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if message.type == "error" and "Content Security Policy" in message.text
            else None
        ),
    )
    yield fresh
    fresh.goto("about:blank")
    context.close()
    assert not complaints, complaints


@pytest.fixture
def login(page, site):
    """``login(Role.SUPERVISOR)`` or ``login(user=…)``: the page has that person's session from then on."""

    def log_in(role=Role.SUPERVISOR, *, user=None):
        person = user or UserFactory(roles=[Role(role).value])
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        page.context.add_cookies(
            [
                {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": site.url},
                {"name": settings.LANGUAGE_COOKIE_NAME, "value": person.language, "url": site.url},
            ]
        )
        return person

    return log_in
