"""Who gets into the admin, and to which pages; secrets are written and never shown."""

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.urls import reverse

from machines.models import Machine
from mes.accounts.models import ApiKey, User, keyed_hash
from mes.accounts.roles import PEOPLE, Role
from mes.lib.admin.base import FactsAdmin
from tests.factories.accounts import ApiKeyFactory, UserFactory
from tests.factories.machines import MachineFactory
from tests.support.admin import client_of, page_of

pytestmark = pytest.mark.django_db

ENTERING = {Role.ENGINEER, Role.ADMIN}
ONLY_ADMINS = {User, ApiKey, AccessAttempt}


@pytest.mark.parametrize("role", PEOPLE)
def test_the_admin_is_for_engineers_and_admins(client, role):
    answer = client_of(client, role).get(reverse("admin:index"), follow=True)
    assert answer.status_code == (200 if role in ENTERING else 403)


def test_strangers_come_to_the_one_log_in_page(client, settings):
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(settings.LOGIN_URL)


def test_a_staff_flag_without_a_right_opens_nothing(client):
    client.force_login(UserFactory(roles=[Role.OPERATOR.value], is_staff=True))
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_a_deactivated_engineer_is_out(client):
    engineer = UserFactory(roles=[Role.ENGINEER.value])
    client.force_login(engineer)
    User.objects.filter(pk=engineer.pk).update(is_active=False)
    assert client.get(reverse("admin:index"), follow=True).status_code in (200, 403)
    assert b"sidebar" not in client.get(reverse("admin:index"), follow=True).content


@pytest.mark.parametrize("role", sorted(ENTERING))
@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_each_role_opens_what_its_rights_say(client, role, model):
    client_of(client, role)
    allowed = role == Role.ADMIN or model not in ONLY_ADMINS
    facts = isinstance(admin.site._registry[model], FactsAdmin)
    assert client.get(page_of(model, "changelist")).status_code == (200 if allowed else 403)
    addable = allowed and not facts and model is not AccessAttempt
    assert client.get(page_of(model, "add")).status_code == (200 if addable else 403)


@pytest.mark.parametrize("role", [role for role in PEOPLE if role not in ENTERING])
def test_other_roles_can_t_import_export_or_look(client, role):
    client_of(client, role)
    machine = MachineFactory()
    for page in (
        page_of(Machine, "changelist"),
        page_of(Machine, "import"),
        page_of(Machine, "export"),
        page_of(Machine, "change", machine.pk),
        page_of(Machine, "history", machine.pk),
        reverse("admin:audit"),
    ):
        assert client.get(page, follow=True).status_code == 403, page


def test_an_engineer_s_menu_has_no_people(client):
    menu = client_of(client, Role.ENGINEER).get(reverse("admin:index")).content.decode()
    assert page_of(Machine, "changelist") in menu
    assert page_of(User, "changelist") not in menu
    assert page_of(ApiKey, "changelist") not in menu


def person_form(**changes):
    return {
        "username": "op1",
        "first_name": "Operator",
        "last_name": "One",
        "email": "",
        "personnel_number": "1001",
        "language": "en",
        "roles": ["operator"],
        "is_active": "on",
        "new_password": "",
        "new_badge": "",
        "new_pin": "",
        **changes,
    }


def test_secrets_are_written_and_never_shown(client):
    client_of(client, Role.ADMIN)
    secrets = {"new_password": "a-long-password-7", "new_badge": "BADGE-4711", "new_pin": "90817"}
    client.post(page_of(User, "add"), person_form(**secrets))
    person = User.objects.get(username="op1")
    assert person.check_password("a-long-password-7")
    assert person.badge_hash == keyed_hash("BADGE-4711")
    assert person.pin_is("90817")
    for page in (
        page_of(User, "change", person.pk),
        page_of(User, "changelist"),
        page_of(User, "history", person.pk),
    ):
        text = client.get(page).content.decode()
        for secret in (*secrets.values(), person.password, person.badge_hash, person.pin_hash):
            assert secret not in text


def test_empty_secrets_stay_and_ticked_ones_go(client):
    client_of(client, Role.ADMIN)
    person = UserFactory(username="op1", badge="B1", pin="1234")
    client.post(page_of(User, "change", person.pk), person_form())
    person.refresh_from_db()
    assert (person.badge_hash, person.pin_is("1234")) == (keyed_hash("B1"), True)
    assert person.check_password("correct-horse-battery")
    client.post(page_of(User, "change", person.pk), person_form(forget_badge="on", forget_pin="on"))
    person.refresh_from_db()
    assert (person.badge_hash, person.pin_hash) == ("", "")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"new_pin": "12a4"}, "A PIN has 4 to 12 digits."),
        ({"new_badge": "TAKEN"}, "Another person already has this badge."),
        ({"new_password": "short"}, "too short"),
        ({"personnel_number": "777"}, "Another person already has this personnel number."),
    ],
)
def test_what_is_wrong_with_a_person_is_said(client, changes, sentence):
    client_of(client, Role.ADMIN)
    UserFactory(badge="TAKEN", personnel_number="777")
    answer = client.post(page_of(User, "add"), person_form(**changes))
    assert sentence in answer.content.decode()
    assert not User.objects.filter(username="op1").exists()


def test_people_are_deactivated_and_never_deleted(client):
    client_of(client, Role.ADMIN)
    person = UserFactory()
    assert client.get(page_of(User, "delete", person.pk)).status_code == 403
    client.post(page_of(User, "changelist"), {"action": "deactivate_people", "_selected_action": [person.pk]})
    person.refresh_from_db()
    assert not person.is_active


def test_admins_can_t_lock_themselves_out(client):
    boss = UserFactory(username="boss", roles=[Role.ADMIN.value])
    client.force_login(boss)
    answer = client.post(page_of(User, "change", boss.pk), person_form(username="boss"))
    assert "lock yourself out" in answer.content.decode()
    boss.refresh_from_db()
    assert boss.roles == [Role.ADMIN.value]
    client.post(page_of(User, "changelist"), {"action": "deactivate_people", "_selected_action": [boss.pk]})
    boss.refresh_from_db()
    assert boss.is_active


def test_a_new_key_is_shown_once_and_works(client):
    client_of(client, Role.ADMIN)
    answer = client.post(
        page_of(ApiKey, "add"),
        {"name": "Gateway hall 3", "role": "gateway", "expires_at_0": "", "expires_at_1": ""},
    )
    key = ApiKey.objects.get()
    text = answer.context_data["text"]
    assert text in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert (key.key_hash, key.prefix, key.role) == (keyed_hash(text), text[:8], "gateway")
    assert not answer.wsgi_request.session.get("_messages")
    for page in (
        page_of(ApiKey, "changelist"),
        page_of(ApiKey, "change", key.pk),
        page_of(ApiKey, "history", key.pk),
    ):
        shown = client.get(page).content.decode()
        assert text not in shown
        assert key.key_hash not in shown


def test_a_key_keeps_its_role_and_can_be_switched_off(client):
    client_of(client, Role.ADMIN)
    key = ApiKeyFactory()
    client.post(
        page_of(ApiKey, "change", key.pk),
        {"name": key.name, "role": "gateway", "expires_at_0": "", "expires_at_1": ""},
    )
    key.refresh_from_db()
    assert (key.role, key.active) == ("erp", False)
