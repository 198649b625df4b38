"""Orders that name a customer order which is not here yet: taken at once, linked when it comes."""

from decimal import Decimal

import pytest

from integrations.domain import inbox, late_links, waiting
from integrations.enums import InboundState
from integrations.models import WaitingReference
from orders.domain.customer_orders import CustomerDocument, CustomerLine, apply_customer_orders
from orders.domain.documents import RequirementLine
from orders.enums import EventKind, OrderState
from orders.models import CustomerOrderLine, ProductionEvent, ProductionOrder
from tests.factories.orders import CustomerOrderFactory, ItemFactory
from tests.integrations.plants import csv_partner, idoc_partner

pytestmark = pytest.mark.django_db

HEADER = "order_number;item;order_quantity;customer_order;customer_line;operation_number;work_centre"


@pytest.fixture
def partner():
    ItemFactory(code="VALVE")
    return csv_partner()


def take(partner, *rows):
    body = "\n".join([HEADER, *rows]).encode()
    return inbox.process(inbox.receive(connection=partner, channel="file", body=body).message)


def arrive(number="KB-1", position="10", **line):
    line = CustomerLine(position, "VALVE", Decimal(5), **line)
    apply_customer_orders([CustomerDocument(number, "K1", lines=(line,))])


def linked(number="1"):
    return ProductionOrder.objects.get(number=number).customer_line


def test_an_order_is_taken_and_waits_for_its_customer_order(partner):
    message = take(partner, "1;VALVE;5;KB-1;10;;")
    assert message.state == InboundState.APPLIED
    assert linked() is None
    wait = WaitingReference.objects.get()
    assert (wait.kind, wait.code, wait.number) == ("customer_order", "KB-1/10", "1")
    assert late_links.link_arrived() == 0


def test_it_is_linked_when_the_customer_order_comes(partner):
    message = take(partner, "1;VALVE;5;KB-1;10;;", "2;VALVE;5;KB-2;10;;")
    arrive()
    inbox.process_ready()
    assert linked() == CustomerOrderLine.objects.get(order__number="KB-1", position="10")
    assert linked("2") is None
    message.refresh_from_db()
    assert [len(result["waits_for"]) for result in message.results] == [0, 1]
    event = ProductionEvent.objects.get(order__number="1", kind=EventKind.CHANGED)
    assert event.details["changes"] == {"customer_line": ["", "KB-1/10"]}
    assert late_links.link_arrived() == 0


def test_a_line_that_only_the_production_order_tells_of_is_made(partner):
    take(partner, "1;VALVE;5;A/B-1;30;;")
    CustomerOrderFactory(number="A/B-1")
    inbox.process_waiting()
    assert str(linked()) == "A/B-1/30"
    assert linked().quantity == 5


def test_an_order_released_meanwhile_gets_what_the_customer_requires(partner):
    partner.release_on_arrival = True
    partner.save()
    take(partner, "1;VALVE;5;KB-1;10;0010;DMG-01")
    order = ProductionOrder.objects.get()
    assert order.state == OrderState.RELEASED
    arrive(requirements=(RequirementLine("colour", "text", "Colour", "blue"),))
    inbox.process_ready()
    assert order.requirements.get().value == "blue"


def test_waiting_for_a_customer_order_holds_no_later_message_back(partner):
    take(partner, "1;VALVE;5;KB-1;10;;")
    change = b"order_number;order_quantity\n1;7\n"
    message = inbox.process(inbox.receive(connection=partner, channel="file", body=change).message)
    assert message.state == InboundState.APPLIED
    assert ProductionOrder.objects.get().quantity == 7
    assert not waiting.ready_messages().exists()


def test_the_newest_word_counts(partner):
    take(partner, "1;VALVE;5;KB-1;10;;")
    take(partner, "1;VALVE;5;KB-2;10;;")
    arrive("KB-1")
    arrive("KB-2")
    inbox.process_ready()
    assert str(linked()) == "KB-2/10"
    assert not WaitingReference.objects.exists()


def test_an_order_here_is_linked_by_a_later_message_about_it(partner):
    take(partner, "1;VALVE;5;;;;")
    arrive()
    take(partner, "1;VALVE;5;KB-1;10;;")
    assert str(linked()) == "KB-1/10"
    assert not WaitingReference.objects.exists()


def test_an_idoc_waits_in_the_same_way():
    ItemFactory(code="VALVE")
    partner = idoc_partner()
    body = (
        b"<LOIPRO01><IDOC BEGIN='1'><EDI_DC40 SEGMENT='1'><DOCNUM>1</DOCNUM><SNDPRN>SAP</SNDPRN></EDI_DC40>"
        b"<E1AFKOL SEGMENT='1'><AUFNR>4711</AUFNR><MATNR>VALVE</MATNR><GAMNG>5</GAMNG><GMEIN>ST</GMEIN>"
        b"<E1AFPOL SEGMENT='1'><POSNR>0001</POSNR><KDAUF>0000000815</KDAUF><KDPOS>000010</KDPOS></E1AFPOL>"
        b"</E1AFKOL></IDOC></LOIPRO01>"
    )
    inbox.process(inbox.receive(connection=partner, channel="file", body=body).message)
    assert WaitingReference.objects.get().code == "815/10"
    CustomerOrderFactory(number="815")
    inbox.process_ready()
    assert str(linked("4711")) == "815/10"
