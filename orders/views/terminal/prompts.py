"""The question that a stop without a reason puts to whoever stands at the machine."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from machines.domain.stops import Stop
from machines.models import Machine, StopReason
from orders.queries.stops import likely_reasons, stops_to_ask

SHOWN = 2
_KEYS = uuid.UUID("6f2f3c52-7d5b-4a53-9d5e-3f0a8a6f6a10")


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. Its key says what it books, so that two people who tap the same book it once."""

    reason: StopReason
    values: str


@dataclass(frozen=True, slots=True)
class Prompt:
    stop: Stop
    choices: list[Choice]
    more_url: str


def prompts_for(machine: Machine) -> list[Prompt]:
    stops = stops_to_ask(machine)[:SHOWN]
    reasons = likely_reasons(machine) if stops else []
    return [Prompt(stop, [_choice(stop, reason) for reason in reasons], _more_url(stop)) for stop in stops]


def _choice(stop: Stop, reason: StopReason) -> Choice:
    start = stop.start.isoformat()
    key = uuid.uuid5(_KEYS, f"{stop.machine} {stop.slot} {start} {reason.pk}")
    values = {"slot": stop.slot, "start": start, "reason": reason.pk, "key": str(key)}
    return Choice(reason, json.dumps(values))


def _more_url(stop: Stop) -> str:
    query = urlencode({"slot": str(stop.slot), "start": stop.start.isoformat()})
    return f"{reverse('terminal-stop', args=[stop.machine])}?{query}"


def stop_context(machine: Machine, *, problem: str = "") -> dict[str, Any]:
    return {"machine": machine, "stops": prompts_for(machine), "problem": problem}
