"""What people decide about messages: mending, settling, many at once."""

import uuid

import pytest

from integrations.domain.outbox.bulk import carry_on, carry_on_all, decide
from integrations.domain.outbox.manual import redate, settle_as_booked
from integrations.enums import DecisionKind, Mend, OutboundState, StepKind
from integrations.models import BulkDecision, MessageStep, OutboundMessage
from mes.lib.errors import InvalidInput, Refused
from tests.factories.accounts import PlannerFactory
from tests.factories.integrations import OutboundMessageFactory, WebhookConnectionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def planner():
    return PlannerFactory()


def parked(**values):
    return OutboundMessageFactory(state=OutboundState.PARKED, **values)


def test_a_closed_period_is_mended_by_todays_date(planner):
    message = parked(mend=Mend.REDATE, canonical={"good": "5.000", "posting_date": "2026-01-31"})
    redate(message=message, by=planner)
    message.refresh_from_db()
    assert (message.state, message.mend) == (OutboundState.QUEUED, Mend.NONE)
    assert message.canonical["posting_date"] > "2026-01-31"
    assert message.canonical["first_posting_date"] == "2026-01-31"
    step = message.steps.get()
    assert (step.kind, step.by) == (StepKind.DECISION, planner)
    with pytest.raises(Refused):
        redate(message=message, by=planner)


def test_a_message_found_booked_is_posted_and_says_who_saw_it(planner):
    message = parked(is_asked=True, uncertain=True)
    with pytest.raises(InvalidInput):
        settle_as_booked(message=message, by=planner, reference="", reason=" ")
    settle_as_booked(message=message, by=planner, reference="4711/2", reason="Seen in CO14")
    message.refresh_from_db()
    assert (message.state, message.reference, message.uncertain) == (OutboundState.POSTED, "4711/2", False)
    assert message.posted_at is not None
    assert "Seen in CO14" in message.steps.get().problem
    with pytest.raises(Refused):
        settle_as_booked(message=message, by=planner, reference="", reason="again")


def decided(planner, messages, kind=DecisionKind.RESEND, **values):
    values = {"reason": "The period is open again", "key": uuid.uuid4(), **values}
    return decide(kind=kind, messages=[message.pk for message in messages], by=planner, **values)


def test_a_decision_about_many_is_carried_out_piece_by_piece(planner):
    partner = WebhookConnectionFactory()
    messages = [parked(connection=partner) for _ in range(3)]
    messages.append(OutboundMessageFactory(connection=partner, state=OutboundState.POSTED))
    decision = decided(planner, messages)
    decision = carry_on(decision, most=2)
    assert (decision.position, decision.done, decision.ended_at) == (2, 2, None)
    assert carry_on_all() == 1
    decision.refresh_from_db()
    assert (decision.done, decision.refused) == (3, 1)
    assert decision.ended_at is not None
    assert "can't be sent again" in decision.refusal
    assert OutboundMessage.objects.filter(state=OutboundState.QUEUED).count() == 3
    reasons = MessageStep.objects.filter(by=planner).values_list("problem", flat=True)
    assert all("The period is open again" in reason for reason in reasons)
    assert carry_on(decision).position == 4


def test_the_same_decision_twice_is_one(planner):
    messages, key = [parked()], uuid.uuid4()
    first = decided(planner, messages, DecisionKind.DISCARD, key=key)
    assert decided(planner, messages, DecisionKind.DISCARD, key=key) == first
    carry_on_all()
    messages[0].refresh_from_db()
    assert messages[0].state == OutboundState.DISCARDED


def test_a_decision_needs_a_reason_and_messages(planner):
    with pytest.raises(InvalidInput) as refusal:
        decided(planner, [], reason=" ")
    assert {problem.field for problem in refusal.value.problems} == {"reason", "messages"}
    assert not BulkDecision.objects.exists()


def test_many_of_a_closed_period_are_posted_with_todays_date(planner):
    partner = WebhookConnectionFactory()
    closed = {"mend": Mend.REDATE, "canonical": {"good": "5.000", "posting_date": "2026-01-31"}}
    messages = [parked(connection=partner, **closed) for _ in range(2)]
    decision = carry_on(decided(planner, messages, kind=DecisionKind.REDATE))
    assert (decision.done, decision.refused) == (2, 0)
    for message in messages:
        message.refresh_from_db()
        assert message.state == OutboundState.QUEUED
        assert message.canonical["first_posting_date"] == "2026-01-31"
        assert message.problem.endswith("The period is open again")
