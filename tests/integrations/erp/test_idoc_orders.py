"""The rules of LOIPRO one by one, on documents made to measure."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from integrations.erp.idoc.reading import read_message
from integrations.erp.idoc.tables import Profile, profile
from orders.enums import ErpStatus, RequirementKind
from tests.integrations.erp.idocs import document, idoc, operation, order

BERLIN = ZoneInfo("Europe/Berlin")


def read(*orders, **kwargs):
    control = kwargs.pop("control", {})
    return read_message(document(idoc("".join(orders), **control)), zone=BERLIN, **kwargs)


def only(*orders, **kwargs):
    reading = read(*orders, **kwargs)
    assert reading.problems == ()
    (found,) = reading.documents
    return found


def sequence(*operations):
    return f"<E1AFFLL><PLNFL>0</PLNFL>{''.join(operations)}</E1AFFLL>"


def problem(*orders, **kwargs):
    reading = read(*orders, **kwargs)
    assert reading.documents == ()
    (found,) = reading.problems
    return found


def test_numbers_used_as_names_lose_leading_zeros_and_keep_the_original():
    found = only(order(AUFNR="000001003456", MATNR="000000000000004711"))
    assert (found.number, found.item) == ("1003456", "4711")
    assert found.raw["AUFNR"] == "000001003456"


def test_the_long_material_number_wins():
    found = only(order(MATNR="SHORT", MATNR_EXTERNAL="MIDDLE", MATNR_LONG="LONG"))
    assert found.item == "LONG"
    assert only(order(MATNR="SHORT", MATNR_LONG="")).item == "SHORT"


@pytest.mark.parametrize(
    ("statuses", "expected", "cancelled"),
    [
        (["I0001"], ErpStatus.PLANNED, False),
        (["I0001", "I0042"], ErpStatus.RELEASED, False),
        (["I0002", "I0043"], ErpStatus.BLOCKED, False),
        (["I0002", "I0045", "I0043"], ErpStatus.TECHNICALLY_COMPLETE, False),
        (["I0002", "I0045", "I0046"], ErpStatus.CLOSED, False),
        (["I0002", "I0076"], ErpStatus.CLOSED, True),
        (["I0013"], ErpStatus.CLOSED, True),
    ],
)
def test_status_is_the_first_that_applies(statuses, expected, cancelled):
    shown = "".join(f"<E1JSTKL><STAT>{status}</STAT></E1JSTKL>" for status in statuses)
    found = only(order(shown))
    assert (found.status, found.cancel) == (expected, cancelled)


def test_an_inactive_status_does_not_count():
    shown = "<E1JSTKL><STAT>I0046</STAT><INACT>X</INACT></E1JSTKL><E1JSTKL><STAT>I0002</STAT></E1JSTKL>"
    assert only(order(shown)).status == ErpStatus.RELEASED


def test_without_a_status_nothing_is_said():
    assert only(order()).status is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10", "10.000"),
        ("10.500", "10.500"),
        ("1.050000000000000E+01", "10.500"),
        ("10,5", "10.500"),
        ("1.234,5", "1234.500"),
        ("1,234.5", "1234.500"),
    ],
)
def test_spellings_of_a_quantity(text, expected):
    assert only(order(GAMNG=text)).quantity == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3.000-", "negative"),
        ("-3", "negative"),
        ("NaN", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("1e308", "too_large"),
        ("1E999999999", "not_a_number"),
        ("9" * 5000, "too_long"),
        ("1.0005", "too_precise"),
        ("0.000", "not_positive"),
        ("ten", "not_a_number"),
        ("1٣", "not_a_number"),
        ("1 0", "not_a_number"),
    ],
)
def test_an_impossible_quantity_is_named_with_its_place(text, code):
    found = problem(order(GAMNG=text))
    assert (found.code, found.row, found.field) == (code, 1, "E1AFKOL/GAMNG")
    assert found.value == text[:100]
    assert "Line 3" in found.message


def test_quantity_is_the_good_pieces_wanted():
    found = only(order(GAMNG="110.000", GASMG="10.000"))
    assert found.quantity == 100
    assert found.raw["planned_scrap"] == "10.000"


def test_240000_is_midnight_of_the_next_day_in_the_plants_zone():
    found = only(order(GLTRP="20231204", GLUZP="240000"))
    assert found.due == datetime(2023, 12, 4, 23, 0, tzinfo=UTC)


def test_scheduled_dates_win_over_basic_dates_and_zeros_are_no_date():
    found = only(
        order(GSTRS="00000000", GSTRP="20260701", GSUZP="060000", GLTRS="20260702", GLTRP="20260801")
    )
    assert found.start == datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
    assert found.due == datetime(2026, 7, 1, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize("day", ["20260231", "20261301", "2026-01-01", "202601"])
def test_a_day_that_is_none_is_refused(day):
    found = problem(order(GLTRS=day))
    assert (found.code, found.field, found.value) == ("not_a_date", "E1AFKOL/GLTRS", day)


def test_a_time_that_is_none_is_refused():
    assert problem(order(GLTRS="20260101", GLUZS="250000")).code == "not_a_time"


def test_unknown_unit_is_an_error_and_the_connection_may_add_it():
    assert problem(order(GMEIN="XYZ")).code == "unknown_unit"
    assert only(order(GMEIN="XYZ"), profile=profile({"units": {"XYZ": "C62"}})).unit == "C62"


@pytest.mark.parametrize("missing", ["AUFNR"])
def test_the_order_number_is_needed(missing):
    assert problem(order(**{missing: ""})).code == "required"


def test_unknown_elements_and_customer_segments_are_kept():
    found = only(
        order(
            "<_-ABC_-Z1EXTRA><COLOUR>RED</COLOUR></_-ABC_-Z1EXTRA>" + sequence(operation(ZZFIELD="9")), ZZ="7"
        )
    )
    assert found.raw["_-ABC_-Z1EXTRA"] == [{"COLOUR": "RED"}]
    assert found.raw["ZZ"] == "7"
    assert found.operations[0].raw["ZZFIELD"] == "9"


def test_order_of_elements_and_namespaces_do_not_matter():
    body = b"""<?xml version="1.0"?>
    <p:ZLOIPRO2 xmlns:p="urn:x"><p:IDOC>
      <p:E1AFKOL><p:GMEIN>PC</p:GMEIN><p:E1AFFLL><p:E1AFVOL><p:ARBPL>M</p:ARBPL><p:VORNR>10</p:VORNR></p:E1AFVOL>
      </p:E1AFFLL><p:GAMNG>1</p:GAMNG><p:AUFNR>7</p:AUFNR></p:E1AFKOL>
      <p:EDI_DC40><p:DOCNUM>5</p:DOCNUM></p:EDI_DC40></p:IDOC></p:ZLOIPRO2>"""
    reading = read_message(body, zone=BERLIN)
    assert reading.problems == ()
    assert reading.documents[0].operations[0].number == "0010"
    assert reading.identity.external_id == "5"


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ({"SERIAL": "20231128083400705437"}, "20231128083400705437"),
        ({"SERIAL": "9"}, "00000000000000000009"),
        ({"CREDAT": "20231128", "CRETIM": "093405"}, "20231128093405"),
        ({"CREDAT": "00000000"}, ""),
        ({}, ""),
    ],
)
def test_version(control, expected):
    assert only(order(), control=control).version == expected


def test_counter_versions_sort_as_numbers():
    nine, ten = (only(order(), control={"SERIAL": serial}).version for serial in ("9", "10"))
    assert nine < ten


STANDARD = {"VGW01": "30", "VGE01": "MIN", "VGW02": "2.5", "VGE02": "MIN", "VGW03": "1", "VGE03": "STD"}


def words(**texts):
    return "<E1AFVOL2>" + "".join(f"<{k}_LTXT>{v}</{k}_LTXT>" for k, v in texts.items()) + "</E1AFVOL2>"


def test_standard_values_get_their_meaning_from_the_parameter_texts():
    inner = words(PAR01="Rüsten", PAR02="Maschinenzeit", PAR03="Personal")
    found = only(order(sequence(operation("0010", inner, BMSCH="100", **STANDARD)))).operations[0]
    assert (found.setup_seconds, found.run_seconds, found.base_quantity) == (1800, 150, 100)
    assert found.raw["labour_seconds"] == "3600.000"


def test_standard_values_get_their_meaning_from_the_connection():
    settings = profile({"activity_keys": {"1000/Z001": ["run", "setup"]}})
    found = only(order(sequence(operation(VGWTS="Z001", **STANDARD))), profile=settings).operations[0]
    assert (found.setup_seconds, found.run_seconds) == (150, 1800)


def test_sap1_is_known_and_labour_alone_is_the_run_time():
    values = {**STANDARD, "VGW02": "0.000"}
    found = only(order(sequence(operation(VGWTS="SAP1", **values)))).operations[0]
    assert (found.setup_seconds, found.run_seconds) == (1800, 3600)


def test_without_any_meaning_the_totals_are_used():
    totals = {
        "RUEST": "1.0E+01",
        "RSTZE": "MIN",
        "BEARZ": "5.0E+00",
        "BEAZE": "H",
        "MGVRG": "50",
        "BMSCH": "10",
    }
    found = only(order(sequence(operation(VGWTS="ZZZ", **STANDARD, **totals)))).operations[0]
    assert (found.setup_seconds, found.run_seconds) == (600, 3600)
    assert found.raw["activities_without_meaning"]["VGW01"] == "1800.000"


def test_unknown_unit_of_time_is_refused_only_where_it_matters():
    inner = words(PAR01="Setup")
    zero = operation("0010", inner, VGW01="0.000", VGE01="")
    assert only(order(sequence(zero))).operations[0].setup_seconds == 0
    found = problem(order(sequence(operation("0010", inner, VGW01="5", VGE01="FORTNIGHT"))))
    assert (found.code, found.field) == ("unknown_unit", "E1AFKOL/E1AFFLL[1]/E1AFVOL[1]/VGE01")


def test_a_deleted_operation_is_cancelled():
    gone = operation("0020", "<E1JSTVL><STAT>I0013</STAT></E1JSTVL>")
    found = only(order(sequence(operation("0010"), gone)))
    assert [(op.number, op.cancelled) for op in found.operations] == [("0010", False), ("0020", True)]


def test_an_operation_twice_is_refused():
    assert problem(order(sequence(operation("0010"), operation("10")))).code == "duplicate"


def test_inspection_and_outside_operations():
    inspected = operation("0010", "<E1QAMVL><MERKNR>10</MERKNR></E1QAMVL>")
    found = only(order(sequence(inspected, operation("0020", STEUS="PP02"))))
    assert [(op.inspection, op.outside) for op in found.operations] == [(True, None), (None, True)]


def component(**values):
    shown = {"POSNR": "0010", "MATNR": "STEEL", "BDMNG": "5", "MEINS": "KG", **values}
    return "<E1RESBL>" + "".join(f"<{k}>{v}</{k}>" for k, v in shown.items()) + "</E1RESBL>"


def test_phantoms_deleted_lines_by_products_and_bulk_are_not_components():
    inner = (
        component()
        + component(POSNR="0020", DUMPS="X")
        + component(POSNR="0030", XLOEK="X")
        + component(POSNR="0040", SHKZG="S")
        + component(POSNR="0050", BACKFLUSH="X")
        + component(POSNR="0060", SCHGT="X")
        + component(POSNR="0070", RGEKZ="X")
    )
    found = only(order(sequence(operation("0010", inner))))
    shown = [(c.position, c.backflush) for c in found.components]
    assert shown == [("0010", False), ("0050", True), ("0070", True)]
    assert len(found.raw["by_products"]) == len(found.raw["bulk_material"]) == 1


def test_a_position_that_repeats_gets_its_reservation_item():
    inner = component(RSPOS="0001") + component(RSPOS="0002") + component(POSNR="") + component(POSNR="")
    found = only(order(sequence(operation("0010", inner))))
    assert [c.position for c in found.components] == ["0010", "0010-0002", "-2", "-3"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"MATNR": ""}, "required"),
        ({"BDMNG": ""}, "required"),
        ({"BDMNG": "-1"}, "negative"),
        ({"MEINS": "??"}, "unknown_unit"),
    ],
)
def test_a_broken_component_refuses_its_order(values, code):
    assert problem(order(sequence(operation("0010", component(**values))))).code == code


def test_several_values_of_one_characteristic_are_choices():
    rows = "".join(
        f"<E1VCCHR><ATNAM>RAL</ATNAM><ATWRT>{value}</ATWRT></E1VCCHR>" for value in ("5010", "9005")
    )
    (found,) = only(order(rows + "<E1VCCHR><ATNAM>NOTE</ATNAM><ATWRT>free</ATWRT></E1VCCHR>")).requirements[
        :1
    ]
    assert (found.kind, found.choices) == (RequirementKind.CHOICE, ("5010", "9005"))


def test_a_script_is_not_a_link():
    inner = "<E1AFDOC><DOKNR>D1</DOKNR><E1AFDPO><URL>javascript:alert(1)</URL></E1AFDPO></E1AFDOC>"
    (found,) = only(order(sequence(operation("0010", inner)))).requirements
    assert (found.kind, found.url) == (RequirementKind.TEXT, "")


def test_without_operations_or_components_nothing_is_said_about_them():
    found = only(order())
    assert (found.operations, found.components, found.requirements) == (None, None, None)


def test_a_bad_order_does_not_keep_the_others_out():
    body = document(idoc(order(AUFNR="1")), idoc(order(AUFNR="2", GAMNG="x")), idoc(order(AUFNR="3")))
    reading = read_message(body, zone=BERLIN)
    assert [(d.number, d.row) for d in reading.documents] == [("1", 1), ("3", 3)]
    assert [(p.row, p.code) for p in reading.problems] == [(2, "not_a_number")]


def test_every_problem_of_an_order_is_told():
    reading = read(order(sequence(operation("", BMSCH="x")), GAMNG="x", GLTRS="20260231"))
    assert {p.field.rpartition("/")[2] for p in reading.problems} == {"GAMNG", "GLTRS", "VORNR", "BMSCH"}


def test_the_autumn_hour_is_read_as_the_first_one():
    found = only(order(GSTRS="20261025", GSUZS="023000"), profile=Profile())
    assert found.start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
