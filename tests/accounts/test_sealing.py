"""The audit trail is sealed, and one changed byte is found with its row."""

import pytest
from django.db import connection

from mes.accounts import sealing
from mes.accounts.models import Seal
from mes.accounts.sealing import seal_all, seal_table, sealed_models, verify_seals
from orders.models import Item, ProductionEvent, StockMove
from tests.factories.orders import ItemFactory, ProductionEventFactory

pytestmark = pytest.mark.django_db
History = Item.pgh_event_model


def tamper(statement, *parameters):
    """As somebody with all rights who switches the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET session_replication_role = origin")


@pytest.fixture
def sealed():
    for _ in range(5):
        ItemFactory(name="Shaft")
    ProductionEventFactory()
    assert seal_all() >= 6
    return list(History.objects.order_by("pgh_id"))


def test_a_whole_trail_has_no_breaks(sealed):
    assert verify_seals() == []
    assert seal_all() == 0


def test_facts_and_history_are_sealed_and_raw_samples_are_not():
    tables = {model._meta.db_table for model in sealed_models()}
    assert {"orders_productionevent", "orders_stockmove", "orders_itemevent", "accounts_userevent"} <= tables
    assert "machines_sample" not in tables
    assert ProductionEvent in sealed_models()
    assert StockMove in sealed_models()


def test_one_changed_byte_is_found_and_its_row_named(sealed):
    row = sealed[2]
    tamper("UPDATE orders_itemevent SET name = 'Shaff' WHERE pgh_id = %s", row.pgh_id)
    assert [(one.table, one.row, one.problem) for one in verify_seals()] == [
        ("orders_itemevent", row.pgh_id, "was changed")
    ]


def test_a_deleted_row_is_found(sealed):
    tamper("DELETE FROM orders_itemevent WHERE pgh_id = %s", sealed[3].pgh_id)
    assert [(one.row, one.problem) for one in verify_seals()] == [(sealed[3].pgh_id, "was deleted")]


def test_a_changed_fact_is_found(sealed):
    event = ProductionEvent.objects.get()
    tamper("UPDATE orders_productionevent SET good = good + 1 WHERE id = %s", event.pk)
    assert [(one.table, one.row) for one in verify_seals()] == [("orders_productionevent", event.pk)]


def test_a_forged_seal_is_found(sealed):
    ItemFactory()
    seal_table(History)
    seals = Seal.objects.filter(table="orders_itemevent").order_by("id")
    assert len(seals) == 2
    row = sealed[0]
    tamper("UPDATE orders_itemevent SET name = 'X' WHERE pgh_id = %s", row.pgh_id)
    tamper("UPDATE accounts_seal SET row_hashes = '', digest = 'x' WHERE id = %s", seals[0].pk)
    assert f"seal {seals[0].pk} was changed" in [one.problem for one in verify_seals()]
    assert f"seal {seals[1].pk} does not follow the one before it" in [one.problem for one in verify_seals()]


def test_a_row_that_commits_late_goes_into_a_later_seal():
    late = [ItemFactory() for _ in range(3)][1]
    number = History.objects.get(pgh_obj_id=late.pk).pgh_id
    tamper("UPDATE orders_itemevent SET pgh_id = -1 WHERE pgh_id = %s", number)  # not yet there
    tamper("DELETE FROM orders_itemevent WHERE pgh_id = -1 AND pgh_obj_id <> %s", late.pk)
    tamper("CREATE TEMP TABLE waiting AS SELECT * FROM orders_itemevent WHERE pgh_id = -1")
    tamper("DELETE FROM orders_itemevent WHERE pgh_id = -1")
    assert seal_table(History) == 2
    tamper("UPDATE waiting SET pgh_id = %s", number)
    tamper("INSERT INTO orders_itemevent SELECT * FROM waiting")
    assert seal_table(History) == 1
    assert verify_seals() == []


def test_long_tables_are_sealed_in_parts(monkeypatch):
    monkeypatch.setattr(sealing, "MOST_ROWS", 2)
    for _ in range(5):
        ItemFactory()
    assert seal_table(History) == 5
    assert Seal.objects.filter(table="orders_itemevent").count() == 3
    assert verify_seals() == []
