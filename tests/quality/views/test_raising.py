"""A nonconformance is raised from whatever told of it: two taps at the terminal, two in the office."""

import uuid
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from quality.models import Nonconformance
from tests.factories.accounts import OperatorFactory, QualityFactory
from tests.factories.orders import LotFactory, OperationFactory, RunFactory, StockBalanceFactory
from tests.factories.quality import DefectCodeFactory, InspectionDemandFactory, InspectionResultFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    run = RunFactory(
        operation=OperationFactory(in_production=True, number="0010"),
        started_at=timezone.now() - timedelta(hours=2),
    )
    DefectCodeFactory(plant=run.plant, name_en="Crack")
    return run


def raised(client, url, **more):
    page = client.get(url)
    assert page.status_code == 200
    assert "Crack" in page.content.decode()
    defect = DefectCodeFactory._meta.model.objects.get()
    shown = page.context.get("quantity") or page.context["form"]["quantity"].value()
    data = {"key": str(uuid.uuid4()), "defect": defect.pk, "quantity": shown or "1", "description": ""}
    assert client.post(url, data | more).status_code == 302
    return Nonconformance.objects.get()


def test_a_stop_at_the_terminal_brings_its_order(client, run):
    client.force_login(OperatorFactory())
    stop = timezone.now() - timedelta(minutes=30)
    query = urlencode({"slot": run.slot, "stop": stop.isoformat()})
    row = raised(client, f"{reverse('terminal-machine-nonconformance', args=[run.machine_id])}?{query}")
    assert (row.machine, row.operation, row.stop_at) == (run.machine, run.operation, stop)


@pytest.mark.parametrize("query", ["", "slot=1", "slot=1&stop=soon", "slot=x&stop=2026-03-02T08:00:00Z"])
def test_an_address_that_names_no_moment_leads_nowhere(client, run, query):
    client.force_login(OperatorFactory())
    place = reverse("terminal-machine-nonconformance", args=[run.machine_id])
    assert client.get(f"{place}?{query}").status_code == 404


def test_a_missed_result_at_the_terminal_brings_its_lot(client, run):
    client.force_login(OperatorFactory())
    order = run.operation.order
    LotFactory(item=order.item, number="L1", order=order)
    result = InspectionResultFactory(
        operation=run.operation, verdict="failed", found=1, value=Decimal(26), machine=run.machine
    )
    place = reverse("terminal-nonconformance", args=[run.machine_id, run.operation_id])
    row = raised(client, f"{place}?result={result.pk}")
    assert (row.result, row.lot, row.quantity, row.stands_as) == (result, "L1", 1, "good")
    other = InspectionResultFactory(verdict="failed")
    assert client.get(f"{place}?result={other.pk}").status_code == 404


@pytest.mark.parametrize("what", ["lot", "cycle", "stop", "result"])
def test_in_the_office(client, run, what):
    client.force_login(QualityFactory())
    lot = LotFactory(number="HEAT-9")
    StockBalanceFactory(plant=run.plant, item=lot.item, lot="HEAT-9", on_hand=Decimal(40))
    at = (timezone.now() - timedelta(minutes=5)).isoformat()
    result = InspectionResultFactory(operation=run.operation, verdict="failed", found=1)
    asked = {
        "lot": {"lot": lot.pk},
        "cycle": {"machine": run.machine.code, "slot": run.slot, "cycle": at},
        "stop": {"machine": run.machine.code, "slot": run.slot, "stop": at},
        "result": {"result": result.pk},
    }[what]
    row = raised(client, f"{reverse('nonconformance-new')}?{urlencode(asked)}")
    if what == "lot":
        assert (row.lot, row.item, row.order, row.quantity) == ("HEAT-9", lot.item, None, 40)
    else:
        assert row.operation == run.operation
    assert row.number in client.get(reverse("nonconformance", args=[row.pk])).content.decode()


@pytest.mark.parametrize(
    "query", ["machine=NONE&stop=2026-03-02T08:00:00Z", "result=x", "lot=999999", "machine=M&cycle=soon"]
)
def test_what_is_not_there_is_no_page(client, run, query):
    client.force_login(QualityFactory())
    assert client.get(f"{reverse('nonconformance-new')}?{query}").status_code == 404


def test_the_office_lists_what_is_due_with_the_same_queries_for_one_and_three(
    client,
):
    client.force_login(QualityFactory())
    url = reverse("inspections")
    InspectionDemandFactory(due_at=timezone.now() - timedelta(hours=1))
    client.get(url)
    counts = []
    for more in (0, 2):
        InspectionDemandFactory.create_batch(more, due_at=timezone.now() - timedelta(hours=1))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url)
        counts.append(len(queries))
    assert page.context["due"].paginator.count == page.context["overdue"] == 3
    assert counts[0] == counts[1]
