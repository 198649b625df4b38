import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mes.accounts.roles import Role
from orders.domain.reports import Quantities, report
from orders.enums import EventKind, OrderState
from orders.models import Hold, ProductionEvent, ProductionOrder, Run
from orders.views import order as order_views
from orders.views import orders as list_views
from orders.views.terminal import machine as machine_views
from tests.factories.accounts import SupervisorFactory, UserFactory
from tests.factories.orders import (
    CustomerFactory,
    CustomerOrderFactory,
    CustomerOrderLineFactory,
    HoldFactory,
    ItemFactory,
    OperationFactory,
    OrderComponentFactory,
    OrderRequirementFactory,
    ProductionOrderFactory,
)


@pytest.fixture
def office(client, db):
    client.force_login(SupervisorFactory())
    return client


def numbers(answer):
    return [row.number for row in answer.context["rows"]]


def an_order(**fields):
    order = ProductionOrderFactory(released=True, **fields)
    for position in (1, 2):
        OperationFactory(order=order, position=position, state="released")
    return order


class TestList:
    def test_at_most_eight_queries_at_10_and_at_100_rows(self, office, monkeypatch):
        monkeypatch.setattr(list_views, "PAGE", 100)
        line = CustomerOrderLineFactory()
        found = []
        for wanted in (10, 100):
            while len(found) < wanted:
                found.append(an_order(customer_line=line))
                HoldFactory(order=found[-1])
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert len(numbers(office.get(reverse("orders")))) == wanted
            assert len(queries) <= 8, [query["sql"][:120] for query in queries]

    def test_open_orders_unless_asked_otherwise(self, office):
        an_order(number="OPEN")
        ProductionOrderFactory(finished=True, number="DONE")
        assert numbers(office.get(reverse("orders"))) == ["OPEN"]
        assert numbers(office.get(reverse("orders"), {"state": "finished"})) == ["DONE"]
        assert sorted(numbers(office.get(reverse("orders"), {"state": "all"}))) == ["DONE", "OPEN"]

    def test_filters(self, office):
        acme = CustomerOrderLineFactory(order=CustomerOrderFactory(customer=CustomerFactory(name="Acme")))
        wanted = an_order(number="A1", customer_line=acme, item=ItemFactory(code="PC-200"), strategy="ETO")
        an_order(number="B2", item=ItemFactory(code="XX-1"))
        for query in (
            {"q": "a1"},
            {"q": "acme"},
            {"customer": "ACM"},
            {"item": "pc-2"},
            {"strategy": "ETO"},
            {"plant": wanted.plant_id},
        ):
            assert numbers(office.get(reverse("orders"), query)) == ["A1"], query

    def test_late_is_after_the_promised_else_the_requested_date(self, office):
        now = timezone.now()
        past, future = now - timedelta(days=1), now + timedelta(days=1)
        an_order(number="LATE", requested_at=past)
        an_order(number="PROMISED", requested_at=past, promised_at=future)
        an_order(number="IN TIME", requested_at=future)
        an_order(number="NO DATE")
        assert numbers(office.get(reverse("orders"), {"late": "on"})) == ["LATE"]

    def test_sorting_and_nonsense_in_the_address(self, office):
        for number, quantity in (("1", 5), ("2", 50), ("3", 20)):
            an_order(number=number, quantity=Decimal(quantity))
        assert numbers(office.get(reverse("orders"), {"sort": "-quantity"})) == ["2", "3", "1"]
        answer = office.get(reverse("orders"), {"sort": "nonsense", "page": "-7", "state": "x", "plant": "y"})
        assert answer.status_code == 200

    def test_a_row_says_at_once_what_changed_and_says_it_in_the_readers_language(self, office):
        order = an_order(quantity=Decimal("1250.5"), item=ItemFactory(name="Nut <M8> & bolt"))

        def row(language="en"):
            return office.get(reverse("orders"), headers={"accept-language": language}).content.decode()

        assert "Nut &lt;M8&gt; &amp; bolt" in row()
        for good, english, german in (
            (0, "0 / 1,250.5", "0 / 1.250,5"),
            (1000, "1,000 / 1,250.5", "1.000 / 1.250,5"),
        ):
            ProductionOrder.objects.filter(pk=order.pk).update(good=good)
            assert english in row()
            assert german in row("de")
            assert english in row()

    def test_live_cells_are_what_a_fresh_page_shows(self, office):
        order = an_order(requested_at=timezone.now() - timedelta(days=1))
        HoldFactory(order=order)
        page = office.get(reverse("orders")).content.decode()
        assert list_views.render_state([str(order.pk)])[str(order.pk)].strip() in page
        assert list_views.render_progress([str(order.pk)])[str(order.pk)].strip() in page


class TestOrder:
    @pytest.fixture
    def order(self, running, operator):
        order = running.operation.order
        OrderComponentFactory(order=order, quantity=Decimal(10), reserved=Decimal(4))
        OrderRequirementFactory(order=order, text="Pack in blue boxes")
        HoldFactory(order=order)
        report(
            operation=running.operation,
            quantities=Quantities(good=Decimal(7), scrap=Decimal(2)),
            scrap_reason=running.reason,
            by=operator,
            key=uuid.uuid4(),
        )
        return order

    def test_shows_what_there_is_to_know(self, office, order):
        page = office.get(reverse("order", args=[order.pk])).content.decode()
        for text in ("Pack in blue boxes", "Drawing is unclear", "Burr", "Anna Berg", "reported by a person"):
            assert text in page

    @pytest.mark.parametrize(
        "render",
        [
            order_views.render_head,
            order_views.render_work,
            order_views.render_material,
            order_views.render_events,
            order_views.render_holds,
        ],
    )
    def test_every_live_piece_is_what_a_fresh_page_shows(self, office, order, render):
        Run.objects.update(ended_at=timezone.now())  # measured times don't grow between the two
        page = office.get(reverse("order", args=[order.pk])).content.decode()
        assert render([str(order.pk)])[str(order.pk)].strip() in page

    def test_totals_run_through_machine_counts_that_are_not_shown(self, office, order):
        operation = order.operations.get()
        ProductionEvent.objects.create(
            plant=order.plant,
            kind=EventKind.COUNTED,
            order=order,
            operation=operation,
            good=Decimal(100),
            occurred_at=timezone.now(),
        )
        report(operation=operation, quantities=Quantities(good=Decimal(1)), by=None, key=uuid.uuid4())
        shown = office.get(reverse("order", args=[order.pk])).context["events"]
        assert EventKind.COUNTED not in {event.kind for event in shown}
        assert shown[0].good_after == 108
        with_counts = office.get(reverse("order", args=[order.pk]), {"counts": ""}).context["events"]
        assert EventKind.COUNTED in {event.kind for event in with_counts}

    def test_release(self, office):
        order = ProductionOrderFactory()
        OperationFactory(order=order)
        url = reverse("order-release", args=[order.pk])
        one = str(uuid.uuid4())
        for _ in range(2):
            assert office.post(url, {"key": one}).status_code == 302
        order.refresh_from_db()
        assert order.state == OrderState.RELEASED
        assert ProductionEvent.objects.filter(kind=EventKind.RELEASED).count() == 1

    def test_what_cannot_be_released_says_why(self, office):
        order = ProductionOrderFactory(strategy="ETO")
        answer = office.get(reverse("order", args=[order.pk]))
        assert not answer.context["can_release"]
        assert "Engineering has not released" in answer.content.decode()
        office.post(reverse("order-release", args=[order.pk]), {"key": str(uuid.uuid4())})
        order.refresh_from_db()
        assert order.state == OrderState.PLANNED

    def test_hold_once_and_release_it_by_its_rule(self, office, order):
        Hold.objects.all().delete()
        for _ in range(2):
            office.post(reverse("order-hold", args=[order.pk]), {"reason": "Wrong drawing"})
        hold = Hold.objects.get()
        page = office.get(reverse("order", args=[order.pk])).content.decode()
        assert reverse("hold-release", args=[hold.pk]) in page

    def test_quality_corrects_a_report_in_the_office(self, client, order):
        client.force_login(UserFactory(roles=[Role.QUALITY.value]))
        wrong = ProductionEvent.objects.get(kind=EventKind.REPORTED)
        url = reverse("order-correct", args=[order.pk, wrong.pk])
        assert client.get(url).status_code == 200
        one = str(uuid.uuid4())
        for _ in range(2):
            client.post(url, {"key": one, "good": "5", "comment": "Recounted"})
        order.refresh_from_db()
        assert (order.good, order.scrap) == (5, 0)

    @pytest.mark.parametrize(
        ("role", "name"),
        [
            (Role.OPERATOR, "order-release"),
            (Role.OPERATOR, "order-hold"),
            (Role.QUALITY, "order-release"),
        ],
    )
    def test_others_may_not(self, client, order, role, name):
        client.force_login(UserFactory(roles=[role.value]))
        assert client.post(reverse(name, args=[order.pk]), {"reason": "x"}).status_code == 403


def test_customer_orders(office):
    line = CustomerOrderLineFactory(order__number="SO/47-11")
    order = an_order(customer_line=line)
    assert "SO/47-11" in office.get(reverse("customer-order-list"), {"q": "47-11"}).content.decode()
    page = office.get(reverse("customer-order", args=["SO/47-11"])).content.decode()
    assert order.number in page
    assert office.get(reverse("customer-order", args=["SO-0"])).status_code == 404


def test_the_terminals_pieces_are_what_a_fresh_page_shows(terminal, running, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)  # they say how many seconds something lasts
    OperationFactory(
        order__released=True,
        order__plant=running.machine.plant,
        plant=running.machine.plant,
        machine_group=running.machine.group,
        state="released",
    )
    page = terminal.get(reverse("terminal-machine", args=[running.machine.pk])).content.decode()
    key = str(running.machine.pk)
    for render in (machine_views.render_now, machine_views.render_queue):
        assert render([key])[key].strip() in page


def test_requirements_come_with_their_status(office):
    requirement = OrderRequirementFactory(text="Pack in blue boxes")
    page = office.get(reverse("order", args=[requirement.order_id])).content.decode()
    url = reverse("order-requirements", args=[requirement.order_id])
    assert f'hx-get="{url}"' in page
    piece = office.get(url).content.decode()
    assert "Pack in blue boxes" in piece
