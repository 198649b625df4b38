"""Staging tables in a partner's database: a real PostgreSQL beside the MES's own tables."""

import uuid
from decimal import Decimal

import psycopg
import pytest
from django.db import connection as database

from integrations.domain import fetching
from integrations.domain.connectors import PartnerError
from integrations.domain.fetching import fetch, line_to
from integrations.domain.outbox.relay import send_due
from integrations.enums import Delivery, InboundState, MappingDirection, OutboundState
from integrations.erp.mapped.templates import template
from integrations.erp.staging.client import StagingConnector
from integrations.models import FetchState, InboundMessage, OutboundMessage
from mes.settings.database import libpq_url
from orders.models import ProductionOrder
from tests.factories.integrations import MessageMappingVersionFactory
from tests.factories.orders import ItemFactory
from tests.integrations.outbox.work import Work
from tests.integrations.plants import mapped_partner

pytestmark = pytest.mark.django_db

TABLES = """
CREATE TABLE mes_order (order_no text PRIMARY KEY, item_no text, quantity numeric, unit text, due_date date,
    sales_order text, sales_line text, status char(3) DEFAULT '000', error_text varchar(250));
CREATE TABLE mes_operation (order_no text, operation_no text, description text, work_centre text,
    setup_minutes numeric, run_minutes numeric);
CREATE TABLE mes_component (order_no text, position text, item_no text, quantity numeric, unit text);
CREATE TABLE mes_confirmation (identity text PRIMARY KEY, reverses text, order_no text, operation_no text,
    good numeric, scrap numeric, rework numeric, scrap_reason text, setup_seconds numeric,
    run_seconds numeric, started_at timestamptz, ended_at timestamptz, person text, is_final text,
    status char(3) DEFAULT '000');
"""


class Erp:
    """The partner's side: a schema of its own, on a connection of its own."""

    def __init__(self, url):
        self.url, self.schema = url, f"erp_{uuid.uuid4().hex[:12]}"
        self.link = psycopg.connect(url, autocommit=True)
        self.do(f"CREATE SCHEMA {self.schema}")
        self.do(f"SET search_path TO {self.schema}")
        self.do(TABLES)

    def do(self, text, *values):
        found = self.link.execute(text, values or None)
        return found.fetchall() if found.description else []

    def order(self, number, item="VALVE", quantity="12.5", centre="DMG-01"):
        self.do(
            "INSERT INTO mes_order VALUES (%s, %s, %s, 'ST', '2026-12-24', '', '')", number, item, quantity
        )
        for step in ("0010", "0020"):
            self.do("INSERT INTO mes_operation VALUES (%s, %s, 'Turn', %s, 10, 0.5)", number, step, centre)
        self.do("INSERT INTO mes_component VALUES (%s, '10', 'STEEL', 2.5, 'KG')", number)

    def states(self):
        return dict(self.do("SELECT order_no, status FROM mes_order ORDER BY 1"))

    def close(self):
        self.do(f"DROP SCHEMA {self.schema} CASCADE")
        self.link.close()


@pytest.fixture
def erp():
    partner = Erp(libpq_url(database.settings_dict))
    yield partner
    partner.close()


@pytest.fixture
def connection(erp):
    reading = MessageMappingVersionFactory(definition=template("staging-orders").definition)
    writing = MessageMappingVersionFactory(
        definition=template("staging-confirmations").definition, mapping__direction=MappingDirection.OUT
    )
    staging = {
        "schema": erp.schema,
        "header": "mes_order",
        "key": "order_no",
        "error": "error_text",
        "details": ["mes_operation", "mes_component"],
        "rows_at_once": 2,
    }
    return mapped_partner(
        mapping=reading.mapping,
        confirmation_mapping=writing.mapping,
        delivery=Delivery.CONNECTOR,
        address=erp.url,
        confirm_every_seconds=0,
        options={"staging": staging},
    )


def test_new_rows_become_orders_and_are_marked_done(erp, connection):
    for number in ("1", "2", "3"):
        erp.order(number)
    assert fetch(connection=connection) == 3
    order = ProductionOrder.objects.get(number="1")
    assert (order.quantity, order.components.get().quantity) == (Decimal("12.5"), Decimal("2.5"))
    first = order.operations.order_by("number").first()
    assert (first.number, first.setup_seconds, first.run_seconds) == ("0010", 600, 30)
    assert erp.states() == {"1": "100", "2": "100", "3": "100"}
    assert fetch(connection=connection) == 0
    assert FetchState.objects.get().problem == ""


def test_a_refused_row_says_why_and_is_tried_again_when_it_is_new_again(erp, connection):
    erp.order("1", quantity="-1")
    erp.order("2")
    fetch(connection=connection)
    assert erp.states() == {"1": "900", "2": "100"}
    ((reason,),) = erp.do("SELECT error_text FROM mes_order WHERE order_no = '1'")
    assert reason
    erp.do("UPDATE mes_order SET quantity = 5, status = '000' WHERE order_no = '1'")
    assert fetch(connection=connection) == 1
    assert erp.states()["1"] == "100"


def test_a_row_that_waits_for_its_item_is_taken(erp, connection):
    erp.order("1", item="LATER")
    fetch(connection=connection)
    assert erp.states() == {"1": "100"}
    assert InboundMessage.objects.get().state == InboundState.WAITING


def test_a_crash_before_it_was_settled_applies_nothing_twice(erp, connection, monkeypatch):
    erp.order("1")

    def cut(*_args):
        raise PartnerError("database", "cut off")

    with monkeypatch.context() as broken:
        broken.setattr(StagingConnector, "settle", cut)
        fetch(connection=connection)
    assert erp.states() == {"1": "099"}
    assert "cut off" in FetchState.objects.get().problem
    assert fetch(connection=connection) == 0
    assert erp.states() == {"1": "100"}
    assert ProductionOrder.objects.get().events.count() == 1


def test_a_change_written_meanwhile_stays_new(erp, connection):
    erp.order("1")
    page = next(StagingConnector().fetch(line_to(connection), {}))
    erp.do("UPDATE mes_order SET quantity = 7, status = '000'")
    fetching._take(connection, page)
    assert erp.states() == {"1": "000"}
    fetch(connection=connection)
    assert ProductionOrder.objects.get().quantity == 7


def test_confirmations_are_rows_once_each(erp, connection):
    work = Work(connection)
    work.start()
    work.report(5)
    (message,) = work.tell()
    send_due()
    message.refresh_from_db()
    assert message.state == OutboundState.DELIVERED, message.problem
    OutboundMessage.objects.update(state=OutboundState.QUEUED)
    send_due()
    (row,) = erp.do("SELECT identity, order_no, operation_no, good, ended_at IS NULL FROM mes_confirmation")
    assert row == (message.identity.hex.upper(), work.operation.order.number, "0010", 5, False)


def test_what_the_table_does_not_take_is_parked_in_its_words(erp, connection):
    erp.do("ALTER TABLE mes_confirmation ADD CHECK (good < 5)")
    work = Work(connection)
    work.start()
    work.report(5)
    (message,) = work.tell()
    send_due()
    message.refresh_from_db()
    assert message.state == OutboundState.PARKED
    assert "mes_confirmation" in message.problem


def test_an_unreachable_database_is_tried_again(connection):
    connection.address = "postgresql://postgres@127.0.0.1:1/none"
    connection.save()
    fetch(connection=connection)
    assert "database" in FetchState.objects.get().problem
    work = Work(connection)
    work.start()
    work.report(5)
    (message,) = work.tell()
    send_due()
    message.refresh_from_db()
    assert message.state == OutboundState.QUEUED


def test_tables_must_be_named(connection):
    connection.options = {}
    connection.save()
    ItemFactory()
    fetch(connection=connection)
    assert "staging" in FetchState.objects.get().problem
