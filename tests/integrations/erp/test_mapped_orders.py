"""A partner's own layout read by data: lines with kinds of records, columns, places, trees."""

import io
import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from integrations.erp.mapped.definition import layout, problems_of
from integrations.erp.mapped.mapping import MappedOrders, read
from mes.lib.errors import InvalidInput
from orders.domain.master_documents import BomDocument, ItemDocument, RoutingDocument
from tests.support.mappings import mapping, row
from tests.support.shared_data import shared_bytes

BERLIN = ZoneInfo("Europe/Berlin")

LINES = """\
\x20
K;FA-0004711;000000012345;Ventilgehäuse groß;1.200,000-;STCK;31.12.26;24:00;30
K;FA-0004712;000000012346;Deckel;250;STCK;04.01.27;06:30;20
A;FA-0004712;0010;Drehen;DMG-01;0,50;1,25;100
A;FA-0004711;0010;Sägen;SAEGE;0,25;0,5;1
A;FA-0004711;0020;Fräsen;DMG-02;1,00;7,5;1
M;FA-0004711;0001;ROH-4711;1,05;KG
E;6
\x1a"""


def lines_mapping(**changes):
    return mapping(
        file={"kind": "csv", "encoding": "cp850", "header": 0, "decimal": ",", "date": "TT.MM.JJ hh:mm"},
        records=[
            {"name": "head", "of": "order", "when": "1 = K"},
            {"name": "step", "of": "operation", "when": "1 = A"},
            {"name": "part", "of": "component", "when": "1 = M"},
        ],
        fields=[
            row("head", "number", "2"),
            row("head", "item", "3", "strip_zeros"),
            row("head", "quantity", "5"),
            row("head", "unit", "6"),
            row("head", "due", "7 & ' ' & 8"),
            row("head", "status", "9", "table status"),
            row("step", "belongs_to", "2"),
            row("step", "number", "3"),
            row("step", "text", "4"),
            row("step", "work_centre", "5"),
            row("step", "setup_seconds", "6", "in h"),
            row("step", "run_seconds", "7", "in min"),
            row("step", "base_quantity", "8"),
            row("part", "belongs_to", "2"),
            row("part", "position", "3"),
            row("part", "item", "4"),
            row("part", "quantity", "5"),
            row("part", "unit", "6"),
        ],
        tables={"status": {"values": {"20": "planned", "30": "released"}}},
        units={"STCK": "C62"},
        **{"unmatched": "ignore", **changes},
    )


def reading(text, data, written_as="utf-8", zone=BERLIN):
    body = text if isinstance(text, bytes) else text.encode(written_as)
    return MappedOrders().read(body, zone=zone, settings={"mapping": data})


def only(text, data, **kwargs):
    found = reading(text, data, **kwargs)
    assert found.problems == ()
    (document,) = found.documents
    return document


def problem(text, data, **kwargs):
    found = reading(text, data, **kwargs)
    (one,) = found.problems
    return one


def table(text, *, file=None, **fields):
    """One order per line of a file with a header, by field -> source or (source, converters)."""
    rules = {"number": "nr", **fields}
    return reading(
        text,
        mapping(
            file={"kind": "csv", **(file or {})},
            records=[{"name": "order", "of": "order"}],
            fields=[
                row("order", target, *([source] if isinstance(source, str) else source))
                for target, source in rules.items()
            ],
        ),
    )


def test_lines_of_several_kinds_become_orders():
    found = reading(LINES.replace("1.200,000-", "1.200,000"), lines_mapping(), "cp850")
    assert found.problems == ()
    first, second = found.documents
    assert (first.number, first.item, first.quantity, first.unit) == ("FA-0004711", "12345", 1200, "C62")
    assert first.due == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert (first.status, first.row) == ("released", 2)
    assert [one.text for one in first.operations] == ["Sägen", "Fräsen"]
    assert (first.operations[1].setup_seconds, first.operations[1].run_seconds) == (3600, 450)
    assert first.components[0].quantity == Decimal("1.05")
    assert second.operations[0].base_quantity == 100
    assert second.components is None


def test_one_wrong_value_keeps_its_order_out_and_names_line_column_and_value():
    found = reading(LINES, lines_mapping(), "cp850")
    (one,) = found.problems
    assert (one.row, one.field, one.value, one.code) == (2, "5", "1.200,000-", "negative")
    assert [document.number for document in found.documents] == ["FA-0004712"]


def test_a_line_of_no_kind_refuses_everything_unless_told_to_ignore_it():
    found = reading(LINES.replace("1.200,000-", "1200"), lines_mapping(unmatched="refuse"), "cp850")
    assert found.documents == ()
    assert {(one.row, one.code) for one in found.problems} == {(8, "unknown_record")}


def test_operations_of_an_order_belong_to_the_header_above_them():
    data = lines_mapping()
    data["fields"] = [one for one in data["fields"] if one["target"] != "belongs_to"]
    text = "K;1;A;;10;STCK;01.01.26;;20\nA;;10;;M1;;;\nK;;A;;10;STCK;01.01.26;;20\nA;;10;;M2;;;\n"
    found = reading(text, data)
    assert [(one.number, [step.work_centre for step in one.operations]) for one in found.documents] == [
        ("1", ["M1"])
    ]
    assert [(one.row, one.code) for one in found.problems] == [(3, "required")]


def test_a_part_without_its_header_refuses_everything():
    data = lines_mapping()
    data["fields"] = [one for one in data["fields"] if one["target"] != "belongs_to"]
    found = reading("A;;10;;M1;;;\nK;1;A;;10;STCK;01.01.26;;20\n", data)
    assert (found.documents, found.problems[0].code) == ((), "no_parent")


def test_the_same_operation_twice_counts_once_and_a_contradiction_is_refused():
    step = "A;FA-0004712;0010;Drehen;DMG-01;0,50;1,25;100\n"
    text = LINES.replace("1.200,000-", "1200").rstrip("\x1a")
    assert len(reading(text + step, lines_mapping(), "cp850").documents[1].operations) == 1
    found = reading(text + step.replace("DMG-01", "DMG-02"), lines_mapping(), "cp850")
    assert [one.number for one in found.documents] == ["FA-0004711"]
    assert found.problems[0].code == "duplicate"


def test_line_status_modifies_and_deletes():
    data = lines_mapping()
    data["fields"] += [row("head", "line_status", "10"), row("step", "line_status", "9")]
    text = "K;1;A;;10;STCK;01.01.26;;20;D\nK;2;A;;10;STCK;01.01.26;;20;M\nA;2;10;;M1;;;;D\nA;2;20;;M1;;;;N\n"
    gone, changed = reading(text, data).documents
    assert (gone.cancel, changed.cancel) == (True, False)
    assert [one.cancelled for one in changed.operations] == [True, False]


def test_a_missing_column_leaves_unchanged_and_an_empty_cell_does_as_the_profile_says():
    text = "nr;kunde\n1;\n"
    unchanged, clears = ({}, {"empty": "clears"})
    assert table(text, file=unchanged, customer="kunde", item="teil").documents[0].customer is None
    document = table(text, file=clears, customer="kunde", item="teil").documents[0]
    assert (document.customer, document.item) == ("", None)
    assert table(text, file=clears, customer=("kunde", "empty unchanged")).documents[0].customer is None


@pytest.mark.parametrize(
    ("cell", "decimal", "expected"),
    [
        ("1.234,50", "", "1234.50"),
        ("1234,5", ",", "1234.5"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("1'234.5", ".", "1234.5"),
    ],
)
def test_numbers_are_read_by_the_profile(cell, decimal, expected):
    found = table(f"nr;menge\n1;{cell}\n", file={"decimal": decimal}, quantity="menge")
    assert found.documents[0].quantity == Decimal(expected)


@pytest.mark.parametrize(
    ("cell", "code"),
    [("1.234", "ambiguous"), ("12x", "not_a_number"), ("5-", "negative"), ("0", "not_positive")],
)
def test_a_number_that_says_nothing_clear_is_refused(cell, code):
    (one,) = table(f"nr;menge\n1;{cell}\n", quantity="menge").problems
    assert (one.row, one.field, one.value, one.code) == (2, "menge", cell, code)


@pytest.mark.parametrize(
    ("cell", "steps", "expected"),
    [
        ("31.12.26", "date TT.MM.JJ", datetime(2026, 12, 30, 23, tzinfo=UTC)),
        ("1.7.2026 6:05", "date 'TT.MM.JJJJ hh:mm'", datetime(2026, 7, 1, 4, 5, tzinfo=UTC)),
        ("20260701240000", "date JJJJMMTThhmmss", datetime(2026, 7, 1, 22, tzinfo=UTC)),
        ("01.07.2026 7,5", "date 'TT.MM.JJJJ dec'", datetime(2026, 7, 1, 5, 30, tzinfo=UTC)),
        ("2026-07-01T06:00:00Z", "", datetime(2026, 7, 1, 6, tzinfo=UTC)),
        ("07/01/26", "date MM/DD/YY | zone UTC", datetime(2026, 7, 1, tzinfo=UTC)),
        ("00.00.0000", "date TT.MM.JJJJ", None),
    ],
)
def test_dates_are_read_by_their_pattern_in_the_zone(cell, steps, expected):
    found = table(f"nr;termin\n1;{cell}\n", due=("termin", *steps.split(" | ")) if steps else "termin")
    assert found.problems == ()
    assert found.documents[0].due == expected


@pytest.mark.parametrize("cell", ["31.02.2026", "2026-12-31", "1.1.26 25:00"])
def test_a_date_of_another_pattern_is_refused(cell):
    (one,) = table(f"nr;termin\n1;{cell}\n", due=("termin", "date 'TT.MM.JJ hh:mm'")).problems
    assert (one.code, one.field, one.value) == ("not_a_date", "termin", cell)


@pytest.mark.parametrize(
    ("source", "steps", "expected"),
    [
        ("text", ("part 2 -",), "B7"),
        ("text", ("first 1", "lower"), "a"),
        ("text", ("last 2",), "00"),
        ("text", ("cut 3 2",), "B7"),
        ("text", ("replace - /", "pad 10 .",), "...A/B7/00"),
        ("'FA' & text & [a & b]", (), "FAA-B7-00x"),
        ("'constant'", (), "constant"),
        ("none", ("default D",), "D"),
        ("leer", ("default D",), "D"),
    ],
)  # fmt: skip
def test_texts_are_changed_by_converters(source, steps, expected):
    found = table("nr;text;a & b;leer\n1;A-B7-00;x;\n", customer=(source, *steps))
    assert found.problems == ()
    assert found.documents[0].customer == expected


def test_digits_with_implied_decimals_and_factors():
    found = table("nr;menge;prio\n1;000125050;0,5\n", quantity=("menge", "implied 3", "times 2"),
                  priority=("prio", "times 10"))  # fmt: skip
    assert (found.documents[0].quantity, found.documents[0].priority) == (Decimal("250.1"), 5)


def test_a_field_with_a_condition_is_filled_only_when_it_holds():
    data = mapping(
        records=[{"name": "order", "of": "order"}],
        fields=[
            row("order", "number", "nr"),
            row("order", "customer", "'internal'", when="art in L, I"),
            row("order", "customer", "kunde", when="art = K and kunde filled"),
        ],
    )
    found = reading("nr;art;kunde\n1;L;77\n2;K;78\n3;K;\n", data)
    assert [one.customer for one in found.documents] == ["internal", "78", None]


def test_fixed_width_reads_places():
    text = "K0000004711VENTIL      0000012550STK\nA0000004711 010DREHEN\n"
    data = mapping(
        file={"kind": "fixed"},
        records=[
            {"name": "K", "of": "order", "when": "1 = K"},
            {"name": "A", "of": "operation", "when": "1 = A"},
        ],
        fields=[
            row("K", "number", "2-11", "strip_zeros"),
            row("K", "item", "12-23"),
            row("K", "quantity", "24-33", "implied 2"),
            row("K", "unit", "34-36"),
            row("A", "belongs_to", "2-11", "strip_zeros"),
            row("A", "number", "12-15"),
            row("A", "text", "16-40"),
        ],
    )
    order = only(text, data)
    assert (order.number, order.item, order.quantity, order.unit) == (
        "4711",
        "VENTIL",
        Decimal("125.5"),
        "C62",
    )
    assert (order.operations[0].number, order.operations[0].text) == ("010", "DREHEN")


def test_a_spreadsheet_keeps_its_own_numbers_and_dates():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Nr", "Menge", "Termin", "Text"])
    sheet.append([4711, 1.234, datetime(2026, 7, 1, 6, 30), "Ölwanne"])  # noqa: DTZ001
    out = io.BytesIO()
    book.save(out)
    data = mapping(
        file={"kind": "xlsx", "decimal": ",", "date": "TT.MM.JJ"},
        records=[{"name": "order", "of": "order"}],
        fields=[row("order", "number", "nr"), row("order", "quantity", "menge"),
                row("order", "due", "termin"), row("order", "customer_name", "text")],
    )  # fmt: skip
    order = only(out.getvalue(), data)
    assert (order.number, order.quantity, order.customer_name) == ("4711", Decimal("1.234"), "Ölwanne")
    assert order.due == datetime(2026, 7, 1, 4, 30, tzinfo=UTC)


XML = """<?xml version="1.0"?>
<n:Auftraege xmlns:n="urn:x" stand="31.12.2026"><n:Auftrag nr="4711"><n:Menge einheit="ST">12,5</n:Menge>
<AGs><AG><Nr>10</Nr><Zeit art="te">2,5</Zeit></AG><AG><Nr>20</Nr><Zeit>viel</Zeit></AG></AGs>
</n:Auftrag><n:Auftrag nr="4712"><n:Menge einheit="ST">3</n:Menge></n:Auftrag></n:Auftraege>"""


def xml_mapping():
    return mapping(
        file={"kind": "xml", "decimal": ",", "date": "TT.MM.JJJJ"},
        records=[
            {"name": "order", "of": "order", "path": "Auftrag"},
            {"name": "step", "of": "operation", "within": "order", "path": "AGs/AG"},
        ],
        fields=[
            row("order", "number", "@nr"),
            row("order", "quantity", "Menge"),
            row("order", "unit", "Menge/@einheit"),
            row("order", "start", "../@stand"),
            row("step", "number", "Nr"),
            row("step", "run_seconds", "Zeit", "in min"),
        ],
    )


def test_xml_is_read_by_paths_and_names_line_and_path_of_what_is_wrong():
    found = reading(XML, xml_mapping())
    (one,) = found.problems
    assert (one.row, one.value, one.code) == (3, "viel", "not_a_number")
    assert one.field == "Auftraege/Auftrag/AGs/AG[2]/Zeit"
    (order,) = found.documents
    assert (order.number, order.quantity, order.unit) == ("4712", 3, "C62")
    order = reading(XML.replace("viel", "4"), xml_mapping()).documents[0]
    assert [step.run_seconds for step in order.operations] == [150, 240]
    assert order.start == datetime(2026, 12, 30, 23, tzinfo=UTC)


def test_json_is_read_by_paths_with_its_own_numbers():
    steps = [{"n": "10", "outside": True}, {"n": "20", "outside": None}]
    order = {"no": 4711, "qty": 1.234, "head": {"due": "2026-07-01T06:00:00Z"}, "ops": steps}
    text = json.dumps({"orders": [order]})
    data = mapping(
        file={"kind": "json", "decimal": ","},
        records=[
            {"name": "order", "of": "order", "path": "orders"},
            {"name": "step", "of": "operation", "within": "order", "path": "ops"},
        ],
        fields=[
            row("order", "number", "no"),
            row("order", "quantity", "qty"),
            row("order", "due", "head/due"),
            row("step", "number", "n"),
            row("step", "outside", "outside"),
        ],
    )
    order = only(text, data)
    assert (order.number, order.quantity, order.due) == (
        "4711",
        Decimal("1.234"),
        datetime(2026, 7, 1, 6, tzinfo=UTC),
    )
    assert [step.outside for step in order.operations] == [True, None]


def test_nested_parameter_trees_are_read_by_their_ids():
    def tree(name, value="", *inner):
        value = f"<Value><ValueString>{value}</ValueString></Value>"
        return f"<Parameter><ID>{name}</ID>{value}{''.join(inner)}</Parameter>"

    steps = [
        tree("OrderOperation", "", tree("Number", number), tree("WorkCentre", centre))
        for number, centre in (("0010", "DMG"), ("0020", "EMCO"))
    ]
    order = tree("Order", "", tree("Number", "4711"), tree("Operations", "", *steps))
    text = f"<X><Product>{order}</Product></X>"
    value = "Parameter[ID={}]/Value/ValueString".format
    data = mapping(
        file={"kind": "xml"},
        records=[
            {"name": "order", "of": "order", "path": "Product/Parameter[ID=Order]"},
            {
                "name": "step",
                "of": "operation",
                "within": "order",
                "path": "Parameter[ID=Operations]/Parameter[ID=OrderOperation]",
            },
        ],
        fields=[
            row("order", "number", value("Number")),
            row("step", "number", value("Number")),
            row("step", "work_centre", value("WorkCentre")),
        ],
    )
    order = only(text, data)
    assert [(step.number, step.work_centre) for step in order.operations] == [
        ("0010", "DMG"),
        ("0020", "EMCO"),
    ]


def test_a_real_schedule_of_b2mml_is_read_by_paths():
    body = shared_bytes("erp/b2mml/examples-own-v0701/sync-operations-schedule.xml")
    data = mapping(
        file={"kind": "xml"},
        records=[
            {"name": "order", "of": "order", "path": "**/OperationsRequest"},
            {"name": "step", "of": "operation", "within": "order", "path": "SegmentRequirement"},
        ],
        fields=[
            row("order", "number", "ID"),
            row("order", "due", "EndTime"),
            row("step", "number", "ID"),
            row("step", "work_centre", "EquipmentRequirement/EquipmentID"),
        ],
    )
    found = reading(body, data)
    assert found.problems == ()
    assert found.documents
    assert all(one.number and one.due for one in found.documents)
    assert all(one.operations for one in found.documents)


def test_master_data_of_one_file():
    text = "\n".join(
        (
            "T;4711;Ventil;Valve;ST",
            "U;4711;KAR;12",
            "S;4711;10;ROH;1,5;KG",
            "P;4711;10;DMG;7,5;180",
            "W;DMG;Drehen",
            "C;77;Kunde AG",
        )
    )
    kinds = {"T": "item", "U": "item_unit", "S": "bom_position", "P": "routing_step", "W": "work_centre",
             "C": "customer"}  # fmt: skip
    data = mapping(
        file={"kind": "csv", "header": 0},
        records=[{"name": name, "of": of, "when": f"1 = {name}"} for name, of in kinds.items()],
        fields=[
            row("T", "code", "2"), row("T", "name", "3"), row("T", "name:en", "4"), row("T", "unit", "5"),
            row("U", "belongs_to", "2"), row("U", "unit", "3"), row("U", "numerator", "4"),
            row("S", "belongs_to", "2"), row("S", "position", "3"), row("S", "item", "4"),
            row("S", "quantity", "5"), row("S", "unit", "6"),
            row("P", "belongs_to", "2"), row("P", "number", "3"), row("P", "work_centre", "4"),
            row("P", "run_seconds", "5"), row("P", "parameter:temperature", "6"),
            row("W", "code", "2"), row("W", "name", "3"), row("C", "code", "2"), row("C", "name", "3"),
        ],
        units={"KAR": "XCT"},
    )  # fmt: skip
    found = reading(text, data)
    assert found.problems == ()
    by_kind = {type(one): one for one in found.master}
    item, bom, routing = (by_kind[kind] for kind in (ItemDocument, BomDocument, RoutingDocument))
    assert (item.name, item.names, item.factors[0].unit) == ("Ventil", {"en": "Valve"}, "XCT")
    assert (bom.item, bom.positions[0].item, bom.positions[0].quantity) == ("4711", "ROH", Decimal("1.5"))
    assert (routing.item, routing.steps[0].parameters) == ("4711", {"temperature": "180"})
    assert len(found.master) == 5


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"direction": "sideways"}, "direction"),
        ({"file": {"kind": "pdf"}}, "file.kind"),
        ({"file": {"kind": "csv", "encoding": "rot13"}}, "file.encoding"),
        ({"file": {"kind": "csv", "date": "when it suits"}}, "file.date"),
        ({"records": [{"name": "x", "of": "car"}]}, "records.of"),
        ({"fields": [row("order", "number", "nr", "explode")]}, "convert"),
        ({"fields": [row("order", "number", "nr", "table none")]}, "convert"),
        ({"fields": [row("order", "number", "'open")]}, "source"),
        ({"fields": [row("order", "number", "nr"), row("order", "colour", "c")]}, "target"),
        ({"fields": [row("order", "item", "nr")]}, "target"),
        ({"fields": [row("order", "number", "nr", when="nr is nice")]}, "when"),
        ({"units": [1]}, "units"),
    ],
)
def test_a_mapping_that_means_nothing_is_refused_by_name(change, field):
    data = {
        **mapping(records=[{"name": "order", "of": "order"}], fields=[row("order", "number", "nr")]),
        **change,
    }
    assert field in [one.field for one in problems_of(data)]
    with pytest.raises(InvalidInput):
        layout(data)
    assert reading("nr\n1\n", data).documents == ()


def test_without_a_published_mapping_nothing_is_read():
    assert MappedOrders().read(b"x", zone=BERLIN, settings={}).problems[0].code == "no_mapping"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"nr\n1;2\n", "wrong_width"),
        (b"nr;nr\n", "duplicate"),
        (b"nr\n\x00\n", "nul"),
        (b'nr\n"1\n', "broken_csv"),
        (b"nr\n" + b";" * 501, "too_many"),
    ],
)
def test_a_broken_file_is_refused(body, code):
    (one,) = table(body).problems
    assert one.code == code


def test_a_row_that_a_lost_line_end_made_too_long_refuses_the_file():
    assert table("nr;menge\n1;52;7\n3;4\n", quantity="menge").documents == ()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<!DOCTYPE x><Auftraege/>", "dtd_refused"),
        ("<a>" * 40, "too_deep"),
        ("<a></b>", "broken_xml"),
        ("", "empty"),
    ],
)
def test_dangerous_and_broken_xml_is_refused(body, code):
    assert problem(body, xml_mapping()).code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [("[" * 100_000, "too_deep"), ("{", "broken_json"), ('{"a": ' + "9" * 5000 + "}", "nothing_found")],
)
def test_dangerous_and_broken_json_is_refused(body, code):
    data = mapping(file={"kind": "json"}, records=[{"name": "order", "of": "order", "path": "x"}],
                   fields=[row("order", "number", "a")])  # fmt: skip
    assert [one.code for one in reading(body, data).problems] == [code]


def test_an_archive_bomb_is_no_spreadsheet():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"xl/{number}.xml", b" " * (50 * 1024 * 1024))
    data = mapping(file={"kind": "xlsx"}, records=[{"name": "order", "of": "order"}],
                   fields=[row("order", "number", "a")])  # fmt: skip
    assert problem(out.getvalue(), data).code == "too_large"
    assert problem(b"PK\x03\x04 not really", data).code == "broken_xlsx"


def test_what_the_mapping_found_is_explained_for_the_preview():
    found = read(LINES.encode("cp850"), layout(lines_mapping()), zone=BERLIN)
    assert found.counts == {"head": 2, "step": 3, "part": 1}
    assert (found.seen[2].row, found.seen[2].raw, found.seen[2].value) == (2, "000000012345", "12345")
