"""The application's database role adds facts and never rewrites them."""

import pytest
from django.db import DatabaseError, connection, transaction

from mes.accounts.models import Skill
from mes.lib.grants import append_only_models
from orders.models import ProductionEvent

AUDIT_OF_SKILLS = Skill.pgh_event_model


def refused(statement):
    refusal = pytest.raises(DatabaseError, match=r"permission denied|must be owner")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return True


def test_facts_and_audit_rows_are_known():
    known = append_only_models()
    assert AUDIT_OF_SKILLS in known
    assert ProductionEvent in known
    assert Skill not in known


def test_the_application_writes_audit_rows_by_trigger(application_role):
    skill = Skill.objects.create(code="weld", name="Welding")
    Skill.objects.filter(pk=skill.pk).update(name="TIG welding")
    labels = (
        AUDIT_OF_SKILLS.objects.filter(pgh_obj_id=skill.pk).order_by("pgh_id").values_list("name", flat=True)
    )
    assert list(labels) == ["Welding", "TIG welding"]


@pytest.mark.parametrize("model", append_only_models(), ids=lambda model: model._meta.label)
def test_the_application_cannot_rewrite(application_role, model):
    table = model._meta.db_table
    column = model._meta.concrete_fields[0].column
    assert refused(f'UPDATE {table} SET "{column}" = "{column}"')
    assert refused(f"DELETE FROM {table}")
    assert refused(f"TRUNCATE {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE accounts_skillevent DISABLE TRIGGER ALL",
        "DROP TABLE accounts_skill",
        "CREATE TABLE elsewhere (x integer)",
        "DELETE FROM django_migrations",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'y', now())",
        "DELETE FROM machines_sample_default",
    ],
)
def test_the_application_cannot_get_around_it(application_role, statement):
    assert refused(statement)
