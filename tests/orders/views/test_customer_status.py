"""A customer's link: made by a planner, signed, ending, taken back; and nothing internal on its page."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from orders.domain.customer_links import link_of, revoke_link, share_status, token_of
from orders.models import CustomerLink
from tests.factories.accounts import OperatorFactory, PlannerFactory
from tests.factories.orders import CustomerOrderLineFactory, OperationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def planner():
    return PlannerFactory(first_name="Petra", last_name="Plan")


@pytest.fixture
def line():
    """A line with a production order in work."""
    found = CustomerOrderLineFactory()
    OperationFactory(in_production=True, order__customer_line=found, order__item=found.item, position=1)
    return found


def address(link):
    return reverse("customer-status", args=[token_of(link)])


def test_a_planner_makes_a_link_and_the_customer_sees_the_order(client, planner, line):
    client.force_login(planner)
    client.post(reverse("customer-link-make"), {"number": line.order.number})
    link = CustomerLink.objects.get()
    assert address(link) in client.get(reverse("customer-order", args=[line.order.number])).content.decode()

    client.logout()
    answer = client.get(address(link))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert line.order.number in page
    assert "in production" in page
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_nothing_internal_is_on_the_page(client, planner, line):
    """Of all words that the office page has of the production order, none but the item's."""
    order = line.production_orders.get()
    operation = order.operations.get()
    page = client.get(address(share_status(order=line.order, by=planner))).content.decode()
    internal = (
        order.number,
        operation.machine_group.code,
        operation.machine_group.name,
        operation.text,
        order.plant.name,
        line.order.customer.code,
        "Petra",
    )
    assert [word for word in internal if word in page] == []
    assert 'href="/orders/' not in page


def test_a_link_ends_is_taken_back_and_cant_be_forged(client, planner, line):
    link = share_status(order=line.order, by=planner)
    client.force_login(planner)
    client.post(reverse("customer-link-revoke", args=[link.pk]))
    client.post(reverse("customer-link-revoke", args=[link.pk]))
    link.refresh_from_db()
    assert link.revoked_by == planner
    old = share_status(order=line.order, by=planner)
    CustomerLink.objects.filter(pk=old.pk).update(
        made_at=timezone.now() - timedelta(days=100), expires_at=timezone.now() - timedelta(days=10)
    )
    good = share_status(order=line.order, by=planner)
    client.logout()
    forged = f"{uuid.uuid4().hex}:{token_of(good).split(':')[1]}"
    for token in (token_of(link), token_of(old), forged, "x", good.key.hex):
        answer = client.get(reverse("customer-status", args=[token]))
        assert answer.status_code == 404
        assert line.order.number not in answer.content.decode()
    assert link_of(token_of(good)) == good


def test_who_may_not_plan_shares_nothing(client, planner, line):
    link = share_status(order=line.order, by=planner)
    client.force_login(OperatorFactory())
    assert client.post(reverse("customer-link-make"), {"number": line.order.number}).status_code == 403
    assert client.post(reverse("customer-link-revoke", args=[link.pk])).status_code == 403
    assert CustomerLink.objects.filter(revoked_at=None).count() == 1


def test_a_link_ends_after_it_begins_and_somebody_takes_it_back(planner, line):
    link = share_status(order=line.order, by=planner)
    for values in ({"expires_at": link.made_at}, {"revoked_at": link.made_at}, {"revoked_by": planner}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CustomerLink.objects.filter(pk=link.pk).update(**values)
    assert revoke_link(link=link, by=planner).revoked_at is not None
