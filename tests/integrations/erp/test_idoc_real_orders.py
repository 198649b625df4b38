"""The two real LOIPRO05 documents, field by field."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from integrations.erp.idoc.reading import read_message
from integrations.erp.idoc.tables import Profile
from orders.enums import ErpStatus, RequirementKind
from tests.support.shared_data import shared_bytes

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def full():
    reading = read_message(shared_bytes("erp/sap-idoc/loipro05-s4-full.xml"), zone=BERLIN)
    assert reading.problems == ()
    (document,) = reading.documents
    return reading, document


def test_control_record_names_the_message(full):
    reading, document = full
    assert (reading.identity.sender, reading.identity.message_type) == ("S4HCLNT100", "LOIPRO")
    assert reading.identity.external_id == "430094"
    assert document.version == "20231128083400705437"


def test_header(full):
    _reading, document = full
    assert document.number == "1895938"
    assert document.plant == "HZ001"
    assert document.item == "D2O_EVOGUARD_DOUBLE_SEAT_VALVE_V1"
    assert (document.quantity, document.unit) == (Decimal("1.000"), "C62")
    assert document.order_type == "YBM4"
    assert document.status == ErpStatus.RELEASED
    assert document.start == datetime(2023, 12, 4, 15, 46, 53, tzinfo=UTC)
    assert document.due == datetime(2023, 12, 4, 17, 0, tzinfo=UTC)
    assert not document.cancel


def test_customer_order_and_serial_number(full):
    _reading, document = full
    assert (document.customer_order, document.customer_line) == ("6094", "10")
    assert (document.customer, document.customer_name) == ("1000082", "Intermixx GmbH")
    assert document.raw["serial_numbers"] == ["10006811"]
    assert "I0394" in document.raw["statuses"]


def test_operations_with_times_and_confirmation_numbers(full):
    _reading, document = full
    seen = [
        (op.number, op.text, op.work_centre, op.setup_seconds, op.run_seconds, op.confirmation_number)
        for op in document.operations
    ]
    assert seen == [
        ("0060", "Picking of components", "D2O_ASSY", 0, 600, "0000352237"),
        ("0070", "Main Assembly Double-Seat Valve", "D2O_ASSY", 0, 2400, "0000352238"),
        ("0080", "Quality Check", "D2O_ASSY", 0, 900, "0000352239"),
    ]
    assert document.operations[0].earliest_start == datetime(2023, 12, 4, 15, 46, 53, tzinfo=UTC)
    assert document.operations[2].latest_end == datetime(2023, 12, 4, 17, 0, tzinfo=UTC)


def test_all_twelve_components_belong_to_the_first_operation(full):
    _reading, document = full
    assert len(document.components) == 12
    assert {c.operation for c in document.components} == {"0060"}
    assert {c.unit for c in document.components} == {"C62"}
    assert document.components[0].item == "D2O_DOUBLE_SEAT_VALVE_BODY"
    assert document.components[0].raw["RSNUM"] == "0001950857"


def test_characteristics_become_requirements_in_the_plants_language():
    body = shared_bytes("erp/sap-idoc/loipro05-s4-full.xml")
    (english,) = read_message(body, zone=BERLIN).documents
    (german,) = read_message(body, zone=BERLIN, profile=Profile(language="DE")).documents
    hood = next(r for r in english.requirements if r.code == "D2O_HEAD_UNIT_HOOD_2")
    assert (hood.kind, hood.text, hood.choices) == (RequirementKind.CHOICE, "Head Unit Hood Color", ("BLUE",))
    texts = {r.code: r.text for r in german.requirements}
    assert texts["D2O_TUBE_ASSEMBLY_SEQUENCE_2"] == "Montagereihenf. Luftschläuche"
    assert texts["D2O_TYPE_OF_HEAD"] == "Type of Head"
    assert english.raw["requirement_texts"]["D2O_HEAD_UNIT_HOOD_2"]["EN"]["value"] == "Blue Hood"


def test_documents_become_requirements_of_their_operation(full):
    _reading, document = full
    links = [(r.operation, r.code) for r in document.requirements if r.kind == RequirementKind.DOCUMENT]
    assert links == [
        ("0070", "D2O_TUBE_ASM_ASB_ULR_LLW"),
        ("0070", "D2O_VALVE_ASM_HOOD_BLUE"),
        ("0080", "D2O_TUBE_ASM_ASB_ULR_LLW"),
        ("0080", "D2O_VALVE_ASM_HOOD_BLUE"),
        ("0080", "D2O_HEAD_UNIT_CALIBRATION"),
    ]


def test_order_of_a_sender_that_is_not_sap():
    reading = read_message(shared_bytes("erp/sap-idoc/loipro05-small.xml"), zone=BERLIN)
    assert reading.problems == ()
    (document,) = reading.documents
    assert (document.number, document.item, document.quantity) == ("208277437", "S1SP02677", 200)
    assert document.version == ""
    assert [op.number for op in document.operations] == ["0009", "0010", "0020"]
    assert document.operations[1].setup_seconds is None
    assert [(c.item, c.quantity, c.unit) for c in document.components] == [
        ("R1CH01007", Decimal("3560.100"), "CMT"),
        ("R1MF00012", Decimal("400.000"), "C62"),
    ]
