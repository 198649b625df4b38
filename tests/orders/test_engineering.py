"""Revisions from draft to release, and a running order that is split by a change."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mes.lib.errors import InvalidInput, Refused
from orders.domain.cost import cost_of
from orders.domain.engineering import (
    add_document,
    can_change,
    can_release_revision,
    change_order_revision,
    open_revision,
    release_revision,
)
from orders.domain.execution import finish, interrupt, start_production, start_setup
from orders.domain.release import release_order
from orders.domain.reports import Quantities, report
from orders.domain.stock import move_stock
from orders.domain.taking_over import can_take_over, take_over
from orders.enums import EventKind, OperationState, OrderState, Strategy
from orders.models import (
    BomLine,
    ItemRevision,
    Operation,
    OrderRequirement,
    ProductionEvent,
    ProductionOrder,
    Routing,
    StockBalance,
    StockMove,
)
from orders.queries.cost import cost_facts
from tests.factories.accounts import EngineerFactory, OperatorFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    ItemFactory,
    ItemRevisionFactory,
    ProductionOrderFactory,
    RequirementFactory,
    RevisionDocumentFactory,
    ScrapReasonFactory,
)
from tests.support.books import assert_books_are_clean
from tests.support.engineered import bought, made_by, work_centre

pytestmark = pytest.mark.django_db


class Lifter:
    """An order of ten lifters, revision A: milled, assembled. Revision B needs another plate and a coat."""

    def __init__(self):
        self.plant = PlantFactory()
        self.engineer, self.operator = EngineerFactory(), OperatorFactory()
        self.item = ItemFactory(code="LIFTER", strategy=Strategy.ETO)
        self.mill, self.bench, self.paint = (
            work_centre(self.plant, code) for code in ("MILL", "BENCH", "PAINT")
        )
        self.plate, self.thick = bought("PLATE"), bought("PLATE-B", "3.0000")
        made_by(
            self.item,
            self.plant,
            "A",
            [("0010", self.mill), ("0020", self.bench)],
            needs=[(self.plate, 1, "0010")],
        )
        made_by(
            self.item,
            self.plant,
            "B",
            [("0010", self.mill), ("0020", self.bench), ("0030", self.paint)],
            needs=[(self.thick, 2, "0010")],
        )
        for item in (self.plate, self.thick):
            move_stock(plant=self.plant, item=item, quantity=Decimal(100))
        self.line = CustomerOrderLineFactory(item=self.item, quantity=10)
        RequirementFactory(line=self.line, code="LOAD", text="Carries 500 kg")
        self.order = ProductionOrderFactory(
            plant=self.plant,
            item=self.item,
            quantity=10,
            strategy=Strategy.ETO,
            customer_line=self.line,
            number="4711",
        )
        self.reason = ScrapReasonFactory(plant=self.plant)
        self.revise("A")
        self.do(release_order, order=self.order)

    def do(self, command, *, by=None, **options):
        return command(by=by or self.operator, key=uuid.uuid4(), **options)

    def revise(self, code):
        revision = open_revision(item=self.item, code=code, reason="As ordered", by=self.engineer)
        add_document(
            revision=revision, name="Drawing", version="1", file_name="d.pdf", content=b"x", by=self.engineer
        )
        release_revision(revision=revision, by=self.engineer)
        self.item.refresh_from_db()
        return revision

    def make(self, order, number, machine, good, *, scrap=0, end=interrupt):
        operation = Operation.objects.get(order=order, number=number)
        self.do(start_production, operation=operation, machine=machine)
        made = Quantities(good=Decimal(good), scrap=Decimal(scrap))
        self.do(report, operation=operation, quantities=made, scrap_reason=self.reason if scrap else None)
        self.do(end, operation=operation)


def spent_on(order):
    """Euros by kind."""
    [facts] = cost_facts([ProductionOrder.objects.select_related("plant", "customer_line").get(pk=order.pk)])
    return cost_of(facts).spent


@pytest.fixture
def lifter():
    return Lifter()


def test_nothing_is_made_before_engineering_released_it():
    plant, engineer = PlantFactory(), EngineerFactory()
    item = ItemFactory(strategy=Strategy.ETO)
    order = ProductionOrderFactory(plant=plant, item=item, strategy=Strategy.ETO)
    made_by(item, plant, "A", [("0010", work_centre(plant, "MILL"))])
    revision = open_revision(item=item, code="A", reason="As ordered", by=engineer)
    with pytest.raises(Refused, match="released"):
        release_order(order=order, by=None, key=uuid.uuid4())
    with pytest.raises(Refused, match="document"):
        release_revision(revision=revision, by=engineer)
    assert not can_release_revision(revision)
    add_document(revision=revision, name="D", version="", file_name="d", content=b"x", by=engineer)
    release_revision(revision=revision, by=engineer)
    release_order(order=order, by=None, key=uuid.uuid4())
    order.refresh_from_db()
    assert (order.state, order.revision) == (OrderState.RELEASED, "A")


def test_a_revision_without_its_own_routing_or_bill_is_not_released():
    plant, item = PlantFactory(), ItemFactory()
    machine = work_centre(plant, "MILL")
    made_by(item, plant, "A", [("0010", machine)], needs=[(bought("X"), 1, "0010")])
    revision = RevisionDocumentFactory(revision__item=item, revision__code="B").revision
    with pytest.raises(Refused, match="routing"):
        release_revision(revision=revision, by=EngineerFactory())
    made_by(item, plant, "B", [("0010", machine)])
    with pytest.raises(Refused, match="bill of material"):
        release_revision(revision=revision, by=EngineerFactory())


def test_a_released_revision_is_never_changed_and_one_is_in_work_at_a_time(lifter):
    released = ItemRevision.objects.get(code="A")
    with pytest.raises(Refused):
        add_document(revision=released, name="N", version="", file_name="n", content=b"x", by=None)
    assert release_revision(revision=released, by=lifter.engineer).released_at == released.released_at
    for code, reason in (("A", "again"), ("", "no code"), ("B", "")):
        with pytest.raises(InvalidInput):
            open_revision(item=lifter.item, code=code, reason=reason, by=None)
    open_revision(item=lifter.item, code="B", reason="Longer arm", by=None)
    with pytest.raises(Refused):
        open_revision(item=lifter.item, code="C", reason="Longer still", by=None)
    for content in (b"", b"x" * (32 * 1024 * 1024 + 1)):
        with pytest.raises(InvalidInput):
            add_document(
                revision=ItemRevision.objects.get(code="B"),
                name="N",
                version="",
                file_name="n",
                content=content,
                by=None,
            )


def test_a_change_keeps_what_is_begun_and_makes_the_rest_by_the_new_revision(lifter):
    order = lifter.order
    lifter.make(order, "0010", lifter.mill, 5, scrap=1)
    lifter.make(order, "0020", lifter.bench, 3)
    before = {event.pk for event in ProductionEvent.objects.filter(order=order)}
    spent = spent_on(order)
    revision = lifter.revise("B")
    key = uuid.uuid4()
    change = {"order": order, "revision": revision, "reason": "Longer arm", "by": lifter.engineer, "key": key}
    rest = change_order_revision(**change)
    assert change_order_revision(**change) == rest
    order.refresh_from_db()
    assert (order.quantity, order.revision, order.state) == (6, "A", OrderState.RUNNING)
    assert (rest.number, rest.quantity, rest.revision) == ("4711-1", 4, "B")
    assert (rest.split_from, rest.customer_line, rest.state) == (order, lifter.line, OrderState.RELEASED)
    assert [one.number for one in rest.operations.order_by("position")] == ["0010", "0020", "0030"]
    assert {one.quantity for one in rest.operations.all()} == {Decimal(4)}
    assert list(rest.components.values_list("item__code", "quantity")) == [("PLATE-B", Decimal(8))]
    assert set(OrderRequirement.objects.filter(order=rest).values_list("code", flat=True)) == {"LOAD"}
    first, second = order.operations.order_by("position")
    assert (first.state, first.quantity) == (OperationState.FINISHED, 6)
    assert (second.state, second.quantity, second.good) == (OperationState.INTERRUPTED, 6, 3)
    [plate] = order.components.all()
    assert (plate.quantity, plate.issued, plate.reserved) == (6, 6, 0)
    told = ProductionEvent.objects.get(key=key)
    assert (told.kind, told.by, told.comment) == (EventKind.CHANGED, lifter.engineer, "Longer arm")
    assert told.details["changes"]["quantity"] == ["10.000", "6.000"]
    assert before < {event.pk for event in ProductionEvent.objects.filter(order=order)}
    assert spent_on(order) == spent, "what was spent stays where it was spent"
    assert_books_are_clean()
    lifter.make(order, "0020", lifter.bench, 2, end=finish)
    for number, machine in (("0010", lifter.mill), ("0020", lifter.bench), ("0030", lifter.paint)):
        lifter.make(rest, number, machine, 4, end=finish)
    states = set(ProductionOrder.objects.values_list("state", "good"))
    assert states == {(OrderState.FINISHED, Decimal(5)), (OrderState.FINISHED, Decimal(4))}
    assert StockBalance.objects.get(item=lifter.item).on_hand == 9
    used = StockMove.objects.filter(kind="issue")
    assert -sum(move.quantity for move in used.filter(item=lifter.plate)) == 6
    assert -sum(move.quantity for move in used.filter(item=lifter.thick)) == 8
    assert not StockBalance.objects.exclude(reserved=0).exists()
    assert_books_are_clean()


def test_an_order_of_which_nothing_is_begun_goes_over_as_a_whole(lifter):
    revision = lifter.revise("B")
    rest = lifter.do(
        change_order_revision, order=lifter.order, revision=revision, reason="New arm", by=lifter.engineer
    )
    lifter.order.refresh_from_db()
    assert (lifter.order.state, rest.quantity) == (OrderState.CANCELLED, 10)
    assert StockBalance.objects.get(item=lifter.plate).reserved == 0
    assert_books_are_clean()


def test_an_order_that_was_only_set_up_ends_with_its_run_kept(lifter):
    operation = lifter.order.operations.get(number="0010")
    lifter.do(start_setup, operation=operation, machine=lifter.mill)
    lifter.do(interrupt, operation=operation)
    revision = lifter.revise("B")
    rest = lifter.do(
        change_order_revision, order=lifter.order, revision=revision, reason="New arm", by=lifter.engineer
    )
    lifter.order.refresh_from_db()
    assert (lifter.order.state, lifter.order.good, rest.quantity) == (OrderState.FINISHED, 0, 10)
    assert_books_are_clean()


def test_a_change_that_cannot_be_is_refused_with_the_reason(lifter):
    order, old = lifter.order, ItemRevision.objects.get(code="A")

    def refusal(revision, **more):
        assert not can_change(order, revision)
        with pytest.raises(Refused) as refused:
            lifter.do(change_order_revision, order=order, revision=revision, reason="x", **more)
        return refused.value.code

    assert refusal(old) == "same_revision"
    assert refusal(ItemRevisionFactory()) == "wrong_item"
    draft = open_revision(item=lifter.item, code="B", reason="x", by=None)
    assert refusal(draft) == "engineering_not_released"
    draft.delete()
    revision = lifter.revise("B")
    with pytest.raises(InvalidInput):
        lifter.do(change_order_revision, order=order, revision=revision, reason=" ")
    operation = order.operations.get(number="0010")
    lifter.do(start_production, operation=operation, machine=lifter.mill)
    assert refusal(revision) == "in_work"
    lifter.do(report, operation=operation, quantities=Quantities(good=Decimal(10)))
    lifter.do(finish, operation=operation)
    assert refusal(revision) == "all_begun"
    planned = ProductionOrderFactory(item=lifter.item, plant=lifter.plant)
    order = planned
    assert refusal(revision) == "wrong_state"


@pytest.mark.parametrize(
    ("constraint", "make"),
    [
        ("item_revision_has_code", lambda: ItemRevisionFactory(code="")),
        ("item_revision_one_draft", lambda: ItemRevisionFactory(item=ItemRevisionFactory().item)),
        (
            "item_revision_unique",
            lambda: ItemRevisionFactory(item=(old := ItemRevisionFactory()).item, code=old.code),
        ),
        (
            "revision_document_unique",
            lambda: RevisionDocumentFactory(
                revision=(old := RevisionDocumentFactory()).revision, name=old.name
            ),
        ),
    ],
)
def test_the_database_refuses_what_makes_no_sense(constraint, make):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make()


def test_engineering_is_done_on_its_page(client, lifter):
    client.force_login(lifter.engineer)
    page = reverse("engineering-item", args=[lifter.item.pk])
    client.post(reverse("revision-open", args=[lifter.item.pk]), {"code": "B", "reason": "Longer arm"})
    draft = ItemRevision.objects.get(code="B")
    shown = client.get(page).content.decode()
    assert "Carries 500 kg" in shown
    assert "a document" in shown
    client.post(
        reverse("revision-upload", args=[draft.pk]),
        {"name": "Drawing", "version": "2", "file": SimpleUploadedFile("arm.pdf", b"PDF")},
    )
    document = draft.documents.get()
    answer = client.get(reverse("revision-document", args=[document.pk]))
    assert (answer.content, "arm.pdf" in answer["Content-Disposition"]) == (b"PDF", True)
    client.post(reverse("revision-release", args=[draft.pk]))
    lifter.make(lifter.order, "0010", lifter.mill, 4)
    change = reverse("order-change-revision", args=[lifter.order.pk, draft.pk])
    assert change in client.get(page).content.decode()
    assert "4711" in client.get(change).content.decode()
    assert client.post(change, {"key": uuid.uuid4(), "reason": ""}).status_code == 422
    answer = client.post(change, {"key": uuid.uuid4(), "reason": "Longer arm"})
    assert answer.status_code == 302
    assert ProductionOrder.objects.get(number="4711-1").quantity == 6
    assert client.post(reverse("revision-open", args=[lifter.item.pk]), {"code": "B"}).status_code == 422
    assert client.post(reverse("revision-upload", args=[draft.pk]), {"name": "x"}).status_code == 422


def test_the_lists_cost_the_same_for_one_row_and_for_three(client, lifter):
    client.force_login(lifter.engineer)

    def queries(page):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
        return len(captured)

    listed, page = reverse("engineering"), reverse("engineering-item", args=[lifter.item.pk])
    queries(listed), queries(page)
    before = queries(listed), queries(page)
    for number in ("A1", "A2"):
        ProductionOrderFactory(plant=lifter.plant, item=lifter.item, number=number)
        RequirementFactory(line__item=lifter.item)
        ItemFactory(strategy=Strategy.ETO)
    assert (queries(listed), queries(page)) == before


def test_routing_and_material_of_the_current_revision_are_taken_over_once_and_then_changed(client):
    plant, bar = PlantFactory(), bought("BAR-1")
    item = ItemFactory(revision="A", revision_released_at=timezone.now(), strategy=Strategy.ETO)
    mill = work_centre(plant, "MILL-1")
    routing = made_by(item, plant, "A", [("0010", mill), ("0020", mill)], needs=[(bar, "1.5", "0010")])
    routing.operations.update(pinned=["text"], erp_values={"text": "Mill"})
    draft = open_revision(item=item, code="B", reason="Longer arm", by=None)
    engineer = EngineerFactory()
    client.force_login(engineer)
    page = client.get(reverse("engineering-item", args=[item.pk])).content.decode()
    assert "Take over routing and bill of material of revision A" in page
    client.post(reverse("revision-take-over", args=[draft.pk]))
    copy = Routing.objects.get(item=item, revision="B")
    assert list(copy.operations.values_list("number", "machine_group", "run_seconds", "erp_values")) == [
        ("0010", mill.group_id, 60, {}),
        ("0020", mill.group_id, 60, {}),
    ]
    assert BomLine.objects.get(bom__revision="B").quantity == Decimal("1.5")
    assert routing.operations.count() == 2
    page = client.get(reverse("engineering-item", args=[item.pk])).content.decode()
    assert reverse("admin:orders_routing_change", args=[copy.pk]) in page
    assert not can_take_over(draft)
    with pytest.raises(Refused, match="nothing that could"):
        take_over(revision=draft, by=engineer)
    add_document(revision=draft, name="Drawing", version="1", file_name="b.pdf", content=b"%PDF", by=None)
    assert can_release_revision(draft)
