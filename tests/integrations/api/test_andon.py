"""Calls for help over the API: by key, repeatable, refused in words."""

import json

import pytest

from machines.models import AndonCall
from mes.accounts.roles import Role
from tests.factories.accounts import ApiKeyFactory, OperatorFactory, UserFactory
from tests.factories.machines import AndonKindFactory, MachineFactory

pytestmark = pytest.mark.django_db
KEY = "the-key-of-a-terminal-for-calls"


@pytest.fixture
def machine():
    machine = MachineFactory(code="PRESS-1")
    AndonKindFactory(plant=machine.plant, code="MAINT")
    OperatorFactory(personnel_number="1001")
    UserFactory(roles=[Role.ENGINEER.value], personnel_number="5001")
    ApiKeyFactory(text=KEY, role=Role.TERMINAL.value)
    return machine


@pytest.fixture
def post(client, machine):
    def post(**command):
        return client.post(
            "/api/v1/andon-commands",
            json.dumps(command),
            content_type="application/json",
            headers={"Authorization": f"Api-Key {KEY}"},
        )

    return post


CALL = {"key": "c1", "command": "call", "machine": "PRESS-1", "kind": "MAINT", "personnel_number": "1001"}


def test_a_call_from_beginning_to_end_each_step_repeatable(post, client):
    for _ in range(2):
        assert post(**CALL).json()["state"] == "waiting"
    for command, state in (("acknowledge", "acknowledged"), ("arrive", "arrived")):
        for _ in range(2):
            answer = post(key=f"c1 {command}", command=command, call="c1", personnel_number="5001")
            assert answer.json()["state"] == state
    [row] = client.get(
        "/api/v1/andon-calls?machine=PRESS-1", headers={"Authorization": f"Api-Key {KEY}"}
    ).json()
    assert row["kind"] == "MAINT"
    closing = {"command": "close", "call": "c1", "outcome": "solved", "personnel_number": "5001"}
    assert post(key="c1 close", **closing).json()["state"] == "closed"
    call = AndonCall.objects.get()
    assert (call.called_by.personnel_number, call.closed_by.personnel_number) == ("1001", "5001")


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"machine": "NOWHERE"}, 422, "unknown_machine"),
        ({"kind": "COFFEE"}, 422, "unknown_kind"),
        ({"machine": None}, 422, "required"),
        ({"command": "shout"}, 422, "invalid_choice"),
        ({"command": "arrive", "call": "never"}, 422, "unknown_call"),
        ({"command": "close", "call": "c1"}, 422, "required"),
        ({"personnel_number": "0000"}, 422, "unknown_personnel_number"),
        ({"at": "2999-01-01T00:00:00Z"}, 409, "future"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_called(post, wrong, status, code):
    command = {name: value for name, value in (CALL | wrong).items() if value is not None}
    answer = post(**command)
    assert answer.status_code == status, answer.content
    assert code in json.dumps(answer.json())
    assert not AndonCall.objects.exists()


def test_a_second_person_is_told_who_was_first(post):
    post(**CALL)
    post(key="a", command="acknowledge", call="c1", personnel_number="5001")
    answer = post(key="b", command="acknowledge", call="c1", personnel_number="1001")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_acknowledged")
