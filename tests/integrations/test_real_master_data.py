"""The real documents of master data through folder and inbox into the database."""

import pytest

from integrations.domain.dictionaries import replace_segments
from integrations.domain.exchange.folder import Folder
from integrations.domain.field_lists import read_field_lists
from integrations.enums import InboundState
from integrations.models import InboundMessage
from machines.models import MachineGroup
from orders.models import Item
from tests.factories.integrations import IdocConnectionFactory, SegmentDictionaryFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import ItemFactory
from tests.support.shared_data import shared_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def drop(tmp_path, settings):
    settings.INBOX_DIR = tmp_path

    def take(file, **values):
        connection = IdocConnectionFactory(
            plant=PlantFactory(code="DM01"), inbox_folder="sap", **{"encoding": "utf-8", **values}
        )
        folder = Folder.of(connection)
        (tmp_path / "sap").mkdir()
        (tmp_path / "sap" / file).write_bytes(shared_bytes(f"erp/sap-idoc/{file}"))
        folder.scan(now=0)
        folder.scan(now=3)
        return InboundMessage.objects.get()

    return take


def test_the_work_centre_of_a_sender_that_is_not_sap(drop):
    message = drop("loiwcs03.xml")
    assert (message.state, message.problems) == (InboundState.APPLIED, [])
    group = MachineGroup.objects.get(erp_code="TEST_AZ")
    assert (group.plant.code, group.name) == ("DM01", "AAA - Inside Operation")


def test_the_small_material(drop):
    ItemFactory()
    message = drop("matmas05-raw-R1CH01007.xml")
    assert (message.state, message.problems) == (InboundState.APPLIED, [])
    item = Item.objects.get(code="R1CH01007")
    assert (item.name, item.unit.code) == ("R1CH01007", "C62")


def test_the_contiguous_flat_material(drop):
    ItemFactory()
    dictionary = SegmentDictionaryFactory()
    rows, _problems = read_field_lists(shared_bytes("erp/dictionaries/matmas05.csv").decode())
    replace_segments(dictionary=dictionary, fields=rows)
    message = drop("zmatmas03-contiguous-flat.txt", encoding="latin-1", segment_dictionary=dictionary)
    assert (message.state, message.problems) == (InboundState.APPLIED, [])
    assert (message.message_type, message.external_id) == ("/GLB/RGTWMSMATMAS", "150493303")
    item = Item.objects.get(code="43066649")
    assert (item.name, item.unit.code) == ("SELF SEALING STEM BOLT", "C62")


def test_without_a_dictionary_the_flat_material_is_kept_and_told(drop):
    message = drop("zmatmas03-contiguous-flat.txt", encoding="latin-1")
    assert message.state == InboundState.REFUSED
    assert message.problems[0]["field"] == "E1MARAM/MATNR"
