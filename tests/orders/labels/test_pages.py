"""Printing in the office: choose, look, print, and see what failed."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mes.accounts.roles import Role
from orders.enums import PrintState
from orders.models import HandlingUnitContent, LabelTemplate, PrintJob, PrintRule, Serial
from tests.factories.accounts import OperatorFactory
from tests.factories.orders import (
    HandlingUnitFactory,
    LabelTemplateFactory,
    LotFactory,
    PrinterFactory,
    PrintJobFactory,
    ProductionEventFactory,
    ProductionOrderFactory,
)
from tests.support.admin import client_of, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(OperatorFactory())
    return client


def test_the_list_asks_as_much_for_three_prints_as_for_one(office):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert office.get(reverse("prints")).status_code == 200
        return len(captured)

    PrintJobFactory()
    queries()
    one = queries()
    PrintJobFactory()
    PrintJobFactory()
    assert queries() == one


def test_a_lot_s_label_is_looked_at_and_printed(office):
    lot, template, printer = LotFactory(number="A-77"), LabelTemplateFactory(), PrinterFactory()
    page = office.get(reverse("label-print", args=["lot", lot.pk]))
    assert template.name in page.content.decode()
    shown = office.get(reverse("label-preview", args=[template.pk, lot.pk])).content.decode()
    assert "^FDA-77^FS" in shown
    picture = office.get(reverse("label-file", args=[template.pk, lot.pk, "svg"]))
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"A-77" in picture.content
    said = {"key": uuid.uuid4(), "template": template.pk, "printer": printer.pk, "copies": 3}
    for _ in range(2):
        answer = office.post(reverse("label-print", args=["lot", lot.pk]), said)
        assert answer.status_code == 302
    job = PrintJob.objects.get()
    assert (job.title, job.copies, job.printer) == ("A-77", 3, printer)


def test_what_belongs_to_a_lot_or_an_order_is_printed_from_there(office):
    order = ProductionOrderFactory()
    batch = LotFactory(order=order)
    piece = LotFactory(item=batch.item)
    serial = Serial.objects.create(item=batch.item, number=piece.number, lot=piece, batch=batch)
    unit = HandlingUnitFactory()
    HandlingUnitContent.objects.create(unit=unit, lot=piece, quantity=1)
    report = ProductionEventFactory(operation__order=order)
    of_lot = office.get(reverse("label-print", args=["lot", piece.pk])).content.decode()
    of_order = office.get(reverse("label-print", args=["order", order.pk])).content.decode()
    for page, kind, pk in (
        (of_lot, "serial", serial.pk),
        (of_lot, "unit", unit.pk),
        (of_order, "lot", batch.pk),
        (of_order, "report", report.pk),
    ):
        assert reverse("label-print", args=[kind, pk]) in page
        assert office.get(reverse("label-print", args=[kind, pk])).status_code == 200


def test_a_template_of_another_kind_can_not_be_chosen(office):
    other = LabelTemplateFactory(subject="shipment", body="^XA^XZ")
    said = {"key": uuid.uuid4(), "template": other.pk, "printer": PrinterFactory().pk, "copies": 1}
    answer = office.post(reverse("label-print", args=["lot", LotFactory().pk]), said)
    assert answer.status_code == 422
    assert not PrintJob.objects.exists()


def test_a_job_card_opens_as_pdf(office):
    order = ProductionOrderFactory()
    template = LabelTemplateFactory(format="traveller", subject="order", body="facts\noperations")
    answer = office.get(reverse("label-file", args=[template.pk, order.pk, "pdf"]))
    assert answer.content.startswith(b"%PDF")
    assert office.get(reverse("label-file", args=[template.pk, order.pk, "svg"])).status_code == 404


def test_what_cannot_be_filled_says_so_in_the_preview(office):
    template = LabelTemplateFactory(body="^XA^FD{lot.nothing}^FS^XZ")
    lot, _printer = LotFactory(), PrinterFactory()
    assert (
        "{lot.nothing}" in office.get(reverse("label-preview", args=[template.pk, lot.pk])).content.decode()
    )
    assert office.get(reverse("label-file", args=[template.pk, lot.pk, "svg"])).status_code == 422


def test_a_failed_print_is_seen_tried_again_or_cancelled(office):
    job = PrintJobFactory(state=PrintState.FAILED, problem="ZEBRA: Connection refused")
    assert office.get(reverse("print-count")).content == b"1"
    page = office.get(reverse("prints")).content.decode()
    assert "Connection refused" in page
    office.post(reverse("print-again", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == PrintState.WAITING
    office.post(reverse("print-cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == PrintState.CANCELLED
    assert office.get(reverse("print-count")).content == b""


def test_the_file_of_a_print_is_handed_out(office):
    job = PrintJobFactory(printer__kind="download", printer__host="")
    answer = office.post(reverse("print-take", args=[job.pk]))
    assert answer["Content-Disposition"].endswith('.zpl"')
    broken = PrintJobFactory(subject_id=0)
    assert office.post(reverse("print-take", args=[broken.pk])).status_code == 302


def test_the_admin_refuses_a_template_or_rule_that_cannot_work(client):
    boss = client_of(client, Role.ADMIN)
    said = {
        "code": "NEW",
        "name": "New",
        "subject": "lot",
        "format": "zpl",
        "width_mm": 100,
        "height_mm": 50,
        "dots_per_mm": 8,
        "body": "^XA^FD{lot.nothing}^FS^XZ",
        "active": "on",
    }
    answer = boss.post(page_of(LabelTemplate, "add"), said)
    assert "{lot.nothing}" in answer.content.decode()
    assert boss.post(page_of(LabelTemplate, "add"), said | {"body": "^XA^XZ"}).status_code == 302
    template, printer = LabelTemplate.objects.get(code="NEW"), PrinterFactory()
    rule = {"plant": printer.plant.pk, "template": template.pk, "printer": printer.pk, "copies": 1}
    boss.post(page_of(PrintRule, "add"), rule | {"trigger": "release"})
    assert not PrintRule.objects.exists()
    boss.post(page_of(PrintRule, "add"), rule | {"trigger": "receipt", "active": "on"})
    assert PrintRule.objects.get().trigger == "receipt"
    assert boss.get(reverse("label-template-preview", args=[template.pk])).status_code == 200
    LotFactory()
    assert b"label-picture" in boss.get(reverse("label-template-preview", args=[template.pk])).content
