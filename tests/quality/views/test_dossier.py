"""The evidence pack and the first-article report say what is in the database, signatures included."""

import io
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from orders.domain.reports import Quantities, report
from orders.domain.reports import reverse as reverse_report
from orders.models import ProductionOrder
from quality.domain.dossier import sign_first_article
from quality.domain.nonconformances import dispose, raise_nonconformance
from quality.domain.subjects import Subject
from quality.enums import DispositionKind
from quality.queries.dossier import evidence_of
from tests.factories.accounts import PASSWORD, OperatorFactory, PlannerFactory, QualityFactory
from tests.factories.orders import (
    ItemFactory,
    OperationFactory,
    OrderComponentFactory,
    OrderRequirementFactory,
    RunFactory,
    ScrapReasonFactory,
)
from tests.factories.quality import DefectCodeFactory, InspectionFactory, RequirementCheckFactory
from tests.support.signing import proof_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def made():
    """An order with a run, a corrected report, a check, an inspection, and a signed decision."""
    operation = OperationFactory(
        in_production=True,
        position=1,
        program="O4711",
        order__item=ItemFactory(code="=RING", name="Zahnkranz größer"),
    )
    order = operation.order
    RunFactory(operation=operation)
    OrderComponentFactory(order=order)
    reason = ScrapReasonFactory(plant=order.plant)
    person = OperatorFactory(first_name="Jürgen", last_name="Müßig")
    wrong = report(operation=operation, quantities=Quantities(good=Decimal(50)), by=person, key=uuid.uuid4())
    right = Quantities(good=Decimal(48), scrap=Decimal(2))
    reverse_report(
        event=wrong, by=person, key=uuid.uuid4(), comment="miscounted", replacement=right, scrap_reason=reason
    )
    requirement = OrderRequirementFactory(order=order, code="ROUGHNESS", text="Ra at most 0.8")
    RequirementCheckFactory(requirement=requirement, value="0.7")
    InspectionFactory(operation=operation, comment="Sichtprüfung")
    inspector = QualityFactory(first_name="Ines", last_name="Prüfer")
    row = raise_nonconformance(
        subject=Subject(order=order, operation=operation),
        defect=DefectCodeFactory(plant=order.plant, name_en="Scratch"),
        quantity=Decimal(3),
        by=person,
        key=uuid.uuid4(),
    )
    dispose(
        nonconformance=row,
        kind=DispositionKind.SCRAP,
        quantity=Decimal(3),
        reason="too deep",
        by=inspector,
        key=uuid.uuid4(),
        proof=proof_of(inspector),
    )
    return order, row, inspector


def text_of(content):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_the_pack_says_who_what_when_and_what_was_changed(client, made):
    order, row, inspector = made
    client.force_login(PlannerFactory())
    assert (
        reverse("order-dossier", args=[order.pk])
        in client.get(reverse("order", args=[order.pk])).content.decode()
    )
    answer = client.get(reverse("order-dossier-pack", args=[order.pk]))
    assert answer["Content-Disposition"] == f'attachment; filename="evidence-{order.number}.pdf"'
    text = text_of(answer.content)
    for said in (
        order.number,
        "Zahnkranz größer",
        "O4711",
        "ROUGHNESS",
        "0.7",
        "Sichtprüfung",
        row.number,
        "Scratch",
        "Scrap 3: too deep".replace("Scrap", "scrap"),
        f"Ines Prüfer ({inspector.username})",
        "approved",
        "intact",
        "(corrected)",
        "miscounted",
        "Jürgen Müßig",
    ):
        assert said in text, said


def test_a_signature_on_paper_shows_name_time_and_meaning_and_that_it_is_broken(client, made):
    order, row, _inspector = made
    client.force_login(PlannerFactory())
    row.defect = DefectCodeFactory(plant=order.plant)
    row.save()
    text = text_of(client.get(reverse("order-dossier-pack", args=[order.pk])).content)
    assert "broken: what was signed" in text


def test_the_first_article_has_the_fields_of_the_three_forms_and_no_formula(client, made):
    order, _row, inspector = made
    sign_first_article(order=order, by=inspector, proof=proof_of(inspector))
    client.force_login(PlannerFactory())
    text = text_of(client.get(reverse("order-first-article", args=[order.pk, "pdf"])).content)
    for said in (
        "Form 1: Part number accountability",
        "Form 2",
        "Form 3",
        "4. FAI report number",
        f"FAI-{order.number}",
        "ROUGHNESS",
        "approved",
    ):
        assert said in text, said
    content = client.get(reverse("order-first-article", args=[order.pk, "xlsx"])).content
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Form 1", "Form 2", "Form 3"]
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert "'=RING" in cells
    assert not [cell for cell in cells if str(cell)[0] in "=+-@"]
    assert client.get(reverse("order-first-article", args=[order.pk, "exe"])).status_code == 404


def test_quality_signs_the_first_article_and_a_new_result_breaks_the_signature(client, made):
    order, _row, inspector = made
    url = reverse("order-dossier", args=[order.pk])
    said = {"key": str(uuid.uuid4()), "username": inspector.username, "password": PASSWORD}
    client.force_login(PlannerFactory())
    assert client.post(url, said).status_code == 403
    client.force_login(inspector)
    assert client.post(url, said | {"password": "wrong"}).status_code == 422
    assert client.post(url, said).status_code == 302
    assert "broken" not in client.get(url).content.decode()
    RequirementCheckFactory(requirement=order.requirements.get(), value="0.9", verdict="failed")
    assert "broken" in client.get(url).content.decode()


def test_evidence_asks_the_same_for_a_long_history(made):
    order, _row, _inspector = made
    order = ProductionOrder.objects.select_related(
        "plant", "item", "unit", "customer_line__order__customer"
    ).get(pk=order.pk)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            evidence_of(order)
        counts.append(len(queries))
        for _more in range(2):
            InspectionFactory(operation=order.operations.get())
            RequirementCheckFactory(requirement=OrderRequirementFactory(order=order))
            RunFactory(operation=order.operations.get())
    assert counts[0] == counts[1]
