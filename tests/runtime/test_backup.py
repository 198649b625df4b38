"""A backup is what comes back."""

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from mes.accounts.models import Skill
from mes.runtime.backup import back_up, restore
from mes.runtime.failures import CannotStart
from mes.settings.database import libpq_url


@pytest.fixture
def empty_database():
    """The URL of an empty database beside the test database."""
    config = {**connection.settings_dict, "NAME": f"restored_{connection.settings_dict['NAME']}"}
    name = sql.Identifier(config["NAME"])
    server = libpq_url({**config, "NAME": "postgres"})
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield libpq_url(config)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def backup_file(transactional_db, tmp_path, monkeypatch):
    Skill.objects.create(code="weld", name="Schweißen")
    monkeypatch.setenv("MES_DATABASE_URL", libpq_url(connection.settings_dict))
    monkeypatch.delenv("MES_DATABASE_OWNER_URL", raising=False)
    file = tmp_path / "mes.dump"
    assert back_up(file) == 0
    return file


def test_the_restored_database_is_complete(backup_file, empty_database, monkeypatch, capfd):
    monkeypatch.setenv("MES_DATABASE_URL", empty_database)
    assert restore(backup_file) == 0
    assert "Restored and checked" in capfd.readouterr().out
    with psycopg.connect(empty_database) as restored:
        restored.execute("UPDATE accounts_skill SET name = 'TIG' WHERE code = 'weld'")
        history = restored.execute("SELECT name FROM accounts_skillevent ORDER BY pgh_id").fetchall()
    assert history == [("Schweißen",), ("TIG",)]


def test_a_database_with_tables_is_left_alone(backup_file):
    with pytest.raises(CannotStart, match="not empty"):
        restore(backup_file)
    assert Skill.objects.get().name == "Schweißen"


def test_a_backup_is_readable_for_its_owner_only_and_leaves_no_half_file(backup_file):
    assert backup_file.stat().st_mode & 0o077 == 0
    assert [path.name for path in backup_file.parent.iterdir()] == ["mes.dump"]


def test_a_broken_file_changes_nothing(empty_database, tmp_path, monkeypatch):
    monkeypatch.setenv("MES_DATABASE_URL", empty_database)
    monkeypatch.delenv("MES_DATABASE_OWNER_URL", raising=False)
    broken = tmp_path / "broken.dump"
    broken.write_bytes(b"PGDMP and then nothing of the kind")
    with pytest.raises(CannotStart, match="pg_restore failed"):
        restore(broken)
    with psycopg.connect(empty_database) as database:
        tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == []


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CannotStart, match=r"no file .*nowhere\.dump"):
        restore(tmp_path / "nowhere.dump")
