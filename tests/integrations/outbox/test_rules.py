"""Retry rules: what a partner says decides what is done, and people read why."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from integrations.domain.outbox import relay
from integrations.domain.outbox.outcome import Outcome, again, delivered, parked, posted
from integrations.domain.outbox.partner import Receipt, acknowledge
from integrations.domain.outbox.rules import SHIPPED, Rule, pause, react
from integrations.domain.outbox.webhook import clock_ahead, judge, partner_words
from integrations.enums import Mend, OutboundState, Reaction, StepKind
from integrations.models import MessageStep, OutboundMessage
from tests.factories.integrations import (
    ConnectionFactory,
    OutboundMessageFactory,
    RetryRuleFactory,
    WebhookConnectionFactory,
)


def after(outcome, *rules, attempts=1):
    return react(outcome, rules, attempts=attempts)


def test_the_first_rule_that_fits_decides():
    locked = Rule(Reaction.REPEAT, code="RU*", text="*locked*", first_pause=30, longest_pause=600)
    other = Rule(Reaction.PARK, code="RU*")
    again_soon = after(parked("Order 4711 is LOCKED by MILLER", code="ru 017"), locked, other)
    assert again_soon.state == OutboundState.QUEUED
    assert timedelta(seconds=30) <= again_soon.pause <= timedelta(seconds=60)
    assert after(parked("Yield is negative", code="RU 002"), locked, other).state == OutboundState.PARKED


def test_a_repeat_gives_up_after_its_attempts_and_says_so():
    rule = Rule(Reaction.REPEAT, code="busy", most_attempts=3)
    assert after(parked("busy", code="busy"), rule, attempts=2).state == OutboundState.QUEUED
    given_up = after(parked("busy", code="busy"), rule, attempts=3)
    assert given_up.state == OutboundState.PARKED
    assert "Given up after 3 attempts" in given_up.problem


def test_a_code_may_count_as_accepted_or_ask_a_person():
    assert after(parked("", code="dup"), Rule(Reaction.SUCCESS, code="dup")).state == OutboundState.DELIVERED
    asked = after(again("no answer", code="timeout", uncertain=True), Rule(Reaction.ASK, code="timeout"))
    assert (asked.state, asked.is_asked, asked.uncertain) == (OutboundState.PARKED, True, True)


@pytest.mark.parametrize("yes", [delivered("ok"), posted("ok", reference="1")])
def test_a_yes_is_never_turned_into_a_no(yes):
    assert after(yes, Rule(Reaction.PARK, text="*")) == yes


@pytest.mark.parametrize(
    ("said", "mend", "state"),
    [
        (judge(422, b'{"error": "Posting only possible in periods 2026/11"}'), Mend.REDATE, "parked"),
        (judge(400, b'{"code": "unknown_unit", "error": "ST"}'), Mend.TRANSLATE, "parked"),
        (judge(401, b""), Mend.CONNECTION, "queued"),
        (judge(409, b'{"error": {"code": "already_posted"}}'), Mend.NONE, "delivered"),
        (judge(400, b'{"error": "Auftrag 12 ist gesperrt durch MEIER"}'), Mend.NONE, "queued"),
        (judge(400, b'{"error": "no such operation"}'), Mend.NONE, "parked"),
    ],
)
def test_what_is_shipped(said, mend, state):
    outcome = after(said, *SHIPPED)
    assert (outcome.mend, outcome.state) == (mend, state)


def test_plain_words_stand_before_the_partners():
    outcome = after(
        parked("M7 053", code="M7053"), Rule(Reaction.PARK, code="M7*", words="The period is closed.")
    )
    assert outcome.problem == "The period is closed. (M7 053)"


@given(
    st.sampled_from(list(OutboundState)),
    st.text(max_size=8),
    st.text(max_size=20),
    st.lists(
        st.builds(
            Rule,
            reaction=st.sampled_from(Reaction),
            code=st.text(max_size=4),
            text=st.text(max_size=4),
            most_attempts=st.none() | st.integers(1, 5),
        ),
        max_size=4,
    ),
    st.integers(1, 50),
)
def test_any_rules_lead_to_a_state_that_somebody_goes_on_from(state, code, problem, rules, attempts):
    outcome = react(Outcome(state, problem=problem, code=code), rules, attempts=attempts)
    if state in ("queued", "parked"):
        assert outcome.state in ("queued", "parked", "delivered")
        assert (outcome.pause is not None) <= (outcome.state == "queued")
        assert problem in outcome.problem
    else:
        assert outcome.state == state


@given(st.integers(0, 500), st.integers(1, 100), st.integers(0, 10_000))
def test_pauses_stay_within_their_limits(attempts, first, more):
    longest = first + more
    assert (
        timedelta(seconds=first)
        <= pause(attempts, first=first, longest=longest)
        <= timedelta(seconds=longest)
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"code": "ZX9", "message": "Plant 1710 is unknown"}, "Plant 1710 is unknown"),
        ({"error": {"code": "E1", "message": " locked "}, "message": "outer"}, "locked"),
        ({"error": "closed period"}, "closed period"),
        ({"status": "refused", "reason": "no such order"}, "no such order"),
        ({"error": {"code": "E1"}}, ""),
        ({"message": ["no", "sentence"]}, ""),
        ("text", ""),
    ],
)
def test_the_partners_sentence_is_shown_and_not_its_json(said, words):
    assert partner_words(said) == words
    problem = judge(422, json.dumps(said).encode()).problem
    assert problem.endswith(f": {words or json.dumps(said)}")


def test_the_partners_clock_is_read_from_its_answer():
    assert clock_ahead("Thu, 01 Jan 1970 00:02:00 GMT", 60.0) == 60.0
    assert clock_ahead("", 60.0) is None
    assert clock_ahead("yesterday", 60.0) is None


@pytest.mark.django_db
def test_the_relay_follows_the_connections_rules_and_keeps_each_step():
    connection = WebhookConnectionFactory()
    RetryRuleFactory(connection=connection, code="E77", reaction=Reaction.ASK, words="Ask in the ERP.")
    message = OutboundMessageFactory(connection=connection, state=OutboundState.SENDING, attempts=1)
    assert relay.settle(message, again("nobody there", code="unreachable"))
    OutboundMessage.objects.update(state=OutboundState.SENDING, attempts=2)
    message.attempts = 2
    assert relay.settle(message, parked("strange\x00", "<answer>", code="E77"))
    assert not relay.settle(message, delivered()), "another worker's word came late and is not kept"
    message.refresh_from_db()
    assert (message.state, message.is_asked, message.code) == (OutboundState.PARKED, True, "E77")
    assert message.problem.startswith("Ask in the ERP.")
    steps = list(message.steps.values_list("number", "state", "code", "answer"))
    assert steps == [(1, "queued", "unreachable", ""), (2, "parked", "E77", "<answer>")]


@pytest.mark.django_db
def test_rules_also_hold_for_what_a_partner_refuses_later():
    connection = WebhookConnectionFactory()
    RetryRuleFactory(connection=connection, code="busy", reaction=Reaction.REPEAT)
    message = OutboundMessageFactory(connection=connection, state=OutboundState.DELIVERED)
    receipt = Receipt(message.identity, posted=False, reason="later please", code="busy")
    acknowledge(connection=connection, receipts=[receipt])
    message.refresh_from_db()
    assert message.state == OutboundState.QUEUED
    acknowledge(connection=connection, receipts=[Receipt(message.identity, posted=True, reference="4711/2")])
    message.refresh_from_db()
    assert (message.state, message.problem) == (OutboundState.POSTED, "")
    assert message.posted_at is not None
    assert list(MessageStep.objects.values_list("kind", "state")) == [
        (StepKind.RECEIPT, "queued"),
        (StepKind.RECEIPT, "posted"),
    ]


@pytest.mark.django_db
def test_what_a_pulling_partner_refuses_waits_for_a_person():
    connection = ConnectionFactory()
    RetryRuleFactory(connection=connection, code="busy", reaction=Reaction.REPEAT)
    message = OutboundMessageFactory(connection=connection, state=OutboundState.DELIVERED)
    acknowledge(connection=connection, receipts=[Receipt(message.identity, False, reason="no", code="busy")])
    message.refresh_from_db()
    assert message.state == OutboundState.PARKED


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"code": "", "text": ""}, "needs a code or a text"),
        ({"first_pause_seconds": 60, "longest_pause_seconds": 30}, "can't be shorter"),
        ({"first_pause_seconds": 0}, "at least a second"),
        ({"most_attempts": 0}, "At least one attempt"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_a_sentence(values, sentence):
    rule = RetryRuleFactory.build(connection=ConnectionFactory(), **values)
    with pytest.raises(ValidationError, match=sentence):
        rule.validate_constraints()
