"""What the ERP may change: the table, exceptions per plant and order type, conflicts and decisions."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from mes.accounts.roles import Role
from mes.lib.errors import Refused
from orders.domain.conflicts import can_take, decide_conflict
from orders.domain.erp_rules import load_rules
from orders.domain.execution import start_production
from orders.domain.reports import Quantities, report
from orders.enums import ConflictState, ErpAnswer, ErpField, EventKind, Outcome, WorkState
from orders.models import ErpConflict, ErpRule, Hold, Operation, ProductionOrder
from orders.models.erp_rule import NEVER_TAKEN_FINISHED, NEVER_TAKEN_IN_WORK, SHIPPED, TAKING
from orders.queries.erp_news import erp_news_of
from tests.factories.accounts import UserFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import ErpConflictFactory, ErpRuleFactory, ProductionOrderFactory
from tests.orders.test_intake import document

pytestmark = pytest.mark.django_db


@pytest.fixture
def forge(order, plant):
    forge = order.operations.get(number="0010")
    start_production(operation=forge, machine=plant.press, by=plant.operator, key=uuid.uuid4())
    Operation.objects.filter(pk=forge.pk).update(counting="person")
    report(operation=forge, quantities=Quantities(good=Decimal(60)), by=None, key=uuid.uuid4())
    return forge


@pytest.fixture
def supervisor(client):
    person = UserFactory(roles=[Role.SUPERVISOR.value])
    client.force_login(person)
    return person


def test_every_field_has_an_answer_in_every_state():
    assert set(SHIPPED) == {(field, state) for field in ErpField for state in WorkState}


def test_no_shipped_answer_breaks_a_rule():
    for (field, state), answer in SHIPPED.items():
        ErpRule(field=field, state=state, answer=answer).full_clean()


@pytest.mark.parametrize(
    ("field", "state"),
    [
        *((field, WorkState.IN_WORK) for field in NEVER_TAKEN_IN_WORK),
        *((field, WorkState.FINISHED) for field in NEVER_TAKEN_FINISHED),
    ],
)
def test_what_is_reported_can_never_be_made_changeable(field, state):
    for answer in TAKING:
        rule = ErpRule(field=field, state=state, answer=answer)
        with pytest.raises(ValidationError, match="may never be changed"):
            rule.full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            rule.save()


def test_a_finished_order_is_not_held_and_a_confirmation_number_always_taken():
    with pytest.raises(ValidationError, match="hold could stop"):
        ErpRule(field=ErpField.DATES, state=WorkState.FINISHED, answer=ErpAnswer.HOLD).full_clean()
    with pytest.raises(ValidationError, match="always taken"):
        ErpRule(
            field=ErpField.CONFIRMATION_NUMBER, state=WorkState.IN_WORK, answer=ErpAnswer.LOG
        ).full_clean()


def test_one_rule_for_one_case():
    ErpRuleFactory(order_type="")
    with pytest.raises(ValidationError, match="already"):
        ErpRule(field=ErpField.WORK_PLAN, state=WorkState.IN_WORK, answer=ErpAnswer.LOG).full_clean()


def test_the_narrowest_rule_counts():
    plant = PlantFactory()
    case = {"field": ErpField.WORK_PLAN, "state": WorkState.IN_WORK}
    order = ProductionOrder(plant=plant, order_type="ZP01")
    answers = [load_rules().answer(order, **case)]
    for values in ({}, {"order_type": "ZP01"}, {"plant": plant}, {"plant": plant, "order_type": "ZP01"}):
        answer = ErpAnswer.TELL if answers[-1] == ErpAnswer.CONFLICT else ErpAnswer.CONFLICT
        ErpRuleFactory(**{**case, "order_type": "", **values}, answer=answer)
        answers.append(load_rules().answer(order, **case))
    assert answers == ["log", "conflict", "tell", "conflict", "tell"]
    assert load_rules().answer(ProductionOrder(plant=PlantFactory(), order_type="X"), **case) == "conflict"


def test_rules_are_read_once_and_only_for_changes(take, order):
    def asked(*documents):
        with CaptureQueriesContext(connection) as queries:
            take(*documents)
        return sum('"orders_erprule"' in query["sql"] for query in queries)

    assert asked(document("81"), document("82")) == 0
    assert asked(document("81", version="2"), document("82", version="2"), document(version="2")) == 1


def test_a_change_is_taken_and_the_operator_told(take, order, forge):
    [result] = take(document(version="2", quantity=Decimal(80)))
    assert result.outcome == Outcome.CHANGED
    [news] = erp_news_of([order.pk])[order.pk]
    assert (news.name, news.old, news.new) == ("quantity", "100.000", "80")
    assert not Hold.objects.exists()


def test_an_order_type_can_wait_for_an_acknowledgement(take, order, forge):
    ErpRuleFactory(order_type="", field=ErpField.QUANTITY_LESS, answer=ErpAnswer.HOLD)
    take(document(version="2", quantity=Decimal(80)))
    order.refresh_from_db()
    assert order.quantity == 80
    hold = Hold.objects.get()
    assert (hold.kind, hold.reason) == ("erp_change", "Changed by the ERP: quantity 100 → 80")
    assert not ErpConflict.objects.exists()


def test_a_hold_says_dates_in_the_time_of_the_plant(take, order, forge, plant):
    ErpRuleFactory(order_type="", field=ErpField.DATES, answer=ErpAnswer.HOLD)
    plant.row.time_zone = "Asia/Tokyo"
    take(document(version="2", due=datetime(2031, 1, 15, 20, tzinfo=UTC)))
    assert Hold.objects.get().reason == "Changed by the ERP: requested date – → Thu 16 Jan 05:00"


def test_what_is_only_logged_stands_in_the_history(take, order, forge):
    lines = document().operations
    take(document(version="2", operations=(replace(lines[0], run_seconds=Decimal(99)), *lines[1:])))
    forge.refresh_from_db()
    assert forge.run_seconds != 99
    event = order.events.get(kind=EventKind.CHANGED)
    assert event.details["kept"]["0010.run_seconds"][1] == "99"


def test_a_quantity_below_what_is_made_is_a_conflict_once(take, order, forge):
    for version in ("2", "3"):
        take(document(version=version, quantity=Decimal(50)))
    conflict = ErpConflict.objects.get()
    assert (conflict.mes_value, conflict.erp_value, conflict.version) == ("100.000", "50", "3")
    assert Hold.objects.filter(lifted_at__isnull=True).count() == 1
    assert order.events.filter(kind=EventKind.CONFLICT).count() == 1


def test_a_move_that_the_message_says_nothing_of_ours_about_names_ours(take, order, forge):
    forge_line = document().operations[0]
    take(document(version="2", operations=(replace(forge_line, work_centre="BENCH"),)))
    conflict = ErpConflict.objects.get(field=ErpField.WORK_CENTRE)
    assert (conflict.mes_value, conflict.erp_value) == ("PRESS", "BENCH")


def test_a_conflict_is_said_in_its_readers_language(take, order, forge):
    take(document(version="2", quantity=Decimal(50)))
    conflict = ErpConflict.objects.get()
    assert conflict.reason == "Quantity 50 is less than the 60 already reported."
    with translation.override("de"):
        assert conflict.reason_in_words != conflict.reason
        assert "50" in conflict.reason_in_words
    conflict.sentence = None
    with translation.override("de"):
        assert conflict.reason_in_words == conflict.reason


def test_keeping_ours_lifts_the_hold_and_stays_decided(take, order, forge, supervisor):
    take(document(version="2", quantity=Decimal(50)))
    conflict = ErpConflict.objects.get()
    decide_conflict(conflict=conflict, decision=ConflictState.KEPT, by=supervisor)
    assert decide_conflict(conflict=conflict, decision=ConflictState.KEPT, by=supervisor).pk == conflict.pk
    assert Hold.objects.get().lifted_by == supervisor
    assert order.events.get(kind=EventKind.DECIDED).by == supervisor
    take(document(version="3", quantity=Decimal(50)))
    assert ErpConflict.objects.count() == 1
    assert not Hold.objects.filter(lifted_at__isnull=True).exists()
    take(document(version="4", quantity=Decimal(40)))
    assert ErpConflict.objects.filter(state=ConflictState.OPEN).count() == 1


def test_the_erp_s_quantity_can_be_taken_only_down_to_what_is_made(take, order, forge, supervisor):
    take(document(version="2", quantity=Decimal(50)))
    conflict = ErpConflict.objects.get()
    with pytest.raises(Refused, match="never changed"):
        decide_conflict(conflict=conflict, decision=ConflictState.TAKEN, by=supervisor)
    ErpRuleFactory(order_type="", field=ErpField.QUANTITY_LESS, answer=ErpAnswer.CONFLICT)
    take(document(version="3", quantity=Decimal(70)))
    decide_conflict(conflict=conflict, decision=ConflictState.TAKEN, by=supervisor)
    order.refresh_from_db()
    forge.refresh_from_db()
    assert (order.quantity, forge.quantity) == (70, 70)
    assert order.components.get().quantity == 140
    with pytest.raises(Refused, match="already decided"):
        decide_conflict(conflict=conflict, decision=ConflictState.KEPT, by=supervisor)


def test_a_wish_that_the_erp_takes_back_is_settled_and_asked_anew_when_it_returns(
    client, take, order, forge, supervisor
):
    take(document(version="2", quantity=Decimal(50)))
    take(document(version="3", quantity=None))
    assert ErpConflict.objects.get().state == ConflictState.OPEN
    take(document(version="4"))
    conflict = ErpConflict.objects.get()
    assert (conflict.state, conflict.decided_by) == (ConflictState.SETTLED, None)
    assert not Hold.objects.filter(lifted_at__isnull=True).exists()
    assert order.events.get(kind=EventKind.DECIDED).title.endswith(": settled by itself")
    page = client.get(reverse("conflicts")).content.decode()
    assert '<td><span class="soft">system</span></td>' in page
    take(document(version="5", quantity=Decimal(50)))
    assert ErpConflict.objects.filter(state=ConflictState.OPEN).count() == 1
    assert Hold.objects.filter(lifted_at__isnull=True).count() == 1


def test_each_kind_of_wish_is_settled_by_a_message_that_speaks_of_it(take, order, forge):
    ErpRuleFactory(order_type="", field=ErpField.WORK_PLAN, answer=ErpAnswer.CONFLICT)
    ErpRuleFactory(order_type="", field=ErpField.DATES, answer=ErpAnswer.CONFLICT)
    first, second = document().operations
    other = replace(first, work_centre="BENCH", run_seconds=Decimal(99))
    take(document(version="2", item="BAR", priority=7, operations=(other, second)))
    names = {"item", "priority", "0010.machine_group", "0010.run_seconds"}
    assert set(_open_ones()) == names
    take(document(version="3", item=None, operations=None))
    assert set(_open_ones()) == names
    untold = replace(first, run_seconds=None)
    take(document(version="4", operations=(untold, second)))
    assert set(_open_ones()) == {"priority", "0010.run_seconds"}
    take(document(version="5", priority=order.priority, operations=(first, second)))
    assert not _open_ones()


def test_what_a_partial_message_does_not_name_is_not_settled(take, order, forge):
    first, second = document().operations
    take(document(version="2", operations=(replace(first, cancelled=True), second)))
    take(document(version="3", named=("0020",)))
    assert _open_ones() == ["0010.state"]
    take(document(version="4", named=("0010",)))
    assert _open_ones() == []


def test_a_cancellation_that_the_erp_takes_back_is_settled(take, order, forge):
    take(document(version="2", cancel=True))
    assert _open_ones() == ["0010.state"]
    take(document(version="3"))
    assert _open_ones() == ["0010.state"]
    take(document(version="4", status="released"))
    assert _open_ones() == []


def _open_ones():
    return sorted(ErpConflict.objects.filter(state=ConflictState.OPEN).values_list("name", flat=True))


def test_people_take_what_a_rule_could_take(take, order, forge, supervisor):
    for field in (ErpField.DATES, ErpField.WORK_PLAN):
        ErpRuleFactory(order_type="", field=field, answer=ErpAnswer.CONFLICT)
    due = datetime(2031, 1, 15, 20, tzinfo=UTC)
    first, second = document().operations
    other = replace(first, run_seconds=Decimal(99), work_centre="BENCH", parameters={"F": "2"})
    take(document(version="2", due=due, operations=(other, second)))
    takable = {one.name: can_take(one) for one in ErpConflict.objects.all()}
    assert takable == {
        "requested_at": True,
        "0010.run_seconds": True,
        "0010.machine_group": False,
        "0010.parameters": False,
    }
    for name in ("requested_at", "0010.run_seconds"):
        decide_conflict(
            conflict=ErpConflict.objects.get(name=name), decision=ConflictState.TAKEN, by=supervisor
        )
    order.refresh_from_db()
    forge.refresh_from_db()
    assert (order.requested_at, forge.run_seconds) == (due, 99)
    for name, code in (("0010.machine_group", "reported"), ("0010.parameters", "not_kept")):
        with pytest.raises(Refused) as refused:
            decide_conflict(
                conflict=ErpConflict.objects.get(name=name), decision=ConflictState.TAKEN, by=supervisor
            )
        assert refused.value.code == code


def test_a_work_centre_is_taken_while_nothing_is_begun_there(take, order, forge, supervisor):
    rule = {"field": ErpField.WORK_CENTRE, "state": WorkState.UNTOUCHED}
    ErpRuleFactory(order_type="", answer=ErpAnswer.CONFLICT, **rule)
    first, second = document().operations
    take(document(version="2", operations=(first, replace(second, work_centre="PRESS"))))
    decide_conflict(conflict=ErpConflict.objects.get(), decision=ConflictState.TAKEN, by=supervisor)
    assert order.operations.get(number="0020").machine_group.code == "PRESS"


def test_the_operator_is_told_what_a_person_took_and_the_history_says_it(
    client, take, order, forge, supervisor
):
    ErpRuleFactory(order_type="", field=ErpField.QUANTITY_LESS, answer=ErpAnswer.CONFLICT)
    ErpRuleFactory(order_type="", field=ErpField.DATES, answer=ErpAnswer.LOG)
    take(document(version="2", quantity=Decimal(70), due=datetime(2031, 1, 15, 20, tzinfo=UTC)))
    assert not erp_news_of([order.pk])[order.pk]
    decide_conflict(conflict=ErpConflict.objects.get(), decision=ConflictState.TAKEN, by=supervisor)
    [news] = erp_news_of([order.pk])[order.pk]
    assert (news.title, news.before, news.after) == ("quantity", "100", "70")
    page = client.get(reverse("order", args=[order.pk])).content.decode()
    assert "<div>quantity: 100 → 70</div>" in page
    assert "The ERP wished requested date – → Wed 15 Jan 21:00; ours is kept." in page


def test_the_hold_waits_for_the_last_of_its_conflicts(supervisor):
    first = ErpConflictFactory()
    second = ErpConflictFactory(order=first.order, hold=first.hold, name="item", field=ErpField.ITEM)
    for conflict, is_lifted in ((first, False), (second, True)):
        decide_conflict(conflict=conflict, decision=ConflictState.PROPOSED, by=supervisor)
        assert (Hold.objects.get(pk=first.hold_id).lifted_at is not None) == is_lifted


def test_conflicts_keep_their_constraints():
    conflict = ErpConflictFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        ErpConflictFactory(order=conflict.order)
    with pytest.raises(IntegrityError), transaction.atomic():
        ErpConflict.objects.update(state=ConflictState.KEPT)


def test_the_list_shows_both_values_and_decides(client, supervisor):
    conflict = ErpConflictFactory()
    page = client.get(reverse("conflicts")).content.decode()
    assert "1 conflict waits" in page
    assert conflict.order.number in page
    assert "50" in page
    assert client.get(reverse("conflict-count")).content == b"1"
    client.post(reverse("conflict-decide", args=[conflict.pk]), {"decision": "kept"})
    conflict.refresh_from_db()
    assert (conflict.state, conflict.decided_by) == (ConflictState.KEPT, supervisor)
    assert "nothing waits" in client.get(reverse("conflicts")).content.decode()


def test_the_list_costs_the_same_for_one_and_three(client, supervisor):
    costs = []
    for more in (1, 2):
        ErpConflictFactory.create_batch(more)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("conflicts"))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_the_matrix_marks_what_differs(client, supervisor):
    ErpRuleFactory(order_type="ZP01", answer=ErpAnswer.HOLD)
    plain = client.get(reverse("erp-rules")).content.decode()
    differing = client.get(reverse("erp-rules"), {"type": "ZP01"}).content.decode()
    assert "chip-warn" not in plain
    assert differing.count("chip-warn") == 1


def test_an_order_without_operations_is_untouched():
    assert load_rules().answer(ProductionOrderFactory(), ErpField.ITEM, WorkState.UNTOUCHED) == "take"
