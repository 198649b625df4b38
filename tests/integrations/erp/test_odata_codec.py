"""What SAP's gateway writes: values, lists byte for byte, errors and batches."""

import json
import uuid
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.domain.connectors import PartnerError
from integrations.erp.fields import BadValueError
from integrations.erp.odata import codec
from integrations.erp.record import load, number, quantity
from mes.lib.errors import InvalidInput

BERLIN = ZoneInfo("Europe/Berlin")
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=3)


@given(st.dates(min_value=date(1900, 1, 1)))
def test_days_survive(on):
    assert codec.day(codec.day_text(on)) == on


@given(st.times())
def test_times_survive_to_the_second(at):
    found = codec.clock(codec.clock_text(at))
    assert found == timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


@given(AMOUNTS)
def test_amounts_survive(value):
    assert quantity(codec.amount_text(value)) == value


@given(st.text())
def test_a_text_inside_a_filter_stays_one_value(text):
    literal = codec.literal(text)
    assert (literal[0], literal[-1]) == ("'", "'")
    assert literal[1:-1].replace("''", "'") == text
    assert "'" not in literal[1:-1].replace("''", "")


@given(st.text() | st.from_regex(codec.TICKS) | st.from_regex(codec.CLOCK))
def test_bad_values_are_refused_and_nothing_else_happens(text):
    for read in (codec.day, codec.clock, number, quantity, lambda one: codec.moment(one, one, BERLIN)):
        with suppress(BadValueError):
            read(text)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("/Date(1470268800000)/", date(2016, 8, 4)),
        ("/Date(1470268800000+0000)/", date(2016, 8, 4)),
        ("/Date(-86400000)/", date(1969, 12, 31)),
        ("2016-08-04T09:00:00+09:00", date(2016, 8, 4)),
        ("2016-08-04T00:00:00", date(2016, 8, 4)),
    ],
)
def test_days(text, on):
    assert codec.day(text) == on


@pytest.mark.parametrize(
    "text", ["", "/Date(x)/", "0000-00-00", "/Date(999999999999999)/", "PT", "PT25H", "PT1H61M"]
)
def test_what_is_neither_day_nor_time(text):
    for read in (codec.day, codec.clock):
        with pytest.raises(BadValueError):
            read(text)


def test_a_local_time_is_the_plants_and_midnight_may_be_called_24():
    day = codec.day_text(date(2026, 7, 1))
    assert codec.moment(day, "PT06H10M00S", BERLIN) == datetime(2026, 7, 1, 4, 10, tzinfo=UTC)
    assert codec.moment(day, "PT24H00M00S", BERLIN) == datetime(2026, 7, 1, 22, tzinfo=UTC)
    assert codec.moment(day, "", BERLIN) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert codec.clock_text(time(6, 10)) == "PT06H10M00S"


def test_each_entity_keeps_its_bytes():
    first = b'{ "A" : "1.0",  "B":{"results":[ {"x":"]}"} ]}, "C": "\xc3\xbc" }'
    second = rb'{"A":"\u00fc", "N": 1.50}'
    body = b'{"d" : {"__count":"2", "results" :[\n' + first + b" , " + second + b'\n],"__next":"http://x"}}'
    listing = codec.read_listing(body)
    assert [one.raw for one in listing.entities] == [first, second]
    assert listing.entities[0].values["C"] == "ü"
    assert listing.entities[1].values["N"] == Decimal("1.50")
    assert listing.next == "http://x"
    assert codec.read_listing(b'{"d":{"results":[]}}').next == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<html>",
        b'{"d":[]}',
        b'{"d":{"results":[1]}}',
        b'{"d":{"results":[{]}}',
        b'{"d":{"results":[{}',
        b"\xff",
        b'{"d":{"results":' + b"[" * 100_000,
    ],
)
def test_an_answer_that_makes_no_sense(body):
    with pytest.raises(PartnerError):
        codec.read_listing(body)


@settings(max_examples=30)
@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_any_list_of_objects_comes_back(value):
    entities = [{"value": value}, {"other": value}]
    listing = codec.read_listing(json.dumps({"d": {"results": entities}}).encode())
    assert [one.values for one in listing.entities] == entities
    assert [json.loads(one.raw) for one in listing.entities] == entities


def test_errors_say_code_and_sentence_without_the_friendly_lines():
    body = json.dumps(
        {
            "error": {
                "code": "M7/053",
                "message": {"lang": "en", "value": "Posting only possible in periods 2026/02"},
                "innererror": {
                    "errordetails": [
                        {"code": "RU/505", "message": "Enter a quantity", "severity": "error"},
                        {"code": "RU/001", "message": "All well", "severity": "info"},
                    ]
                },
            }
        }
    ).encode()
    fault = codec.read_fault(body)
    assert fault.codes == ("M7/053", "RU/505")
    assert str(fault) == "Posting only possible in periods 2026/02; Enter a quantity"


@given(st.binary())
def test_no_error_body_is_too_strange(body):
    assert isinstance(codec.read_fault(body), codec.Fault)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([200, 400, 404, 500]),
            st.text(st.characters(codec="ascii", exclude_categories=["C"])),
        )
    )
)
def test_the_parts_of_a_batch_have_their_own_status(answers):
    boundary = uuid.uuid4().hex
    body = b"".join(
        f"--{boundary}\r\nContent-Type: application/http\r\n\r\n"
        f"HTTP/1.1 {status} X\r\nA: b\r\n\r\n{json.dumps(text)}\r\n".encode()
        for status, text in answers
    )
    parts = codec.read_batch(f"multipart/mixed; boundary={boundary}", body + f"--{boundary}--\r\n".encode())
    assert [(part.status, json.loads(part.body)) for part in parts] == answers


@pytest.mark.parametrize(
    "body", [b"", b"--x\r\n\r\nnothing\r\n--x--", b"--x\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}"]
)
def test_a_broken_batch(body):
    with pytest.raises(PartnerError):
        codec.read_batch("multipart/mixed; boundary=x", body)


@given(st.binary())
def test_a_message_is_json_or_refused(body):
    with suppress(InvalidInput):
        load(body)
