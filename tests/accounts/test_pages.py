import re

import pytest
from django.urls import reverse

from mes.accounts import navigation
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.runtime.layout import ROOT
from tests.factories.accounts import PASSWORD, OperatorFactory, PlannerFactory, SupervisorFactory

pytestmark = pytest.mark.django_db


def test_a_stranger_is_sent_to_the_log_in_page_and_from_there_back(client):
    user = SupervisorFactory(language="de")
    answer = client.get(reverse("profile"))
    assert answer.status_code == 302
    assert answer.url == "/login/?next=/profile/"

    answer = client.post("/login/", {"username": user.username, "password": PASSWORD, "next": "/profile/"})
    assert answer.url == "/profile/"
    assert client.cookies["django_language"].value == "de"


def test_a_wrong_password_is_told_and_logs_nobody_in(client):
    user = OperatorFactory()
    answer = client.post("/login/", {"username": user.username, "password": "wrong"})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_log_in_never_leads_to_another_host(client):
    user = OperatorFactory()
    answer = client.post(
        "/login/", {"username": user.username, "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert answer.url == "/"


def test_the_language_switch_is_remembered_with_the_person(client):
    user = OperatorFactory(language="en")
    client.force_login(user)
    answer = client.post("/language/", {"language": "de", "next": "/profile/"})
    assert answer.url == "/profile/"
    assert User.objects.get(pk=user.pk).language == "de"
    assert '<html lang="de">' in client.get("/profile/").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", ""])
def test_the_language_switch_stays_on_this_host(client, target):
    assert client.post("/language/", {"language": "de", "next": target}).url == "/"


def test_an_unknown_language_changes_nothing(client):
    assert "django_language" not in client.post("/language/", {"language": "xx"}).cookies


def test_the_profile_changes_only_what_is_ones_own_to_change(client):
    user = OperatorFactory()
    client.force_login(user)
    client.post(
        "/profile/",
        {"first_name": "Ada", "last_name": "L", "email": "", "language": "de", "roles": ["admin"]},
    )
    user.refresh_from_db()
    assert (user.first_name, user.language, user.roles) == ("Ada", "de", ["operator"])


def test_navigation_shows_what_the_role_may_open():
    shown = {entry.url_name for entry in navigation.entries_for(OperatorFactory())}
    hidden = {entry.url_name for entry in navigation._entries.values() if entry.right is Right.ADMINISTER}
    assert not shown & hidden


@pytest.mark.parametrize(("person", "page"), [(OperatorFactory, "/terminal/"), (SupervisorFactory, "/wall/")])
def test_everybody_begins_where_their_work_is(client, person, page):
    client.force_login(person())
    assert client.get("/").url == page


def test_no_page_carries_an_inline_script_or_style(client):
    client.force_login(SupervisorFactory())
    for address in ("/profile/", "/nowhere/"):
        page = client.get(address).content.decode()
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page


def test_what_a_reader_may_not_use_is_hidden_by_style(client):
    """Live parts look alike to all readers: the page says what its reader may, the style hides the rest."""
    client.force_login(PlannerFactory())
    page = client.get("/orders/").content.decode()
    said = set(re.search(r'data-rights="([^"]*)"', page)[1].split())
    assert {"plan", "view"} <= said
    assert "administer" not in said
    style = (ROOT / "static" / "mes.css").read_text()
    needed = {
        right
        for template in (ROOT / "templates").rglob("*.html")
        for right in re.findall(r'data-needs="([^"]*)"', template.read_text())
    }
    assert needed
    for right in needed:
        assert Right(right)
        assert f'body:not([data-rights~="{right}"]) [data-needs="{right}"]' in style
