"""XML that must not hurt: bombs, entities, depth, size, encodings, cuts."""

import time
import tracemalloc
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.erp.idoc.reading import read_message
from integrations.erp.safe_xml import XmlLimits, read_records
from mes.lib.errors import InvalidInput
from tests.integrations.erp.idocs import document, idoc, operation, order

BERLIN = ZoneInfo("Europe/Berlin")
GOOD = document(idoc(order(AUFNR="1")), idoc(order(AUFNR="2")))
BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>
<LOIPRO05><IDOC>&b;</IDOC></LOIPRO05>"""
XXE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<LOIPRO05><IDOC>&a;</IDOC></LOIPRO05>"""
DTD = b"""<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><LOIPRO05><IDOC/></LOIPRO05>"""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (BOMB, "dtd_refused"),
        (XXE, "dtd_refused"),
        (DTD, "dtd_refused"),
        (b"<LOIPRO05><IDOC>&unknown;</IDOC></LOIPRO05>", "broken_xml"),
        (b"<LOIPRO05></LOIPRO05>", "no_idoc"),
        (b"{}", "broken_xml"),
        (b"\x00\x01\x02", "broken_xml"),
        (GOOD.replace(b"VALVE", b"VAL\x00VE"), "broken_xml"),
        (GOOD.replace(b"VALVE", b"VALV\xe9"), "broken_xml"),
        (GOOD.replace(b"UTF-8", b"bogus-1"), "wrong_encoding"),
        (GOOD.replace(b"UTF-8", b"gb2312"), "wrong_encoding"),
        (b"<IDOC>" * 100_000, "too_deep"),
        (b"<LOIPRO05>" + b"<x/>" * 1_000_000, "too_many"),
        (b"<LOIPRO05><IDOC>" + b"<x/>" * 1_000_000, "too_many"),
        (b"<LOIPRO05>" + b"<IDOC/>" * 1_000_000, "too_many"),
        (b'<LOIPRO05><IDOC a="' + b"x" * 20_000_000, "token_too_long"),
        (b"<LOIPRO05>" + b"x" * 100_000_000, "too_large"),
        (
            b'<LOIPRO05 xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></LOIPRO05>',
            "no_idoc",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused_soon_and_within_64_mib(body, code):
    began = time.process_time()
    reading = read_message(body, zone=BERLIN)
    took = time.process_time() - began
    assert code in {problem.code for problem in reading.problems}
    assert not [d for d in reading.documents if d.number != "1"]
    assert took < 60, "bounded; a second on an idle machine"
    tracemalloc.start()
    read_message(body, zone=BERLIN)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 * 1024 * 1024


def test_nothing_is_parsed_before_the_size_is_checked():
    with pytest.raises(InvalidInput) as caught:
        list(read_records(b"<not closed" * 10, record="IDOC", limits=XmlLimits(bytes=50)))
    assert caught.value.problems[0].code == "too_large"


def test_windows_1252_and_latin_1_are_read():
    for encoding in ("windows-1252", "iso-8859-1", "utf-16"):
        body = document(idoc(order(AUFNR="1", ZZTEXT="Stück für Größe")), encoding=encoding)
        (found,) = read_message(body, zone=BERLIN).documents
        assert found.raw["ZZTEXT"] == "Stück für Größe"


def test_a_document_cut_in_the_middle_keeps_its_complete_orders():
    cut = GOOD[: GOOD.index(b"</IDOC>") + 60]
    reading = read_message(cut, zone=BERLIN)
    assert [document.number for document in reading.documents] == ["1"]
    (problem,) = reading.problems
    assert (problem.code, problem.row) == ("broken_xml", 4)


@given(st.integers(0, len(GOOD) - 1))
def test_wherever_it_is_cut_no_order_is_half_read(length):
    reading = read_message(GOOD[:length], zone=BERLIN)
    whole = read_message(GOOD, zone=BERLIN).documents
    assert reading.documents == whole[: len(reading.documents)]
    assert reading.problems


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_flipped_byte_is_read_or_refused_but_never_crashes(place, byte):
    body = bytearray(GOOD)
    body[place] = byte
    read_message(bytes(body), zone=BERLIN)


@given(st.binary(max_size=200))
def test_noise_is_refused(noise):
    assert read_message(noise, zone=BERLIN).documents == ()


def test_two_documents_in_one_file_are_told():
    reading = read_message(GOOD + GOOD, zone=BERLIN)
    assert [document.number for document in reading.documents] == ["1", "2"]
    assert reading.problems[0].code == "broken_xml"


def test_a_thousand_orders_in_one_file():
    orders = [idoc(order(f"<E1AFFLL>{operation()}</E1AFFLL>", AUFNR=str(n))) for n in range(1, 1001)]
    reading = read_message(document(*orders), zone=BERLIN)
    assert len(reading.documents) == 1000
