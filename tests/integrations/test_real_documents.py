"""The real LOIPRO documents through the whole loop: folder, order, work, confirmation file."""

from decimal import Decimal

import pytest
from lxml import etree

from integrations.domain.exchange.folder import Folder
from integrations.domain.outbox.relay import relay_once
from integrations.enums import InboundState
from integrations.erp.idoc.tickets import read_tickets
from integrations.models import InboundMessage
from integrations.queries.agreement import agreement
from orders.enums import OrderState, RequirementKind
from orders.models import ProductionOrder
from tests.factories.integrations import IdocConnectionFactory
from tests.factories.machines import MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory, UnitFactory
from tests.integrations.outbox.work import Work
from tests.support.shared_data import shared_bytes
from tests.support.zones import zone_where_it_is

pytestmark = pytest.mark.django_db


class Loop:
    """A plant that knows what the document refers to, and the folders between it and the ERP."""

    def __init__(self, file, root, settings, *, plant, groups, items, centimetres=()):
        settings.INBOX_DIR, settings.OUTBOX_DIR = root / "in", root / "out"
        self.out = root / "out" / "sap"
        plant = PlantFactory(code=plant, time_zone=zone_where_it_is(13))
        for code in groups:
            MachineGroupFactory(plant=plant, code=code)
        for code in items:
            ItemFactory(code=code)
        for code in centimetres:
            ItemFactory(code=code, unit=UnitFactory(code="CMT", symbol="cm", name="centimetre", decimals=1))
        self.connection = IdocConnectionFactory(
            plant=plant,
            encoding="utf-8",
            inbox_folder="sap",
            outbox_folder="sap",
            release_on_arrival=True,
            confirm_every_seconds=0,
        )
        folder = Folder.of(self.connection)
        folder.place.path.mkdir(parents=True)
        (folder.place.path / "order.xml").write_bytes(shared_bytes(f"erp/sap-idoc/{file}"))
        folder.scan(now=0)
        folder.scan(now=3)
        self.message = InboundMessage.objects.get()

    @property
    def order(self):
        return ProductionOrder.objects.get()

    def make_everything(self):
        """Every operation is started, reports the whole quantity and is finished."""
        for operation in self.order.operations.order_by("position"):
            work = Work.of(self.connection, operation)
            work.start()
            work.report(operation.quantity)
            work.finish()
        while relay_once():
            pass

    def confirmed(self):
        zone = self.connection.plant.time_zone
        return [
            confirmation
            for file in sorted(self.out.glob("PPCC2*.xml"))
            for confirmation in read_tickets(file.read_bytes(), time_zone=zone).confirmations
        ]


VALVE_PARTS = (
    "D2O_DOUBLE_SEAT_VALVE_BODY",
    "D2O_1627849_1_0_BLUE",
    "D2O_0902414268",
    "D2O_0902943597",
    "D2O_1691856_1_0",
    "D2O_CA35030144",
    "D2O_SEALING_PLUG",
    "D2O_0162201132",
    "D2O_AIR_TUBE_WHITE",
    "D2O_AIR_TUBE_RED",
    "D2O_AIR_TUBE_BLACK",
    "D2O_DMC_CONTROL_HEAD_BLUE_KIT_V1",
)


@pytest.fixture
def valve(tmp_path, settings):
    return Loop(
        "loipro05-s4-full.xml",
        tmp_path,
        settings,
        plant="HZ001",
        groups=["D2O_ASSY"],
        items=["D2O_EVOGUARD_DOUBLE_SEAT_VALVE_V1", *VALVE_PARTS],
    )


def test_the_s4_order_arrives_whole_and_released(valve):
    assert (valve.message.state, valve.message.problems) == (InboundState.APPLIED, [])
    assert (valve.message.message_type, valve.message.external_id) == ("LOIPRO", "430094")
    order = valve.order
    assert (order.number, order.state, order.quantity) == ("1895938", OrderState.RELEASED, 1)
    assert order.operations.count() == 3
    assert order.components.count() == 12
    assert order.requirements.filter(kind=RequirementKind.CHOICE).count() == 5
    assert order.requirements.filter(kind=RequirementKind.DOCUMENT).count() == 5
    line = order.customer_line
    assert (line.order.number, line.position, line.order.customer.name) == ("6094", "10", "Intermixx GmbH")


def test_the_s4_order_is_made_and_confirmed(valve):
    valve.make_everything()
    assert valve.order.state == OrderState.FINISHED
    seen = [(c.confirmation_number, c.operation, c.good, c.final) for c in valve.confirmed()]
    assert seen == [
        ("0000352237", "0060", 1, True),
        ("0000352238", "0070", 1, True),
        ("0000352239", "0080", 1, True),
    ]
    assert all(entry.agrees for entry in agreement([valve.order]))
    ticket = etree.parse(min(valve.out.glob("PPCC2*.xml"))).getroot()
    assert ticket.findtext(".//ORDERID") == "000001895938"
    assert ticket.findtext(".//CONF_QUAN_UNIT_ISO") == "PCE"


def test_the_s4_order_sent_again_changes_nothing(valve):
    folder = Folder.of(valve.connection)
    (folder.place.path / "again.xml").write_bytes(shared_bytes("erp/sap-idoc/loipro05-s4-full.xml") + b"\n")
    folder.scan(now=10)
    folder.scan(now=13)
    second = InboundMessage.objects.latest("pk")
    assert [result["outcome"] for result in second.results] == ["unchanged"]


def test_the_order_of_a_sender_that_is_not_sap(tmp_path, settings):
    loop = Loop(
        "loipro05-small.xml",
        tmp_path,
        settings,
        plant="DM01",
        groups=["TEST_AZ"],
        items=["S1SP02677", "R1MF00012"],
        centimetres=["R1CH01007"],
    )
    assert (loop.message.state, loop.message.problems) == (InboundState.APPLIED, [])
    loop.make_everything()
    seen = [(c.order, c.operation, c.good, c.final) for c in loop.confirmed()]
    assert seen == [("208277437", number, Decimal(200), True) for number in ("0009", "0010", "0020")]
