"""Requirements are proved by checks and inspections; shipping waits for the proof; the matrix shows it."""

import io
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from mes.lib.errors import Refused
from orders.domain.holds import release_hold
from orders.domain.inventory import can_ship, check_shippable
from orders.domain.readings import read_requirements
from orders.enums import RequirementKind
from orders.models import Hold
from quality.domain.evidence import note_released
from quality.domain.results import Found, record_result
from quality.domain.verification import verify_requirement
from quality.enums import Verdict
from quality.queries.evidence import evidence_of
from quality.queries.requirements import requirement_statuses
from tests.factories.accounts import OperatorFactory, QualityFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    OperationFactory,
    OrderRequirementFactory,
    ProductionOrderFactory,
)
from tests.factories.quality import CharacteristicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    order = ProductionOrderFactory(running=True, customer_line=CustomerOrderLineFactory())
    return OperationFactory(in_production=True, order=order, number="0010", position=1)


@pytest.fixture
def requirement(work):
    return OrderRequirementFactory(
        order=work.order,
        code="BORE",
        kind=RequirementKind.LIMIT,
        text="Bore 25 H7",
        lower=Decimal("24.98"),
        upper=Decimal("25.02"),
        unit="mm",
    )


@pytest.fixture
def characteristic(work):
    return CharacteristicFactory(
        plan__plant=work.plant,
        plan__item=work.order.item,
        plan__operation_number="0010",
        requirement_code="BORE",
    )


def record(characteristic, work, value, **more):
    return record_result(
        characteristic=characteristic,
        operation=work,
        found=Found(value=value),
        by=OperatorFactory(),
        key=uuid.uuid4(),
        **more,
    )


def verdict_of(requirement):
    (status,) = requirement_statuses([requirement.order_id])[requirement.order_id]
    return status.verdict


def test_shipping_waits_for_an_open_requirement_and_says_which(work, requirement, characteristic):
    line = work.order.customer_line
    assert not can_ship(line=line)
    with pytest.raises(Refused) as refusal:
        check_shippable(line=line)
    assert refusal.value.code == "requirements_open"
    assert "BORE Bore 25 H7" in str(refusal.value)
    record(characteristic, work, "25.001")
    assert verdict_of(requirement) == Verdict.PASSED
    assert can_ship(line=line)


def test_a_miss_keeps_it_from_shipping_until_quality_releases(work, requirement, characteristic):
    line = work.order.customer_line
    record(characteristic, work, "25.00")
    record(characteristic, work, "25.05")
    assert verdict_of(requirement) == Verdict.FAILED
    assert not can_ship(line=line)
    record(characteristic, work, "25.00")  # a good piece later proves nothing about the bad one
    assert verdict_of(requirement) == Verdict.FAILED
    release_hold(hold=Hold.objects.get(), by=QualityFactory(), reason="Reworked and measured again")
    assert verdict_of(requirement) == Verdict.PASSED
    note_released(now=timezone.now())
    assert can_ship(line=line)


def test_a_check_by_a_person_counts_and_a_failed_one_takes_it_back(work, requirement):
    line, inspector = work.order.customer_line, QualityFactory()
    for value, ships in (("25.00", True), ("26", False)):
        verify_requirement(
            requirement=requirement, operation=None, value=value, by=inspector, key=uuid.uuid4()
        )
        assert can_ship(line=line) is ships


def test_a_doubtful_result_proves_nothing(work, requirement, characteristic):
    result = record(characteristic, work, "25.00", at=timezone.now() - timedelta(minutes=1))
    type(result).objects.filter(pk=result.pk).update(flags=["gauge_expired"])
    assert verdict_of(requirement) is None


def test_a_hold_keeps_the_line_from_shipping(work):
    assert can_ship(line=work.order.customer_line)
    Hold.objects.create(order=work.order, kind="manual", reason="Drawing is unclear")
    with pytest.raises(Refused, match="Drawing is unclear"):
        check_shippable(line=work.order.customer_line)


def test_the_matrix_shows_who_read_what_was_found_and_what_is_open(client, work, requirement, characteristic):
    operator = OperatorFactory(last_name="Krause")
    read_requirements(operation=work, by=operator, key=uuid.uuid4())
    client.force_login(QualityFactory())
    number = work.order.customer_line.order.number
    page = client.get(reverse("customer-order-evidence", args=[number])).content.decode()
    assert "Shipping is held" in page
    assert "Krause" in page
    record(characteristic, work, "25.001")
    page = client.get(reverse("order-evidence", args=[work.order_id])).content.decode()
    assert "Shipping is held" not in page
    assert "Bore diameter: <b>1</b>" in page


@pytest.mark.parametrize(("language", "word"), [("de", "25,02"), ("en", "25.02")])
def test_the_pdf_is_for_the_customer_and_names_nobody(
    client, work, requirement, characteristic, language, word
):
    operator = OperatorFactory(last_name="Krause")
    read_requirements(operation=work, by=operator, key=uuid.uuid4())
    record(characteristic, work, "25.001")
    client.force_login(QualityFactory())
    number = work.order.customer_line.order.number
    for url in (
        reverse("customer-order-evidence-pdf", args=[number]),
        reverse("order-evidence-pdf", args=[work.order_id]),
    ):
        answer = client.get(url, {"language": language})
        assert answer["Content-Type"] == "application/pdf"
        text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
        assert "Bore 25 H7" in text
        assert word in text
        assert "Krause" not in text


def test_the_matrix_costs_the_same_for_one_and_three_orders(work, requirement):
    def count(orders):
        with CaptureQueriesContext(connection) as queries:
            evidence_of(orders)
        return len(queries)

    others = [OrderRequirementFactory().order for _ in range(2)]
    assert count([work.order]) == count([work.order, *others])
