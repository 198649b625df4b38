"""The question that a stop without a reason puts to whoever stands at the machine."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from machines.domain.likely import Likely
from machines.domain.stops import Stop
from machines.models import Machine, StopReason
from orders.queries.stops import LIKELY, Suggestion, Suggestions, Waiting, waiting_stops

SHOWN = 2
"""So many stops are asked about with buttons: what runs stays in view. The page of stops has the others."""
_KEYS = uuid.UUID("6f2f3c52-7d5b-4a53-9d5e-3f0a8a6f6a10")


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. Its key says what it books, so that two people who tap the same book it once."""

    reason: StopReason
    values: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    stop: Stop
    choices: list[Choice]
    more_url: str


def prompts_for(machine: Machine, waiting: Waiting) -> tuple[list[Prompt], int]:
    """The first stops that wait for a reason, with the reasons that are most likely; and how many more do."""
    stops = waiting.stops
    if not stops:
        return [], 0
    suggestions = Suggestions(machine)
    shown = [Prompt(stop, choices_for(stop, suggestions), stop_url(stop)) for stop in stops[:SHOWN]]
    return shown, len(stops) - len(shown)


def choices_for(stop: Stop, suggestions: Suggestions) -> list[Choice]:
    return [choice_of(stop, suggestion) for suggestion in suggestions.of(stop, most=LIKELY)]


def choice_of(stop: Stop, suggestion: Suggestion) -> Choice:
    start, reason = stop.start.isoformat(), suggestion.reason
    key = uuid.uuid5(_KEYS, f"{stop.machine} {stop.slot} {start} {reason.pk}")
    if stop.coding is not None:
        key = uuid.uuid5(key, str(stop.coding.pk))
    values = {"slot": stop.slot, "start": start, "reason": reason.pk, "key": str(key)}
    return Choice(reason, json.dumps(values), hint_of(suggestion.likely))


def hint_of(likely: Likely) -> str:
    """Why a reason is offered, in a few words; nothing for one that was never given here."""
    if likely.same_alarm:
        return _("same code %d×") % likely.same_alarm
    if likely.same_item:
        return _("same item %d×") % likely.same_item
    return _("%d× in 30 days") % likely.times if likely.times else ""


def stop_url(stop: Stop) -> str:
    query = urlencode({"slot": str(stop.slot), "start": stop.start.isoformat()})
    return f"{reverse('terminal-stop', args=[stop.machine])}?{query}"


def stop_context(machine: Machine, *, waiting: Waiting | None = None, problem: str = "") -> dict[str, Any]:
    prompts, more = prompts_for(machine, waiting or waiting_stops(machine))
    return {"machine": machine, "stops": prompts, "more_stops": more, "problem": problem}
