"""B2MML through the whole loop: file in, ConfirmBOD back, order, work, performance out."""

import pytest
from lxml import etree

from integrations.domain.exchange.folder import Folder
from integrations.domain.outbox.relay import relay_once
from integrations.enums import Format, InboundState
from integrations.erp.b2mml.codec import NAMESPACE
from integrations.models import InboundMessage
from orders.enums import OrderState
from orders.models import ProductionOrder
from tests.factories.integrations import IdocConnectionFactory
from tests.factories.machines import MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory
from tests.integrations.outbox.work import Work
from tests.support.shared_data import SHARED, shared_bytes

pytestmark = pytest.mark.django_db
N = {"b": NAMESPACE}


def test_a_schedule_comes_and_its_performance_goes(tmp_path, settings):
    body = shared_bytes("erp/b2mml/examples-own-v0701/sync-operations-schedule.xml")
    settings.INBOX_DIR, settings.OUTBOX_DIR = tmp_path / "in", tmp_path / "out"
    plant = PlantFactory(code="1000")
    MachineGroupFactory(plant=plant, code="DMG-01")
    for code in ("FLDN50", "ROH-4711"):
        ItemFactory(code=code)
    connection = IdocConnectionFactory(
        plant=plant,
        format=Format.B2MML,
        encoding="utf-8",
        inbox_folder="erp",
        outbox_folder="erp",
        release_on_arrival=True,
        confirm_every_seconds=0,
    )
    folder = Folder.of(connection)
    folder.place.path.mkdir(parents=True)
    (folder.place.path / "schedule.xml").write_bytes(body)
    folder.scan(now=0)
    folder.scan(now=3)
    message = InboundMessage.objects.get()
    assert (message.state, message.problems) == (InboundState.APPLIED, [])
    assert (message.message_type, message.external_id[:8]) == ("SyncOperationsSchedule", "6f2d1c0e")
    order = ProductionOrder.objects.get()
    assert (order.number, order.state, order.quantity) == ("000001003456", OrderState.RELEASED, 100)

    work = Work.of(connection, order.operations.get())
    work.start()
    work.report(61)
    work.finish()
    while relay_once():
        pass
    schema = etree.XMLSchema(etree.parse(SHARED / "erp/b2mml/xsd/AllSchemas.xsd"))
    said = [etree.parse(file) for file in sorted((tmp_path / "out" / "erp").glob("*.xml"))]
    assert said
    assert all(schema.validate(one) for one in said), schema.error_log.last_error
    produced = [
        one.findtext("b:Quantity/b:QuantityString", "", N)
        for document in said
        for one in document.iter(f"{{{NAMESPACE}}}MaterialActual")
        if one.findtext("b:MaterialUse", "", N) == "Produced"
    ]
    assert sum(map(int, produced)) == 61
    last = said[-1].find(".//b:OperationsResponse", N)
    assert last.findtext("b:OperationsRequestID", "", N) == "000001003456"
    assert last.findtext("b:ResponseState", "", N) == "Completed"
