"""B2MML out: what is written is valid by MESA's schemas and says what happened."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from integrations.erp.b2mml.codec import NAMESPACE, read_message
from integrations.erp.b2mml.confirm import ConfirmFormat, write_confirm_bod
from integrations.erp.b2mml.mapping import read_document
from integrations.erp.b2mml.performance import write_performance
from integrations.erp.b2mml.tables import Profile
from mes.lib.errors import InvalidInput, Problem
from orders.domain.documents import StopLine
from tests.integrations.erp.test_b2mml_orders import request, schedule
from tests.integrations.erp.test_idoc_tickets import ID, NOON, confirmation
from tests.support.shared_data import SHARED, shared_bytes

N = {"b": NAMESPACE}


@pytest.fixture(scope="module")
def schema():
    shared_bytes("erp/b2mml/README.md")
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    return etree.XMLSchema(etree.parse(SHARED / "erp/b2mml/xsd/AllSchemas.xsd", parser))


def write(*confirmations, **settings):
    return write_performance(confirmations, message_id="0B6E", created=NOON, profile=Profile(**settings))


def root_of(rendered):
    return etree.fromstring(rendered.body)


def valid(schema, body):
    document = etree.fromstring(body)
    assert schema.validate(document), schema.error_log.last_error
    return document


STOPS = (StopLine("TOOL_BREAK", Decimal(1980)),)
FULL = confirmation(
    scrap=Decimal(2), scrap_reason="12", rework=Decimal(1), stop_seconds=Decimal(1980), stops=STOPS
)


def test_it_says_what_the_example_says():
    """The constructed example of the shared data, as far as a confirmation knows it."""
    example = etree.fromstring(shared_bytes("erp/b2mml/examples-own-v0701/sync-operations-performance.xml"))
    ours = root_of(write(replace(FULL, order="000001003456", rework=Decimal(0)), reasons={"12": "0012"}))
    assert ours.tag == example.tag

    def said(document):
        materials = [
            (
                material.find("b:MaterialUse", N).get("OtherValue")
                or material.findtext("b:MaterialUse", "", N),
                material.findtext("b:Quantity/b:QuantityString", "", N),
                material.findtext("b:MaterialActualProperty/b:Value/b:ValueString", "", N),
            )
            for material in document.iter(f"{{{NAMESPACE}}}MaterialActual")
        ]
        paths = ("OperationsRequestID", "ResponseState")
        response = document.find(".//b:OperationsResponse", N)
        segment = response.find("b:SegmentResponse", N)
        times = {
            one.findtext("b:ID", "", N): one.findtext("b:Value/b:ValueString", "", N)
            for one in segment.findall("b:SegmentData", N)
        }
        return (
            [response.findtext(f"b:{path}", "", N) for path in paths],
            [
                segment.findtext(f"b:{path}", "", N)
                for path in ("PostingDate", "ActualStartTime", "ActualEndTime")
            ],
            segment.findtext("b:SegmentRequirementID", "", N),
            [times[name] for name in ("SetupTime", "RunTime", "StopTime")],
            segment.findtext("b:EquipmentActual/b:EquipmentID", "", N),
            materials,
        )

    assert said(ours) == said(example)


@pytest.mark.parametrize(
    "said",
    [
        confirmation(),
        FULL,
        replace(FULL, final=True, person="", work_centre="", start=None, end=None),
        replace(FULL, reverses="1" * 32),
        replace(FULL, status="interrupted", unit="KGM", good=Decimal("0.5")),
    ],
)
@pytest.mark.parametrize("verb", ["Sync", "Process"])
def test_it_is_valid(schema, said, verb):
    valid(schema, write(said, verb=verb, receiver="ERP").body)


@given(
    order=st.text(min_size=1, max_size=40),
    good=st.decimals(0, 10**9, places=3),
    run=st.decimals(0, 10**8, places=3),
    reason=st.text(max_size=10),
)
def test_whatever_it_says_is_valid(schema, order, good, run, reason):
    said = replace(FULL, order=order, good=good, run_seconds=run, scrap_reason=reason)
    document = valid(schema, write(said).body)
    quantity = document.findtext(".//b:MaterialActual/b:Quantity/b:QuantityString", "", N)
    assert Decimal(quantity) == good


def test_a_reversal_names_what_it_takes_back():
    document = root_of(write(replace(confirmation(), reverses="1" * 32)))
    assert etree.QName(document).localname == "CancelOperationsPerformance"
    assert document.findtext(".//b:SegmentResponse/b:ID", "", N) == "1" * 32


def test_orders_share_a_document_but_not_a_response():
    said = [
        confirmation(),
        confirmation(identity="2" * 32),
        confirmation(identity="3" * 32, order="9", final=True),
    ]
    responses = root_of(write(*said)).findall(".//b:OperationsResponse", N)
    seen = [
        (
            response.findtext("b:ID", "", N),
            response.findtext("b:ResponseState", "", N),
            [segment.findtext("b:ID", "", N) for segment in response.findall("b:SegmentResponse", N)],
        )
        for response in responses
    ]
    assert seen == [("1003456", "Running", [ID, "2" * 32]), ("9", "Completed", ["3" * 32])]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([confirmation(operation="")], "no_operation"),
        ([confirmation(good=Decimal(-1))], "negative"),
        ([confirmation(), replace(confirmation(), reverses="1" * 32)], "mixed"),
        ([], "mixed"),
    ],
)
def test_what_can_not_be_told_is_refused(said, code):
    with pytest.raises(InvalidInput) as refused:
        write(*said)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_a_reason_without_a_word_is_sent_as_it_is_and_warned_of():
    rendered = write(FULL, reasons={"TOOL_BREAK": "T1"})
    assert len(rendered.warnings) == 1
    assert b"T1" in rendered.body


@pytest.mark.parametrize(
    ("problems", "code"), [([], "Accepted"), ([Problem("x", "Unknown item <A>.")], "Rejected")]
)
def test_confirm_bod_answers_by_bodid(schema, problems, code):
    message, _problems = read_message(schedule(request()))
    created = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    body = write_confirm_bod(message, problems, message_id="A1", created=created)
    document = valid(schema, body)
    assert document.findtext(".//b:BOD/b:OriginalApplicationArea/b:BODID", "", N) == "4711"
    assert document.find(".//b:ResponseExpression", N).get("actionCode") == code
    assert [one.text for one in document.findall(".//b:BOD/b:Description", N)] == [
        p.message for p in problems
    ]


@pytest.mark.parametrize(("problems", "accepted"), [([], True), ([Problem("x", "Unknown item.")], False)])
def test_an_answer_of_the_partner_settles_our_message(problems, accepted):
    ours, _problems = read_message(write_performance([FULL], message_id=ID.lower(), created=NOON).body)
    theirs = write_confirm_bod(ours, problems, message_id="A1", created=NOON)
    reading = read_document(theirs, zone=UTC)
    assert reading.problems == ()
    (answer,) = reading.answers
    assert (answer.identity, answer.accepted) == (ID, accepted)
    assert ("Unknown item." in answer.text) is not accepted


def test_answers_and_messages_without_number_get_no_answer():
    speaker = ConfirmFormat()

    def answered(body):
        zone = ZoneInfo("Europe/Berlin")
        return speaker.answer(body, [], message_id="A1", created=NOON, zone=zone, settings={})

    theirs = answered(schedule(request()))
    assert theirs.kind == "ConfirmBOD"
    assert answered(theirs.body) is None
    assert answered(schedule(request()).replace(b"4711", b"")) is None
    assert answered(b"no XML") is None
