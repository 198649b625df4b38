"""What became of an attempt to send, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.enums import OutboundState


@dataclass(frozen=True, slots=True)
class Outcome:
    """``state`` is the message's next one; ``problem`` a sentence for people. ``unreachable``: nobody is
    there at all, so that the partner's other messages needn't try either. ``uncertain``: the partner may have
    booked it without our hearing so. ``reference``: its own key of what it booked."""

    state: OutboundState
    answer: str = ""
    problem: str = ""
    unreachable: bool = False
    uncertain: bool = False
    reference: str = ""


def delivered(answer: str = "") -> Outcome:
    return Outcome(OutboundState.DELIVERED, answer)


def posted(answer: str, *, reference: str = "") -> Outcome:
    return Outcome(OutboundState.POSTED, answer, reference=reference)


def again(problem: str, answer: str = "", *, unreachable: bool = False, uncertain: bool = False) -> Outcome:
    """Unknown or passing trouble: the same message with the same identity is sent again later."""
    return Outcome(OutboundState.QUEUED, answer, problem, unreachable, uncertain)


def parked(problem: str, answer: str = "") -> Outcome:
    """The partner said no, or we can't say it: repeating won't help, a person must act."""
    return Outcome(OutboundState.PARKED, answer, problem)
