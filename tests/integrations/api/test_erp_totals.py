"""``POST /api/v1/erp-totals``: the partner tells what it has booked."""

from decimal import Decimal

import pytest

from integrations.domain import inbox
from integrations.models import InboundMessage, StatedTotal
from tests.factories.accounts import PlannerFactory
from tests.integrations.api.conftest import order_body

pytestmark = pytest.mark.django_db


def total(**more):
    return {"order": "4711", "operation": "0010", "good": "10.5", "scrap": 2, **more}


def test_totals_are_noted_once_under_the_orders_number_here(partner):
    partner.post("production-orders", order_body())
    told = [total(order="00004711", stated_at="2026-03-02T06:00:00+01:00"), total(order="9", operation=None)]
    first = partner.post("erp-totals", told, key="a")
    assert first.status_code == 200
    assert partner.post("erp-totals", told, key="a").status_code == 200
    known, unknown = StatedTotal.objects.order_by("pk")
    assert (known.order_number, known.good, known.scrap, known.rework) == ("4711", Decimal("10.5"), 2, None)
    assert f"{known.stated_at:%H:%M}" == "05:00"
    assert (unknown.order_number, unknown.operation_number) == ("9", "")


@pytest.mark.parametrize(
    "wrong", [{"good": "many"}, {"good": None}, {"order": ""}, {"stated_at": "now"}, {"x": 1}]
)
def test_what_is_wrong_is_named_and_nothing_is_noted(partner, wrong):
    answer = partner.post("erp-totals", [total(), total(**wrong)])
    assert answer.status_code == 422
    assert [problem["row"] for problem in answer.json()["problems"]] == [2]
    assert not StatedTotal.objects.exists()


def test_a_replay_notes_the_same_totals_again(partner):
    partner.post("erp-totals", total())
    message = InboundMessage.objects.get()
    replayed = inbox.replay(message=message, by=PlannerFactory())
    assert replayed.state == "applied"
    assert list(StatedTotal.objects.values_list("good", flat=True)) == [Decimal("10.5")] * 2
