"""Why machines stand still: which stops wait for a reason, and what people say about them.

A reason belongs to an interval of time. When recomputation moves the borders, it stays with the standstill it
overlaps most; without overlap it stays as it was said, an orphan for a person to solve. Nothing a person said
is deleted.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.enums import CycleFlag, MachineState
from machines.models import Machine, StateInterval, StopCoding, StopReason
from mes.accounts.models import User
from mes.lib.errors import KeyReused, Refused
from mes.lib.live import announce

STANDING = (MachineState.STOP, MachineState.MICRO_STOP, MachineState.IDLE)
SHORTEST = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stop:
    """A standstill [start, end), an end of None meaning still, with the reason in force."""

    machine: int
    slot: int
    start: datetime
    end: datetime | None
    state: str
    alarm: str
    coding: StopCoding | None


def stops_without_reason(machines: Collection[int], *, since: datetime) -> list[Stop]:
    """Stops that ended after ``since`` or still last and about which nobody has said why, oldest first.

    A micro-stop is never asked about, unless the machine reports a fault while it lasts (S3). Two queries.
    """
    asked = Q(state=MachineState.STOP) | Q(
        state=MachineState.MICRO_STOP, ended_at__isnull=True, flags__gte=CycleFlag.FAULT
    )
    intervals = list(
        StateInterval.objects.filter(asked, machine__in=machines)
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gt=since))
        .order_by("started_at")
    )
    intervals = [
        one for one in intervals if one.state == MachineState.STOP or CycleFlag(one.flags) & CycleFlag.FAULT
    ]
    if not intervals:
        return []
    codings = codings_in_force(machines, since=intervals[0].started_at)
    return [stop for stop in with_reasons(intervals, codings) if stop.coding is None]


def codings_in_force(machines: Collection[int], *, since: datetime) -> list[StopCoding]:
    return list(
        StopCoding.objects.filter(
            machine__in=machines, superseded_by__isnull=True, span__overlap=DateTimeTZRange(since, None)
        )
        .select_related("reason")
        .order_by("recorded_at", "pk")
    )


def with_reasons(intervals: Iterable[StateInterval], codings: Sequence[StopCoding]) -> list[Stop]:
    """Give each coding to the standstill it overlaps most; of several for one the last said wins."""
    rows = list(intervals)
    reasons: dict[tuple[int, int, datetime], StopCoding] = {}
    for coding in codings:
        best = greatest_overlap(coding, rows)
        if best is not None:
            reasons[best.machine_id, best.slot, best.started_at] = coding
    return [
        Stop(
            one.machine_id,
            one.slot,
            one.started_at,
            one.ended_at,
            one.state,
            one.alarm,
            reasons.get((one.machine_id, one.slot, one.started_at)),
        )
        for one in rows
    ]


def greatest_overlap(coding: StopCoding, intervals: Iterable[StateInterval]) -> StateInterval | None:
    """The standstill of its slot that shares most time with what the person meant; None for an orphan."""

    def shared(interval: StateInterval) -> timedelta:
        end: datetime = coding.span.upper
        if interval.ended_at is not None:
            end = min(interval.ended_at, end)
        start: datetime = max(interval.started_at, coding.span.lower)
        return end - start

    mine = [
        one
        for one in intervals
        if one.machine_id == coding.machine_id
        and one.slot == coding.slot
        and one.state in STANDING
        and shared(one) > timedelta()
    ]
    return max(mine, key=lambda one: (shared(one), one.started_at), default=None)


@transaction.atomic
def code_stop(
    *,
    machine: Machine,
    slot: int,
    started_at: datetime,
    reason: StopReason,
    by: User | None,
    key: uuid.UUID,
    comment: str = "",
    ended_at: datetime | None = None,
    now: datetime | None = None,
) -> StopCoding:
    """Say why a slot stood still at ``started_at`` (and, where nothing measures it, until ``ended_at``).

    The same ``key`` again returns what it made. An earlier reason for the same standstill is superseded, not
    changed. Raises ``Refused`` (``no_stop``) if the slot didn't stand still, ``KeyReused`` for a key that had
    other content.
    """
    now = now or timezone.now()
    Machine.objects.select_for_update(no_key=True).get(pk=machine.pk)
    if (made := StopCoding.objects.filter(key=key).first()) is not None:
        if (made.machine_id, made.slot, made.reason_id) != (machine.pk, slot, reason.pk):
            raise KeyReused("key_reused", _("This key was used for another stop."), field="key")
        return made
    interval = (
        StateInterval.objects.filter(
            machine=machine, slot=slot, started_at__lte=started_at, state__in=STANDING
        )
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gt=started_at))
        .first()
    )
    earlier = None
    if interval is not None:
        earlier = with_reasons([interval], codings_in_force([machine.pk], since=interval.started_at))[
            0
        ].coding
        span = DateTimeTZRange(
            interval.started_at, interval.ended_at or max(now, interval.started_at + SHORTEST)
        )
    elif not machine.measured and ended_at is not None and started_at < ended_at <= now:
        span = DateTimeTZRange(started_at, ended_at)
    else:
        raise Refused("no_stop", _("The machine did not stand still at that time."), field="started_at")
    coding = StopCoding.objects.create(
        plant_id=machine.plant_id,
        machine=machine,
        slot=slot,
        span=span,
        reason=reason,
        comment=comment,
        by=by,
        supersedes=earlier,
        key=key,
    )
    announce(f"machine:{machine.pk}")
    return coding


def realign_codings(changed: Mapping[int, datetime], now: datetime) -> int:
    """After intervals changed (by machine, from a time on): move reasons to the borders of their standstill.

    A moved reason is a new row with the person's words that supersedes the old one. Returns how many moved.
    """
    if not changed:
        return 0
    since = min(changed.values())
    codings = [
        coding
        for coding in codings_in_force(list(changed), since=since)
        if coding.span.upper > changed[coding.machine_id]
    ]
    if not codings:
        return 0
    earliest = min(coding.span.lower for coding in codings)
    intervals = list(
        StateInterval.objects.filter(
            machine__in={coding.machine_id for coding in codings}, state__in=STANDING
        )
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gt=earliest))
        .order_by("started_at")
    )
    moved = []
    for coding in codings:
        best = greatest_overlap(coding, intervals)
        if best is None or best.ended_at is None:
            continue
        if (best.started_at, best.ended_at) != (coding.span.lower, coding.span.upper):
            moved.append(_moved(coding, best.started_at, best.ended_at, now))
    StopCoding.objects.bulk_create(moved, ignore_conflicts=True)
    return len(moved)


def _moved(coding: StopCoding, start: datetime, end: datetime, now: datetime) -> StopCoding:
    return StopCoding(
        plant_id=coding.plant_id,
        machine_id=coding.machine_id,
        slot=coding.slot,
        span=DateTimeTZRange(start, end),
        reason_id=coding.reason_id,
        comment=coding.comment,
        by_id=coding.by_id,
        recorded_at=now,
        supersedes=coding,
        key=uuid.uuid5(coding.key, f"{start.isoformat()}/{end.isoformat()}"),
    )
