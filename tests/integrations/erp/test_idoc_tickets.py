"""Time tickets: what is written, what is refused, and the way back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from integrations.erp.idoc.tables import Profile, Slot, profile
from integrations.erp.idoc.tickets import read_tickets, write_tickets
from mes.lib.errors import InvalidInput
from orders.domain.documents import Confirmation
from tests.support.shared_data import shared_bytes

NOON = datetime(2026, 3, 2, 12, 4, 11, tzinfo=UTC)
FIRST, LAST = (datetime(year, 1, 1) for year in (2000, 2099))  # noqa: DTZ001
ID = "0B6E7E396C0B4B1D8D668C7D2F7D5B10"


def confirmation(**values):
    shown = {
        "identity": ID,
        "sequence": 1,
        "order": "1003456",
        "operation": "0010",
        "plant": "1000",
        "work_centre": "DMG-01",
        "confirmation_number": "0000352237",
        "unit": "C62",
        "good": Decimal(61),
        "scrap": Decimal(0),
        "rework": Decimal(0),
        "scrap_reason": "",
        "setup_seconds": Decimal(28 * 60),
        "run_seconds": Decimal(351 * 60),
        "stop_seconds": Decimal(0),
        "labour_seconds": Decimal(0),
        "start": datetime(2026, 3, 2, 5, 10, tzinfo=UTC),
        "end": datetime(2026, 3, 2, 12, 2, 30, tzinfo=UTC),
        "person": "4711",
        "final": False,
        "created": NOON,
        "time_zone": "Europe/Berlin",
        **values,
    }
    return Confirmation(**shown)


def write(*confirmations, **kwargs):
    return write_tickets(confirmations, message_id="0b6e", created=NOON, **kwargs)


def tickets(rendered):
    root = etree.fromstring(rendered.body)
    return [{field.tag: field.text for field in ticket} for ticket in root.iter("E1BP_PP_TIMETICKET")]


def test_a_partial_ticket_says_what_the_example_says():
    """The constructed example in the shared data, field by field."""
    root = etree.fromstring(shared_bytes("erp/sap-idoc/own-ppcc2pretticket02.xml"))
    example = {field.tag: field.text for field in next(root.iter("E1BP_PP_TIMETICKET"))}
    (ours,) = tickets(write(confirmation()))
    assert {name: ours.get(name) for name in example} == example
    order = [name for name in ours if name in example]
    assert order == list(example)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({}, "B20"),
        ({"final": True}, "B40"),
        ({"good": Decimal(0), "run_seconds": Decimal(0)}, "R20"),
        ({"good": Decimal(0), "run_seconds": Decimal(0), "final": True}, "R40"),
        ({"good": Decimal(0), "scrap": Decimal(1), "run_seconds": Decimal(0)}, "B20"),
        (
            {
                "good": Decimal(0),
                "run_seconds": Decimal(0),
                "setup_seconds": Decimal(0),
                "labour_seconds": Decimal(60),
            },
            "V20",
        ),
    ],
)
def test_record_types_by_phase_where_the_connection_wants_them(values, kind):
    (plain,) = tickets(write(confirmation(**values)))
    assert plain["RECORDTYPE"] == ("L40" if values.get("final") else "L20")
    (by_phase,) = tickets(write(confirmation(**values), profile=profile({"record_types": "phase"})))
    assert by_phase["RECORDTYPE"] == kind


def test_control_record():
    settings = Profile(sender="MES_LS", sender_port="MES_PORT", receiver="P01CLNT100", receiver_port="SAPP01")
    rendered = write(confirmation(), profile=settings)
    root = etree.fromstring(rendered.body)
    assert root.tag == "PPCC2PRETTICKET02"
    control = {field.tag: field.text for field in next(root.iter("EDI_DC40"))}
    assert control == {
        "TABNAM": "EDI_DC40",
        "DIRECT": "2",
        "IDOCTYP": "PPCC2PRETTICKET02",
        "MESTYP": "PPCC2PRETTICKET",
        "SNDPOR": "MES_PORT",
        "SNDPRT": "LS",
        "SNDPRN": "MES_LS",
        "RCVPOR": "SAPP01",
        "RCVPRT": "LS",
        "RCVPRN": "P01CLNT100",
        "CREDAT": "20260302",
        "CRETIM": "130411",
        "ARCKEY": "mes:outbox:0b6e",
        "SERIAL": "20260302120411000000",
    }


def test_a_final_ticket():
    (ticket,) = tickets(write(confirmation(final=True, scrap=Decimal(2), scrap_reason="0012")))
    assert (ticket["FIN_CONF"], ticket["RECORDTYPE"]) == ("X", "L40")
    assert (ticket["SCRAP"], ticket["DEV_REASON"]) == ("2.000", "0012")


def test_activities_are_what_the_connection_says():
    settings = profile({"slots": [{"accounts": ["run", "stop"], "unit": "H"}, {"accounts": ["setup"]}]})
    values = {"run_seconds": Decimal(7200), "stop_seconds": Decimal(3600), "setup_seconds": Decimal(90)}
    (ticket,) = tickets(write(confirmation(**values), profile=settings))
    assert (ticket["CONF_ACTIVITY1"], ticket["CONF_ACTI_UNIT1_ISO"]) == ("3.000", "H")
    assert (ticket["CONF_ACTIVITY2"], ticket["CONF_ACTI_UNIT2_ISO"]) == ("1.500", "MIN")
    assert "CONF_ACTIVITY3" not in ticket


def test_tickets_of_one_operation_are_logged_a_second_apart():
    written = tickets(write(confirmation(), confirmation(identity="F" * 32), confirmation(operation="0020")))
    assert [ticket["LOGTIME"] for ticket in written] == ["130411", "130412", "130411"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"order": "X" * 13}, "ORDERID"),
        ({"operation": "10000"}, "OPERATION"),
        ({"confirmation_number": "1" * 11}, "CONF_NO"),
        ({"good": Decimal(-1)}, "YIELD"),
        ({"good": Decimal(10) ** 10}, "YIELD"),
        ({"run_seconds": Decimal(-60)}, "CONF_ACTIVITY2"),
        ({"plant": "HZ001", "confirmation_number": ""}, "PLANT"),
        ({"unit": "LONGER"}, "CONF_QUAN_UNIT_ISO"),
    ],
)
def test_a_key_that_does_not_fit_is_refused(values, field):
    with pytest.raises(InvalidInput) as caught:
        write(confirmation(**values))
    assert [problem.field for problem in caught.value.problems] == [field]


def test_plant_is_left_out_where_the_confirmation_number_says_it_all():
    rendered = write(confirmation(plant="HZ001", work_centre="A LONG WORK CENTRE"))
    (ticket,) = tickets(rendered)
    assert "PLANT" not in ticket
    assert "WORK_CNTR" not in ticket
    assert len(rendered.warnings) == 2


def test_reasons_go_by_table_with_a_default_and_a_warning():
    settings = profile({"reasons": {"burr": "0012"}, "default_reason": "9999"})
    rendered = write(confirmation(scrap_reason="burr"), confirmation(scrap_reason="crack"), profile=settings)
    assert [ticket["DEV_REASON"] for ticket in tickets(rendered)] == ["0012", "9999"]
    assert len(rendered.warnings) == 1


def test_characters_the_erp_does_not_know_are_replaced():
    rendered = write(confirmation(), profile=Profile(created_by="漢字 Müller-Lüdenscheidt\x07"))
    (ticket,) = tickets(rendered)
    assert ticket["EX_CREATED_BY"] == "?? Müller-Lü"


def test_a_cancellation_is_a_document_of_its_own():
    cancelled = confirmation(identity="A" * 32, reverses=ID)
    rendered = write(cancelled)
    assert rendered.kind == "BAPI_PRODORDCONF_CANCEL"
    root = etree.fromstring(rendered.body)
    (call,) = root.iter("IDOC")
    fields = {field.tag: field.text for field in call[1]}
    assert fields["CANCELLED_EX_IDENT"] == ID
    assert fields["EX_IDENT"] == "A" * 32
    assert (fields["CONF_NO"], fields["YIELD"]) == ("0000352237", "61.000")
    with pytest.raises(InvalidInput):
        write(cancelled, confirmation())


def test_nothing_is_no_document():
    with pytest.raises(InvalidInput):
        write()


quantities = st.decimals(0, Decimal("9999999.999"), places=3)
# Whole milliseconds of a minute with three decimals survive the unit of the slot: use seconds.
SECONDS = Profile(
    slots=(
        Slot(("setup",), "S"),
        Slot(("run",), "S"),
        Slot(("labour",), "S"),
        Slot(("stop",), "S"),
    )
)
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))


def tells_once(moment):
    """Not in the hour that a local clock shows twice: a ticket has no offset."""
    return moment.astimezone(ZoneInfo("Europe/Berlin")).fold == 0


confirmations = st.builds(
    confirmation,
    identity=st.text("0123456789ABCDEF", min_size=32, max_size=32),
    order=st.from_regex(r"[1-9][0-9]{0,11}|[A-Z][A-Z0-9]{0,11}", fullmatch=True),
    operation=st.from_regex(r"[0-9]{4}", fullmatch=True),
    good=quantities,
    scrap=quantities,
    rework=quantities,
    scrap_reason=st.sampled_from(["", "0012", "ABCD"]),
    setup_seconds=quantities,
    run_seconds=quantities,
    stop_seconds=quantities,
    labour_seconds=quantities,
    start=st.none() | moments.filter(tells_once),
    end=st.none() | moments.filter(tells_once),
    person=st.sampled_from(["", "4711", "ABC"]),
    final=st.booleans(),
    created=moments.filter(tells_once),
)


@given(confirmations)
def test_reading_what_was_written_gives_the_same(original):
    rendered = write_tickets([original], message_id="m", created=NOON, profile=SECONDS)
    (back,) = read_tickets(rendered.body, time_zone="Europe/Berlin", profile=SECONDS).confirmations
    assert back == original


@given(confirmations)
def test_reading_a_cancellation_gives_what_it_cancels(original):
    cancelled = replace(original, reverses=ID)
    rendered = write_tickets([cancelled], message_id="m", created=NOON)
    (back,) = read_tickets(rendered.body, time_zone="Europe/Berlin").confirmations
    assert (back.reverses, back.identity) == (ID, original.identity)
    assert (back.good, back.scrap, back.rework) == (original.good, original.scrap, original.rework)


def test_the_shared_example_is_read():
    body = shared_bytes("erp/sap-idoc/own-ppcc2pretticket02.xml")
    found = read_tickets(body, time_zone="Europe/Berlin")
    assert [c.good for c in found.confirmations] == [61, 37]
    assert [c.final for c in found.confirmations] == [False, True]
    assert found.confirmations[0].setup_seconds == 28 * 60
    assert found.confirmations[0].start == datetime(2026, 3, 2, 5, 10, tzinfo=UTC)
    assert found.confirmations[0].end - found.confirmations[0].start == timedelta(
        hours=6, minutes=52, seconds=30
    )


def test_a_broken_ticket_names_its_field():
    body = write(confirmation()).body.replace(b"<YIELD>61.000", b"<YIELD>6l.000")
    with pytest.raises(InvalidInput) as caught:
        read_tickets(body, time_zone="Europe/Berlin")
    assert caught.value.problems[0].field == "E1BP_PP_TIMETICKET[1]/YIELD"
