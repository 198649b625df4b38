"""Pages of forecast and replenishment."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orders.domain.demand_forecasts import next_week
from orders.models import DemandForecast, PastDemand, ProductionOrder, ReplenishmentProposal
from orders.views.stocking.forecasts import render_state
from orders.views.stocking.replenishment import render_count
from tests.factories.accounts import OperatorFactory, PlannerFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import (
    DemandForecastFactory,
    ItemFactory,
    ItemForecastFactory,
    ReplenishmentProposalFactory,
    StockingRuleFactory,
    StockOutlookFactory,
)
from tests.orders.stocking.scene import forecast_for, looked_at, stocked

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(PlannerFactory())
    return client


def version_with(count, plant, **said):
    version = DemandForecastFactory(plant=plant, state="draft", made_at=timezone.now(), **said)
    for _ in range(count):
        ItemForecastFactory(version=version)
    return version


class TestForecast:
    def test_it_is_asked_for_looked_at_and_put_in_force(self, office):
        rule = stocked()
        office.post(reverse("forecast-make"), {"plant": rule.plant.code})
        page = office.get(reverse("forecast"))
        assert page.context["pending"]
        assert page.context["pending"] == DemandForecast.objects.get()
        office.post(reverse("forecast-cancel", args=[DemandForecast.objects.get().pk]))
        version = version_with(1, rule.plant)
        office.post(reverse("forecast-put-in-force", args=[version.pk]))
        version.refresh_from_db()
        assert version.state == "in_force"

    def test_an_item_shows_its_picture_and_the_ways_tried(self, office):
        rule = stocked()
        forecast_for(rule.plant)
        for by in ("week", "month"):
            page = office.get(reverse("forecast-item", args=[rule.item_id]), {"by": by})
            assert page.context["picture"].line
            assert page.context["picture"].bars
        text = page.content.decode()
        assert "<polyline" in text
        assert any(one["method"] == "seasonal_naive" for one in page.context["tried"])

    def test_filters_narrow_the_list(self, office):
        version = version_with(2, PlantFactory())
        first = version.items.first()
        version.items.filter(pk=first.pk).update(method="ets", loss=2.0, naive_loss=1.0)
        for said in ({"q": first.item.code}, {"method": "ets"}, {"show": "worse"}):
            rows = office.get(reverse("forecast"), said).context["page"]
            assert [row.pk for row in rows] == [first.pk]
        assert len(office.get(reverse("forecast"), {"show": "few"}).context["page"]) == 0

    def test_the_live_state_is_that_of_the_page(self, office):
        plant = PlantFactory()
        version_with(1, plant)
        page = office.get(reverse("forecast")).content.decode()
        assert render_state([str(plant.pk)])[str(plant.pk)].strip() in page

    def test_an_operator_looks_and_does_not_decide(self, client):
        client.force_login(OperatorFactory())
        version = version_with(1, PlantFactory())
        assert client.get(reverse("forecast")).status_code == 200
        assert client.post(reverse("forecast-put-in-force", args=[version.pk])).status_code == 403


class TestImport:
    def send(self, office, text, **said):
        plant = PlantFactory()
        file = SimpleUploadedFile("demand.csv", text.encode())
        body = {"plant": plant.code, "kind": "ahead", "source": "ERP", "key": str(uuid.uuid4()), "file": file}
        return office.post(reverse("forecast-import"), body | said)

    def test_a_file_becomes_a_draft(self, office):
        ItemFactory(code="PART")
        answer = self.send(office, "item;week;quantity\nPART;2027-W01;12,5\nPART;2027-W02;3\n")
        assert answer.status_code == 302
        assert DemandForecast.objects.get().state == "draft"

    def test_wrong_rows_are_shown_with_their_line(self, office):
        ItemFactory(code="PART")
        page = self.send(office, "item;week;quantity\nPART;2027-W01;12\nOTHER;2027-W01;1\nPART;never;x\n")
        assert [one.row for one in page.context["problems"]] == [4, 4]
        page = self.send(office, "item;week;quantity\nPART;2027-W01;12\nOTHER;2027-W01;1\n")
        assert [(one.row, one.code) for one in page.context["problems"]] == [(3, "unknown_item")]
        assert not DemandForecast.objects.exists()

    def test_past_demand_is_kept(self, office):
        ItemFactory(code="PART")
        week = next_week(PlantFactory()) - timedelta(weeks=3)
        self.send(office, f"item,week,quantity\nPART,{week},7\n", kind="past")
        assert PastDemand.objects.get().quantity == 7

    @pytest.mark.parametrize("text", ["", "a;a\n1;2\n"])
    def test_what_is_no_table_is_said(self, office, text):
        assert self.send(office, text).context["form"].errors["file"]


class TestReplenishment:
    def test_a_proposal_says_why_and_is_accepted_with_another_quantity(self, office):
        rule = stocked()
        looked_at(rule)
        page = office.get(reverse("stocked-item", args=[rule.pk]))
        labels = [one.label for _title, group in page.context["groups"] for one in group]
        assert "Reorder point" in labels
        assert all(one.why for _title, group in page.context["groups"] for one in group)
        assert page.context["picture"].band
        made = ReplenishmentProposal.objects.get()
        said = {"proposal": made.pk, "decision": "accept", "key": str(uuid.uuid4()), "quantity": "77"}
        said["needed_on"] = (timezone.now() + timedelta(days=9)).date()
        for _ in range(2):
            assert office.post(reverse("proposal-decide", args=[rule.pk]), said).status_code == 302
        assert ProductionOrder.objects.get(state="planned").quantity == 77

    def test_a_no_needs_its_reason(self, office):
        rule = stocked()
        looked_at(rule)
        made = ReplenishmentProposal.objects.get()
        said = {"proposal": made.pk, "decision": "reject", "key": str(uuid.uuid4())}
        url = reverse("proposal-decide", args=[rule.pk])
        assert office.post(url, said | {"reason": ""}).context["reject"].errors["reason"]
        assert office.post(url, said | {"reason": "season over"}).status_code == 302
        assert office.get(reverse("replenishment"), {"show": "decided"}).context["page"][0].pk == made.pk

    def test_an_operator_does_not_decide(self, client):
        client.force_login(OperatorFactory())
        made = ReplenishmentProposalFactory()
        answer = client.post(reverse("proposal-decide", args=[made.rule_id]), {"proposal": made.pk})
        assert answer.status_code == 403

    def test_the_live_count_is_that_of_the_page(self, office):
        plant = StockOutlookFactory().rule.plant
        page = office.get(reverse("replenishment")).content.decode()
        assert render_count([str(plant.pk)])[str(plant.pk)].strip() in page


@pytest.mark.parametrize(
    ("page", "said", "make"),
    [
        ("forecast", {}, None),
        ("replenishment", {}, lambda plant: ReplenishmentProposalFactory(rule__plant=plant)),
        ("replenishment", {"show": "items"}, lambda plant: StockOutlookFactory(rule__plant=plant)),
        ("replenishment", {"show": "items"}, lambda plant: StockingRuleFactory(plant=plant)),
    ],
)
def test_lists_cost_the_same_for_one_row_and_for_three(office, page, said, make):
    plant = PlantFactory()
    version = version_with(0, plant)
    make = make or (lambda _plant: ItemForecastFactory(version=version))

    def queries(count):
        for _ in range(count):
            make(plant)
        with CaptureQueriesContext(connection) as captured:
            assert office.get(reverse(page), said).status_code == 200
        return len(captured)

    queries(1)
    assert queries(0) == queries(2)
