"""A large CSV file needs little more memory than its bytes and is applied in pieces, in one transaction."""

import tracemalloc
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.domain import inbox
from integrations.enums import InboundState
from integrations.erp.files import codec, mapping
from integrations.erp.files.codec import read_table
from integrations.erp.files.mapping import read_in_pieces, read_orders
from integrations.erp.files.tables import KNOWN
from integrations.erp.files.values import Profile
from integrations.models import InboundMessage
from orders.models import ProductionOrder
from tests.integrations.plants import csv_partner

HEADER = "order_number;item;order_quantity;operation_number;work_centre;run_seconds\n"


def file_of(orders, operations=4):
    rows = [
        f"{number};VALVE;5;{step * 10:04};DMG-01;12,5\n"
        for number in range(1, orders + 1)
        for step in range(1, operations + 1)
    ]
    return (HEADER + "".join(rows)).encode()


def test_rows_hold_little_more_than_the_file_itself():
    body = file_of(2000)
    tracemalloc.start()
    table = read_table(body, known=KNOWN, profile=Profile())
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(table.rows) == 8000
    assert table.rows[-1].cells["order_number"] == "2000"
    assert dict(table.rows[0].cells)["run_seconds"] == "12,5"
    assert held < 10 * len(body), "a dictionary for each row held forty times as much"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_and_quoted_ones_are_counted(end):
    text = end.join(["order_number;operation_text", '1;"a', 'b"', "2;x"])
    reading = read_orders(text.encode(), zone=ZoneInfo("Europe/Berlin"))
    assert [document.row for document in reading.documents] == [2, 4]


def in_pieces(body):
    readings = list(read_in_pieces(body, zone=ZoneInfo("Europe/Berlin")))
    documents = tuple(document for reading in readings for document in reading.documents)
    problems = tuple(problem for reading in readings for problem in reading.problems)
    return len(readings), documents, problems


def test_pieces_say_what_the_whole_says(monkeypatch):
    monkeypatch.setattr(mapping, "ORDERS_AT_ONCE", 2)
    lines = file_of(5).decode().splitlines()
    lines[3:3] = ["1;VALVE;5;0099", "", "1;VALVE;x;0015;DMG-01;12,5"]
    body = "\n".join(lines).encode()
    whole = read_orders(body, zone=ZoneInfo("Europe/Berlin"))
    pieces, documents, problems = in_pieces(body)
    assert (pieces, documents) == (3, whole.documents)
    assert problems == whole.problems
    assert [problem.row for problem in problems] == [4, 6]
    assert len(documents) == 4


@pytest.mark.parametrize(
    "body",
    [
        file_of(3, operations=1) + b"1;VALVE;5;0020;DMG-01;12,5\n",
        b"",
        b"item\nVALVE\n",
        HEADER.encode(),
        file_of(3) + b'4;"VALVE\n',
        file_of(2).replace(b"item", b"itme"),
    ],
    ids=["parted", "empty", "no number", "no rows", "broken", "unknown column"],
)
def test_what_can_not_be_cut_is_read_as_a_whole(body, monkeypatch):
    monkeypatch.setattr(mapping, "ORDERS_AT_ONCE", 1)
    whole = read_orders(body, zone=ZoneInfo("Europe/Berlin"))
    assert in_pieces(body) == (1, whole.documents, whole.problems)


def test_memory_does_not_grow_with_the_orders(monkeypatch):
    monkeypatch.setattr(mapping, "ORDERS_AT_ONCE", 50)

    def peak_of(orders):
        body = file_of(orders)
        tracemalloc.start()
        for _reading in read_in_pieces(body, zone=ZoneInfo("Europe/Berlin")):
            pass
        _held, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    peak_of(100)
    assert peak_of(2000) < 2 * peak_of(400), "orders that are done must be given back, nor is the text held"


@given(
    st.lists(st.sampled_from(["a", "ü", "€", ";", "\n", "\r\n", "\r", '"'])).map("".join), st.integers(1, 5)
)
def test_text_in_pieces_is_the_text(text, piece):
    body = text.encode("utf-8-sig")
    with mock.patch.object(codec, "PIECE", piece):
        assert "".join(codec._decoded(body, codec.encoding_of(body))) == text
    assert "".join(codec._Lines(body, "utf-8-sig")) == text


@pytest.mark.parametrize("blanks", range(8186, 8194))
def test_a_line_end_may_lie_where_two_pieces_meet(blanks):
    body = f"order_number;operation_text\r\n1;{'x' * blanks}\r\n2;y\r\n".encode()
    reading = read_orders(body, zone=ZoneInfo("Europe/Berlin"), profile=Profile())
    assert sorted(one.row for one in (*reading.documents, *reading.problems)) == [2, 3]


@pytest.mark.django_db
def test_a_body_is_stored_without_many_copies_of_it():
    partner, body = csv_partner(), file_of(20_000)
    inbox.receive(connection=partner, channel="file", body=b"the first compiles the statement")
    tracemalloc.start()
    receipt = inbox.receive(connection=partner, channel="file", body=body)
    _held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * len(body), "as a part of the statement's text it took six times its size"
    assert bytes(InboundMessage.objects.get(pk=receipt.message.pk).body) == body


@pytest.mark.django_db
def test_pieces_are_applied_whole_or_not_at_all(monkeypatch):
    monkeypatch.setattr(inbox, "DOCUMENTS_AT_ONCE", 2)
    monkeypatch.setattr(mapping, "ORDERS_AT_ONCE", 3)
    partner = csv_partner()
    body = file_of(5)
    message = inbox.process(inbox.receive(connection=partner, channel="file", body=body).message)
    assert (message.state, len(message.results)) == (InboundState.APPLIED, 5)
    assert ProductionOrder.objects.count() == 5

    made = []

    def break_off(wave, *args):
        made.append(len(wave))
        if len(made) == 2:
            raise RuntimeError("broken off")
        return intake(wave, *args)

    intake = inbox._intake
    monkeypatch.setattr(inbox, "_intake", break_off)
    more = body.replace(b";VALVE;5;", b";VALVE;6;")
    message = inbox.process(inbox.receive(connection=partner, channel="file", body=more).message)
    assert made == [2, 1]
    assert message.state == InboundState.REFUSED
    assert set(ProductionOrder.objects.values_list("quantity", flat=True)) == {5}, "nothing of it"
