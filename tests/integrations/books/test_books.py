"""`manage.py books` finds every figure that isn't the sum of its records, and names the row."""

import json
import uuid
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from integrations.management.commands.books import audit_books
from orders.domain.reports import Quantities, report, reverse
from orders.domain.stock import move_stock
from orders.models import Item, ProductionEvent
from tests.factories.integrations import InboundMessageFactory, OutboundMessageFactory
from tests.factories.machines import SourceEpochFactory
from tests.factories.orders import (
    ItemFactory,
    OperationFactory,
    OrderComponentFactory,
    ScrapReasonFactory,
)
from tests.support.books import assert_books_are_clean

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant_at_work():
    """One order of two operations with reports, a correction, and components consumed."""
    first = OperationFactory(released=True, number="0010", position=1, order__number="4711")
    OperationFactory(released=True, number="0020", position=2, order=first.order)
    item = ItemFactory(code="BAR")
    move_stock(plant=first.plant, item=item, quantity=Decimal(500), key=uuid.uuid4())
    OrderComponentFactory(order=first.order, item=item, operation_number="0010", backflush=True)
    reason = ScrapReasonFactory(plant=first.plant)
    event = report(
        operation=first,
        quantities=Quantities(Decimal(10), Decimal(2)),
        scrap_reason=reason,
        by=None,
        key=uuid.uuid4(),
    )
    reverse(event=event, by=None, key=uuid.uuid4(), comment="wrong", replacement=Quantities(Decimal(9)))
    last = first.order.operations.get(number="0020")
    report(operation=last, quantities=Quantities(Decimal(7)), by=None, key=uuid.uuid4())
    return first


def run(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def found():
    return {(check.code, one.row) for check in audit_books() for one in check.differences}


def test_clean_books(plant_at_work):
    assert_books_are_clean()
    out = StringIO()
    call_command("books", stdout=out)
    for code in ("K1", "K2", "K3", "K4", "K5", "K6", "K7"):
        assert f"{code}  " in out.getvalue()


@pytest.mark.parametrize(
    ("change", "code", "row"),
    [
        ("UPDATE orders_operation SET good = good + 1 WHERE number = '0010'", "K1", "4711/0010"),
        ("UPDATE orders_operation SET rework = 0.001 WHERE number = '0020'", "K1", "4711/0020"),
        ("UPDATE orders_productionorder SET good = 9", "K2", "4711"),
        ("UPDATE orders_productionorder SET scrap = 1", "K2", "4711"),
        ("UPDATE orders_stockbalance SET on_hand = on_hand - 1", "K4", "BAR"),
        ("DELETE FROM orders_stockbalance", "K4", "BAR"),
        ("UPDATE orders_ordercomponent SET issued = issued + 1", "K4", "4711 BAR issued"),
    ],
)
def test_a_changed_figure_is_named(plant_at_work, change, code, row):
    run(change)
    assert (code, row) in found()
    with pytest.raises(CommandError) as refusal:
        call_command("books", "--json", stdout=(out := StringIO()))
    assert refusal.value.returncode == 1
    checks = json.loads(out.getvalue())
    assert row in [one["row"] for check in checks for one in check["differences"]]


def test_acknowledged_samples_that_are_not_stored_are_named():
    epoch = SourceEpochFactory(boot="b1")
    run("UPDATE machines_sourceepoch SET seen = '{[0,10),[12,20)}' WHERE id = %s", epoch.pk)
    checks = {check.code: check for check in audit_books() if check.code == "K3"}
    assert [one.added for one in checks["K3"].differences] == ["0"]
    assert "[10,12)" in checks["K3"].notes[0]


def test_a_gap_in_message_numbers_is_named():
    message = OutboundMessageFactory(sequence=1)
    OutboundMessageFactory(connection=message.connection, sequence=3)
    assert ("K5", f"{message.connection.code} numbers") in found()


def test_refused_and_parked_messages_are_notes_not_differences():
    InboundMessageFactory(state="refused", name="orders.xml")
    OutboundMessageFactory(state="parked", sequence=1, problem="closed period")
    notes = [note for check in audit_books() for note in check.notes]
    assert not found()
    assert any("orders.xml" in note for note in notes)
    assert any("closed period" in note for note in notes)


def test_a_lot_from_nowhere_is_named(plant_at_work):
    item = ItemFactory(code="SEAL")
    event = ProductionEvent.objects.first()
    run(
        "INSERT INTO orders_stockmove"
        " (plant_id, key, item_id, lot, status, quantity, kind, occurred_at, comment, event_id)"
        " VALUES (%s, gen_random_uuid(), %s, 'L-1', 'free', -5, 'issue', now(), '', %s)",
        plant_at_work.plant_id,
        item.pk,
        event.pk,
    )
    assert ("K7", "SEAL L-1") in found()


def test_a_change_without_history_is_named():
    item = ItemFactory(code="SHAFT", name="Shaft")
    run("SET session_replication_role = replica")
    Item.objects.update(name="Another")
    run("SET session_replication_role = origin")
    assert ("K6", f"orders_item {item.pk}") in found()
