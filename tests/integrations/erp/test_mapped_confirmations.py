"""Confirmations in a partner's own layout."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from integrations.erp.mapped.confirmations import MappedConfirmations
from mes.lib.errors import InvalidInput, MesError
from orders.domain.documents import Confirmation, StopLine
from tests.support.mappings import mapping, row

CREATED = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
ONE = Confirmation(
    identity="A" * 32,
    sequence=7,
    order="4711",
    operation="0010",
    plant="P1",
    work_centre="DMG",
    confirmation_number="",
    unit="C62",
    good=Decimal("1200.500"),
    scrap=Decimal(3),
    rework=Decimal(0),
    scrap_reason="LUNKER",
    setup_seconds=Decimal(900),
    run_seconds=Decimal(5430),
    stop_seconds=Decimal(600),
    labour_seconds=Decimal(0),
    start=datetime(2026, 7, 1, 4, tzinfo=UTC),
    end=datetime(2026, 7, 1, 22, 15, tzinfo=UTC),
    person="Häuser",
    final=True,
    created=CREATED,
    time_zone="Europe/Berlin",
    stops=(StopLine("TOOL", Decimal(420)), StopLine("BREAK", Decimal(180))),
)
BACK = replace(ONE, identity="B" * 32, reverses="A" * 32, final=False)


def written(data, *confirmations):
    return MappedConfirmations().write(
        confirmations or [ONE],
        message_id="m1",
        created=CREATED,
        settings={"confirmation_mapping": {**data, "direction": "out"}},
    )


def lines_out(fields, **file):
    return mapping(
        file={"kind": "csv", **file},
        records=[{"name": "line", "of": "confirmation"}],
        fields=[row("line", *one) for one in fields],
        tables={"reasons": {"values": {"LUNKER": "17"}, "default": "99"}},
    )


def test_columns_with_times_in_the_wished_unit_and_reasons_by_a_table():
    data = lines_out(
        [
            ("Auftrag", "order", "pad 10 0"),
            ("Gut", "good", "decimals 2", "reverse_sign", "trailing_minus"),
            ("Grund", "scrap_reason", "table reasons"),
            ("Minuten", "run_seconds", "in min", "decimals 1"),
            ("Ende", "end", "date TT.MM.JJJJhh:mm"),
            ("Fertig", "final", "yes_no J N"),
            ("Name", "person"),
        ],
        encoding="cp1252",
        decimal=",",
    )
    rendered = written(data, ONE, BACK)
    assert (rendered.extension, rendered.kind) == ("csv", "confirmations")
    header, first, back = csv.reader(io.StringIO(rendered.body.decode("cp1252")), delimiter=";")
    assert header == ["Auftrag", "Gut", "Grund", "Minuten", "Ende", "Fertig", "Name"]
    assert first == ["0000004711", "1200,50", "17", "90,5", "02.07.202600:15", "J", "Häuser"]
    assert (back[1], back[5]) == ("1200,50-", "N")


def test_lines_of_several_kinds_with_head_stops_and_end():
    data = mapping(
        file={"kind": "csv", "header": 0},
        records=[
            {"name": "head", "of": "file"},
            {"name": "line", "of": "confirmation"},
            {"name": "stop", "of": "stop", "when": "reason != BREAK"},
            {"name": "end", "of": "file"},
        ],
        fields=[
            row("head", "1", "'H'"), row("head", "2", "message_id"),
            row("line", "1", "'R'"), row("line", "3", "order & '/' & operation"),
            row("stop", "1", "'S'"), row("stop", "2", "reason"), row("stop", "3", "seconds", "in min"),
            row("stop", "4", "order"),
            row("end", "1", "'E'"), row("end", "2", "count"),
        ],
    )  # fmt: skip
    assert written(data).body == b"H;m1\r\nR;;4711/0010\r\nS;TOOL;7;4711\r\nE;1\r\n"


def test_fixed_width_pads_and_never_cuts():
    fields = [("1-2", "'RM'"), ("5-12", "order"), ("13-20", "good", "decimals 1"), ("21-24", "operation")]
    body = written(lines_out(fields, kind="fixed", header=0)).body
    assert body == b"RM  4711      1200.50010\r\n"
    with pytest.raises(InvalidInput) as refused:
        written(lines_out([("1-3", "order")], kind="fixed"))
    assert (refused.value.problems[0].code, refused.value.problems[0].value) == ("too_long", "4711")


def test_xml_by_paths():
    data = mapping(
        file={"kind": "xml", "root": "Rueckmeldungen"},
        records=[
            {"name": "line", "of": "confirmation", "path": "Rueckmeldung"},
            {"name": "stop", "of": "stop", "path": "Stillstaende/Stillstand"},
        ],
        fields=[
            row("line", "@auftrag", "order"),
            row("line", "Mengen/Gut", "good"),
            row("line", "Mengen/Gut@einheit", "unit"),
            row("line", "Text", "'<&>' & person"),
            row("stop", "Grund", "reason"),
        ],
    )
    data["fields"][2]["target"] = "Mengen/@einheit"
    root = ElementTree.fromstring(written(data, ONE, BACK).body)
    first = root.find("Rueckmeldung")
    assert (root.tag, len(root), first.get("auftrag")) == ("Rueckmeldungen", 2, "4711")
    assert (first.findtext("Mengen/Gut"), first.find("Mengen").get("einheit")) == ("1200.5", "C62")
    assert first.findtext("Text").strip() == "<&>Häuser"
    assert [one.text for one in first.findall("Stillstaende/Stillstand/Grund")] == ["TOOL", "BREAK"]


def test_json_with_lists_and_numbers():
    data = mapping(
        file={"kind": "json", "root": "feedback"},
        records=[{"name": "line", "of": "confirmation", "path": "lines"}],
        fields=[row("line", "order", "order"), row("line", "amount/good", "good")],
    )
    assert json.loads(written(data).body) == {
        "feedback": {"lines": [{"order": "4711", "amount": {"good": 1200.5}}]}
    }


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@SUM(A1)", "'x"])
def test_no_cell_is_a_formula(text):
    body = written(lines_out([("Name", "person")]), replace(ONE, person=text)).body
    assert body.split(b"\r\n")[1].strip(b'"').startswith(b"'")


def test_what_the_layout_cannot_carry_is_refused():
    with pytest.raises(InvalidInput):
        written(lines_out([("Name", "person")], encoding="cp437"), replace(ONE, person="€"))
    with pytest.raises(InvalidInput):
        written(lines_out([("Name", "person")], quote=""), replace(ONE, person="a;b"))
    with pytest.raises(InvalidInput):
        written(lines_out([("Nr", "confirmation_number", "required")]))
    with pytest.raises(MesError):
        MappedConfirmations().write([ONE], message_id="m", created=CREATED, settings={})


def test_an_unknown_field_is_no_mapping():
    with pytest.raises(InvalidInput) as refused:
        written(lines_out([("Farbe", "colour")]))
    assert refused.value.problems[0].field == "source"
