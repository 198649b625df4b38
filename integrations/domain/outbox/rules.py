"""What is done about a partner's answer: its own table first, then what is shipped.

A rule fits an answer by its code and by what it says. A repeat pauses longer each time and may give up; what
waits for a person says in plain words why, and how it is mended.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fnmatch import fnmatchcase

from integrations.domain.outbox.outcome import PERIOD_CLOSED, Outcome
from integrations.domain.outbox.redating import redates_by_itself
from integrations.enums import Mend, OutboundState, Reaction
from integrations.models import Connection, RetryRule
from mes.lib.sentences import Sentence, gettext_lazy
from mes.lib.sentences import gettext as _

FIRST_PAUSE, LONGEST_PAUSE = 5, 900
REFUSALS = (OutboundState.QUEUED, OutboundState.PARKED)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. ``code`` and ``text`` are patterns with ``*`` and ``?``; pauses are seconds."""

    reaction: Reaction
    code: str = ""
    text: str = ""
    first_pause: int = FIRST_PAUSE
    longest_pause: int = LONGEST_PAUSE
    most_attempts: int | None = None
    words: object = ""
    mend: Mend = Mend.NONE

    def fits(self, code: str, said: str) -> bool:
        """Without case; an empty pattern fits everything."""
        return _like(code, self.code) and _like(said, self.text)


def _like(text: str, pattern: str) -> bool:
    return not pattern or fnmatchcase(text.casefold(), pattern.casefold())


_CLOSED = gettext_lazy("The posting period is closed in the ERP.")
_LOCKED = gettext_lazy("Somebody has the order open in the ERP; it is tried again by itself.")
_STRANGE_VALUE = gettext_lazy("The ERP doesn't know a value that was sent.")
_NO_ENTRY = gettext_lazy("The partner doesn't accept our name or key.")

_BOTH = "%s (%s)"

SHIPPED: tuple[Rule, ...] = (
    # Locks pass: the pauses that SAP's own queues use.
    *(
        Rule(Reaction.REPEAT, text=text, longest_pause=600, words=_LOCKED)
        for text in ("*locked by*", "*being processed by*", "*gesperrt durch*", "*wird bearbeitet von*")
    ),
    Rule(Reaction.REPEAT, code="423", longest_pause=600, words=_LOCKED),
    # It has it: the same key is no second booking.
    Rule(Reaction.SUCCESS, code="already_posted"),
    Rule(Reaction.SUCCESS, code="duplicate"),
    *(
        Rule(Reaction.REDATE, text=text, words=_CLOSED, mend=Mend.REDATE)
        for text in (
            "*posting only possible in period*",
            "*buchen nur in periode*",
            "*range of allowed posting dates*",
            "*posting period*closed*",
            "*period*is closed*",
            "*closed period*",
        )
    ),
    Rule(Reaction.REDATE, code=PERIOD_CLOSED, words=_CLOSED, mend=Mend.REDATE),
    *(
        Rule(Reaction.PARK, code=code, words=_STRANGE_VALUE, mend=Mend.TRANSLATE)
        for code in (
            "unknown_unit",
            "unknown_reason",
            "unknown_work_centre",
            "unknown_activity",
            "untranslated*",
        )
    ),
    *(
        Rule(Reaction.PARK, text=text, words=_STRANGE_VALUE, mend=Mend.TRANSLATE)
        for text in ("*unknown unit*", "*unknown reason*", "*unknown work cent*", "*reason*does not exist*")
    ),
    Rule(Reaction.REPEAT, code="401", words=_NO_ENTRY, mend=Mend.CONNECTION),
    Rule(Reaction.REPEAT, code="403", words=_NO_ENTRY, mend=Mend.CONNECTION),
)


def rules_of(connection: Connection) -> list[Rule]:
    """The connection's own rules in their order, then the shipped ones, of which closed periods wait for a
    person where the connection wants that. One query."""
    own = RetryRule.objects.filter(connection=connection, active=True).order_by("position", "pk")
    shipped = SHIPPED if redates_by_itself(connection) else tuple(map(_by_a_person, SHIPPED))
    return [*map(as_rule, own), *shipped]


def _by_a_person(rule: Rule) -> Rule:
    return replace(rule, reaction=Reaction.PARK) if rule.reaction == Reaction.REDATE else rule


def as_rule(row: RetryRule) -> Rule:
    return Rule(
        reaction=Reaction(row.reaction),
        code=row.code,
        text=row.text,
        first_pause=row.first_pause_seconds,
        longest_pause=row.longest_pause_seconds,
        most_attempts=row.most_attempts,
        words=row.words,
        mend=Mend(row.mend),
    )


def rule_for(outcome: Outcome, rules: Iterable[Rule]) -> Rule | None:
    """The first that fits what the partner said; None for an answer that nobody made a rule for."""
    said = " ".join(filter(None, (outcome.problem, outcome.answer)))
    return next((rule for rule in rules if rule.fits(outcome.code, said)), None)


def react(outcome: Outcome, rules: Sequence[Rule], *, attempts: int, can_redate: bool = False) -> Outcome:
    """The outcome as the rules want it; a yes, and what no rule fits, stays as it is. ``can_redate``: today's
    posting date would be another one."""
    if outcome.state not in REFUSALS:
        return outcome
    rule = rule_for(outcome, rules)
    if rule is None:
        return outcome
    outcome = replace(outcome, problem=_in_words(rule, outcome), mend=rule.mend)
    match rule.reaction:
        case Reaction.SUCCESS:
            return replace(outcome, state=OutboundState.DELIVERED, uncertain=False, unreachable=False)
        case Reaction.REPEAT if rule.most_attempts is None or attempts < rule.most_attempts:
            wait = pause(attempts, first=rule.first_pause, longest=rule.longest_pause)
            return replace(outcome, state=OutboundState.QUEUED, pause=wait)
        case Reaction.REPEAT:
            given_up = _("%(problem)s Given up after %(count)d attempts.")
            problem = given_up % {"problem": outcome.problem, "count": attempts}
            return replace(outcome, state=OutboundState.PARKED, problem=problem)
        case Reaction.REDATE if can_redate:
            return replace(
                outcome, state=OutboundState.QUEUED, pause=timedelta(), redate=True, mend=Mend.NONE
            )
        case Reaction.ASK:
            return replace(outcome, state=OutboundState.PARKED, is_asked=True)
    return replace(outcome, state=OutboundState.PARKED)


def _in_words(rule: Rule, outcome: Outcome) -> str:
    """The rule's plain words before what was said."""
    words = str(rule.words)
    if not words or outcome.problem.startswith(words):
        return outcome.problem
    return Sentence(_BOTH, _BOTH) % (words, outcome.problem) if outcome.problem else words


def pause(attempts: int, *, first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE) -> timedelta:
    """``first`` seconds, doubled each time up to ``longest``, up to half of it less by chance so that not all
    come at once; never less than ``first``."""
    most = min(longest, first * 2 ** min(attempts, 20))
    return timedelta(seconds=max(first, most * random.uniform(0.5, 1)))  # noqa: S311
