"""A badge or PIN opens the terminal and nothing else, whatever the person's role."""

from __future__ import annotations

import pytest
from django.urls import reverse

from mes.accounts.roles import Right
from tests.factories.accounts import AdminFactory, SupervisorFactory


@pytest.mark.parametrize(
    "credentials", [{"badge": "BADGE-9"}, {"number": "9", "pin": "471147"}], ids=["badge", "pin"]
)
def test_an_administrator_at_a_terminal_is_no_administrator(client, db, credentials):
    AdminFactory(badge="BADGE-9", pin="471147", personnel_number="9")
    client.post(reverse("terminal-log-on"), credentials)
    assert client.get(reverse("orders")).status_code == 200
    assert client.get(reverse("messages-in")).status_code == 403
    assert client.get("/admin/").status_code in (302, 403)


def test_the_password_opens_everything_of_the_role(client, db):
    client.force_login(SupervisorFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("messages-in")).status_code == 200


def test_corrections_stay_possible_at_a_terminal(db):
    person = SupervisorFactory()
    person.at_terminal = True
    assert person.may(Right.CORRECT)
    assert not person.may(Right.RELEASE)
