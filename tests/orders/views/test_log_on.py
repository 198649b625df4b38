import pytest
from django.test import override_settings
from django.urls import reverse

from mes.accounts.roles import Role
from tests.factories.accounts import OperatorFactory, UserFactory
from tests.factories.machines import MachineFactory

LOG_ON = "/terminal/log-on/"


def acting(client):
    return client.session.get("_auth_user_id")


def test_a_badge_logs_on(client, operator):
    answer = client.post(LOG_ON, {"badge": "BADGE-ANNA"})
    assert answer.status_code == 302
    assert acting(client) == str(operator.pk)


def test_number_and_pin_log_on(client, operator):
    client.post(LOG_ON, {"number": operator.personnel_number, "pin": "4711"})
    assert acting(client) == str(operator.pk)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"badge": "nobody's"},
        {"badge": " "},
        {"number": "P00000"},
        {"number": "P00000", "pin": "0815"},
        {"pin": "4711"},
    ],
)
def test_anything_else_does_not(client, operator, given):
    operator.personnel_number = "P00000"
    operator.save()
    answer = client.post(LOG_ON, given)
    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()
    assert acting(client) is None


def test_an_empty_badge_is_nobodys(client, db):
    OperatorFactory(badge="")
    assert client.post(LOG_ON, {"badge": ""}).status_code == 422


def test_an_inactive_person_stays_outside(client, operator):
    operator.is_active = False
    operator.save()
    assert client.post(LOG_ON, {"badge": "BADGE-ANNA"}).status_code == 422
    assert client.post(LOG_ON, {"number": operator.personnel_number, "pin": "4711"}).status_code == 422


def test_a_planner_has_no_business_at_a_terminal(client, db):
    UserFactory(badge="PLAN", roles=[Role.PLANNER.value])
    assert client.post(LOG_ON, {"badge": "PLAN"}).status_code == 422
    assert acting(client) is None


@override_settings(AXES_ENABLED=True)
def test_guessing_a_pin_is_locked_after_five_tries(client, operator):
    wrong = {"number": operator.personnel_number, "pin": "0000"}
    for _ in range(5):
        client.post(LOG_ON, wrong)
    answer = client.post(LOG_ON, wrong | {"pin": "4711"})
    assert answer.status_code == 422
    assert "Too many wrong tries" in answer.content.decode()
    assert acting(client) is None


@override_settings(AXES_ENABLED=True)
def test_a_locked_pin_leaves_the_others_alone(client, operator):
    for _ in range(6):
        client.post(LOG_ON, {"number": operator.personnel_number, "pin": "0000"})
    other = OperatorFactory(badge="OTHER")
    client.post(LOG_ON, {"badge": "OTHER"})
    assert acting(client) == str(other.pk)


@override_settings(AXES_ENABLED=True)
def test_no_pin_or_badge_is_kept_with_the_failures(client, operator):
    from axes.models import AccessAttempt

    client.post(LOG_ON, {"number": operator.personnel_number, "pin": "4710"})
    client.post(LOG_ON, {"badge": "BADGE-ANN"})
    kept = "".join(AccessAttempt.objects.values_list("post_data", flat=True))
    assert "number" in kept
    assert "4710" not in kept
    assert "BADGE-ANN" not in kept


def test_several_people_at_one_terminal(client, operator):
    ben = OperatorFactory(badge="BADGE-BEN", first_name="Ben")
    client.post(LOG_ON, {"badge": "BADGE-ANNA"})
    client.post(LOG_ON, {"badge": "BADGE-BEN"})
    assert acting(client) == str(ben.pk)
    page = client.get(reverse("terminal-choose")).content.decode()
    assert "Anna Berg" in page

    client.post(reverse("terminal-switch"), {"person": operator.pk})
    assert acting(client) == str(operator.pk)

    client.post(reverse("terminal-log-off"))
    assert acting(client) == str(ben.pk), "the other one stays and acts"
    client.post(reverse("terminal-log-off"))
    assert acting(client) is None


def test_nobody_switches_to_a_person_who_is_not_logged_on(terminal, operator):
    stranger = OperatorFactory()
    terminal.post(reverse("terminal-switch"), {"person": stranger.pk})
    assert acting(terminal) == str(operator.pk)


def test_a_stranger_is_asked_for_a_badge(client, work, at):
    answer = client.get(at("terminal-report", work))
    assert answer.status_code == 302
    assert answer.url.startswith(LOG_ON)


def test_the_way_back_stays_inside(client, operator):
    answer = client.post(LOG_ON, {"badge": "BADGE-ANNA", "next": "https://elsewhere.example/terminal"})
    assert answer.url == reverse("terminal")


def test_the_choice_of_a_machine_is_by_area_and_finds_what_is_scanned(terminal, work):
    other = MachineFactory(plant=work.machine.plant, code="SAW-9", name="Bar saw", area__name="Hall of saws")
    page = terminal.get(reverse("terminal-choose")).content.decode()
    assert page.index("<h2>Hall of saws") < page.index("SAW-9")
    assert work.machine.code in page

    found = terminal.get(reverse("terminal-choose"), {"q": "bar"}).content.decode()
    assert "SAW-9" in found
    assert f"<strong>{work.machine.code}<" not in found
    assert (
        "No machine is called “lathe 99”."
        in terminal.get(reverse("terminal-choose"), {"q": "lathe 99"}).content.decode()
    )
    scanned = terminal.get(reverse("terminal-choose"), {"q": "saw-9"})
    assert scanned.url == reverse("terminal-machine", args=[other.pk])


def test_the_device_remembers_its_machine(terminal, work):
    assert terminal.get(reverse("terminal")).url == reverse("terminal-choose")
    terminal.get(reverse("terminal-machine", args=[work.machine.pk]))
    assert terminal.get(reverse("terminal")).url == reverse("terminal-machine", args=[work.machine.pk])
