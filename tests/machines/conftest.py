import pytest


@pytest.fixture
def committed_samples(transactional_db):
    """The test really commits; raw samples, which Django doesn't flush, are cleared after it."""
    from django.db import connection

    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE machines_sample")
