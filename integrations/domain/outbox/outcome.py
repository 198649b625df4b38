"""What became of an attempt to send, in plain words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from integrations.enums import Mend, OutboundState


@dataclass(frozen=True, slots=True)
class Outcome:
    """``state`` is the message's next one; ``problem`` a sentence for people. ``unreachable``: nobody is
    there at all, so that the partner's other messages needn't try either. ``uncertain``: the partner may have
    booked it without our hearing so. ``reference``: its own key of what it booked. ``code``: the partner's
    word for what went wrong (message number, HTTP status) or ours (``timeout``), which retry rules look at.
    ``clock_seconds``: how much its clock is ahead of ours, where its answer told the time.

    ``pause``, ``mend``, ``is_asked`` and ``redate`` (the next attempt has today's posting date) are what the
    retry rules (``rules.py``) decided.
    """

    state: OutboundState
    answer: str = ""
    problem: str = ""
    unreachable: bool = False
    uncertain: bool = False
    reference: str = ""
    code: str = ""
    clock_seconds: float | None = None
    pause: timedelta | None = None
    mend: Mend = Mend.NONE
    is_asked: bool = False
    redate: bool = False

    def storable(self) -> Outcome:
        """PostgreSQL's text knows no NUL, partners' answers may."""
        clean = {
            name: getattr(self, name).replace("\x00", "�")
            for name in ("answer", "problem", "reference", "code")
            if "\x00" in getattr(self, name)
        }
        return replace(self, **clean)


def delivered(answer: str = "") -> Outcome:
    return Outcome(OutboundState.DELIVERED, answer)


def posted(answer: str, *, reference: str = "") -> Outcome:
    return Outcome(OutboundState.POSTED, answer, reference=reference)


def again(
    problem: str, answer: str = "", *, unreachable: bool = False, uncertain: bool = False, code: str = ""
) -> Outcome:
    """Unknown or passing trouble: the same message with the same identity is sent again later."""
    return Outcome(OutboundState.QUEUED, answer, problem, unreachable, uncertain, code=code)


PERIOD_CLOSED = "period_closed"
"""Our word for a posting date that the partner doesn't take any more."""


def parked(problem: str, answer: str = "", *, code: str = "") -> Outcome:
    """The partner said no, or we can't say it: repeating won't help, a person must act."""
    return Outcome(OutboundState.PARKED, answer, problem, code=code)
