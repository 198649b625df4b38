"""When stops got their first reason, whatever was said later."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from machines.models import CodedBy, StopCoding
from mes.lib.spans import Span


@dataclass(frozen=True, slots=True)
class FirstSaid:
    """That something was said about [start, end); superseded rows are told, too, withdrawn ones are not."""

    machine: int
    slot: int
    start: datetime
    end: datetime
    said: datetime
    by_person: bool


def first_said(machines: Collection[int], span: Span) -> list[FirstSaid]:
    """Everything ever said about times that touch ``span``. One query."""
    rows = StopCoding.objects.filter(
        machine__in=machines, span__overlap=(span.start, span.end), withdrawn=False
    ).values_list("machine_id", "slot", "span", "said_at", "source")
    return [
        FirstSaid(machine, slot, during.lower, during.upper, said, source == CodedBy.PERSON)
        for machine, slot, during, said, source in rows
    ]
