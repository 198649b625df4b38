"""Who may import whom, and what import-linter can't see: foreign keys that are strings."""

import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, OneToOneField
from importlinter.api import read_configuration
from importlinter.application.use_cases import lint_imports
from importlinter.configuration import configure

CHAIN = ("accounts", "machines", "orders", "quality", "integrations")


def test_import_contracts_hold(capsys):
    configure()
    assert len(read_configuration()["contracts_options"]) == 5
    kept = lint_imports(no_logo=True, cache_dir=None)
    assert kept, capsys.readouterr().out


def relations():
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in CHAIN:
            for field in model._meta.get_fields():
                if isinstance(field, ForeignKey | OneToOneField | ManyToManyField):
                    yield pytest.param(field, id=f"{model._meta.label}.{field.name}")


def relations_across_apps():
    for relation in relations():
        field = relation.values[0]
        if field.related_model._meta.app_label not in (field.model._meta.app_label, "accounts", "auth"):
            yield relation


def test_there_are_relations_to_check():
    assert len(list(relations())) > 50


@pytest.mark.parametrize("field", list(relations()))
def test_foreign_keys_point_down_the_chain(field):
    target = field.related_model._meta.app_label
    if target in CHAIN:
        assert CHAIN.index(target) <= CHAIN.index(field.model._meta.app_label)


@pytest.mark.parametrize("field", list(relations_across_apps()))
def test_the_lower_app_does_not_see_who_points_at_it(field):
    assert field.remote_field.hidden, 'needs related_name="+"'
