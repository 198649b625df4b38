"""Work that suppliers do: sent, back again, and when it is expected."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mes.lib.errors import KeyReused, Refused
from orders.domain import execution
from orders.domain.holds import place_hold
from orders.domain.outside import bring_home, can_send_out, send_out
from orders.domain.release import release_order
from orders.domain.reports import Quantities
from orders.enums import EventKind, OperationState, OrderState
from orders.models import Operation, ProductionEvent, ProductionOrder
from orders.planning.at_suppliers import expected_back
from orders.planning.profiles.keep import make_profile
from orders.queries.outside import outside_work
from tests.factories.accounts import OperatorFactory, SupervisorFactory
from tests.orders.conftest import document

HOUR = timedelta(hours=1)


def key():
    return uuid.uuid4()


@pytest.fixture
def coating(order):
    """The second operation, done by a supplier; what comes before it ended five hours ago."""
    Operation.objects.filter(order=order, number="0020").update(outside=True)
    forge = order.operations.get(number="0010")
    execution.finish(operation=forge, by=None, key=key(), at=timezone.now() - 5 * HOUR)
    return order.operations.get(number="0020")


def test_sent_it_is_in_work_and_one_key_sends_once(coating):
    again = key()
    event = send_out(operation=coating, by=None, key=again, comment="Delivery note 17")
    assert send_out(operation=coating, by=None, key=again, comment="Delivery note 17").pk == event.pk
    with pytest.raises(KeyReused):
        send_out(operation=coating, by=None, key=again, comment="another")
    coating.refresh_from_db()
    assert (coating.state, coating.started_at) == (OperationState.PRODUCTION, event.occurred_at)
    assert ProductionEvent.objects.filter(kind=EventKind.SENT_OUT).count() == 1
    with pytest.raises(Refused, match="in production"):
        send_out(operation=coating, by=None, key=key())


def test_nothing_leaves_that_is_made_here_is_held_or_not_there_yet(take, order, plant):
    forge, deburr = order.operations.get(number="0010"), order.operations.get(number="0020")
    with pytest.raises(Refused) as refused:
        send_out(operation=forge, by=None, key=key())
    assert refused.value.code == "not_outside"
    Operation.objects.filter(pk=deburr.pk).update(outside=True)
    deburr.refresh_from_db()
    with pytest.raises(Refused) as refused:
        send_out(operation=deburr, by=None, key=key())
    assert refused.value.code == "predecessor"
    execution.finish(operation=forge, by=None, key=key())
    assert can_send_out(operation=deburr)
    place_hold(order=order, operation=None, kind="manual", reason="Look at it first", by=None)
    assert not can_send_out(operation=deburr)


def test_it_comes_back_in_parts_and_the_last_part_ends_it(coating, plant):
    send_out(operation=coating, by=None, key=key())
    last = key()
    bring_home(operation=coating, quantities=Quantities(good=Decimal(60)), all_back=False, by=None, key=key())
    coating.refresh_from_db()
    assert (coating.state, coating.good) == (OperationState.PRODUCTION, 60)
    for _twice in range(2):
        bring_home(
            operation=coating,
            quantities=Quantities(good=Decimal(38), scrap=Decimal(2)),
            scrap_reason=plant.reason,
            all_back=True,
            by=plant.operator,
            key=last,
        )
    coating.refresh_from_db()
    assert (coating.state, coating.good, coating.scrap) == (OperationState.FINISHED, 98, 2)
    coating.order.refresh_from_db()
    assert coating.order.state == OrderState.FINISHED


def test_when_nothing_more_comes_it_ends_without_pieces(coating):
    bring_home(
        operation=coating, quantities=Quantities(good=Decimal(100)), all_back=False, by=None, key=key()
    )
    bring_home(operation=coating, quantities=Quantities(), all_back=True, by=None, key=key())
    coating.refresh_from_db()
    assert coating.state == OperationState.FINISHED
    assert coating.finished_at - coating.started_at == pytest.approx(5 * HOUR, abs=HOUR / 60)


def test_the_page_tells_what_is_away_and_what_lies_ready(coating, client):
    client.force_login(SupervisorFactory())
    page = client.get(reverse("outside")).content.decode()
    assert "ready to go" in page
    assert reverse("outside-send", args=[coating.pk]) in page
    answer = client.post(reverse("outside-send", args=[coating.pk]), {"key": str(key()), "comment": ""})
    assert answer.url == reverse("outside")
    page = client.get(reverse("outside")).content.decode()
    assert "away" in page
    assert reverse("outside-send", args=[coating.pk]) not in page
    said = {"key": str(key()), "good": "99", "scrap": "1", "all_back": "on"}
    wrong = client.post(reverse("outside-back", args=[coating.pk]), said)
    assert wrong.status_code == 422  # scrap wants its reason
    said = {"key": str(key()), "good": "100", "all_back": "on"}
    assert client.post(reverse("outside-back", args=[coating.pk]), said).status_code == 302
    assert "Nothing is at a supplier" in client.get(reverse("outside")).content.decode()


def test_operators_may_look_and_not_book(coating, client):
    client.force_login(OperatorFactory())
    assert reverse("outside-back", args=[coating.pk]) not in client.get(reverse("outside")).content.decode()
    assert client.post(reverse("outside-send", args=[coating.pk]), {"key": str(key())}).status_code == 403


def test_an_operation_of_the_plant_has_no_such_pages(order, client):
    client.force_login(SupervisorFactory())
    own = order.operations.get(number="0010")
    assert client.get(reverse("outside-back", args=[own.pk])).status_code == 404


def test_it_is_expected_back_as_planned_until_something_was_measured(coating):
    Operation.objects.filter(pk=coating.pk).update(setup_seconds=10 * 3600, run_seconds=0)
    (one,) = outside_work()
    now = timezone.now()
    back = expected_back([one], now=now)[one.pk]
    assert back.planned == one.came_before + 10 * HOUR
    assert back.since == one.came_before
    assert back.measured == 0
    assert back.half == pytest.approx(one.came_before + 10 * HOUR, abs=2 * HOUR)
    assert back.half <= back.most
    Operation.objects.filter(pk=coating.pk).update(setup_seconds=0)
    (one,) = outside_work()
    unknown = expected_back([one], now=now)[one.pk]
    assert unknown.planned is None


def test_the_page_costs_the_same_for_one_and_for_three(coating, take, plant, client):
    client.force_login(SupervisorFactory())

    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("outside"))
        return len(asked)

    make_profile(plant.row, now=timezone.now())
    queries()
    one = queries()
    for number in ("4712", "4713"):
        take(document(number))
        release_order(order=ProductionOrder.objects.get(number=number), by=None, key=key())
        more = Operation.objects.filter(order__number=number)
        more.filter(number="0020").update(outside=True)
        more.filter(number="0010").update(good=5)
    assert len(outside_work()) == 3
    assert queries() == one
