"""Program roles: typed in, brought by a file, and never changing what was already counted."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from machines.domain.measure import Role as Does
from machines.domain.parameters import load_rules
from machines.models import ProgramRole
from mes.accounts.roles import Role
from tests.factories.machines import CycleFactory, MeasuredMachineFactory, ProgramRoleFactory
from tests.support.admin import client_of, csv_file, import_rows, page_of, preview, problems_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer(client):
    return client_of(client, Role.ENGINEER)


@pytest.fixture
def machine():
    return MeasuredMachineFactory(code="MILL")


def form_of(machine, **changes):
    fields = {
        "machine": machine.pk,
        "pattern": r"C:\NC\warm up*.nc",
        "role": "warm_up",
        "item_code": "",
        "operation_number": "",
        "valid_from_0": "",
        "valid_from_1": "",
        "valid_until_0": "",
        "valid_until_1": "",
    }
    return {**fields, **changes}


def test_a_role_typed_in_is_what_the_machine_is_read_by(engineer, machine):
    answer = engineer.post(page_of(ProgramRole, "add"), form_of(machine))
    assert answer.status_code == 302, answer.context_data["adminform"].form.errors
    [rules] = load_rules([machine.pk], since=timezone.now()).values()
    assert rules.role("WARMUP3", timezone.now()) is Does.WARM_UP
    assert rules.role("BOX", timezone.now()) is None


def test_a_role_comes_and_goes_as_a_file(engineer, machine):
    row = {"machine": "MILL", "pattern": "box.nc", "role": "produce", "item_code": "BOX"}
    import_rows(engineer, ProgramRole, [{**row, "operation_number": "0010", "valid_from": ""}])
    import_rows(engineer, ProgramRole, [{**row, "operation_number": "0020", "valid_from": ""}])
    role = ProgramRole.objects.get()
    assert (role.pattern, role.item_code, role.operation_number) == ("BOX", "BOX", "0020")
    page = engineer.get(page_of(ProgramRole, "changelist"))
    assert b"MILL" in page.content


def test_without_a_date_a_role_of_a_counting_machine_holds_from_now_on(machine):
    CycleFactory(machine=machine, seen_at=timezone.now() - timedelta(days=1))
    role = ProgramRole(machine=machine, pattern="box", role="produce")
    role.full_clean()
    assert timezone.now() - role.valid_from < timedelta(minutes=1)


def test_the_past_is_not_rewritten_by_master_data(engineer, machine):
    now = timezone.now()
    role = ProgramRoleFactory(machine=machine, pattern="BOX")
    CycleFactory(machine=machine, seen_at=now - timedelta(days=1))
    for change in (
        {"role": "setup"},
        {"pattern": "COVER"},
        {"valid_until": now - timedelta(days=2)},
        {"valid_from": now},
    ):
        changed = ProgramRole.objects.get(pk=role.pk)
        for name, value in change.items():
            setattr(changed, name, value)
        with pytest.raises(ValidationError):
            changed.full_clean()
    with pytest.raises(ValidationError) as refused:
        ProgramRole(
            machine=machine, pattern="COVER", role="setup", valid_from=now - timedelta(days=3)
        ).clean()
    assert "valid_from" in refused.value.message_dict
    problems = problems_of(
        preview(
            engineer,
            ProgramRole,
            csv_file([{"machine": "MILL", "pattern": "BOX", "role": "setup", "valid_from": ""}]),
        )
    )
    assert problems, "a file can't do it either"
    assert engineer.post(page_of(ProgramRole, "delete", role.pk), {"post": "yes"}).status_code == 403

    ending = ProgramRole.objects.get(pk=role.pk)
    ending.valid_until = now
    ending.full_clean()
    ending.save()
    following = ProgramRole(machine=machine, pattern="BOX", role="setup", valid_from=now)
    following.full_clean()
    following.save()
    [rules] = load_rules([machine.pk], since=now - timedelta(days=5)).values()
    assert rules.role("BOX", now - timedelta(hours=1)) is Does.PRODUCE
    assert rules.role("BOX", now) is Does.SETUP


def test_two_roles_of_a_program_never_hold_at_once(machine):
    ProgramRoleFactory(machine=machine, pattern="BOX")
    twin = ProgramRole(machine=machine, pattern="BOX", role="setup", valid_from=timezone.now())
    with pytest.raises(ValidationError, match="already has a role"):
        twin.full_clean()
    with pytest.raises(IntegrityError):
        ProgramRoleFactory(machine=machine, pattern="BOX", valid_from=timezone.now())


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"role": "setup", "item_code": "BOX"}, "Only a producing program makes an item"),
        (
            {"valid_until": timezone.now() - timedelta(days=9), "valid_from": timezone.now()},
            "after the start",
        ),
        ({"pattern": "/"}, "State the name"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(machine, fields, sentence):
    role = ProgramRole(**{"machine": machine, "pattern": "BOX", "role": "produce", **fields})
    with pytest.raises(ValidationError, match=sentence):
        role.full_clean()
