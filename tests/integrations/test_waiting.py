"""Master data and orders of one message, and messages that wait for what they refer to."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.utils import timezone

from integrations.domain import inbox, waiting
from integrations.domain.formats import Identity, Reading
from integrations.enums import InboundState
from integrations.models import InboundMessage, WaitingReference
from orders.domain.documents import OperationLine, OrderDocument
from orders.domain.master_documents import (
    BomDocument,
    BomPosition,
    ItemDocument,
    RoutingDocument,
    RoutingStep,
    WorkCentreDocument,
)
from orders.models import Bom, Item, ProductionOrder, Routing
from tests.factories.machines import MachineGroupFactory
from tests.factories.orders import ItemFactory
from tests.integrations.plants import csv_partner

pytestmark = pytest.mark.django_db


@dataclass
class Said:
    """A format whose messages say what the test says."""

    name = "csv"
    readings: dict[bytes, Reading] = field(default_factory=dict)

    def identify(self, body):
        return Identity()

    def read(self, body, **_options):
        return self.readings[bytes(body)]


@pytest.fixture
def take(monkeypatch):
    """Take a message with these orders and master data, in the order of arrival."""
    said, connection = Said(), csv_partner()
    monkeypatch.setattr(inbox, "reader_of", lambda *_names: said)

    def take_message(*documents, master=(), problems=()):
        body = f"message {len(said.readings)}".encode()
        said.readings[body] = Reading(documents, problems, master=tuple(master))
        message = inbox.receive(connection=connection, channel="file", body=body).message
        return inbox.process(message)

    take_message.connection = connection
    return take_message


def order(number="1", item="PUMP", **values):
    lines = (OperationLine("0010", work_centre=values.pop("centre", "DMG-01")),)
    values = {"quantity": Decimal(5), "operations": lines, **values}
    return OrderDocument(number, item=item, **values)


def bom(item, *parts):
    return BomDocument(item, positions=tuple(BomPosition(f"{n}", p, Decimal(1)) for n, p in enumerate(parts)))


def state(message):
    message.refresh_from_db()
    return message.state


def test_master_data_is_applied_before_the_orders_of_its_message(take):
    message = take(
        order(centre="MILL"),
        master=[ItemDocument("PUMP", row=2, unit="C62"), WorkCentreDocument("MILL", row=3)],
    )
    assert (message.state, message.orders) == (InboundState.APPLIED, ["1"])
    assert [(result["row"], result["outcome"]) for result in message.results] == [
        (1, "created"),
        (2, "created"),
        (3, "created"),
    ]
    assert ProductionOrder.objects.get().item.code == "PUMP"


def test_an_order_waits_for_its_item_and_work_centre(take):
    waits = take(order(centre="MILL"))
    assert (waits.state, waits.problems, waits.applied_at) == (InboundState.WAITING, [], None)
    assert [(row.number, row.kind, row.code) for row in waits.waits.all()] == [
        ("1", "item", "PUMP"),
        ("1", "work_centre", "MILL"),
    ]
    take(master=[ItemDocument("PUMP", unit="C62")])
    assert state(waits) == InboundState.WAITING
    take(master=[WorkCentreDocument("MILL")])
    assert state(waits) == InboundState.APPLIED
    assert ProductionOrder.objects.get().item.code == "PUMP"
    assert not WaitingReference.objects.exists()


def test_what_somebody_types_in_is_noticed_too(take):
    waits = take(order(centre="MILL"))
    ItemFactory(code="PUMP")
    MachineGroupFactory(plant=take.connection.plant, code="M7", internal_id="MILL")
    assert inbox.process_waiting() == 1
    assert state(waits) == InboundState.APPLIED
    assert inbox.process_waiting() == 0


def test_a_work_centre_of_another_plant_is_not_what_is_waited_for(take):
    waits = take(order(item="VALVE", centre="MILL"))
    MachineGroupFactory(code="MILL")
    assert inbox.process_waiting() == 0
    assert state(waits) == InboundState.WAITING


def test_what_arrives_may_be_what_a_whole_chain_waited_for(take):
    routing = take(master=[RoutingDocument("PUMP", steps=(RoutingStep("10", work_centre="DMG-01"),))])
    structure = take(master=[bom("PUMP", "ROTOR"), ItemDocument("PUMP", row=2, unit="XXX")])
    assert (routing.state, structure.state) == (InboundState.WAITING, InboundState.PARTLY)
    take(master=[ItemDocument("ROTOR", unit="C62")])
    assert not Bom.objects.exists()
    take(master=[ItemDocument("PUMP", unit="C62")])
    assert Bom.objects.get().lines.get().item.code == "ROTOR"
    assert Routing.objects.get().item.code == "PUMP"
    assert (state(routing), state(structure)) == (InboundState.APPLIED, InboundState.PARTLY)


def test_what_else_is_wrong_is_refused_at_once(take):
    message = take(order(quantity=Decimal(-1)))
    assert message.state == InboundState.REFUSED
    assert {problem["code"] for problem in message.problems} == {"unknown_item", "not_positive"}
    assert not message.waits.exists()


def test_the_others_of_the_message_are_applied_meanwhile(take):
    message = take(order("1", row=1), order("2", item="VALVE", row=2))
    assert message.state == InboundState.WAITING
    assert ProductionOrder.objects.get().number == "2"
    take(master=[ItemDocument("PUMP", unit="C62")])
    assert [result["outcome"] for result in InboundMessage.objects.get(pk=message.pk).results] == [
        "created",
        "unchanged",
    ]


def test_a_later_change_waits_behind_the_order_that_waits(take):
    first = take(order(quantity=Decimal(5)))
    change = take(OrderDocument("1", quantity=Decimal(7)))
    cancel = take(OrderDocument("1", cancel=True))
    assert (change.state, cancel.state) == (InboundState.WAITING, InboundState.WAITING)
    assert change.waits.get().kind == "order"
    take(master=[ItemDocument("PUMP", unit="C62")])
    assert {state(one) for one in (first, change, cancel)} == {InboundState.APPLIED}
    made = ProductionOrder.objects.get()
    assert (made.quantity, made.state) == (7, "cancelled")


def test_an_order_said_anew_makes_the_one_that_waits_obsolete(take):
    first = take(order(item="PUPM"))
    take(order(item="VALVE"))
    assert ProductionOrder.objects.get().item.code == "VALVE"
    take(master=[ItemDocument("PUPM", unit="C62")])
    assert state(first) == InboundState.OBSOLETE
    assert ProductionOrder.objects.get().item.code == "VALVE"


def test_an_older_record_that_waited_does_not_undo_a_newer_one(take):
    take(master=[bom("VALVE", "ROTOR")])
    take(master=[bom("VALVE", "STEEL")])
    take(master=[ItemDocument("ROTOR", unit="C62")])
    assert [line.item.code for line in Bom.objects.get().lines.all()] == ["STEEL"]


def test_waiting_too_long_is_trouble(take):
    message = take(order())
    assert not waiting.overdue_messages().exists()
    hour_ago = timezone.now() - timedelta(minutes=61)
    InboundMessage.objects.filter(pk=message.pk).update(received_at=hour_ago)
    assert waiting.overdue_messages().get() == message
    message.connection.wait_minutes = 120
    message.connection.save()
    assert not waiting.overdue_messages().exists()


def test_one_record_that_the_database_refuses_leaves_the_others(take, monkeypatch):
    whole = inbox.apply_master

    def refuse_several(documents, **options):
        if any(one.code == "BAD" for one in documents):
            raise IntegrityError("no such thing")
        return whole(documents, **options)

    monkeypatch.setattr(inbox, "apply_master", refuse_several)
    message = take(master=[ItemDocument("BAD", row=1, unit="C62"), ItemDocument("GOOD", row=2, unit="C62")])
    assert message.state == InboundState.PARTLY
    assert [(problem["row"], problem["code"]) for problem in message.problems] == [(1, "database")]
    assert Item.objects.filter(code="GOOD").exists()
