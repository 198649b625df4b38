"""What became of an attempt to send, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.enums import OutboundState


@dataclass(frozen=True, slots=True)
class Outcome:
    """``state`` is the message's next one; ``problem`` a sentence for people. ``unreachable``: nobody is
    there at all, so that the partner's other messages needn't try either."""

    state: OutboundState
    answer: str = ""
    problem: str = ""
    unreachable: bool = False


def delivered(answer: str = "") -> Outcome:
    return Outcome(OutboundState.DELIVERED, answer)


def posted(answer: str) -> Outcome:
    return Outcome(OutboundState.POSTED, answer)


def again(problem: str, answer: str = "", *, unreachable: bool = False) -> Outcome:
    """Unknown or passing trouble: the same message with the same identity is sent again later."""
    return Outcome(OutboundState.QUEUED, answer, problem, unreachable)


def parked(problem: str, answer: str = "") -> Outcome:
    """The partner said no, or we can't say it: repeating won't help, a person must act."""
    return Outcome(OutboundState.PARKED, answer, problem)
