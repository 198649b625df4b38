"""Messages of both directions as one list, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _

from integrations.enums import InboundState, OutboundState
from integrations.models import InboundMessage, OutboundMessage
from integrations.queries.mending import way_to_mend
from mes.lib.sentences import in_words

IN, OUT = "in", "out"
WANTED_IN = (InboundState.RECEIVED, InboundState.WAITING, InboundState.PARTLY, InboundState.REFUSED)
WANTED_OUT = (
    OutboundState.QUEUED,
    OutboundState.SENDING,
    OutboundState.PARKED,
    OutboundState.DELIVERED,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One message. ``accepted_at`` and ``posted_at`` are two things: taken by the other side, and booked.
    ``zone`` is that of the partner's plant, in which people read its times."""

    direction: str
    pk: int
    moment: datetime
    partner: str
    kind: str
    name: str
    orders: tuple[str, ...]
    state: str
    label: str
    problem: str
    mend: str
    code: str
    attempts: int
    accepted_at: datetime | None
    posted_at: datetime | None
    zone: str


def newest(
    inbound: QuerySet[InboundMessage] | None,
    outbound: QuerySet[OutboundMessage] | None,
    *,
    limit: int,
    before: datetime | None = None,
) -> list[Line]:
    """The newest of both, before a moment. A query per direction, whatever comes after."""
    lines: list[Line] = []
    if inbound is not None:
        found_in = inbound.filter(received_at__lt=before) if before else inbound
        rows_in = found_in.select_related("connection__plant").defer("body", "results")
        lines += map(_received, rows_in.order_by("-received_at", "-pk")[:limit])
    if outbound is not None:
        found_out = outbound.filter(created_at__lt=before) if before else outbound
        rows_out = (
            found_out.select_related("connection__plant", "order", "operation")
            .defer("canonical", "rendered", "answer")
            .annotate(posting_date=KT("canonical__posting_date"))
        )
        lines += map(_sent, rows_out.order_by("-created_at", "-pk")[:limit])
    lines.sort(key=lambda line: (line.moment, line.pk), reverse=True)
    return lines[:limit]


def _received(message: InboundMessage) -> Line:
    problem = message.problems[0] if message.problems else {}
    return Line(
        direction=IN,
        pk=message.pk,
        moment=message.received_at,
        partner=message.connection.name,
        kind=message.message_type or message.channel,
        name=message.name or message.external_id,
        orders=tuple(message.orders),
        state=message.state,
        label=message.get_state_display(),
        problem=in_words(problem.get("sentence"), str(problem.get("message", ""))),
        mend="",
        code=str(problem.get("code", "")),
        attempts=message.attempts,
        accepted_at=message.received_at,
        posted_at=message.applied_at,
        zone=message.connection.plant.time_zone,
    )


def _sent(message: Any) -> Line:
    operation = f" / {message.operation.number}" if message.operation else ""
    return Line(
        direction=OUT,
        pk=message.pk,
        moment=message.created_at,
        partner=message.connection.name,
        kind=message.kind_label,
        name=f"{_('No.')} {message.sequence}",
        orders=(message.order.number + operation,),
        state=message.state,
        label=message.get_state_display(),
        problem=message.problem_in_words,
        mend=way_to_mend(message, message.posting_date) if message.state == OutboundState.PARKED else "",
        code=message.code,
        attempts=message.attempts,
        accepted_at=message.delivered_at,
        posted_at=message.posted_at,
        zone=message.connection.plant.time_zone,
    )


def counts(direction: str = "") -> list[tuple[InboundState | OutboundState, int]]:
    """How many messages are in each state that isn't an end."""
    found: list[tuple[InboundState | OutboundState, int]] = []
    if direction != OUT:
        by_state = _by_state(InboundMessage.objects.filter(state__in=WANTED_IN))
        found += [(state, by_state[state]) for state in InboundState if state in by_state]
    if direction != IN:
        by_state = _by_state(OutboundMessage.objects.filter(state__in=WANTED_OUT))
        found += [(state, by_state[state]) for state in OutboundState if state in by_state]
    return found


def _by_state(messages: QuerySet[InboundMessage] | QuerySet[OutboundMessage]) -> dict[str, int]:
    rows: Iterable[tuple[str, int]] = messages.values_list("state").annotate(Count("pk")).order_by()
    return dict(rows)
