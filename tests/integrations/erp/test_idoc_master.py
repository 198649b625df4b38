"""MATMAS, LOIWCS, LOIROU and LOIBOM: every trap of master data, and the real documents."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from integrations.erp.idoc.reading import read_message
from integrations.erp.idoc.tables import Profile
from orders.domain.master_documents import UnitFactor
from tests.integrations.erp.idocs import document, fields, idoc
from tests.support.shared_data import shared_bytes

BERLIN = ZoneInfo("Europe/Berlin")


def segment(name, inner="", **values):
    return f"<{name}>{fields(values)}{inner}</{name}>"


def read(inner, profile=None, **control):
    return read_message(document(idoc(inner, **control)), zone=BERLIN, profile=profile)


def only(inner, profile=None, **control):
    reading = read(inner, profile, **control)
    assert reading.problems == ()
    (found,) = reading.master
    return found


def problem_of(inner):
    reading = read(inner)
    assert reading.master == ()
    return [(problem.code, problem.field, problem.row) for problem in reading.problems]


# --- items


def item(inner="", **values):
    return segment("E1MARAM", inner, **{"MATNR": "000000000000004711", "MEINS": "ST", **values})


def test_an_item():
    texts = segment("E1MAKTM", SPRAS="D", MAKTX="Ventil", SPRAS_ISO="DE") + segment(
        "E1MAKTM", SPRAS="E", MAKTX="Valve"
    )
    found = only(item(texts, MTART="FERT"), Profile(language="DE"), SERIAL="20260302130411")
    assert (found.code, found.unit, found.name) == ("4711", "C62", "Ventil")
    assert found.names == {"de": "Ventil", "en": "Valve"}
    assert (found.gone, found.version, found.raw["MTART"]) == (False, "20260302130411", "FERT")


def test_the_long_material_number_wins():
    assert only(item(MATNR_LONG="A-LONG-MATERIAL-NUMBER-OF-40")).code == "A-LONG-MATERIAL-NUMBER-OF-40"
    assert only(item(MATNR_EXTERNAL="EXTERNAL")).code == "EXTERNAL"


@pytest.mark.parametrize(
    ("values", "gone"),
    [
        ({"MSGFN": "003"}, True),
        ({"LVORM": "X"}, True),
        ({"MSGFN": "004"}, False),
        ({"MSGFN": "005"}, False),
        ({"MSGFN": "009"}, False),
        ({"MSGFN": "018", "LVORM": ""}, False),
    ],
)
def test_deletions_and_upserts(values, gone):
    assert only(item(**values)).gone is gone


def test_a_deleted_text_is_no_name():
    texts = segment("E1MAKTM", MSGFN="003", SPRAS_ISO="EN", MAKTX="Old")
    assert only(item(texts)).name is None


def test_conversions():
    rows = segment("E1MARMM", MEINH="KG", UMREZ="4", UMREN="10") + segment("E1MARMM", MEINH="PAL", UMREZ="96")
    found = only(item(rows))
    assert found.factors == (UnitFactor("KGM", Decimal(4), Decimal(10)),)
    assert found.raw["unknown_units"] == ["PAL"]


def test_a_conversion_of_nothing_is_a_problem():
    rows = segment("E1MARMM", MEINH="KG", UMREZ="0", UMREN="10")
    assert problem_of(item(rows)) == [("not_positive", "E1MARAM/E1MARMM[1]/UMREZ", 1)]


def test_lots_are_seen_in_any_plant():
    assert only(item(segment("E1MARCM", WERKS="1000", XCHPF="X"))).lot_tracked is True
    assert only(item()).lot_tracked is None


def test_items_that_are_wrong():
    assert problem_of(segment("E1MARAM", MEINS="ST")) == [("required", "E1MARAM/MATNR", 1)]
    assert problem_of(item(MEINS="FURLONG")) == [("unknown_unit", "E1MARAM/MEINS", 1)]


def test_the_real_small_material():
    reading = read_message(shared_bytes("erp/sap-idoc/matmas05-raw-R1CH01007.xml"), zone=BERLIN)
    assert reading.problems == ()
    (found,) = reading.master
    assert (found.code, found.name, found.unit, found.gone) == ("R1CH01007", "R1CH01007", "C62", False)
    assert found.raw["CustomData"] == [{"Data": [{"attribute": "BURNOUTPROGRAMID"}]}]
    assert reading.identity.message_type == "MATMAS"


# --- work centres


def test_a_work_centre():
    text = segment("E1CRTXL", SPRAS="E", KTEXT="Saw")
    found = only(segment("E1CRHDL", text, OBJID="10000123", ARBPL="SAW-1", WERKS="1000", VGWTS="SAP1"))
    assert (found.code, found.plant, found.name) == ("SAW-1", "1000", "Saw")
    assert (found.internal_id, found.standard_key, found.gone) == ("10000123", "SAP1", False)


@pytest.mark.parametrize("values", [{"STAND": "099"}, {"MSGFN": "003"}, {"LVORM": "X"}])
def test_a_work_centre_that_is_gone(values):
    assert only(segment("E1CRHDL", ARBPL="SAW-1", **values)).gone


def test_the_real_work_centre():
    reading = read_message(shared_bytes("erp/sap-idoc/loiwcs03.xml"), zone=BERLIN)
    assert reading.problems == ()
    (found,) = reading.master
    assert (found.code, found.plant, found.name) == ("TEST_AZ", "DM01", "AAA - Inside Operation")
    assert (found.internal_id, found.standard_key) == ("40161479", "Type")
    assert [row["FORML"] for row in found.raw["E1CRCOL"]] == ["QTB", "ST", "PT", "PPQ", "TT", "QTA"]


# --- routings


def step(number="0010", inner="", **values):
    shown = {"VORNR": number, "ARBID": "00010000123", "BMSCH": "1.000", **values}
    return segment("E1PLPOL", inner, **shown)


def routing(*alternatives, **values):
    shown = {"MATNR": "4711", "PLNNR": "50000123", "WERKS": "1000", **values}
    return segment("E1MAPLL", "".join(alternatives), **shown)


def alternative(steps, number="01", **header):
    return segment(
        "E1MAPAL", segment("E1PLKOL", segment("E1PLFLL", steps, PLNFL="0"), **header), PLNAL=number
    )


def test_a_routing_names_work_centres_by_their_internal_number():
    times = {"VGW01": "30", "VGE01": "MIN", "VGW02": "0.5", "VGE02": "MIN", "VGWTS": "SAP1"}
    found = only(routing(alternative(step("20") + step("0010", **times, LTXA1="Saw"))))
    assert (found.item, found.plant, [one.number for one in found.steps]) == (
        "4711",
        "1000",
        ["0010", "0020"],
    )
    first = found.steps[0]
    assert (first.work_centre, first.text) == ("10000123", "Saw")
    assert (first.setup_seconds, first.run_seconds, first.base_quantity) == (1800, 30, 1)
    assert (found.steps[1].setup_seconds, found.steps[1].run_seconds) == (None, None)


def test_activities_of_a_routing_mean_what_the_connection_says():
    profile = Profile(activity_keys={"1000/": ("run", "setup")})
    times = {"VGW01": "0.5", "VGE01": "MIN", "VGW02": "30", "VGE02": "MIN"}
    (first,) = only(routing(alternative(step(**times))), profile).steps
    assert (first.setup_seconds, first.run_seconds) == (1800, 30)


def test_of_several_alternatives_the_lowest_that_is_valid_today():
    old = alternative(step(ARBPL="OLD"), "01", DATUV="20200101", DATUB="20251231")
    new = alternative(step(ARBPL="NEW"), "2", DATUV="20260101", DATUB="99991231")
    third = alternative(step(ARBPL="THIRD"), "10")
    found = only(routing(old, third, new), CREDAT="20260302")
    assert [one.work_centre for one in found.steps] == ["NEW"]
    assert found.raw["alternatives"] == ["01", "10"]


def test_routings_that_are_wrong():
    assert problem_of(routing()) == [("required", "E1MAPLL/E1PLPOL", 1)]
    twice = problem_of(routing(alternative(step() + step("10"))))
    assert twice == [("duplicate", "E1MAPLL/E1MAPAL[1]/E1PLKOL[1]/E1PLFLL[1]/E1PLPOL[2]/VORNR", 1)]
    assert only(routing(MSGFN="003")).gone


# --- bills of material


def position(number="0010", **values):
    shown = {"POSNR": number, "IDNRK": "000000000000000815", "MENGE": "2.000", "MEINS": "ST", **values}
    return segment("E1STPOL", **shown)


def bom(positions, number="01", **values):
    header = segment("E1STKOL", positions, BMENG="100.000", STLAL=number)
    return segment("E1MASTL", segment("E1MASAL", header), **{"MATNR": "4711", "STLNR": "99", **values})


def test_a_bill_of_material():
    found = only(bom(position(AUSCH="2.50") + position("0020", IDNRK="STEEL", MEINS="KG", RGEKZ="X")))
    assert (found.item, found.base_quantity, found.raw["STLNR"]) == ("4711", 100, "99")
    shown = [(one.position, one.item, one.quantity, one.unit, one.backflush) for one in found.positions]
    assert shown == [("0010", "815", 2, "C62", False), ("0020", "STEEL", 2, "KGM", True)]
    assert found.positions[0].scrap_percent == Decimal("2.50")


def test_what_is_no_material_to_draw_is_left_out():
    left_out = (
        position("0020", POSTP="T")
        + position("0030", LKENZ="X")
        + position("0040", MENGE="1.000-")
        + position("0050", SCHGT="X")
    )
    found = only(bom(position() + left_out))
    assert [one.position for one in found.positions] == ["0010"]
    assert [row["POSNR"] for row in found.raw["left_out"]] == ["0040", "0050"]


@pytest.mark.parametrize(
    ("positions", "code", "field"),
    [
        ("", "required", "E1MASTL/E1STPOL"),
        (position(MENGE="0"), "required", "E1MASTL/E1MASAL[1]/E1STKOL[1]/E1STPOL[1]/MENGE"),
        (position(MENGE="two"), "not_a_number", "E1MASTL/E1MASAL[1]/E1STKOL[1]/E1STPOL[1]/MENGE"),
        (position(IDNRK=""), "required", "E1MASTL/E1MASAL[1]/E1STKOL[1]/E1STPOL[1]/IDNRK"),
        (position() + position(), "duplicate", "E1MASTL/E1MASAL[1]/E1STKOL[1]/E1STPOL[2]/POSNR"),
        (position(AUSCH="100"), "out_of_range", "E1MASTL/E1MASAL[1]/E1STKOL[1]/E1STPOL[1]/AUSCH"),
    ],
)
def test_bills_of_material_that_are_wrong(positions, code, field):
    assert (code, field, 1) in problem_of(bom(positions))


# --- the frame


def test_a_bad_record_leaves_the_good_ones():
    reading = read_message(document(idoc(item(MEINS="?")), idoc(item())), zone=BERLIN)
    assert [(one.code, one.row) for one in reading.master] == [("4711", 2)]
    assert [problem.row for problem in reading.problems] == [1]


def test_a_message_that_is_not_read_here_is_refused_by_name():
    reading = read("<E1EDK01><BELNR>1</BELNR></E1EDK01>", MESTYP="ORDERS")
    (problem,) = reading.problems
    assert (problem.code, problem.value) == ("not_understood", "ORDERS")
    assert "E1EDK01" in problem.message
