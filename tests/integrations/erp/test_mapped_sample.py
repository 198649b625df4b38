"""What a sample file proposes: a German list with two lines above its data is almost mapped by itself."""

import io
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from integrations.erp.mapped.mapping import MappedOrders
from integrations.erp.mapped.sample import guessed

BERLIN = ZoneInfo("Europe/Berlin")
NAMES = "FA-Nummer;Artikelnr.;Sollmenge;ME;Endtermin;AG-Nr.;Arbeitsgang;Kostenstelle;Rüstzeit;Stückzeit"
DATA = """\
4711;GEH-0815;1.250,00;Stck;24.12.2026;10;Drehen;DREH1;0,75;2,40
4711;GEH-0815;1.250,00;Stck;24.12.2026;20;Fräsen;FRS2;1,50;3,25
4712;WEL-0007;80,00;Stck;08.01.2027;10;Sägen;SAEG1;0,25;1,10
"""
WITH_BRACKETS = NAMES.replace("Rüstzeit", "Rüstzeit (Std)").replace("Stückzeit", "Stückzeit [min]")
LAYOUTS = {
    "title above": f"Fertigungsauftragsliste Werk Nord;;;;;;;;;\n{WITH_BRACKETS}\n{DATA}",
    "title and a blank line": f"Liste;Werk Nord;;;;;;;;\n\n{WITH_BRACKETS}\n{DATA}",
    "units below": f"{NAMES}\n;;;;TT.MM.JJJJ;;;;Std;min\n{DATA}",
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_a_list_with_two_lines_above_its_data_lacks_only_the_unit(text):
    body = text.encode("cp1252")
    definition = guessed(body, "auftraege.csv")
    assert definition["file"]["encoding"] == "cp1252"
    assert definition["file"]["decimal"] == ","
    definition["units"] = {"STCK": "C62"}
    found = MappedOrders().read(body, zone=BERLIN, settings={"mapping": definition})
    assert found.problems == ()
    first, second = found.documents
    assert (first.number, first.item, first.quantity, first.unit) == (
        "4711",
        "GEH-0815",
        Decimal(1250),
        "C62",
    )
    assert (second.number, second.quantity) == ("4712", Decimal(80))
    assert [(one.number, one.text, one.work_centre) for one in first.operations] == [
        ("10", "Drehen", "DREH1"),
        ("20", "Fräsen", "FRS2"),
    ]
    assert [one.setup_seconds for one in first.operations] == [2700, 5400]
    assert [one.run_seconds for one in first.operations] == [144, 195]


WIDE = """\
Export Fertigungsaufträge Werk Süd;Stand 23.11.2026 05:00
FA-Nr;Teil;Bezeichnung;Menge;ME;Start;Ende;AG1;AP1;tr1 (Std);te1 (min);AG 2;AP 2;tr 2;te 2
4711-01;GEH-200;Gehäuse groß;1.250,00;Stck;24.11.2026;04.12.26;10;SAEG;0:15;0,35;20;FRAES;1:30;2,1
4711-02;ALU-60;Träger;80;Stck;25.11.2026;05.12.26;10;FRAES;0,75;12,5;;;;
4711-03;ALU-61;Träger;80;Stck;25.11.2026;05.12.26;;;;;;;;
"""


SHORTENED = (
    *("Fert.-Auftr.", "Teil-Nr.", "Bezeichnung", "Sollmenge", "ME", "Endtermin", "AVO", "AVO-Text"),
    *("Masch.-Gr.", "Rüstz. (min)", "Stückz. (sek)", "Bestandskorr.", "Prio", "Kz"),
)


def workbook(*rows):
    book = openpyxl.Workbook()
    book.active.append(["Fertigungsaufträge Werk Nord, Stand 23.11.2026"])
    book.active.append([])
    for row in (SHORTENED, *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_spreadsheet_with_shortened_german_names_lacks_only_the_unit():
    due = date(2026, 12, 18)
    first = ("FN-1", "NB-80", "Nabe", "1.250,50", "Stck", due)
    body = workbook(
        (*first, 10, "Drehen", "CNC", "30,0", 72.5, "0,00-", 1, "N"),
        (*first, 20, "Prüfen", "INSP", "5,0", 12, "0,00-", 1, "N"),
        (
            "FN-2",
            "GB-1",
            "Gabel",
            "5,00-",
            "Stck",
            "24.12.2026",
            10,
            "Drehen",
            "CNC",
            "45,5",
            "240,0",
            "",
            2,
            "N",
        ),
    )
    definition = guessed(body, "nord.xlsx")
    definition["units"] = {"Stck": "C62"}
    found = MappedOrders().read(body, zone=BERLIN, settings={"mapping": definition})
    (order,) = found.documents
    assert (order.number, order.item, order.quantity) == ("FN-1", "NB-80", Decimal("1250.5"))
    assert [(one.number, one.text, one.work_centre) for one in order.operations] == [
        ("10", "Drehen", "CNC"),
        ("20", "Prüfen", "INSP"),
    ]
    assert [(one.setup_seconds, one.run_seconds) for one in order.operations] == [(1800, 72.5), (300, 12)]
    (problem,) = found.problems
    assert (problem.code, problem.row, problem.value) == ("negative", 6, "5,00-")


def test_operations_in_columns_beside_each_other_come_proposed_too():
    body = WIDE.replace(";", "\t").encode("cp1252")
    definition = guessed(body, "export.txt")
    definition["units"] = {"STCK": "C62"}
    found = MappedOrders().read(body, zone=BERLIN, settings={"mapping": definition})
    assert found.problems == ()
    first, second, third = found.documents
    assert (first.number, first.quantity, f"{first.due:%Y-%m-%d}") == ("4711-01", 1250, "2026-12-03")
    assert [
        (one.number, one.work_centre, one.setup_seconds, one.run_seconds) for one in first.operations
    ] == [
        ("10", "SAEG", 900, 21),
        ("20", "FRAES", 5400, Decimal("2.1")),
    ]
    assert [(one.number, one.setup_seconds, one.run_seconds) for one in second.operations] == [
        ("10", 2700, 750)
    ]
    assert not third.operations


def test_columns_with_numbers_alone_are_no_operations():
    definition = guessed(b"Auftrag;Artikel;Menge;Text1;Text2\n4711;A;1,5;a;b\n4712;B;2,25;c;d\n")
    assert [one["of"] for one in definition["records"]] == ["order"]


def test_a_list_without_operations_stays_one_kind_of_line():
    definition = guessed(b"Auftrag;Artikel;Menge\n4711;A;1,5\n4712;B;2,25\n")
    assert [one["of"] for one in definition["records"]] == ["order"]
    assert definition["file"]["header"] == 1


def test_the_first_line_of_data_is_no_header():
    definition = guessed(b"4711;A;1,5\n4712;B;2,25\nx;y;z\n4713;C;3\n")
    assert definition["file"]["header"] == 0


FIXED = """FERTIGUNGSAUFTRÄGE WERK SÜD          STAND 23.11.2026
SATZ AUFTRAG / ARTIKEL / MENGE / ME / TERMIN / PRIO
============================================================
KOPFFA0009001 WELLE-20          1.250,000ST 24.12.2026 10
AGNG  10Sägen auf Länge     SAW        15,00    0,750   2,00-
AGNG  20Drehen beidseitig   DREH       45,50    2,125    0,00
KOPFFA0009002 GEH-0815             80,000ST 08.01.2027 20
AGNG  10Gehäuse fräsen      DREH       30,00   11,500   4,00-
ENDE00000002
"""


def test_a_decimal_comma_makes_no_separated_file_and_titles_are_no_records():
    definition = guessed(FIXED.encode("cp850"), "auftrag.txt")
    file = definition["file"]
    assert (file["kind"], file["encoding"], file["decimal"], file["date"]) == (
        "fixed",
        "cp850",
        ",",
        "TT.MM.JJJJ",
    )
    assert [(one["of"], one["when"]) for one in definition["records"]] == [
        ("order", "1 = K"),
        ("operation", "1 = A"),
    ]
    assert file["unmatched"] == "ignore"


@pytest.mark.parametrize("body", [b"a,b\n1,2\n3,4\n", b"nr,  te\n1,  2,5\n", b"1;2,5\n3;4,5\n"])
def test_separated_files_stay_so(body):
    assert guessed(body)["file"]["kind"] == "csv"
