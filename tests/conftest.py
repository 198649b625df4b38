"""What all tests share. Anything of one app lives beside its tests."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent

# The machine is shared: a slow example is no failure.
settings.register_profile(
    "shared", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("shared")


def pytest_collection_modifyitems(items):
    """Tests are marked by where they live, so that nobody has to remember."""
    for item in items:
        for folder in ("browser", "bench"):
            if (TESTS / folder) in item.path.parents:
                item.add_marker(folder)


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
