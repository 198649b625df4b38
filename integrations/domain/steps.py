"""Keeping what happened to a message: a step per attempt, receipt and decision."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from integrations.domain.outbox.outcome import Outcome
from integrations.enums import OutboundState, StepKind
from integrations.models import InboundMessage, MessageStep, OutboundMessage
from integrations.models.step import HEAD
from mes.accounts.models import User
from mes.lib.sentences import parts_of


def note_attempts(outcomes: Iterable[tuple[OutboundMessage, Outcome]]) -> None:
    """One attempt to send each message, with what it led to."""
    MessageStep.objects.bulk_create(_attempt(message, outcome) for message, outcome in outcomes)


def _attempt(message: OutboundMessage, outcome: Outcome) -> MessageStep:
    ahead = outcome.clock_seconds
    return MessageStep(
        connection_id=message.connection_id,
        outbound=message,
        kind=StepKind.ATTEMPT,
        number=message.attempts,
        state=outcome.state,
        code=outcome.code[:60],
        problem=outcome.problem[:500],
        sentence=parts_of(outcome.problem),
        answer=outcome.answer[:HEAD],
        clock_seconds=None if ahead is None else Decimal(f"{ahead:.3f}"),
    )


def note_receipts(messages: Iterable[OutboundMessage]) -> None:
    """What the partner said later about messages it had got."""
    MessageStep.objects.bulk_create(
        MessageStep(
            connection_id=message.connection_id,
            outbound=message,
            kind=StepKind.RECEIPT,
            state=message.state,
            code=message.code,
            problem=message.problem,
            sentence=message.sentence,
            answer=message.answer[:HEAD],
        )
        for message in messages
    )


def note_decision(message: OutboundMessage, *, by: User, words: str) -> None:
    """What a person decided about a message."""
    MessageStep.objects.create(
        connection_id=message.connection_id,
        outbound=message,
        kind=StepKind.DECISION,
        state=OutboundState(message.state),
        problem=words[:500],
        sentence=parts_of(words),
        by=by,
    )


def note_reading(message: InboundMessage, *, by: User | None) -> None:
    """One reading of a received message, by itself or because a person asked."""
    problem = message.problems[0] if message.problems else {}
    MessageStep.objects.create(
        connection_id=message.connection_id,
        inbound=message,
        kind=StepKind.DECISION if by else StepKind.ATTEMPT,
        number=message.attempts,
        state=message.state,
        code=str(problem.get("code", ""))[:60],
        problem=str(problem.get("message", ""))[:500],
        sentence=problem.get("sentence"),
        by=by,
    )
