"""Machine codes as stop reasons: applied before anybody is asked; a person's word always wins (S10)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.domain.stops import Stop, asked, codings_in_force, span_of, with_reasons
from machines.models import (
    AlarmMapping,
    CodedBy,
    Machine,
    MachineGroup,
    StateInterval,
    StopCoding,
    StopReason,
)
from machines.queries.alarms import AlarmRules, Heard, Proposal, Rule, heard_alarms, proposal
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import NotAllowed, Refused
from mes.lib.live import announce_all

KEYS = uuid.UUID("5d0c5d5e-8a51-4d7b-9b57-5b7a2e3c9f10")
Meaning = Callable[[Machine, Stop], AlarmMapping | None]


def code_from_alarms(changed: Mapping[int, datetime], now: datetime) -> int:
    """After intervals changed (by machine, from a time on): give stops the reason of their machine code.

    What a person said stays. Returns how many stops got a reason. One query where no machine sent a code.
    """
    if not changed:
        return 0
    rows = [
        one
        for one in _with_alarm(changed, since=min(changed.values()))
        if one.ended_at is None or one.ended_at > changed[one.machine_id]
    ]
    if not rows:
        return 0
    rules = AlarmRules.load()
    if not rules:
        return 0
    return len(
        _code(rows, lambda machine, stop: rules.mapping_for(machine, stop.alarm, stop.standstill), now)
    )


def _with_alarm(machines: Iterable[int], *, since: datetime) -> Sequence[StateInterval]:
    return list(
        StateInterval.objects.filter(asked(), ~Q(alarm=""), machine__any=machines)
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gt=since))
        .order_by("started_at")
    )


def _code(
    rows: Sequence[StateInterval], meaning: Meaning, now: datetime, *, why: str = ""
) -> list[StopCoding]:
    machines = Machine.objects.in_bulk({one.machine_id for one in rows})
    codings = codings_in_force(list(machines), since=min(one.started_at for one in rows))
    made = []
    for stop in with_reasons(rows, codings):
        mapping = meaning(machines[stop.machine], stop)
        if mapping is not None and _may_speak(stop, mapping):
            made.append(_coding(stop, mapping, now, why))
    StopCoding.objects.bulk_create(made, ignore_conflicts=True)
    return made


def _may_speak(stop: Stop, mapping: AlarmMapping) -> bool:
    """A machine speaks where nobody did, and corrects itself."""
    if stop.coding is None:
        return True
    return not stop.coding.by_person and stop.coding.mapping_id != mapping.pk


def _coding(stop: Stop, mapping: AlarmMapping, now: datetime, why: str) -> StopCoding:
    return StopCoding(
        plant_id=mapping.plant_id,
        machine_id=stop.machine,
        slot=stop.slot,
        span=span_of(stop, now),
        cut_start=stop.start != stop.standstill,
        cut_end=stop.end != stop.standstill_end,
        reason_id=mapping.reason_id,
        source=CodedBy.MACHINE,
        mapping=mapping,
        why=why,
        said_at=now,
        recorded_at=now,
        supersedes=stop.coding,
        key=uuid.uuid5(KEYS, f"{mapping.pk} {stop.machine} {stop.slot} {stop.start.isoformat()}"),
    )


@dataclass(frozen=True, slots=True)
class Code:
    """A machine code that a machine group sent, what it means now, and what it should mean by its history."""

    group: MachineGroup
    heard: Heard
    machines: Sequence[Machine]
    mapping: AlarmMapping | None
    proposal: Proposal | None


def codes_heard(machines: Iterable[Machine], *, since: datetime, now: datetime | None = None) -> list[Code]:
    """Every code that came with a stop since then, the longest total first. Four queries."""
    until = now or timezone.now()
    by_pk = {machine.pk: machine for machine in machines}
    heard = heard_alarms(list(by_pk), since=since, until=until)
    groups = MachineGroup.objects.select_related("plant").in_bulk({one.group for one in heard})
    reasons = StopReason.objects.in_bulk({reason for one in heard for reason in one.coded})
    rules = AlarmRules.load()
    found = []
    for one in heard:
        senders = [by_pk[pk] for pk in one.machines]
        meanings = {rules.mapping_for(machine, one.alarm, until) for machine in senders}
        mapping = meanings.pop() if len(meanings) == 1 else None
        found.append(Code(groups[one.group], one, senders, mapping, proposal(one, reasons)))
    return found


@transaction.atomic
def map_alarm(*, group: MachineGroup, pattern: str, reason: StopReason, by: User) -> AlarmMapping:
    """From now on ``pattern`` means ``reason`` on the machines of ``group``.

    The same again changes nothing; another reason ends the one before. Raises ``Refused`` (``other_plant``,
    ``no_code``) and ``NotAllowed``.
    """
    if not by.may(Right.MASTER_DATA):
        raise NotAllowed("no_right", _("Only who maintains master data may do this."))
    if reason.plant_id != group.plant_id:
        raise Refused("other_plant", _("This reason belongs to another plant."), field="reason")
    if not pattern.strip():
        raise Refused("no_code", _("Say which machine code is meant."), field="pattern")
    MachineGroup.objects.select_for_update(no_key=True).get(pk=group.pk)
    now = timezone.now()
    current = AlarmMapping.objects.filter(group=group, machine=None, pattern=pattern.strip()).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=now)
    )
    if (same := current.filter(reason=reason, valid_to__isnull=True).first()) is not None:
        return same
    current.filter(valid_from__lt=now).update(valid_to=now)
    return AlarmMapping.objects.create(
        plant_id=group.plant_id, group=group, pattern=pattern.strip(), reason=reason, valid_from=now
    )


@dataclass(frozen=True, slots=True)
class Past:
    """The stops that a mapping would explain: how many and how long."""

    stops: int
    time: timedelta


def past_of(mapping: AlarmMapping, *, since: datetime, now: datetime | None = None) -> Past:
    """The stops since then that have a code of this mapping and no reason. Three queries."""
    until = now or timezone.now()
    stops = [stop for stop, _row in _unexplained(mapping, since)]
    return Past(len(stops), sum((((stop.end or until) - stop.start) for stop in stops), timedelta()))


@transaction.atomic
def apply_to_past(*, mapping: AlarmMapping, since: datetime, by: User) -> int:
    """Give the stops that ``past_of`` counts the mapping's reason. What has a reason stays as it is.

    Returns how many; the same again finds nothing left to do.
    """
    now = timezone.now()
    rows = [row for _stop, row in _unexplained(mapping, since)]
    if not rows:
        return 0
    why = _("Machine code applied to stops before it was known, by %s.") % by
    made = _code(rows, lambda _machine, stop: None if stop.coding else mapping, now, why=why[:500])
    announce_all(f"machine:{machine}" for machine in {coding.machine_id for coding in made})
    return len(made)


def _unexplained(mapping: AlarmMapping, since: datetime) -> list[tuple[Stop, StateInterval]]:
    rule = Rule.of(mapping)
    machines = Machine.objects.filter(plant=mapping.plant_id)
    if mapping.machine_id is not None:
        machines = machines.filter(pk=mapping.machine_id)
    elif mapping.group_id is not None:
        machines = machines.filter(group=mapping.group_id)
    ids = list(machines.values_list("pk", flat=True))
    rows = [
        one
        for one in _with_alarm(ids, since=since)
        if one.started_at >= since and rule.pattern.match(one.alarm.strip().upper())
    ]
    if not rows:
        return []
    by_place = {(one.machine_id, one.slot, one.started_at): one for one in rows}
    stops = with_reasons(rows, codings_in_force(ids, since=rows[0].started_at))
    return [
        (stop, by_place[stop.machine, stop.slot, stop.standstill]) for stop in stops if stop.coding is None
    ]
