"""Work centres, units, conversions and variance reasons that SAP distributes."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from integrations.domain import inbox
from integrations.enums import Direction, InboundState, TranslationKind
from integrations.erp.idoc.reading import read_message
from integrations.models import Translation, UnknownValue
from machines.models import MachineGroup
from orders.domain.master_documents import UnitFactor
from orders.models import Item
from tests.factories.integrations import TranslationFactory
from tests.factories.machines import StopReasonFactory
from tests.factories.orders import ItemFactory, ScrapReasonFactory
from tests.integrations.erp.idocs import document, fields, idoc
from tests.integrations.plants import idoc_partner

BERLIN = ZoneInfo("Europe/Berlin")


def segment(name, **values):
    return f"<{name}>{fields(values)}</{name}>"


def read(*segments, **control):
    return read_message(document(idoc("".join(segments), **control)), zone=BERLIN)


def take(partner, *segments, number="42"):
    body = document(idoc("".join(segments), DOCNUM=number))
    message = inbox.receive(connection=partner, channel="file", body=body).message
    return inbox.process(message)


CENTRE = segment(
    "E1BP_PP_PDC_WORKCENTER", WORK_CNTR="LATHE-7", PLANT="", WORK_CNTR_DESCR="Lathe 7", COST_CNTR="4711"
)
REASONS = (
    segment("E1DIFF", WERKS="", REASON="0001", GRDTX="Surface"),
    segment("E1DIFF", WERKS="", REASON="0002", GRDTX="tool broken"),
    segment("E1DIFF", WERKS="", REASON="0003", GRDTX="Moon phase"),
    segment("E1DIFF", WERKS="OTHER", REASON="0004", GRDTX="Surface"),
)


def test_a_work_centre_wherever_its_row_stands():
    for inner in (CENTRE, f"<E1PPCC2RECWORKCENTER>{CENTRE}</E1PPCC2RECWORKCENTER>"):
        reading = read(inner)
        assert reading.problems == ()
        (found,) = reading.master
        assert (found.code, found.name, found.raw) == ("LATHE-7", "Lathe 7", {"COST_CNTR": "4711"})


def test_conversions_of_a_material_are_one_document():
    reading = read(
        segment("E1UNIMA", MATNR="000000000000000815", MEINH="KAR", MEINS="ST", UMREZ="12", UMREN="1"),
        segment("E1UNIMA", MATNR="000000000000000815", MEINH="KG", MEINS="ST", UMREZ="1", UMREN="4"),
    )
    assert [problem.code for problem in reading.problems] == ["unknown_unit"]
    (found,) = reading.master
    assert (found.code, found.unit) == ("815", "C62")
    assert found.factors == (UnitFactor("KGM", Decimal(1), Decimal(4)),)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (segment("E1UNIMA", MATNR="1", MEINH="KG", UMREZ="0", UMREN="1"), "UMREZ"),
        (segment("E1BP_PP_PDC_WORKCENTER", WORK_CNTR="", WORK_CNTR_DESCR="x"), "WORK_CNTR"),
        (segment("E1UNIT", MSEHI="", ISOCODE="PCE"), "MSEHI"),
        (segment("E1DIFF", WERKS="", REASON="", GRDTX="x"), "REASON"),
    ],
)
def test_a_row_that_says_nothing_is_named(row, field):
    reading = read(row)
    assert (reading.master, reading.words) == ((), ())
    assert reading.problems[0].field.endswith(field)


@pytest.mark.django_db
def test_work_centres_and_conversions_are_taken():
    partner = idoc_partner()
    ItemFactory(code="815")
    message = take(
        partner, CENTRE, segment("E1UNIMA", MATNR="815", MEINH="KG", MEINS="ST", UMREZ="1", UMREN="4")
    )
    assert (message.state, message.problems) == (InboundState.APPLIED, [])
    assert MachineGroup.objects.get(code="LATHE-7").name == "Lathe 7"
    assert Item.objects.get(code="815").units.count() == 1


@pytest.mark.django_db
def test_reasons_are_known_by_name_and_the_others_wait_for_a_person():
    partner = idoc_partner()
    ScrapReasonFactory(plant=partner.plant, code="SURF", name_en="surface")
    StopReasonFactory(plant=partner.plant, code="TOOL", name_de="Tool broken")
    message = take(partner, *REASONS)
    assert message.state == InboundState.APPLIED
    found = Translation.objects.filter(connection=partner, kind=TranslationKind.REASON)
    assert dict(found.values_list("theirs", "ours")) == {"0001": "SURF", "0002": "TOOL"}
    assert list(UnknownValue.objects.values_list("kind", "value")) == [("reason", "0003")]
    assert take(partner, *REASONS, number="43").state in (InboundState.APPLIED, InboundState.OBSOLETE)
    assert found.count() == 2


@pytest.mark.django_db
def test_units_are_known_by_their_iso_code_and_what_a_person_said_stays():
    partner = idoc_partner()
    TranslationFactory(connection=partner, kind="unit", theirs="STK", ours="C62")
    message = take(
        partner,
        segment("E1UNIT", MSEHI="ZST", ISOCODE="PCE"),
        segment("E1UNIT", MSEHI="STK", ISOCODE="KGM"),
        segment("E1UNIT", MSEHI="PAL", ISOCODE="PF"),
    )
    assert message.problems == []
    found = {one.theirs: (one.ours, one.direction) for one in Translation.objects.filter(connection=partner)}
    assert found == {"STK": ("C62", Direction.BOTH), "ZST": ("C62", Direction.IN)}
    assert UnknownValue.objects.get().value == "PAL"
