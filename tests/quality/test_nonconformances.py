"""From the report of a defect to the signed decision, with what each decision books."""

import uuid
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from mes.accounts.models import Signature
from mes.accounts.signing import broken_signatures
from mes.lib.errors import InvalidInput, KeyReused, NotAllowed, Refused
from orders.domain.execution import finish
from orders.domain.holds import release_hold
from orders.domain.reports import Quantities, report
from orders.domain.rework import ReworkStep
from orders.models import Hold, StockBalance
from orders.queries.books import check_operations, check_orders
from quality.domain.diagram import nonconformances_page
from quality.domain.nonconformances import (
    can_contain,
    cancel_nonconformance,
    close_nonconformance,
    contain,
    dispose,
    open_quantity,
    raise_nonconformance,
)
from quality.domain.subjects import Subject, subject_of_event
from quality.domain.transitions import ACTION, NONCONFORMANCE, next_action_state, next_state
from quality.enums import ActionState, DispositionKind, NonconformanceState
from quality.kpi.batches import figures_of
from quality.kpi.formulas import first_pass_yield
from quality.queries.nonconformances import first_pass
from tests.factories.accounts import OperatorFactory, QualityFactory, SupervisorFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import HoldPolicyFactory, ItemFactory, OperationFactory, ScrapReasonFactory
from tests.factories.quality import DefectCodeFactory, DispositionFactory, NonconformanceFactory
from tests.support.signing import proof_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def inspector():
    return QualityFactory()


@pytest.fixture
def reported():
    """An operation with 80 good, 15 for rework and 5 scrap, and the report that said so."""
    operation = OperationFactory(in_production=True, position=1)
    reason = ScrapReasonFactory(plant=operation.plant)
    report(
        operation=operation,
        quantities=Quantities(good=Decimal(80), scrap=Decimal(5)),
        scrap_reason=reason,
        by=OperatorFactory(),
        key=uuid.uuid4(),
    )
    event = report(
        operation=operation,
        quantities=Quantities(rework=Decimal(15)),
        scrap_reason=reason,
        by=OperatorFactory(),
        key=uuid.uuid4(),
    )
    operation.refresh_from_db()
    return operation, event


def raised(subject, quantity, by=None, key=None):
    defect = DefectCodeFactory(plant=subject.place(), scrap_reason=ScrapReasonFactory(plant=subject.place()))
    return raise_nonconformance(
        subject=subject,
        defect=defect,
        quantity=Decimal(quantity),
        by=by or OperatorFactory(),
        key=key or uuid.uuid4(),
    )


def decide(row, kind, quantity, by, **changes):
    return dispose(
        **{
            "nonconformance": row,
            "kind": DispositionKind(kind),
            "quantity": Decimal(quantity),
            "reason": "as measured",
            "by": by,
            "key": uuid.uuid4(),
            "proof": proof_of(by),
        }
        | changes
    )


def counters(operation):
    operation.refresh_from_db()
    return tuple(map(int, (operation.good, operation.scrap, operation.rework)))


def books_balance():
    return not (check_operations().differences or check_orders().differences)


def test_decisions_book_what_they_say_and_add_up(reported, inspector):
    operation, event = reported
    row = raised(subject_of_event(event), 15)
    assert (row.number[:2], row.stands_as, row.state) == ("NC", "rework", "open")
    decide(row, "scrap", 2, inspector)
    assert counters(operation) == (80, 7, 13)
    decide(row, "use_as_is", 3, inspector)
    assert counters(operation) == (83, 7, 10)
    decided = decide(row, "rework", 10, inspector, steps=[ReworkStep("Deburr", operation.machine_group)])
    assert counters(operation) == (83, 7, 10)
    row.refresh_from_db()
    assert (row.state, open_quantity(row)) == ("dispositioned", 0)
    assert books_balance()
    assert Signature.objects.filter(meaning="approved").count() == 3
    with pytest.raises(Refused) as refusal:
        close_nonconformance(nonconformance=row, conclusion="fine", by=inspector, proof=proof_of(inspector))
    assert refusal.value.code == "rework_open"
    rework = operation.reworks.get(pk=decided.operations[0])
    report(operation=rework, quantities=Quantities(good=Decimal(10)), by=OperatorFactory(), key=uuid.uuid4())
    finish(operation=rework, by=OperatorFactory(), key=uuid.uuid4())
    closed = close_nonconformance(
        nonconformance=row, conclusion="fine", by=inspector, proof=proof_of(inspector)
    )
    assert (closed.state, closed.ended_by) == ("closed", inspector)
    assert counters(operation) == (93, 7, 0)
    assert books_balance()
    assert broken_signatures() == []


def test_the_first_pass_is_what_it_was_before_the_repair_and_suffers_from_a_late_find(reported, inspector):
    operation, event = reported
    good, pieces = first_pass(operation)
    assert first_pass_yield(good, pieces) == Decimal("0.8")
    row = raised(subject_of_event(event), 15)
    decide(row, "use_as_is", 5, inspector)
    decided = decide(row, "rework", 10, inspector, steps=[ReworkStep("Deburr", operation.machine_group)])
    rework = operation.reworks.get(pk=decided.operations[0])
    report(operation=rework, quantities=Quantities(good=Decimal(10)), by=OperatorFactory(), key=uuid.uuid4())
    assert counters(operation) == (95, 5, 0)
    assert first_pass(operation) == (Decimal(80), Decimal(100))
    operation.refresh_from_db()
    assert figures_of([operation])[operation.pk].first_pass == 0.8
    late = raised(Subject(order=operation.order, operation=operation), 10)
    decide(late, "scrap", 10, inspector)
    assert first_pass(operation) == (Decimal(70), Decimal(100))


def test_the_same_key_raises_and_decides_once(reported, inspector):
    operation, event = reported
    key = uuid.uuid4()
    row = raised(subject_of_event(event), 15, key=key)
    again = raise_nonconformance(
        subject=subject_of_event(event), defect=row.defect, quantity=Decimal(15), by=inspector, key=key
    )
    assert again.pk == row.pk
    with pytest.raises(KeyReused):
        raised(subject_of_event(event), 15, key=key)
    decided = decide(row, "scrap", 5, inspector, key=key)
    assert decide(row, "scrap", 5, inspector, key=key).pk == decided.pk
    assert counters(operation) == (80, 10, 10)


@pytest.mark.parametrize(
    ("kind", "quantity", "change", "code"),
    [
        ("scrap", 16, {}, "more_than_open"),
        ("scrap", 0, {}, "zero"),
        ("scrap", -1, {}, "zero"),
        ("scrap", 1, {"reason": " "}, "comment_missing"),
        ("rework", 1, {}, "steps_missing"),
        ("return", 1, {}, "nothing_to_return"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_booked(reported, inspector, kind, quantity, change, code):
    operation, event = reported
    row = raised(subject_of_event(event), 15)
    before = counters(operation)
    with pytest.raises(InvalidInput) as refusal:
        decide(row, kind, quantity, inspector, **change)
    assert [problem.code for problem in refusal.value.problems] == [code]
    assert counters(operation) == before
    assert not row.dispositions.exists()
    assert not Signature.objects.exists()


def test_only_quality_decides_and_signs_itself(reported, inspector):
    _operation, event = reported
    row = raised(subject_of_event(event), 15)
    with pytest.raises(NotAllowed):
        decide(row, "scrap", 1, SupervisorFactory())
    with pytest.raises(NotAllowed) as refusal:
        decide(row, "scrap", 1, inspector, proof=proof_of(QualityFactory()))
    assert refusal.value.code == "somebody_else"


def test_sorting_decides_nothing_and_moves_no_piece(reported, inspector):
    operation, event = reported
    row = raised(subject_of_event(event), 15)
    decided = decide(row, "sort", 15, inspector, steps=[ReworkStep("Sort out", operation.machine_group)])
    row.refresh_from_db()
    assert (row.state, open_quantity(row)) == ("open", 15)
    sorting = operation.reworks.get(pk=decided.operations[0])
    report(operation=sorting, quantities=Quantities(good=Decimal(15)), by=OperatorFactory(), key=uuid.uuid4())
    assert counters(operation) == (80, 5, 15)
    assert books_balance()


def test_material_goes_back_to_its_supplier_from_stock(inspector):
    item, plant = ItemFactory(), PlantFactory()
    StockBalance.objects.create(plant=plant, item=item, lot="A7", on_hand=0)
    row = raised(Subject(item=item, plant=plant, lot="A7"), 40)
    assert row.stands_as == ""
    decide(row, "return", 40, inspector)
    assert StockBalance.objects.get(item=item, lot="A7").on_hand == -40


def test_containing_holds_once_and_closing_releases(reported, inspector):
    _operation, event = reported
    row = raised(subject_of_event(event), 15)
    for what in ("order", "operation", "item", "order"):
        contain(nonconformance=row, what=what, by=inspector)
    row.refresh_from_db()
    assert row.state == "contained"
    assert Hold.objects.filter(lifted_at__isnull=True).count() == 3
    with pytest.raises(Refused) as refusal:
        contain(nonconformance=row, what="machine", by=inspector)
    assert refusal.value.code == "nothing_to_hold"
    decide(row, "scrap", 15, inspector)
    close_nonconformance(
        nonconformance=row, conclusion="all scrapped", by=inspector, proof=proof_of(inspector)
    )
    assert not Hold.objects.filter(lifted_at__isnull=True).exists()


def test_closing_does_not_get_around_the_second_person(reported, inspector):
    operation, event = reported
    HoldPolicyFactory(plant=operation.plant, kind="nonconformance")
    row = raised(subject_of_event(event), 15)
    hold = contain(nonconformance=row, what="order", by=inspector)
    decide(row, "scrap", 15, inspector)
    with pytest.raises(Refused) as refusal:
        close_nonconformance(nonconformance=row, conclusion="done", by=inspector, proof=proof_of(inspector))
    assert refusal.value.code == "holds_open"
    for person in (QualityFactory(), QualityFactory()):
        release_hold(hold=hold, by=person, reason="checked")
    close_nonconformance(nonconformance=row, conclusion="done", by=inspector, proof=proof_of(inspector))


def test_a_mistake_is_taken_back_until_something_is_decided(reported, inspector):
    _operation, event = reported
    row = raised(subject_of_event(event), 15)
    hold = contain(nonconformance=row, what="order", by=inspector)
    cancelled = cancel_nonconformance(nonconformance=row, reason="wrong order", by=inspector)
    hold.refresh_from_db()
    assert cancelled.state == "cancelled"
    assert not hold.open
    other = raised(subject_of_event(event), 15)
    decide(other, "scrap", 1, inspector)
    with pytest.raises(Refused) as refusal:
        cancel_nonconformance(nonconformance=other, reason="wrong", by=inspector)
    assert refusal.value.code == "decided"


def test_every_step_that_the_tables_do_not_have_is_refused():
    actions = {action for steps in NONCONFORMANCE.values() for action in steps}
    for state in NonconformanceState:
        for action in actions - set(NONCONFORMANCE[state]):
            with pytest.raises(Refused):
                next_state(state, action)
    for state in ActionState:
        for action in {name for steps in ACTION.values() for name in steps} - set(ACTION[state]):
            with pytest.raises(Refused):
                next_action_state(state, action)


def test_the_page_of_states_is_up_to_date():
    page = Path(settings.ROOT) / "docs" / "reference" / "nonconformance-states.md"
    assert page.read_text(encoding="utf-8") == nonconformances_page(), (
        "run manage.py describe_nonconformances"
    )


def test_a_changed_decision_breaks_its_signature(reported, inspector):
    _operation, event = reported
    row = raised(subject_of_event(event), 15)
    decide(row, "scrap", 15, inspector)
    row.defect = DefectCodeFactory(plant=row.plant)
    row.save()
    assert [one.meaning for one in broken_signatures()] == ["approved"]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("nonconformance_quantity_not_negative", lambda: NonconformanceFactory(quantity=-1)),
        (
            "nonconformance_of_something",
            lambda: NonconformanceFactory(order=None, operation=None, item=None, plant=PlantFactory()),
        ),
        ("nonconformance_ended_with_time", lambda: NonconformanceFactory(state="closed")),
        ("disposition_quantity_not_negative", lambda: DispositionFactory(quantity=-1)),
        ("defect_code_not_its_own_parent", lambda: _own_parent()),
        (
            "nonconformance_number_unique",
            lambda: [
                NonconformanceFactory(
                    number="NC1", plant=plant, operation=OperationFactory(order__plant=plant)
                )
                for plant in [PlantFactory()] * 2
            ],
        ),
        (
            "defect_code_unique",
            lambda: [DefectCodeFactory(code="D", plant=plant) for plant in [PlantFactory()] * 2],
        ),
    ],
)
def test_the_database_refuses_what_cannot_be(name, make):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make()


def _own_parent():
    code = DefectCodeFactory()
    code.parent = code
    code.save()


def test_what_is_on_hold_for_it_is_not_offered_again(reported, inspector):
    _operation, event = reported
    row = raised(subject_of_event(event), 5)
    assert can_contain(row, "order")
    hold = contain(nonconformance=row, what="order", by=inspector)
    assert not can_contain(row, "order")
    assert can_contain(row, "operation")
    release_hold(hold=hold, by=inspector, reason="Sorted", proof=None)
    assert can_contain(row, "order")
