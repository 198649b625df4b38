"""A real Tryton, and a plant whose orders come from it."""

import pytest

from integrations.domain.fetching import fetch
from integrations.domain.outbox.relay import relay_once
from integrations.enums import Delivery, Format
from integrations.models import OutboundMessage
from orders.models import ProductionOrder
from tests.factories.integrations import ConnectionFactory
from tests.factories.machines import MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory
from tests.integrations.outbox.work import Work
from tests.support.tryton import PASSWORD, running


@pytest.fixture(scope="module")
def erp(tmp_path_factory):
    with running(tmp_path_factory.mktemp("tryton")) as server:
        yield server


@pytest.fixture
def plant(erp, monkeypatch, db):
    erp.be_there()
    monkeypatch.setenv("TRYTON_PASSWORD", PASSWORD)
    return Plant(erp)


class Plant:
    """The MES side: a connection to the server, and work on its orders."""

    def __init__(self, erp):
        plant = PlantFactory(code="WH")
        MachineGroupFactory(plant=plant, code="DMG-01", hourly_rate=80)
        ItemFactory(code="FLDN50")
        ItemFactory(code="ROH-4711", standard_price=5)
        self.erp = erp
        self.number = erp.new_production()
        self.connection = ConnectionFactory(
            plant=plant,
            format=Format.TRYTON,
            api_key=None,
            delivery=Delivery.CONNECTOR,
            address=erp.address,
            secret_name="TRYTON_PASSWORD",
            options={"user": "admin"},
            release_on_arrival=True,
            confirm_every_seconds=0,
        )
        self.works = {}

    def fetch(self):
        return fetch(connection=self.connection)

    def order(self, number=""):
        return ProductionOrder.objects.get(number=number or self.number)

    def work(self, operation, number=""):
        if (number, operation) not in self.works:
            found = self.order(number).operations.get(number=operation)
            self.works[number, operation] = Work.of(self.connection, found)
        return self.works[number, operation]

    def relay(self):
        """Send until nothing is due, without waiting for the pauses between attempts."""
        while relay_once():
            pass

    def relay_again(self):
        """As if the pauses were over."""
        messages = OutboundMessage.objects.filter(connection=self.connection)
        messages.update(next_try_at=messages.earliest("pk").created_at, leased_until=None)
        messages.filter(state="sending").update(state="queued")
        self.relay()

    @property
    def messages(self):
        return OutboundMessage.objects.filter(connection=self.connection).order_by("sequence")
