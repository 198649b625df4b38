"""Inspections and the customer's requirements at the terminal."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.enums import RequirementKind
from orders.models import Hold, RequirementReading
from quality.enums import CharacteristicKind
from quality.models import Characteristic, InspectionDemand, InspectionResult
from quality.views.gauge_picture import limit_picture
from quality.views.terminal import render_inspections
from tests.factories.accounts import OperatorFactory, QualityFactory
from tests.factories.orders import OperationFactory, OrderRequirementFactory, RunFactory
from tests.factories.quality import CharacteristicFactory, GaugeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client):
    person = OperatorFactory()
    client.force_login(person)
    return person


@pytest.fixture
def run():
    start = timezone.now() - timedelta(minutes=30)
    return RunFactory(
        operation=OperationFactory(in_production=True, number="0010", position=1),
        started_at=start,
        production_at=start + timedelta(minutes=20),
    )


def of(run, **more):
    work = run.operation
    return CharacteristicFactory(
        plan__plant=work.plant,
        plan__item=work.order.item,
        plan__operation_number=work.number,
        sampling="setup",
        **more,
    )


def page_of(name, run, *more):
    return reverse(name, args=[run.machine_id, run.operation_id, *more])


def said(response):
    return response.content.decode()


def test_what_is_due_after_setup_stands_on_the_page_and_leads_to_the_entry(client, operator, run):
    characteristic = of(run, name="Bore 25 H7", sample_size=2)
    text = said(client.get(page_of("terminal-inspections", run)))
    assert "Bore 25 H7" in text
    demand = InspectionDemand.objects.get()
    entry = page_of("terminal-inspect", run, characteristic.pk) + f"?trigger={demand.trigger}"
    assert entry.replace(":", "%3A") in text
    page = client.get(entry)
    assert "piece 1 of 2" in said(page)
    posted = {"key": str(uuid.uuid4()), "value": "25,001", "gauge": "", "piece": "S-1"}
    answer = client.post(entry, posted)
    assert answer.url == entry  # the second piece
    client.post(entry, posted)  # the same key again
    result = InspectionResult.objects.get()
    assert (result.value, result.piece, result.by, result.machine, result.via) == (
        Decimal("25.001"),
        "S-1",
        operator,
        run.machine,
        "terminal",
    )
    answer = client.post(entry, posted | {"key": str(uuid.uuid4())})
    assert answer.url == page_of("terminal-operation", run)
    assert "Nothing is due" in said(client.get(page_of("terminal-inspections", run)))


def test_a_miss_says_that_the_operation_is_held_and_who_releases(client, operator, run):
    quality = QualityFactory(first_name="Ada", last_name="Weber")
    characteristic = of(run)
    entry = page_of("terminal-inspect", run, characteristic.pk)
    answer = client.post(entry, {"key": str(uuid.uuid4()), "value": "26", "piece": ""}, follow=True)
    assert "The operation is on hold" in said(answer)
    text = said(client.get(page_of("terminal-inspections", run)))
    assert "is above 25.020" in text
    assert str(quality) in text
    assert Hold.objects.get(operation=run.operation).kind == "quality"


@pytest.mark.parametrize(
    ("posted", "field"), [({"value": ""}, "value"), ({"value": "x"}, "value"), ({"gauge": "NONE"}, "gauge")]
)
def test_nonsense_is_said_at_its_field(client, operator, run, posted, field):
    entry = page_of("terminal-inspect", run, of(run).pk)
    answer = client.post(entry, {"key": str(uuid.uuid4()), "value": "25", "piece": ""} | posted)
    assert answer.context["form"].errors[field]
    assert not InspectionResult.objects.exists()


def test_an_expired_gauge_is_said_before_and_at_the_entry(client, operator, run):
    gauge = GaugeFactory(
        plant=run.plant, interval_days=1, calibrated_on=timezone.localdate() - timedelta(days=9)
    )
    entry = page_of("terminal-inspect", run, of(run, gauge=gauge).pk)
    assert "has ended" in said(client.get(entry))
    answer = client.post(entry, {"key": str(uuid.uuid4()), "value": "25", "gauge": gauge.code, "piece": ""})
    assert "can decide" in answer.context["form"].errors["gauge"][0]


def test_a_document_is_opened_and_judged_by_hand(client, operator, run):
    document = of(run, attribute=True)
    Characteristic.objects.filter(pk=document.pk).update(
        kind=CharacteristicKind.DOCUMENT, url="https://example.com/report.pdf"
    )
    entry = page_of("terminal-inspect", run, document.pk)
    page = said(client.get(entry))
    assert 'href="https://example.com/report.pdf"' in page
    assert 'name="verdict" value="failed"' in page
    assert page_of("terminal-chart", run, document.pk) not in page, "documents have no control chart"
    client.post(entry, {"key": str(uuid.uuid4()), "verdict": "failed", "piece": ""})
    assert InspectionResult.objects.get().verdict == "failed"
    assert Hold.objects.filter(operation=run.operation, lifted_at=None).exists()


def test_attributes_have_two_buttons(client, operator, run):
    asked = of(run, attribute=True)
    entry = page_of("terminal-inspect", run, asked.pk)
    page = said(client.get(entry))
    assert "Not OK" in page
    assert page_of("terminal-chart", run, asked.pk) in page
    client.post(entry, {"key": str(uuid.uuid4()), "verdict": "failed", "piece": ""})
    assert InspectionResult.objects.get().found == 1


def test_the_live_piece_is_what_a_fresh_load_gives(client, operator, run):
    of(run)
    fresh = said(client.get(page_of("terminal-inspections", run)))
    key = f"{run.machine_id}-{run.operation_id}"
    assert render_inspections([key, "x", "0-0"]) == {key: fresh}


def test_requirements_are_read_once_and_again_when_they_change(client, operator, run):
    order = run.operation.order
    requirement = OrderRequirementFactory(order=order, text="Blue boxes", kind=RequirementKind.TEXT)
    OrderRequirementFactory(order=order, operation_number="0090")
    page = client.get(page_of("terminal-operation", run))
    assert page.context["unread"] == 1
    for _ in range(2):
        client.post(page_of("terminal-read-requirements", run), {"key": str(uuid.uuid4())})
    reading = RequirementReading.objects.get()
    assert (reading.requirement, reading.by, reading.operation, reading.machine) == (
        requirement,
        operator,
        run.operation,
        run.machine,
    )
    page = client.get(page_of("terminal-operation", run))
    assert page.context["unread"] == 0
    assert f"Read by {operator}" in said(page)
    requirement.text = "Red boxes"
    requirement.save()
    assert client.get(page_of("terminal-operation", run)).context["unread"] == 1


def test_the_picture_shows_limits_in_the_middle_and_values_at_their_place():
    characteristic = CharacteristicFactory.build(
        lower=Decimal(10), upper=Decimal(20), nominal=Decimal(15), plan=None
    )
    results = [InspectionResult(value=Decimal(value), verdict="passed") for value in (15, 99)]
    picture = limit_picture(characteristic, results)
    assert picture.lower + picture.upper == 1000
    assert picture.nominal == picture.dots[0].x == 500
    assert picture.dots[1].x == 992
    assert picture.good_from < picture.nominal < picture.good_from + picture.good_width
