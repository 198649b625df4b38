"""Tryton's answers without a server: what is read, what is refused, what a note says."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.erp.tryton.codec import ErpError, read_answer, write_call
from integrations.erp.tryton.mapping import TrytonFormat
from integrations.erp.tryton.notes import confirmation_note, read_note, taking_back_note
from integrations.erp.tryton.tables import operation_numbers
from mes.lib.errors import InvalidInput
from orders.enums import ErpStatus
from tests.integrations.erp.test_idoc_tickets import ID, confirmation

BERLIN = ZoneInfo("Europe/Berlin")
CHANGED = {
    "__class__": "datetime",
    "year": 2026,
    "month": 3,
    "day": 2,
    "hour": 5,
    "minute": 15,
    "second": 0,
    "microsecond": 154665,
}


def day(number):
    return {"__class__": "date", "year": 2026, "month": 3, "day": number}


def work(key, name, **values):
    centre = {"name": "DMG-01", "category.": {"name": "CNC"}}
    return {"id": key, "sequence": None, "operation.": {"name": name}, "work_center.": centre, **values}


def production(**values):
    return {
        "id": 7,
        "number": "4711",
        "state": "waiting",
        "quantity": 100.5,
        "unit.": {"symbol": "kg"},
        "product.": {"code": "FLDN50"},
        "planned_start_date": day(2),
        "planned_date": day(4),
        "origin": None,
        "origin.": None,
        "write_date": CHANGED,
        "works.": [work(11, "10 Turn"), work(12, "20 Test")],
        "inputs.": [{"id": 3, "product.": {"code": "ROH"}, "quantity": 7.0, "unit.": {"symbol": "u"}}],
        **values,
    }


def read(*rows, **options):
    body = json.dumps({"id": 0, "result": list(rows)}).encode()
    return TrytonFormat().read(body, zone=BERLIN, settings=options)


def test_a_production_is_an_order():
    (order,) = read(production()).documents
    assert (order.number, order.item, order.quantity, order.unit) == (
        "4711",
        "FLDN50",
        Decimal("100.5"),
        "KGM",
    )
    assert (order.status, order.cancel) == (ErpStatus.RELEASED, False)
    assert order.version == "2026-03-02T05:15:00.154665+00:00"
    assert order.start == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert order.due == datetime(2026, 3, 4, 23, tzinfo=UTC), "the end of the last day"
    seen = [(one.number, one.text, one.work_centre, one.confirmation_number) for one in order.operations]
    assert seen == [("0010", "10 Turn", "DMG-01", "11"), ("0020", "20 Test", "DMG-01", "12")]
    (component,) = order.components
    assert (component.item, component.quantity, component.unit, component.operation) == (
        "ROH",
        7,
        "C62",
        "0010",
    )


@pytest.mark.parametrize(
    ("state", "status", "is_cancelled"),
    [
        ("running", ErpStatus.RELEASED, False),
        ("done", ErpStatus.CLOSED, False),
        ("cancelled", None, True),
    ],
)
def test_states(state, status, is_cancelled):
    (order,) = read(production(state=state)).documents
    assert (order.status, order.cancel) == (status, is_cancelled)


def test_the_sale_behind_it_is_the_customer_order():
    sale = {"number": "S7", "party.": {"code": "K1", "name": "Demo AG"}}
    values = {"origin": "sale.line,5", "origin.": {"id": 5, "sequence": 20, "sale.": sale}}
    (order,) = read(production(**values)).documents
    seen = (order.customer, order.customer_name, order.customer_order, order.customer_line)
    assert seen == ("K1", "Demo AG", "S7", "20")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"number": None}, "not_numbered"),
        ({"quantity": -1.0}, "out_of_range"),
        ({"quantity": 0.00051}, "too_precise"),
        ({"unit.": {"symbol": "furlong"}}, "unknown_unit"),
        ({"planned_date": "soon"}, "broken_record"),
        ({"write_date": None}, "broken_record"),
    ],
)
def test_what_is_wrong_is_named_and_the_others_go_on(values, code):
    reading = read(production(**values), production(number="4712"))
    assert [problem.code for problem in reading.problems] == [code]
    assert [document.number for document in reading.documents] == ["4712"]


def test_units_of_the_connection():
    (order,) = read(production(**{"unit.": {"symbol": "furlong"}}), units={"Furlong": "MTR"}).documents
    assert order.unit == "MTR"


def test_operations_are_numbered_by_name_or_by_age():
    named = [work(12, "20 Test"), work(11, "10 Turn")]
    assert operation_numbers(named) == {11: "0010", 12: "0020"}
    nameless = [work(11, "Turn", sequence=2), work(12, "Test", sequence=3), work(13, "Deburr", sequence=1)]
    numbers = operation_numbers(nameless)
    assert list(numbers.items()) == [(13, "0030"), (11, "0010"), (12, "0020")]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (["UserError", ["Not allowed.", "", None]], ErpError("UserError", "Not allowed.")),
        (["UserWarning", ["name_1", "Sure?", "Really"]], ErpError("UserWarning", "Sure?. Really", "name_1")),
        (["'notes'", "Traceback …"], ErpError("", "'notes'")),
    ],
)
def test_errors_come_with_status_200(error, expected):
    assert read_answer(json.dumps({"id": 0, "error": error}).encode()) == expected


@given(st.binary(max_size=200))
def test_no_answer_breaks_the_reader(noise):
    for body in (noise, b'{"result": [' + noise + b"]}"):
        TrytonFormat().read(body, zone=BERLIN, settings={})
        TrytonFormat().identify(body)


@given(
    st.dictionaries(
        st.sampled_from(list(production())), st.none() | st.integers() | st.text() | st.lists(st.none())
    )
)
def test_no_production_breaks_the_reader(values):
    reading = read(production(**values))
    assert len(reading.documents) + bool(reading.problems) == 1


@given(st.decimals(-(10**6), 10**6, places=3), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_values_come_back(amount, length):
    moment = datetime(2026, 3, 2, 5, 15, 0, 1, UTC)
    call = json.loads(write_call("model.x.read", [amount, moment]))
    assert read_answer(json.dumps({"result": call["params"]}).encode()) == [amount, moment]
    (seconds,) = json.loads(write_call("model.x.read", [length]))["params"]
    assert seconds == {"__class__": "timedelta", "seconds": length.total_seconds()}


def test_deep_json_is_refused():
    with pytest.raises(InvalidInput):
        read_answer(b"[" * 100_000)


@given(
    good=st.decimals(0, 10**6, places=3),
    scrap=st.decimals(0, 10**6, places=3),
    reason=st.text(alphabet="ab: 1", max_size=9),
    final=st.booleans(),
)
def test_a_note_says_what_it_was_made_of(good, scrap, reason, final):
    said = confirmation(good=good, scrap=scrap, scrap_reason=reason, final=final)
    note = read_note(confirmation_note(said))
    assert (note.identity, note.taken_back) == (ID, False)
    assert (note.good, note.scrap, note.setup_seconds, note.final) == (good, scrap, said.setup_seconds, final)


def test_a_note_of_taking_back_names_what_is_taken_back():
    note = read_note(taking_back_note(confirmation(identity="2" * 32, reverses=ID)))
    assert (note.identity, note.taken_back) == (ID, True)


@pytest.mark.parametrize("text", ["", "Call the customer", "MES confirmation 12"])
def test_notes_of_people_are_not_ours(text):
    assert read_note(text) is None
