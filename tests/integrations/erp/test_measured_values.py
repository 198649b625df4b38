"""Files of measuring machines: CSV and AQDEF through the inbox, each value judged, held and told once."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.domain.formats import Reading
from integrations.domain.inbox import process, receive, replay
from integrations.erp.measured.aqdef import read_aqdef
from integrations.erp.measured.table import read_values
from orders.models import Hold
from quality.models import InspectionResult
from tests.factories.accounts import SupervisorFactory
from tests.factories.integrations import ConnectionFactory
from tests.factories.orders import OperationFactory
from tests.factories.quality import CharacteristicFactory, GaugeFactory

BERLIN = ZoneInfo("Europe/Berlin")
CSV = (
    b"order;operation;characteristic;value;unit;gauge;piece;at\r\n"
    b"4711;0010;D1;25,001;mm;CMM-1;S-1;02.03.2026 10:00\r\n"
    b"4711;0010;D1;25,030;mm;CMM-1;S-2;02.03.2026 10:05\r\n"
)
DFQ = (
    b"K0100 2\r\nK1001 HUB\r\nK1053 4711\r\nK1086 0010\r\n"
    b"K2001/1 D1\r\nK2142/0 mm\r\nK2401/1 CMM-1\r\nK2001/2 D2\r\n"
    b"25.001\x140\x1402.03.2026/10:00:00\x0f0.8\x140\x1402.03.2026/10:00:00\r\n"
    b"25.030\x140\x1402.03.2026/10:05:00\x0f9.9\x14255\x1402.03.2026/10:05:00\r\n"
    b"K0001/1 25.010\r\nK0004/1 02.03.2026/10:10:00\r\nK0014/1 S-9\r\n"
)


def value(found):
    return (found.row, found.characteristic, found.value, found.unit, found.gauge, found.piece)


def test_a_csv_line_is_a_value():
    reading = read_values(CSV, zone=BERLIN)
    assert reading.problems == ()
    first, second = reading.measured
    assert value(first) == (2, "D1", "25,001", "mm", "CMM-1", "S-1")
    assert (second.row, second.order, second.operation) == (3, "4711", "0010")
    assert first.at == datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "code", "field", "row"),
    [
        (CSV.replace(b"characteristic", b"what"), "column_missing", "characteristic", 1),
        (CSV.replace(b"25,030", b""), "required", "value", 3),
        (CSV.replace(b"02.03.2026 10:05", b"soon"), "not_a_date", "at", 3),
        (CSV.replace(b"S-2", b"S" * 81), "too_long", "piece", 3),
        (b"", "empty", "", None),
    ],
)
def test_a_csv_error_names_line_and_column(body, code, field, row):
    [problem] = read_values(body, zone=BERLIN).problems
    assert (problem.code, problem.field, problem.row) == (code, field, row)


def test_aqdef_value_lines_and_value_fields_are_read_and_invalid_values_left_out():
    reading = read_aqdef(DFQ, zone=BERLIN)
    assert reading.problems == ()
    assert [value(one) for one in reading.measured] == [
        (9, "D1", "25.001", "mm", "CMM-1", ""),
        (9, "D2", "0.8", "mm", "", ""),
        (10, "D1", "25.030", "mm", "CMM-1", ""),
        (11, "D1", "25.010", "mm", "CMM-1", "S-9"),
    ]
    assert {(one.order, one.operation) for one in reading.measured} == {("4711", "0010")}
    assert reading.measured[-1].at == datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attribute", "counts"), [("", 1), ("0", 1), ("129", 0), ("255", 0), ("256", 0), ("290", 0)]
)
def test_values_that_the_machine_calls_invalid_are_left_out(attribute, counts):
    line = f"25.001\x14{attribute}\x1415.02.2024/07:46:31\r\n".encode()
    reading = read_aqdef(DFQ[: DFQ.index(b"25.001")] + line, zone=BERLIN)
    assert (len(reading.measured), reading.problems) == (counts, ())


@pytest.mark.parametrize(
    ("body", "code", "field", "row"),
    [
        (b"order;value\r\n", "no_aqdef", "K0100", 1),
        (DFQ.replace(b"K0100 2", b"K0100 two"), "not_a_number", "K0100", 1),
        (DFQ.replace(b"K0100 2", b"K0100 1"), "too_many_values", "K0001", 9),
        (DFQ.replace(b"K1053 4711\r\n", b""), "required", "K0053", 8),
        (DFQ.replace(b"K2001/2 D2", b"K2001/2 D2\r\nK2004/2 1"), "attributive", "K2004", 10),
        (DFQ.replace(b"02.03.2026/10:10:00", b"99.99.2026"), "not_a_date", "K0004", 11),
    ],
)
def test_an_aqdef_error_names_line_and_field(body, code, field, row):
    problem = read_aqdef(body, zone=BERLIN).problems[0]
    assert (problem.code, problem.field, problem.row) == (code, field, row)


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=300), at=st.integers(0, len(DFQ)), cut=st.integers(0, 40))
def test_no_bytes_break_a_reader(body, at, cut):
    for read, whole in ((read_values, CSV), (read_aqdef, DFQ)):
        assert isinstance(read(body, zone=BERLIN), Reading)
        assert isinstance(read(whole[:at] + body + whole[at + cut :], zone=BERLIN), Reading)


@settings(max_examples=60, deadline=None)
@given(numbers=st.lists(st.decimals(-1000, 1000, places=3), min_size=1, max_size=20))
def test_what_was_written_is_what_is_read(numbers):
    rows = "".join(f"4711;0010;D1;{number}\r\n" for number in numbers)
    lines = "".join(f"{number}\r\n" for number in numbers)
    csv = read_values(b"order;operation;characteristic;value\r\n" + rows.encode(), zone=BERLIN)
    head = "K0100 1\r\nK1053 4711\r\nK1086 0010\r\nK2001/1 D1\r\n"
    dfq = read_aqdef((head + lines).encode(), zone=BERLIN)
    for reading in (csv, dfq):
        assert [Decimal(one.value) for one in reading.measured] == numbers


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "body", "taken"), [("measured", CSV, 2), ("aqdef", DFQ, 3)])
def test_a_file_is_recorded_once_judged_and_held(name, body, taken):
    operation = OperationFactory(in_production=True, order__number="4711", number="0010")
    GaugeFactory(plant=operation.plant, code="CMM-1")
    CharacteristicFactory(
        plan__plant=operation.plant,
        plan__item=operation.order.item,
        plan__operation_number="0010",
        plan__released_at=datetime(2026, 1, 1, tzinfo=UTC),
        code="D1",
    )
    connection = ConnectionFactory(plant=operation.plant, format=name)
    message = process(receive(connection=connection, channel="file", body=body, name=f"x.{name}").message)
    results = InspectionResult.objects.order_by("at")
    assert [one.verdict for one in results][:2] == ["passed", "failed"]
    assert results.count() == taken
    assert Hold.objects.get(operation=operation).reason.startswith("D1 ")
    unknown = [problem["field"] for problem in message.problems]
    assert (message.state, unknown) == (
        ("applied", []) if name == "measured" else ("partly", ["characteristic"])
    )
    again = replay(message=message, by=SupervisorFactory())
    assert {one["outcome"] for one in again.results} <= {"unchanged", "refused"}
    assert results.count() == taken
