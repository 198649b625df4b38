"""Holds stop what they concern, and only the right people release them."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from mes.accounts.roles import Role
from mes.accounts.signing import broken_signatures, signatures_of
from mes.lib.errors import InvalidInput, NotAllowed, Refused
from orders.domain.execution import start_production
from orders.domain.holds import check_lots_free, hold_item, hold_machine, place_hold, release_hold
from orders.models import Hold, HoldKind, ProductionEvent
from tests.factories.accounts import OperatorFactory, QualityFactory, SupervisorFactory, UserFactory
from tests.factories.machines import MachineFactory
from tests.factories.orders import HoldFactory, HoldPolicyFactory, ItemFactory, OperationFactory
from tests.support.signing import proof_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    operation = OperationFactory(released=True)
    machine = MachineFactory(plant=operation.plant, group=operation.machine_group)
    return operation, machine


def start(work):
    operation, machine = work
    return start_production(operation=operation, machine=machine, by=OperatorFactory(), key=uuid.uuid4())


def test_a_held_machine_starts_nothing_and_says_who_releases_it(work):
    operation, machine = work
    hold_machine(machine=machine, kind=HoldKind.NONCONFORMANCE, reason="Spindle loose.", by=None)
    with pytest.raises(Refused) as refusal:
        start(work)
    assert refusal.value.code == "machine_held"
    assert "Spindle loose. Released by: quality, admin." in str(refusal.value)  # nobody has the role yet
    other = MachineFactory(plant=operation.plant, group=operation.machine_group)
    assert start((operation, other)).pk


def test_a_held_item_starts_nothing_in_its_plant(work):
    operation, _machine = work
    hold = hold_item(
        item=operation.order.item, plant=operation.plant, kind=HoldKind.MANUAL, reason="Old drawing", by=None
    )
    with pytest.raises(Refused) as refusal:
        start(work)
    assert refusal.value.code == "item_held"
    release_hold(hold=hold, by=SupervisorFactory(), reason="New drawing is there")
    assert start(work).pk


def test_a_held_lot_is_refused_and_another_lot_is_not(work):
    operation, _machine = work
    item = ItemFactory()
    hold_item(item=item, plant=operation.plant, lot="A7", kind=HoldKind.RECALL, reason="Cracks", by=None)
    check_lots_free(plant=operation.plant, lots={(item.pk, "A8")})
    with pytest.raises(Refused, match=r"A7 is on hold: Cracks\. Released by: quality, admin"):
        check_lots_free(plant=operation.plant, lots={(item.pk, "A8"), (item.pk, "A7")})
    hold_item(item=item, plant=operation.plant, kind=HoldKind.RECALL, reason="All of it", by=None)
    with pytest.raises(Refused):
        check_lots_free(plant=operation.plant, lots={(item.pk, "A8")})
    assert start(work).pk  # the held item isn't what is made here


def test_only_the_right_role_releases_and_with_a_reason():
    hold = HoldFactory(kind=HoldKind.NONCONFORMANCE)
    with pytest.raises(NotAllowed) as refusal:
        release_hold(hold=hold, by=SupervisorFactory(), reason="looks fine")
    assert refusal.value.code == "not_yours_to_release"
    with pytest.raises(InvalidInput):
        release_hold(hold=hold, by=QualityFactory(), reason=" ")
    person = QualityFactory()
    person.at_terminal = True
    with pytest.raises(NotAllowed):
        release_hold(hold=hold, by=person, reason="a badge is not enough")
    person = QualityFactory()
    assert not release_hold(hold=hold, by=person, reason="measured again").open
    event = ProductionEvent.objects.get(order=hold.order, kind="hold_lifted")
    assert (event.by, event.comment) == (person, "measured again")


def test_four_eyes_need_another_person():
    hold = HoldFactory()
    HoldPolicyFactory(plant=hold.order.plant, roles=[Role.PLANNER.value, Role.SUPERVISOR.value])
    first, second = SupervisorFactory(), UserFactory(roles=[Role.PLANNER.value])
    assert release_hold(hold=hold, by=first, reason="clear now").open
    with pytest.raises(NotAllowed) as refusal:
        release_hold(hold=hold, by=first, reason="clear now")
    assert refusal.value.code == "second_person"
    with pytest.raises(NotAllowed):
        release_hold(hold=hold, by=QualityFactory(), reason="not my role")
    released = release_hold(hold=hold, by=second, reason="agreed")
    assert (released.asked_by, released.lifted_by, released.release_reason) == (first, second, "agreed")
    assert release_hold(hold=hold, by=second, reason="again").lifted_at == released.lifted_at


def test_a_release_is_signed_where_the_rule_says_so_and_the_signature_covers_the_hold():
    hold = HoldFactory()
    HoldPolicyFactory(plant=hold.order.plant, second_person=False, signature=True)
    person = SupervisorFactory()
    with pytest.raises(Refused) as refusal:
        release_hold(hold=hold, by=person, reason="clear now")
    assert refusal.value.code == "signature_missing"
    release_hold(hold=hold, by=person, reason="clear now", proof=proof_of(person))
    [signed] = signatures_of(Hold, [hold])[hold.pk]
    assert signed.intact
    assert (signed.signature.meaning, signed.signature.by) == ("released", person)
    assert broken_signatures() == []
    Hold.objects.filter(pk=hold.pk).update(reason="Something harmless")
    hold.refresh_from_db()
    assert not signatures_of(Hold, [hold])[hold.pk][0].intact
    assert broken_signatures() == [signed.signature]


def test_every_change_of_a_hold_is_in_the_audit_trail():
    operation = OperationFactory(released=True)
    hold = place_hold(order=operation.order, operation=operation, kind="manual", reason="?", by=None)
    release_hold(hold=hold, by=SupervisorFactory(), reason="clear now")
    labels = Hold.pgh_event_model.objects.filter(pgh_obj_id=hold.pk).values_list("pgh_label", flat=True)
    assert list(labels.order_by("pgh_id")) == ["insert", "update"]


def test_a_hold_lies_on_one_thing():
    operation = OperationFactory()
    machine = MachineFactory(plant=operation.plant)
    for wrong in ({}, {"order": operation.order, "machine": machine}, {"item": operation.order.item}):
        with pytest.raises(IntegrityError, match="hold_one_target"), transaction.atomic():
            Hold.objects.create(kind="manual", reason="?", **wrong)
    with pytest.raises(IntegrityError, match="hold_asked_by_somebody"), transaction.atomic():
        HoldFactory(asked_by=OperatorFactory())


def test_a_plant_has_one_rule_for_a_kind():
    policy = HoldPolicyFactory()
    with pytest.raises(IntegrityError, match="hold_policy_unique"):
        HoldPolicyFactory(plant=policy.plant, kind=policy.kind)
