"""What stands on a label: filled in, drawn, and read back by a scanner."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from mes.lib.errors import InvalidInput
from orders.domain.labels.elements import elements_of
from orders.domain.labels.render import check_template, preview, render
from orders.domain.labels.values import MODELS, NAMES, newest_of, subject_of, values_of
from orders.domain.labels.zpl import fill_zpl, read_zpl
from orders.enums import LabelFormat, LabelSubject
from orders.models import HandlingUnitContent, LabelTemplate, Serial
from orders.queries.scan import lot_by_scan, operations_by_scan
from tests.factories.machines import MachineFactory, PlantFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    HandlingUnitFactory,
    ItemFactory,
    LabelTemplateFactory,
    LotFactory,
    OperationFactory,
    OrderComponentFactory,
    OrderRequirementFactory,
    PrinterFactory,
    PrintJobFactory,
    PrintRuleFactory,
    ProductionEventFactory,
    ProductionOrderFactory,
    ShipmentFactory,
)
from tests.support.scanning import image_of, scanned

GTIN = "4006381333931"
ZPL = """^XA^CI28^PW800^LL400
^FO40,30^A0N,40,40^FD{item.code}^FS
^FO40,90^BY2^BCN,80,N,N,N^FD{lot.number}^FS
^FO560,60^BXN,6,200,,,,_^FD{gs1.zpl}^FS
^FO40,240^BQN,2,5^FDMA,{scan}^FS
^FO40,220^GB400,2,2^FS^XZ"""
LINES = """# demo
bold 4 3 5 {item.code}
code128 12 12 40 12 {lot.number}
gs1 70 5 22 {gs1}
qr 70 30 16 {scan}
box 4 28 50 0.3"""


@pytest.fixture
def lot(db):
    item = ItemFactory(code="RING-25", gtin=GTIN, lot_tracked=True)
    return LotFactory(item=item, number="L-4711", expires_on=date(2027, 3, 31))


def subject_for(kind):
    """One of what a label may be about, as full as it gets."""
    if kind == LabelSubject.ORDER:
        line = CustomerOrderLineFactory()
        return ProductionOrderFactory(customer_line=line, item=line.item)
    if kind == LabelSubject.REPORT:
        return ProductionEventFactory()
    if kind == LabelSubject.SERIAL:
        batch = LotFactory()
        piece = LotFactory(item=batch.item)
        return Serial.objects.create(item=batch.item, number=piece.number, lot=piece, batch=batch)
    if kind == LabelSubject.UNIT:
        unit = HandlingUnitFactory(sscc="376104250021234569")
        HandlingUnitContent.objects.create(unit=unit, lot=LotFactory(), quantity=Decimal(5))
        return unit
    return ShipmentFactory() if kind == LabelSubject.SHIPMENT else LotFactory()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(MODELS))
def test_every_placeholder_that_is_offered_has_a_value(kind):
    subject = subject_for(kind)
    found = subject_of(kind, subject.pk)
    assert found == subject
    assert set(values_of(kind, found, plant=PlantFactory())) >= set(NAMES[kind])
    assert newest_of(kind) is not None


@pytest.mark.parametrize(("format", "body"), [(LabelFormat.ZPL, ZPL), (LabelFormat.PDF, LINES)])
def test_all_codes_of_a_lot_label_are_read_back_and_name_the_lot(lot, format, body):
    template = LabelTemplateFactory(format=format, body=body)
    plant = PlantFactory()
    values = values_of("lot", lot, plant=plant)
    if format == LabelFormat.ZPL:
        filled = render(template, lot, plant=plant).decode()
        reading = read_zpl(filled, dots_per_mm=8)
        assert not reading.unknown
        elements = reading.elements
    else:
        elements = elements_of(body, values)
    codes = scanned(image_of(elements, width=100, height=50))
    assert codes["L-4711"] == "]C0"
    assert "LOT:L-4711" in codes
    [(text, symbology)] = [one for one in codes.items() if one[1] == "]d2"]
    assert text == "010400638133393117270331" + "10L-4711"
    machine = MachineFactory(plant=plant)
    for code in ("L-4711", "LOT:L-4711", symbology + text, text):
        assert lot_by_scan(machine, code) == lot


@pytest.mark.django_db
def test_an_item_without_gtin_gets_a_code_of_the_plant_s_own():
    lot = LotFactory(item__code="RING", number="A1")
    other = LotFactory(number="A1")
    assert values_of("lot", lot, plant=PlantFactory())["gs1"] == "(91)RING(92)A1"
    machine = MachineFactory()
    assert lot_by_scan(machine, "]d291RING\x1d92A1") == lot
    assert lot_by_scan(machine, f"]d291{other.item.code}\x1d92A1") == other
    assert lot_by_scan(machine, "]d291NONE\x1d92A1") is None


@pytest.mark.django_db
def test_a_pallet_is_scanned_by_its_sscc():
    unit = HandlingUnitFactory(sscc="376104250021234569")
    lot = LotFactory()
    HandlingUnitContent.objects.create(unit=unit, lot=lot, quantity=Decimal(5))
    text = values_of("unit", unit, plant=unit.plant)["gs1"]
    assert text == "(00)376104250021234569"
    assert lot_by_scan(MachineFactory(), "]d2" + text.replace("(", "").replace(")", "")) == lot


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
def test_no_value_becomes_a_command_of_the_printer(value):
    body = "^XA^FO8,8^A0N,30,30^FDa_b {item.name} c^FS^PQ{lot.number}^XZ"
    filled = fill_zpl(body, {"item.name": value, "lot.number": value})
    [words] = read_zpl(filled, dots_per_mm=8).elements
    assert words.text == f"a_b {value} c"
    assert filled.count("^FS") == filled.count("^XZ") == 1
    assert not re.search(r"[\^~]", filled.partition("^PQ")[2].removesuffix("^XZ"))


@pytest.mark.parametrize(
    "line",
    ["circle 1 1 1", "text 1 1", "text a b c", "qr 1 1 0 x", "gs1 1 1 10 no", "code128 1 1 20 5 ö", "text"],
)
def test_a_line_that_cannot_be_read_is_named(line):
    with pytest.raises(InvalidInput) as refusal:
        elements_of(f"# first\n{line}", {})
    assert [problem.row for problem in refusal.value.problems] == [2]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("format", "subject", "body"),
    [
        (LabelFormat.ZPL, "lot", "^XA^FD{lot.nummer}^FS^XZ"),
        (LabelFormat.ZPL, "shipment", "{lot.number}"),
        (LabelFormat.PDF, "lot", "txt 1 1 1 x"),
        (LabelFormat.TRAVELLER, "order", "facts\npictures"),
    ],
)
def test_a_template_that_cannot_work_is_refused(format, subject, body):
    with pytest.raises(InvalidInput):
        check_template(LabelTemplate(format=format, subject=subject, body=body))
    check_template(LabelTemplate(format=LabelFormat.PDF, subject="lot", body=LINES))


@pytest.mark.django_db
def test_the_preview_names_what_it_does_not_draw(lot):
    template = LabelTemplateFactory(body=ZPL.replace("^XA", "^XA^GFA,1,1,1,FF"))
    shown = preview(template, lot, plant=PlantFactory())
    assert shown.unknown == ["^GF"]
    assert shown.picture.startswith("<svg")
    assert "RING-25" in shown.picture


@pytest.mark.django_db
def test_the_traveller_s_codes_open_their_operations_at_the_terminal():
    order = ProductionOrderFactory(released=True, number="4711")
    first = OperationFactory(order=order, position=1, number="0010", confirmation_number="7000001")
    second = OperationFactory(order=order, position=2, number="0020")
    OrderComponentFactory(order=order)
    OrderRequirementFactory(order=order, text="Blue boxes")
    body = "facts\noperations\ncomponents\nrequirements\nnote Keep dry {item.code}"
    template = LabelTemplateFactory(format="traveller", subject="order", body=body)
    pages = PdfReader(io.BytesIO(render(template, order, plant=order.plant))).pages
    text = "".join(page.extract_text() for page in pages)
    for expected in ("4711", "7000001", "4711/0020", "Blue boxes", f"Keep dry {order.item.code}"):
        assert expected in text
    for operation, code in ((first, "7000001"), (second, "4711/0020")):
        machine = MachineFactory(plant=order.plant, group=operation.machine_group)
        assert operations_by_scan(machine, code) == [operation]


@pytest.mark.django_db
def test_a_gtin_with_a_wrong_check_digit_is_refused():
    with pytest.raises(ValidationError):
        ItemFactory.build(gtin="4006381333932").clean()
    ItemFactory.build(gtin=GTIN).clean()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("constraint", "make"),
    [
        ("item_gtin_digits", lambda: ItemFactory(gtin="12345")),
        ("label_size_sensible", lambda: LabelTemplateFactory(width_mm=5)),
        ("label_resolution_sensible", lambda: LabelTemplateFactory(dots_per_mm=2)),
        ("label_traveller_of_order", lambda: LabelTemplateFactory(format="traveller", subject="lot")),
        ("printer_has_address", lambda: PrinterFactory(host="")),
        ("printer_port", lambda: PrinterFactory(port=0)),
        (
            "printer_code_unique",
            lambda: PrinterFactory(plant=PrinterFactory(code="Z").plant, code="Z"),
        ),
        ("print_rule_copies", lambda: PrintRuleFactory(copies=0)),
        (
            "print_rule_unique",
            lambda: (
                rule := PrintRuleFactory(),
                PrintRuleFactory(plant=rule.plant, template=rule.template, printer=rule.printer),
            ),
        ),
        ("print_failed_with_reason", lambda: PrintJobFactory(state="failed")),
        ("print_printed_with_time", lambda: PrintJobFactory(state="printed")),
        (
            "print_once_per_rule_and_fact",
            lambda: (
                rule := PrintRuleFactory(),
                PrintJobFactory(rule=rule, source="receipt:1"),
                PrintJobFactory(rule=rule, source="receipt:1"),
            ),
        ),
    ],
)
def test_the_database_refuses_what_makes_no_sense(constraint, make):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make()
