"""What all tests share. Anything of one app lives beside its tests."""

import os
from pathlib import Path

import pytest
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent

# The machine is shared: a slow example is no failure.
settings.register_profile(
    "shared", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("shared")


# What another version of PostgreSQL says nothing about: what is drawn and who may open it, what a wire
# carries, and processes that the demo's own database serves as well. It takes most of the time.
OF_NO_DATABASE = frozenset(
    ["admin", "api", "architecture", "faults", "flows", "runtime", "signals", "simulator", "views"]
)
SIGNALS_STORED = TESTS / "machines" / "signals"
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup"}


def pytest_collection_modifyitems(items):
    """Tests are marked by where they live and what they touch, so that nobody has to remember."""
    for item in items:
        if touches_database(item):
            item.add_marker("database")
        for folder in ("browser", "bench"):
            if (TESTS / folder) in item.path.parents:
                item.add_marker(folder)


def touches_database(item):
    """Another version of PostgreSQL makes no difference to the tests that don't."""
    folders = item.path.relative_to(TESTS).parent.parts
    if OF_NO_DATABASE.intersection(folders) and SIGNALS_STORED not in item.path.parents:
        return False
    return bool(
        item.get_closest_marker("django_db")
        or DATABASE_FIXTURES & set(item.fixturenames)
        or (item.cls and issubclass(item.cls, TransactionTestCase))
    )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, django_db_blocker, request, tmp_path_factory):
    """Of several processes one migrates, the others copy: half a minute instead of a whole one for each."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run and not request.config.getoption("reuse_db"):
        from tests.support.template_database import copy_template, drop_template

        name = f"template_{run}"
        with django_db_blocker.unblock():
            mine = copy_template(name, lock=tmp_path_factory.getbasetemp().parent / "template.lock")
        yield
        if mine:
            with django_db_blocker.unblock():
                drop_template(name)
    else:
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """After a test that commits the database is emptied by deleting."""
    from django.db import connection

    from tests.support.emptying import empty_by_deleting

    empty_by_deleting(connection)


@pytest.fixture
def application_role(db):
    """The rest of the test runs with the rights of the application's database role."""
    from django.db import connection

    from mes.lib.grants import grant_rights

    name = f"app_of_{connection.settings_dict['NAME']}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {name}")
        grant_rights(role=name)
        cursor.execute(f"SET LOCAL ROLE {name}")
    yield name
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.fixture(autouse=True)
def _clear_committed_samples(request):
    """Django empties its own tables after a test that really commits, but not the partitioned one."""
    commits = "transactional_db" in request.fixturenames or "live_server" in request.fixturenames
    marker = request.node.get_closest_marker("django_db")
    if not commits and not (marker and marker.kwargs.get("transaction")):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE machines_sample")
