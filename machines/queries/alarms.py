"""What machine codes mean at a time and a machine, and which of them nobody has given a meaning yet."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fnmatch import translate
from re import Pattern, compile

from django.db import connection
from django.db.models import Q

from machines.models import AlarmMapping, Machine, StopReason

LITERAL = frozenset("*?")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table. ``[`` has no meaning in a pattern: codes like ``ALM[12]`` are common."""

    mapping: AlarmMapping
    pattern: Pattern[str]

    @classmethod
    def of(cls, mapping: AlarmMapping) -> Rule:
        return cls(mapping, compile(translate(mapping.pattern.strip().upper().replace("[", "[[]"))))

    def holds(self, machine: Machine, at: datetime) -> bool:
        mapping = self.mapping
        if at < mapping.valid_from or (mapping.valid_to is not None and at >= mapping.valid_to):
            return False
        if mapping.plant_id != machine.plant_id:
            return False
        if mapping.machine_id is not None:
            return mapping.machine_id == machine.pk
        return mapping.group_id in (None, machine.group_id)

    @property
    def rank(self) -> tuple[bool, bool, int, int, datetime, int]:
        """The nearest place first, then the most said by the pattern, then the latest."""
        mapping = self.mapping
        wild = sum(mapping.pattern.count(sign) for sign in LITERAL)
        return (
            mapping.machine_id is not None,
            mapping.group_id is not None,
            -wild,
            len(mapping.pattern),
            mapping.valid_from,
            mapping.pk,
        )


class AlarmRules:
    """The whole table, read once; asking costs no query."""

    def __init__(self, mappings: Iterable[AlarmMapping]) -> None:
        self.rules = sorted((Rule.of(one) for one in mappings), key=lambda rule: rule.rank, reverse=True)

    @classmethod
    def load(cls, plants: Collection[int] | None = None) -> AlarmRules:
        wanted = Q() if plants is None else Q(plant__in=plants)
        return cls(AlarmMapping.objects.filter(wanted).select_related("reason", "machine", "group"))

    def __bool__(self) -> bool:
        return bool(self.rules)

    def mapping_for(self, machine: Machine, alarm: str, at: datetime) -> AlarmMapping | None:
        """The row that says what ``alarm`` of ``machine`` meant ``at`` that time (UTC), in any case."""
        code = alarm.strip().upper()
        if not code:
            return None
        fitting = (rule for rule in self.rules if rule.holds(machine, at) and rule.pattern.match(code))
        return next((rule.mapping for rule in fitting), None)


@dataclass(frozen=True, slots=True)
class Heard:
    """A machine code as one machine group sent it with stops: how often, how long, how people explained it.

    ``coded`` is how many of the stops people gave a reason, by primary key of the reason.
    """

    group: int
    alarm: str
    stops: int
    time: timedelta
    machines: tuple[int, ...]
    coded: dict[int, int]
    last_at: datetime


_HEARD = """
    WITH stop AS (
        SELECT i.machine_id, i.slot, i.started_at, m.group_id, i.alarm,
            coalesce(i.ended_at, %(until)s) AS ended_at
        FROM machines_stateinterval i JOIN machines_machine m ON m.id = i.machine_id
        WHERE i.alarm <> '' AND i.state IN ('stop', 'idle') AND i.machine_id = ANY(%(machines)s)
            AND i.started_at >= %(since)s AND i.started_at < %(until)s
    ), said AS (
        SELECT s.group_id, s.alarm, c.reason_id, count(DISTINCT (s.machine_id, s.slot, s.started_at)) AS times
        FROM stop s JOIN machines_stopcoding c ON c.machine_id = s.machine_id AND c.slot = s.slot
            AND c.span && tstzrange(s.started_at, greatest(s.ended_at, s.started_at + interval '1 us'))
        WHERE c.source = 'person' AND NOT c.withdrawn
            AND NOT EXISTS (SELECT FROM machines_stopcoding n WHERE n.supersedes_id = c.id)
        GROUP BY s.group_id, s.alarm, c.reason_id
    ), explained AS (
        SELECT group_id, alarm, jsonb_object_agg(reason_id, times)::text AS reasons
        FROM said GROUP BY group_id, alarm
    )
    SELECT s.group_id, s.alarm, count(*), sum(s.ended_at - s.started_at),
        array_agg(DISTINCT s.machine_id), max(s.started_at), min(e.reasons)
    FROM stop s LEFT JOIN explained e USING (group_id, alarm) GROUP BY s.group_id, s.alarm
"""


def heard_alarms(machines: Collection[int], *, since: datetime, until: datetime) -> list[Heard]:
    """The codes of stops that began in [since, until), the longest total first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_HEARD, {"machines": list(machines), "since": since, "until": until})
        rows = cursor.fetchall()
    found = [
        Heard(group, alarm, stops, time, tuple(sent), _counts(coded), last)
        for group, alarm, stops, time, sent, last, coded in rows
    ]
    return sorted(found, key=lambda heard: (-heard.time, heard.alarm, heard.group))


def _counts(coded: str | None) -> dict[int, int]:
    return {int(reason): times for reason, times in json.loads(coded or "{}").items()}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What people said most often about stops with a code: ``times`` of ``of`` stops that they explained."""

    reason: StopReason
    times: int
    of: int

    @property
    def share(self) -> Decimal:
        return Decimal(self.times) / self.of


def proposal(heard: Heard, reasons: dict[int, StopReason]) -> Proposal | None:
    """The most frequent reason that is still in use; None if nobody explained a stop with this code."""
    counts = {
        reason: times for reason, times in heard.coded.items() if reason in reasons and reasons[reason].active
    }
    if not counts:
        return None
    best = max(counts, key=lambda reason: (counts[reason], -reason))
    return Proposal(reasons[best], counts[best], sum(heard.coded.values()))
