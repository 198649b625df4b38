"""Who may open what: every route of the product, asked as every role, against a table.

``authorization.csv`` beside this file has a row per route and method: what each role gets. A route without a
row fails, and so does a row without a route. The words: ``ok`` is let in (whatever the answer to an empty
request is: a page, a form error, not found), ``login`` is asked who they are, ``no`` is refused, ``-`` has
nothing to offer for this method. After a change on purpose, write it anew with MES_WRITE_AUTHORIZATION=1 and
read the difference.
"""

import csv
import os
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from mes.accounts.roles import PEOPLE, Role
from tests.factories.accounts import ApiKeyFactory, UserFactory
from tests.factories.integrations import ConnectionFactory, GatewayFactory

TABLE = Path(__file__).with_name("authorization.csv")
ROLES = ["anonymous", *(role.value for role in Role)]
METHODS = ("GET", "POST")
# Third-party views that serve files or do nothing of ours.
LEFT_OUT = ("static/", "jsi18n")
# They look on or write down who did what, and decide nothing: half of the time that a request takes.
LOOKING_ON = {
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "machines.views.plant_time.PlantTime",
    "mes.lib.audit_context.AuditMiddleware",
}
ENDS_SESSION = ("log-o", "login", "logout", "switch")
VALUES = {
    "int": "0",
    "str": "none",
    "path": "none",
    "slug": "none",
    "uuid": "0" * 8 + "-0000-0000-0000-" + "0" * 12,
}


def routes():
    """Every route as a template (``orders/<int:pk>/``), in order."""

    def walk(patterns, prefix):
        for entry in patterns:
            route = prefix + str(entry.pattern).lstrip("^").rstrip("$").replace("\\Z", "")
            if isinstance(entry, URLPattern):
                yield route
            else:
                yield from walk(entry.url_patterns, route)

    found = walk(get_resolver().url_patterns, "")
    endless = {"live"}  # a stream of events; its own test asks who may listen
    return sorted(
        route
        for route in set(found) - endless
        if not any(part in route for part in LEFT_OUT) and "(?P" not in route
    )


def address(route):
    """An address of the route, with a value that nothing has."""
    parts = []
    for part in route.split("<"):
        if ">" in part:
            inside, rest = part.split(">", 1)
            kind = inside.split(":")[0] if ":" in inside else "str"
            part = VALUES[kind] + rest
        parts.append(part)
    return "/" + "".join(parts)


def clients():
    """A client for each role, and what logs its person in again."""
    found = {"anonymous": (Client(raise_request_exception=False), None)}
    for role in Role:
        client, person = Client(raise_request_exception=False), None
        if role in PEOPLE:
            person = UserFactory(roles=[role.value], is_staff=role in (Role.ENGINEER, Role.ADMIN))
        else:
            text = f"the-key-of-role-{role.value}"
            key = ApiKeyFactory(text=text, role=role.value)
            if role is Role.ERP:
                ConnectionFactory(api_key=key)
            if role is Role.GATEWAY:
                GatewayFactory(api_key=key)
            client.defaults["HTTP_AUTHORIZATION"] = f"Api-Key {text}"
        found[role.value] = client, person
    return found


def log_in(found):
    for client, person in found.values():
        if person is not None:
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")


def verdict(client, method, path):
    answer = client.get(path) if method == "GET" else client.post(path, content_type="application/json")
    if answer.status_code in (301, 302) and any(one in answer["Location"] for one in ("login", "log-on")):
        return "login"
    named = {401: "login", 403: "no", 405: "-"}
    return named.get(answer.status_code, "error" if answer.status_code >= 500 else "ok")


def measured():
    found = clients()
    log_in(found)
    table = {}
    for route in routes():
        for method in METHODS:
            row = [verdict(found[role][0], method, address(route)) for role in ROLES]
            if set(row) != {"-"}:
                table[route, method] = row
            if any(word in route for word in ENDS_SESSION):
                log_in(found)
    return table


def stored():
    with TABLE.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["route", "method", *ROLES]
    return {(row[0], row[1]): row[2:] for row in rows[1:]}


@pytest.fixture
def _only_what_decides(settings, monkeypatch):
    """Who is let in is decided before a page is drawn; that each can be drawn is for its own tests."""
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if one not in LOOKING_ON]
    monkeypatch.setattr("django.template.backends.django.Template.render", lambda *_, **_of_a_page: "")


@pytest.mark.django_db
@pytest.mark.usefixtures("_only_what_decides")
def test_every_route_lets_in_exactly_whom_the_table_says():
    found = measured()
    if os.environ.get("MES_WRITE_AUTHORIZATION"):
        with TABLE.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(
                [["route", "method", *ROLES], *([*key, *row] for key, row in found.items())]
            )
    expected = stored()
    assert sorted(set(found) - set(expected)) == [], "routes without a row"
    assert sorted(set(expected) - set(found)) == [], "rows without a route"
    assert {key: row for key, row in found.items() if row != expected[key]} == {}


def test_the_table_has_no_errors():
    wrong = [key for key, row in stored().items() if "error" in row]
    assert wrong == []
