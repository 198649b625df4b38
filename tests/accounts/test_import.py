"""People as a file: roles, skills, badges and PINs, which never come out again."""

import pytest
from django.urls import reverse

from mes.accounts.models import Skill, User
from mes.accounts.roles import Right, Role
from tests.support.admin import client_of, csv_file, import_rows, page_of, preview, problems_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    return client_of(client, Role.ADMIN)


def person_row(name="press1", **changes):
    row = {"username": name, "first_name": "Press", "last_name": "One", "personnel_number": f"9{name[-1]}"}
    return {
        **row,
        "language": "de",
        "roles": "operator",
        "skills": "forging",
        "active": "yes",
        "badge": f"B-{name}",
        "pin": "2468",
        **changes,
    }


def test_people_log_on_with_what_the_file_gave_them(administrator):
    Skill.objects.create(code="forging", name="Forging")
    import_rows(
        administrator, User, [person_row(), person_row("lead2", roles="supervisor, engineer", pin="")]
    )
    operator, leader = User.objects.filter(username__in=("press1", "lead2")).order_by("-username")
    assert operator.pin_is("2468")
    assert operator.badge_hash
    assert [skill.code for skill in operator.skills.all()] == ["forging"]
    assert (operator.is_staff, operator.has_usable_password()) == (False, False)
    assert leader.may(Right.MASTER_DATA)
    assert leader.is_staff
    assert not leader.pin_hash


def test_secrets_are_changed_by_a_file_and_never_exported(administrator):
    import_rows(administrator, User, [person_row(skills="")])
    before = User.objects.get(username="press1")
    result = import_rows(administrator, User, [person_row(skills="", badge="", pin="13579")])
    after = User.objects.get(username="press1")
    assert result.totals["update"] == 1
    assert after.pin_is("13579")
    assert after.badge_hash == before.badge_hash
    unchanged = preview(administrator, User, csv_file([person_row(skills="", badge="", pin="13579")]))
    assert unchanged.context_data["result"].totals["skip"] == 1
    exported = administrator.post(page_of(User, "export"), {"format": "0", "resource": ""}).content.decode()
    assert "press1" in exported
    header = exported.splitlines()[0]
    assert "pin" not in header
    assert "badge" not in header
    assert after.badge_hash not in exported


def test_a_wrong_pin_role_or_skill_is_named_with_its_line(administrator):
    answer = preview(
        administrator,
        User,
        csv_file(
            [person_row(skills="", pin="12"), person_row("a2", skills="", roles="boss"), person_row("a3")]
        ),
    )
    assert sorted((line, column) for line, column, _text in problems_of(answer)) == [
        (2, "pin"),
        (3, "roles"),
        (4, ""),
    ]
    assert "forging" in str(problems_of(answer)), "links are read when the row is saved; the skill is named"
    assert not User.objects.filter(username="press1").exists()


def test_two_people_with_one_badge_are_refused(administrator):
    import_rows(administrator, User, [person_row(skills="")])
    answer = preview(administrator, User, csv_file([person_row("other3", skills="", badge="B-press1")]))
    assert "badge" in str(problems_of(answer))


def test_only_administrators_bring_people(client):
    client_of(client, Role.ENGINEER)
    assert client.get(reverse("admin:accounts_user_import")).status_code == 403
