"""Order files: cells, lines, encodings, and the way back."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.erp.files import tables
from integrations.erp.files.mapping import read_orders, write_orders
from integrations.erp.files.values import Profile
from orders.domain.documents import ComponentLine, OperationLine, OrderDocument, RequirementLine

BERLIN = ZoneInfo("Europe/Berlin")
FIRST, LAST = (datetime(year, 1, 1) for year in (2000, 2099))  # noqa: DTZ001
HEAD = (
    "order_number;item;order_quantity;order_unit;due;operation_number;work_centre;setup_minutes;run_seconds"
)
ROW = "4711;Ventil groß;1.200,5;Stk;31.12.2026 14:30;10;DMG-01;7,5;12"


def read(text, written_as="utf-8", **profile):
    body = text if isinstance(text, bytes) else text.encode(written_as)
    return read_orders(body, zone=BERLIN, profile=Profile(**profile))


def only(text, **kwargs):
    reading = read(text, **kwargs)
    assert reading.problems == ()
    (found,) = reading.documents
    return found


def problem(text, **kwargs):
    reading = read(text, **kwargs)
    assert reading.documents == ()
    (found,) = reading.problems
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_german_values_in_every_encoding(encoding):
    found = only(f"{HEAD}\r\n{ROW}\r\n", written_as=encoding)
    assert (found.number, found.item, found.row) == ("4711", "Ventil groß", 2)
    assert (found.quantity, found.unit) == (Decimal("1200.500"), "C62")
    assert found.due == datetime(2026, 12, 31, 13, 30, tzinfo=UTC)
    (operation,) = found.operations
    assert (operation.setup_seconds, operation.run_seconds) == (450, 12)
    assert found.components is None


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_separator_is_found(delimiter):
    cells = ["4711", "V;1", "12", "ST"]
    head = delimiter.join(["order_number", "item", "order_quantity", "order_unit"])
    quoted = delimiter.join(f'"{cell}"' for cell in cells)
    assert only(f"{head}\n{quoted}\n").item == "V;1"


def cell(column, text, **profile):
    found = only(f"order_number;{column}\n1;{text}\n", **profile)
    return getattr(found, tables.ORDER_COLUMNS[column][0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.234,50", "1234.500"),
        ("1234,50", "1234.500"),
        ("1234.50", "1234.500"),
        ("1,234.50", "1234.500"),
        ("12", "12.000"),
        ("0.125", "0.125"),
        ("1 234,5", "1234.500"),
        ("1.234.567", None),
    ],
)
def test_numbers(text, expected):
    if expected is None:
        assert problem(f"order_number;order_quantity\n1;{text}\n").code == "ambiguous"
    else:
        assert cell("order_quantity", text) == Decimal(expected)


def test_an_ambiguous_number_needs_the_profile():
    assert problem("order_number;order_quantity\n1;1.234\n").code == "ambiguous"
    assert cell("order_quantity", "1.234", decimal=",") == 1234
    assert cell("order_quantity", "1.234", decimal=".") == Decimal("1.234")


@pytest.mark.parametrize(
    "text", ["2026-12-31", "31.12.2026", "31.12.26", "20261231", "30.12.2026 24:00", "2026-12-31T00:00+01:00"]
)
def test_dates(text):
    assert cell("due", text) == datetime(2026, 12, 30, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("due", "31.02.2026", "not_a_date"),
        ("due", "2026-13-01", "not_a_date"),
        ("due", "31.12.2026 25:00", "not_a_date"),
        ("due", "tomorrow", "not_a_date"),
        ("order_quantity", "-3", "negative"),
        ("order_quantity", "3-", "negative"),
        ("order_quantity", "0", "not_positive"),
        ("order_quantity", "NaN", "not_a_number"),
        ("order_quantity", "1e308", "not_a_number"),
        ("order_quantity", "9" * 20, "too_large"),
        ("order_quantity", "1.2.3,4.5", "not_a_number"),
        ("order_quantity", "-", "not_a_number"),
        ("order_quantity", ",", "not_a_number"),
        ("order_quantity", "0.1234", "too_precise"),
        ("order_unit", "furlong", "unknown_unit"),
        ("priority", "urgent", "not_a_number"),
        ("strategy", "XYZ", "not_allowed"),
        ("erp_status", "nice", "not_allowed"),
        ("item", "x" * 61, "too_long"),
        ("record", "banana", "not_allowed"),
        ("line_status", "Q", "not_allowed"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(column, text, code):
    found = problem(f"order_number;{column}\n\n1;{text}\n")
    assert (found.code, found.row, found.field) == (code, 3, column)
    assert found.value == text[:100]


@pytest.mark.parametrize(
    ("body", "code", "row"),
    [
        (b"", "empty", None),
        (b"\r\n \r\n", "empty", None),
        (b"\xef\xbb\xbf", "empty", None),
        (b"item;due\n1;2\n", "required", 1),
        (b"order_number;colour\n1;2\n", "unknown_column", 1),
        (b"order_number;item;item\n1;2;3\n", "duplicate", 1),
        (b"order_number;item\n1;a\x00b\n", "nul", 2),
        (b"order_number;item\n1;\x81\xe4\n", "wrong_encoding", 2),
        (b'order_number;item\n1;"open\n2;x\n', "broken_csv", 3),
        (b'order_number;item\n1;"a"b"\n', "broken_csv", 2),
        (b"order_number;item\n1;a;b\n", "wrong_width", 2),
        (b"order_number;item\n1\n", "wrong_width", 2),
        (b"order_number;item\n;a\n", "required", 2),
        (b'order_number;item\n1;"' + b"x" * 200_000 + b'"\n', "broken_csv", 2),
        (b"\xff\xfeo\x00r\x00d", "wrong_encoding", 1),
        (b"PK\x03\x04" + bytes(range(256)), "wrong_encoding", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_file_is_refused_with_its_line(body, code, row):
    found = problem(body)
    assert found.code == code
    assert row is None or found.row == row


def test_100_mb_are_refused_unread():
    assert problem(b"x" * 100_000_000).code == "too_large"


def test_an_encoding_of_the_profile_is_strict():
    for body, encoding in ((b"order_number;item\n1;\xe4\n", "utf-8"), (b"order_number\n1\n", "klingon")):
        assert problem(body, encoding=encoding).code == "wrong_encoding"


def test_when_the_next_operation_may_and_must_begin_stands_in_columns():
    found = only(f"{HEAD};send_ahead;longest_wait_hours\n{ROW};50;4\n")
    (operation,) = found.operations
    assert (operation.send_ahead, operation.longest_wait_seconds) == (50, 14400)


def test_a_bad_order_does_not_keep_the_others_out():
    reading = read("order_number;order_quantity\n1;5\n2;x\n3;7\n4\n")
    assert [d.number for d in reading.documents] == ["1", "3"]
    assert [(p.row, p.code) for p in reading.problems] == [(3, "not_a_number"), (5, "wrong_width")]


def test_rows_that_contradict_each_other_are_refused():
    found = problem("order_number;operation_number;order_quantity\n1;10;5\n1;20;6\n")
    assert (found.code, found.row, found.field) == ("contradiction", 3, "order_quantity")


def test_an_operation_twice_is_refused():
    assert problem("order_number;operation_number\n1;10\n1;10\n").code == "duplicate"


def test_line_status_d_cancels_an_operation_or_the_order():
    found = only("line_status;order_number;operation_number\nN;1;10\nd;1;20\n")
    assert [(op.number, op.cancelled) for op in found.operations] == [("10", False), ("20", True)]
    gone = only("line_status;order_number\nD;1\n")
    assert gone.cancel
    assert gone.operations is None


def test_components_requirements_and_parameters():
    text = (
        "record;order_number;operation_number;component_item;component_quantity;component_unit;"
        "requirement_code;requirement_kind;requirement_text;requirement_choices;requirement_lower;"
        "param:Force kN\n"
        "operation;1;10;;;;;;;;;630\n"
        "component;1;10;STEEL;2,5;KG;;;;;;\n"
        "requirement;1;;;;;RAL;choice;Colour;5010|9005;;\n"
        "requirement;1;10;;;;HRC;limit;Hardness;;-0,5;\n"
    )
    found = only(text)
    assert found.operations[0].parameters == {"Force kN": "630"}
    assert (found.components[0].item, found.components[0].unit) == ("STEEL", "KGM")
    assert found.requirements[0].choices == ("5010", "9005")
    assert found.requirements[1].lower == Decimal("-0.5")


@pytest.mark.parametrize(
    ("kind", "extra", "code"),
    [
        ("limit", "", "required"),
        ("document", "", "required"),
        ("document", "javascript:alert(1)", "required"),
        ("banana", "", "not_allowed"),
    ],
)
def test_a_requirement_must_be_complete(kind, extra, code):
    head = "record;order_number;requirement_code;requirement_kind;requirement_text;requirement_url"
    assert problem(f"{head}\nrequirement;1;A;{kind};Text;{extra}\n").code == code


def test_an_empty_cell_says_nothing_or_clears():
    assert only("order_number;customer\n1;\n").customer is None
    assert only("order_number;customer\n1;\n", empty_clears=True).customer == ""


def test_a_quoted_cell_may_hold_lines_and_the_next_row_keeps_its_line():
    reading = read('order_number;customer_name;order_quantity\n1;"two\nlines";1\n2;x;bad\n')
    assert reading.documents[0].customer_name == "two\nlines"
    assert reading.problems[0].row == 4


def test_too_many_rows_are_refused():
    assert problem("order_number\n" + "1\n" * 11, max_rows=10).code == "too_many"


def test_every_column_is_documented():
    page = Path(__file__).resolve().parents[3] / "docs" / "reference" / "csv-orders.md"
    text = page.read_text()
    assert not [name for name in sorted(tables.KNOWN) if f"`{name}`" not in text]


def test_a_text_that_looks_like_a_formula_is_disarmed():
    written = write_orders([OrderDocument(number="1", customer_name="=cmd|' /C calc'!A0")])
    assert b";'=cmd" in written
    assert only(written).customer_name == "=cmd|' /C calc'!A0"


words = st.text(
    st.characters(codec="cp1252", exclude_categories=("Cc", "Cs")), min_size=1, max_size=10
).filter(lambda text: text == text.strip())
codes = words.filter(lambda text: "|" not in text)
amounts = st.decimals(0, 10**9, places=3)
positive = st.decimals(Decimal("0.001"), 10**9, places=3)
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
units = st.sampled_from(["C62", "KGM", "MTR"])
numbers = st.sampled_from(["0010", "20", "A30"])
operations = st.builds(
    OperationLine,
    number=numbers,
    text=st.just("") | words,
    work_centre=st.just("") | words,
    setup_seconds=st.none() | amounts,
    run_seconds=st.none() | amounts,
    base_quantity=positive,
    program=st.none() | words,
    parameters=st.none() | st.dictionaries(st.sampled_from(["Force", "T 1"]), words, min_size=1),
    inspection=st.none() | st.booleans(),
    earliest_start=st.none() | moments,
    cancelled=st.booleans(),
)
components = st.builds(
    ComponentLine,
    position=st.just("") | words,
    item=words,
    quantity=amounts,
    unit=units,
    operation=st.just("") | numbers,
    backflush=st.booleans(),
)
requirements = st.builds(
    RequirementLine,
    code=words,
    kind=st.just("choice"),
    text=words,
    value=st.just("") | words,
    choices=st.lists(codes, max_size=3).map(tuple),
    lower=st.none() | st.just(Decimal("-1.5")),
    upper=st.none() | amounts,
    url=st.just("") | st.just("http://x/y"),
    operation=st.just("") | numbers,
)
documents = st.builds(
    OrderDocument,
    number=words,
    version=st.just("") | words,
    item=st.none() | words,
    quantity=st.none() | positive,
    unit=st.none() | units,
    strategy=st.none() | st.sampled_from(["MTO", "ETO"]),
    start=st.none() | moments,
    due=st.none() | moments,
    priority=st.none() | st.integers(0, 99999),
    status=st.none() | st.sampled_from(tables.STATUSES),
    customer_name=st.none() | words,
    operations=st.none()
    | st.lists(operations, min_size=1, max_size=3, unique_by=lambda op: op.number).map(tuple),
    components=st.none() | st.lists(components, min_size=1, max_size=2).map(tuple),
    requirements=st.none() | st.lists(requirements, min_size=1, max_size=2).map(tuple),
    cancel=st.booleans(),
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(documents, min_size=1, max_size=3, unique_by=lambda document: document.number),
    st.sampled_from(["utf-8-sig", "cp1252"]),
    st.sampled_from([";", ",", "\t"]),
    st.sampled_from([",", "."]),
)
def test_reading_what_was_written_gives_the_same(originals, encoding, delimiter, decimal):
    body = write_orders(originals, encoding=encoding, delimiter=delimiter, decimal=decimal)
    profile = Profile(encoding=encoding, delimiter=delimiter, decimal=decimal)
    reading = read_orders(body, zone=BERLIN, profile=profile)
    assert reading.problems == ()
    back = {document.number: replace(document, row=1) for document in reading.documents}
    assert [back[document.number] for document in originals] == originals


@given(st.binary(max_size=300))
def test_noise_never_crashes(noise):
    read(noise)


@given(st.text(max_size=100), st.sampled_from(sorted(tables.KNOWN)))
def test_any_text_in_any_cell_is_taken_or_refused(text, column):
    quoted = '"' + text.replace('"', '""') + '"'
    read(f"order_number;record;{column}_\n".replace(f"{column}_", column) + f"1;operation;{quoted}\n")
