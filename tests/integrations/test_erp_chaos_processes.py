"""The ERP link while its real processes are killed: `make chaos-erp` in small, on the test's database."""

import psycopg
import pytest
from django.db import connection as database

from mes.runtime.erp_chaos.parts import SECRET_NAME, Parts
from mes.runtime.erp_chaos.play import play
from mes.runtime.erp_chaos.traffic import prepare
from mes.settings.database import libpq_url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MESSAGES = 24


@pytest.fixture
def parts(tmp_path):
    url = libpq_url(database.settings_dict)
    environment = {
        "DJANGO_SETTINGS_MODULE": "mes.settings.test",
        "MES_DATABASE_URL": url,
        "MES_LOG_LEVEL": "ERROR",
    }
    mine = database.cursor().connection.info.backend_pid

    def cut_every_connection():
        with psycopg.connect(url, autocommit=True) as own:
            own.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> ALL(%s)",
                [[mine, own.info.backend_pid]],
            )

    running = Parts(tmp_path, relays=1, environment=environment, break_database=cut_every_connection)
    prepare(running.address, SECRET_NAME)
    try:
        running.start_all()
        yield running
    finally:
        running.stop()


def test_both_books_agree_whichever_process_dies(parts):
    verdict = play(parts, orders=3, messages=MESSAGES, rounds=1, between_kills=(1, 5), patience_seconds=900)
    assert verdict.problems == []
    assert verdict.messages >= MESSAGES
    assert set(verdict.kills) == {"relay-1", "web", "erp", "database"}
    assert min(verdict.kills.values()) >= 1
    assert set(verdict.ended.values()) == {0}
