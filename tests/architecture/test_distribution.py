"""The large tables can be spread over several servers by machine, without a change of a key."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from mes.runtime.distribution import BY_MACHINE, COLUMN, KEPT_WHOLE, obstacles, referenced_tables

pytestmark = pytest.mark.django_db


def test_every_key_of_a_large_table_holds_the_machine():
    assert obstacles() == []


def test_every_large_table_has_the_column_and_refers_to_master_data_only():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name::text FROM information_schema.columns "
            "WHERE column_name = %s AND is_nullable = 'NO'",
            [COLUMN],
        )
        having = {name for (name,) in cursor.fetchall()}
    assert set(BY_MACHINE) <= having
    assert "machines_machine" in referenced_tables()
    assert not set(referenced_tables()) & {"machines_sample", "machines_cycle", *KEPT_WHOLE}


def test_a_key_without_the_machine_is_found(capsys):
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX stray ON machines_cycle (ended_at, slot, nth)")
    (found,) = obstacles()
    assert (found.table, found.constraint) == ("machines_cycle", "stray")
    with pytest.raises(CommandError, match="machines_cycle: stray"):
        call_command("distribute")


def test_the_commands_lay_all_tables_of_a_machine_together(capsys):
    call_command("distribute")
    lines = capsys.readouterr().out.splitlines()
    placed = [line for line in lines if "create_distributed_table" in line]
    assert len(placed) == len(BY_MACHINE)
    assert all("colocate_with => 'machines_sample'" in line for line in placed[1:])
    assert lines.index(placed[0]) > lines.index("SELECT create_reference_table('machines_machine');")
