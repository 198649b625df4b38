"""B2MML in: the real files of V0401, an own one of V0701, and what plants make of the standard."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.erp.b2mml import tables, values
from integrations.erp.b2mml.codec import first_identity
from integrations.erp.b2mml.mapping import read_document
from integrations.erp.fields import BadValueError
from orders.enums import ErpStatus
from tests.support.shared_data import shared_bytes

BERLIN = ZoneInfo("Europe/Berlin")
V0701 = "http://www.mesa.org/xml/B2MML"


def read(body, **options):
    return read_document(body, zone=BERLIN, profile=tables.profile(options))


def schedule(*requests, verb="Sync", namespace=V0701, action=""):
    expression = (
        f'<ActionCriteria><ActionExpression actionCode="{action}">x</ActionExpression></ActionCriteria>'
    )
    return f"""<?xml version="1.0"?><!-- <Foo xmlns="B2MML-wrong"> -->
<b:{verb}OperationsSchedule xmlns:b="{namespace}"><b:ApplicationArea>
<b:Sender><b:LogicalID>ERP</b:LogicalID></b:Sender>
<b:CreationDateTime>2026-03-02T06:15:00+01:00</b:CreationDateTime><b:BODID>4711</b:BODID></b:ApplicationArea>
<DataArea><{verb}>{expression if action else ""}</{verb}><OperationsSchedule>{"".join(requests)}
</OperationsSchedule></DataArea></b:{verb}OperationsSchedule>""".encode()


def request(number="1", inside="", *, use="Produced", quantity="10", unit="PCE"):
    return f"""<OperationsRequest><ID>{number}</ID>{inside}<SegmentRequirement><ID>0010</ID>
<ProcessSegmentID>TURN</ProcessSegmentID><MaterialRequirement><ID>1</ID>
<MaterialDefinitionID>FLDN50</MaterialDefinitionID><MaterialUse>{use}</MaterialUse><Quantity>
<QuantityString>{quantity}</QuantityString><UnitOfMeasure>{unit}</UnitOfMeasure></Quantity>
</MaterialRequirement></SegmentRequirement></OperationsRequest>"""


def codes(reading):
    return [problem.code for problem in reading.problems]


def test_a_real_schedule_of_v0401():
    """Segments in segments, no IDs, a byte order mark, a work centre among the parameters."""
    reading = read(shared_bytes("erp/b2mml/examples-v0401/PRO-20121210181416-27942.xml"))
    assert reading.problems == ()
    (order,) = reading.documents
    assert (order.number, order.item, order.quantity, order.unit) == ("258456", "SO1215", Decimal(1), "KGM")
    assert order.version == "2009-12-10T17:14:16.000000+00:00"
    (operation,) = order.operations
    assert (operation.number, operation.text, operation.work_centre) == ("0010", "Weighing", "3")
    assert [(line.position, line.item, line.quantity) for line in order.components] == [
        ("0010", "CRBN0001", 5),
        ("0020", "CRBN0002", 50),
        ("0030", "CRBN0001", 811),
        ("0040", "CRBN0003", 100),
    ]
    assert reading.identity.sender == "DEV130"
    assert reading.identity.message_type == "SyncProductionSchedule"


def test_a_real_material_of_v0401():
    (item,) = read(shared_bytes("erp/b2mml/examples-v0401/MAT-20121210170256-CRBN0001.xml")).master
    assert (item.code, item.name, item.unit, item.gone) == ("CRBN0001", "Product Courbon0001", "KGM", False)


@pytest.mark.parametrize(
    "file",
    ["examples-v0401/PES-20121229115825-53107.xml", "examples-own-v0701/sync-operations-performance.xml"],
)
def test_what_a_mes_answers_is_not_read(file):
    reading = read(shared_bytes(f"erp/b2mml/{file}"))
    assert codes(reading) == ["not_understood"]
    assert (reading.documents, reading.master) == ((), ())


def test_a_schedule_of_v0701():
    (order,) = read(shared_bytes("erp/b2mml/examples-own-v0701/sync-operations-schedule.xml")).documents
    assert (order.number, order.plant, order.item, order.quantity) == ("000001003456", "1000", "FLDN50", 100)
    assert (order.unit, order.priority, order.status) == ("C62", 5, ErpStatus.RELEASED)
    assert order.start == datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    (operation,) = order.operations
    assert (operation.number, operation.text, operation.work_centre) == ("0010", "Turning", "DMG-01")
    per_order = (operation.setup_seconds, operation.run_seconds, operation.base_quantity)
    assert per_order == (1800, 8 * 3600 + 20 * 60 - 1800, 100)
    (component,) = order.components
    assert (component.position, component.item, component.operation) == ("0020", "ROH-4711", "0010")


@pytest.mark.parametrize(
    "namespace", ["http://www.mesa.org/xml/B2MML-V0600", "http://www.wbf.org/xml/B2MML-V0401", V0701]
)
def test_versions_share_a_model(namespace):
    reading = read(schedule(request(), namespace=namespace))
    (order,) = reading.documents
    assert (order.number, order.item) == ("1", "FLDN50")
    assert order.raw["release"] == namespace.rpartition("-")[2].replace(V0701, "V0701")


@pytest.mark.parametrize(
    "file",
    [
        "examples-v0401/PRO-20121210181416-27942.xml",
        "examples-v0401/MAT-20121210170256-CRBN0001.xml",
        "examples-own-v0701/sync-operations-schedule.xml",
    ],
)
def test_v0600_has_the_elements_of_both_and_says_the_same(file):
    """V0600 keeps Production… and has Operations… already: only the namespace is its own."""
    body = shared_bytes(f"erp/b2mml/{file}")
    namespace = re.search(rb'http://www\.(?:wbf|mesa)\.org/xml/B2MML[^"]*', body)[0]
    then, now = read(body.replace(namespace, b"http://www.mesa.org/xml/B2MML-V0600")), read(body)
    assert then.problems == now.problems == ()
    said = [*then.documents, *then.master]
    assert {one.raw["release"] for one in said} == {"V0600"}
    assert [replace(one, raw={}) for one in said] == [
        replace(one, raw={}) for one in (*now.documents, *now.master)
    ]


def test_the_envelope_is_the_identity():
    body = schedule(request())
    identity = first_identity(body)
    assert (identity.sender, identity.message_type, identity.external_id) == (
        "ERP",
        "SyncOperationsSchedule",
        "4711",
    )
    assert identity == read(body).identity
    assert identity.version == "2026-03-02T05:15:00.000000+00:00"


@pytest.mark.parametrize(
    ("body", "is_cancelled"),
    [
        (schedule(request()), False),
        (schedule(request(), verb="Cancel"), True),
        (schedule(request(), action="Delete"), True),
        (schedule(request(), action="Change"), False),
        (schedule(request(inside="<RequestState>Aborted</RequestState>")), True),
        (schedule(request(inside='<RequestState OtherValue="Cancelled">Other</RequestState>')), True),
        (schedule(request(inside="<RequestState>Released</RequestState>")), False),
    ],
)
def test_verbs_and_states_that_cancel(body, is_cancelled):
    (order,) = read(body).documents
    assert order.cancel is is_cancelled


def test_parameters_are_found_by_path():
    """Everything in trees of parameters, as some middleware writes it."""
    tree = """<SegmentParameter><ID>Times</ID><SegmentParameterChild><ID>Setup</ID>
<Value><ValueString>30</ValueString><UnitOfMeasure>MIN</UnitOfMeasure></Value></SegmentParameterChild></SegmentParameter><SegmentParameter><ID>Place</ID>
<Parameter><ID>Machine</ID><Value><ValueString>DMG-01</ValueString></Value></Parameter></SegmentParameter>"""
    body = schedule(request().replace("<MaterialRequirement>", tree + "<MaterialRequirement>", 1))
    (order,) = read(
        body, parameters={"setup_seconds": "Times/Setup", "work_centre": ["X", "Place/Machine"]}
    ).documents
    (operation,) = order.operations
    assert (operation.setup_seconds, operation.work_centre) == (1800, "DMG-01")
    assert operation.raw["parameters"] == {"Times/Setup": "30 MIN", "Place/Machine": "DMG-01"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"<LOIPRO05/>", "not_b2mml"),
        (schedule(), "not_understood"),
        (schedule(request(), verb="Get"), "not_understood"),
        (schedule(request(), verb="Respond"), "not_understood"),
        (schedule(request(number="")), "required"),
        (schedule(request(quantity="ten")), "not_a_number"),
        (schedule(request(quantity="-1")), "negative"),
        (schedule(request(unit="XYZ")), "unknown_unit"),
        (schedule(request(inside="<StartTime>tomorrow</StartTime>")), "not_a_date"),
        (schedule(request())[:-60], "broken_xml"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + schedule(request()).split(b"?>")[1], "dtd_refused"),
    ],
)
def test_what_is_wrong_is_named(body, code):
    reading = read(body)
    assert codes(reading) == [code]
    assert len(reading.documents) == (1 if code == "broken_xml" else 0)


def test_a_bad_request_leaves_the_others():
    reading = read(schedule(request("1"), request("2", quantity="x"), request("3")))
    assert [document.number for document in reading.documents] == ["1", "3"]
    assert [problem.row for problem in reading.problems] == [2]


def test_an_operations_definition_is_routing_and_bill_of_material():
    body = f"""<SyncOperationsDefinition xmlns="{V0701}"><ApplicationArea>
<CreationDateTime>2026-03-02T05:15:00Z
</CreationDateTime></ApplicationArea><DataArea><Sync/><OperationsDefinition><ID>R1</ID><Version>B</Version>
<OperationsSegment><ID>0010</ID><Description>Turning</Description><Duration>PT100M</Duration>
<ProcessSegmentID>TURN</ProcessSegmentID>
<EquipmentSpecification><ID>E</ID><EquipmentClassID>LATHE</EquipmentClassID></EquipmentSpecification>
<MaterialSpecification><ID>1</ID><MaterialDefinitionID>FLDN50</MaterialDefinitionID><MaterialUse>Produced
</MaterialUse><Quantity><QuantityString>100</QuantityString></Quantity></MaterialSpecification>
<MaterialSpecification><ID>2</ID><MaterialDefinitionID>ROH</MaterialDefinitionID><MaterialUse>Consumed
</MaterialUse><Quantity><QuantityString>105</QuantityString><UnitOfMeasure>PCE</UnitOfMeasure></Quantity>
</MaterialSpecification></OperationsSegment></OperationsDefinition></DataArea></SyncOperationsDefinition>"""
    reading = read(body.encode())
    assert reading.problems == ()
    routing, bom = reading.master
    assert (routing.item, routing.revision) == ("FLDN50", "B")
    (step,) = routing.steps
    seen = (step.number, step.text, step.work_centre, step.run_seconds, step.base_quantity)
    assert seen == ("0010", "Turning", "LATHE", 6000, 100)
    (position,) = bom.positions
    assert (bom.base_quantity, position.item, position.quantity, position.unit) == (100, "ROH", 105, "C62")


def test_equipment_of_any_depth_is_a_work_centre():
    body = f"""<SyncEquipment xmlns="{V0701}"><DataArea><Sync/><Equipment><ID>1000</ID><EquipmentLevel>Site
</EquipmentLevel><EquipmentChild><ID>SHOP</ID><EquipmentLevel>Area</EquipmentLevel><EquipmentChild><ID>DMG-01</ID>
<Description>Lathe</Description>
<EquipmentLevel OtherValue="WorkUnit">Other</EquipmentLevel></EquipmentChild>
</EquipmentChild></Equipment></DataArea></SyncEquipment>"""
    (centre,) = read(body.encode()).master
    assert (centre.code, centre.name, centre.plant) == ("DMG-01", "Lathe", "1000")


@given(st.binary(max_size=300), st.integers(0, 900))
def test_no_input_breaks_the_reader(noise, place):
    body = schedule(request())
    read(body[:place] + noise + body[place:])
    first_identity(body[:place] + noise)


@given(st.decimals(0, 10**9, places=3))
def test_durations_come_back(amount):
    assert values.seconds(values.duration_text(amount), "") == amount


@given(st.text(alphabet="0123456789PTDHMS.-+:Zé", max_size=30))
def test_values_are_read_or_refused(text):
    with suppress(BadValueError):
        assert values.quantity(text) >= 0
    with suppress(BadValueError):
        assert values.moment(text, BERLIN).tzinfo == UTC
    with suppress(BadValueError):
        assert values.seconds(text, "") >= 0
