"""The command line names itself in the audit history."""

import importlib.util

import pytest

from mes.lib.admin.audit import history_of
from mes.runtime.layout import ROOT
from orders.models import Unit


@pytest.fixture
def manage():
    spec = importlib.util.spec_from_file_location("manage", ROOT / "manage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("command", "who"), [("set_up_units", "command set_up_units"), ("relay", "directly in the database")]
)
def test_changes_made_by_a_command_name_it(manage, monkeypatch, command, who):
    def change_something(argv):
        Unit.objects.create(code="SET", symbol="set", name=argv[1])

    monkeypatch.setattr("django.core.management.execute_from_command_line", change_something)
    monkeypatch.setattr("mes.runtime.startup.refuse_unapplied_migrations", lambda: None)
    monkeypatch.setattr("sys.argv", ["manage.py", command])
    manage.main()
    [change] = history_of(Unit, Unit.objects.get().pk)
    assert (change.who, Unit.objects.get().name) == (who, command)
