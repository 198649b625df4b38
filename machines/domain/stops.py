"""Why machines stand still: which stops wait for a reason, and what people say about them.

A reason belongs to an interval of time. When recomputation moves the borders, it stays with the standstill it
overlaps most; without overlap it stays as it was said, an orphan for a person to solve. Nothing a person said
is deleted.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.domain.coding import Piece, Said, Standstill, home_of, pieces_of
from machines.enums import CycleFlag, MachineState
from machines.models import Machine, StateInterval, StopCoding, StopReason
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, KeyReused, Problem, Refused
from mes.lib.live import announce

STANDING = (MachineState.STOP, MachineState.MICRO_STOP, MachineState.IDLE)
SHORTEST = timedelta(microseconds=1)
ASKED_FROM = timedelta(minutes=1)
CHANGED_FREELY = timedelta(hours=12)
"""So long after it was said, a reason is changed without saying why."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A standstill [start, end), or a part of one, an end of None meaning still, with the coding in force.

    ``standstill`` and ``standstill_end`` are those of the whole, which ``start`` and ``end`` are too unless
    people split it.
    """

    machine: int
    slot: int
    start: datetime
    end: datetime | None
    state: str
    alarm: str
    coding: StopCoding | None
    standstill: datetime
    standstill_end: datetime | None
    is_fault: bool
    """The machine reports a fault, and it lasts."""

    @property
    def is_part(self) -> bool:
        return (self.start, self.end) != (self.standstill, self.standstill_end)


def asked() -> Q:
    """A micro-stop is never asked about, unless the machine reports a fault while it lasts (S3)."""
    return Q(state=MachineState.STOP) | Q(
        state=MachineState.MICRO_STOP, ended_at__isnull=True, flags__gte=CycleFlag.FAULT
    )


def is_worth_asking(*, lost: timedelta, standing: timedelta, micro: timedelta) -> bool:
    """Whether people should say why an order lost ``lost`` of the ``standing`` working time.

    At least a minute, and where an order ended or was set up in the same standstill, as much as no micro-stop
    would cost: a machine that stands between two orders stands by plan.
    """
    return lost >= max(ASKED_FROM, min(standing, micro))


def asked_after(*, lost: timedelta, standing: timedelta, micro: timedelta) -> timedelta:
    """How much more an order loses before it is worth asking, if the machine goes on standing."""
    return (ASKED_FROM if lost == standing else max(ASKED_FROM, micro)) - lost


def stops_without_reason(machines: Collection[int], *, since: datetime) -> list[Stop]:
    """Stops that ended after ``since`` or still last and about which nobody has said why, oldest first.

    Two queries.
    """
    return [stop for stop in stops_of(machines, since=since) if stop.coding is None]


def stops_of(machines: Collection[int], *, since: datetime, until: datetime | None = None) -> list[Stop]:
    """Stops that touch [since, until), with their reasons, oldest first. Two queries."""
    intervals = StateInterval.objects.filter(asked(), machine__in=machines).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=since)
    )
    if until is not None:
        intervals = intervals.filter(started_at__lt=until)
    rows = [
        one
        for one in intervals.order_by("started_at")
        if one.state == MachineState.STOP or CycleFlag(one.flags) & CycleFlag.FAULT
    ]
    if not rows:
        return []
    return with_reasons(rows, codings_in_force(machines, since=rows[0].started_at))


def codings_in_force(machines: Collection[int], *, since: datetime) -> list[StopCoding]:
    return list(
        StopCoding.objects.in_force()
        .filter(machine__any=machines, span__overlap=DateTimeTZRange(since, None))
        .select_related("reason", "by")
        .order_by("recorded_at", "pk")
    )


def with_reasons(intervals: Iterable[StateInterval], codings: Iterable[StopCoding]) -> list[Stop]:
    """The pieces of these standstills with their codings, by start."""
    rows: dict[tuple[int, int], dict[datetime, StateInterval]] = defaultdict(dict)
    for one in intervals:
        rows[one.machine_id, one.slot][one.started_at] = one
    said: dict[tuple[int, int], list[Said[StopCoding]]] = defaultdict(list)
    for coding in codings:
        said[coding.machine_id, coding.slot].append(as_said(coding))
    found = [
        _stop(rows[place][start], piece)
        for place, of_slot in rows.items()
        for start, pieces in pieces_of(as_standstills(of_slot.values()), said[place]).items()
        for piece in pieces
    ]
    return sorted(found, key=lambda stop: (stop.start, stop.machine, stop.slot))


def as_said(coding: StopCoding) -> Said[StopCoding]:
    return Said(
        coding.span.lower,
        coding.span.upper,
        coding,
        coding.said_at,
        coding.pk,
        coding.cut_start,
        coding.cut_end,
        coding.by_person,
    )


def as_standstills(intervals: Iterable[StateInterval]) -> list[Standstill]:
    return [Standstill(one.started_at, one.ended_at) for one in intervals]


def _stop(interval: StateInterval, piece: Piece[StopCoding]) -> Stop:
    return Stop(
        interval.machine_id,
        interval.slot,
        piece.start,
        piece.end,
        interval.state,
        interval.alarm,
        piece.ref,
        interval.started_at,
        interval.ended_at,
        interval.ended_at is None and bool(CycleFlag(interval.flags) & CycleFlag.FAULT),
    )


def stop_at(machine: Machine, slot: int, moment: datetime) -> Stop | None:
    """The stop, or the part of one, in which the slot stood still at ``moment``. Two queries."""
    interval = (
        StateInterval.objects.filter(machine=machine, slot=slot, started_at__lte=moment, state__in=STANDING)
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gt=moment))
        .first()
    )
    if interval is None:
        return None
    around = StateInterval.objects.filter(machine=machine, slot=slot, state__in=STANDING)
    codings = codings_in_force([machine.pk], since=interval.started_at)
    earliest = min((coding.span.lower for coding in codings), default=interval.started_at)
    neighbours = list(around.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=earliest))) if codings else []
    known = {one.started_at: one for one in [*neighbours, interval]}
    return next(
        stop
        for stop in with_reasons(known.values(), codings)
        if stop.slot == slot and stop.start <= moment and (stop.end is None or moment < stop.end)
    )


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
    why: str = "",
    ended_at: datetime | None = None,
    now: datetime | None = None,
) -> StopCoding:
    """Say why a slot stood still at ``started_at`` (and, where nothing measures it, until ``ended_at``).

    The same ``key`` again returns what it made. An earlier reason for the same standstill is superseded, not
    changed. Raises ``Refused`` (``no_stop``) if the slot didn't stand still, ``KeyReused`` for a key that had
    other content, ``InvalidInput`` (``why_missing``) if a person's older reason is changed without ``why``.
    """
    now = now or timezone.now()
    lock_stops(machine)
    if (made := made_with(key)) is not None:
        if (made.machine_id, made.slot, made.reason_id) != (machine.pk, slot, reason.pk):
            raise KeyReused("key_reused", _("This key was used for another stop."), field="key")
        return made
    stop = stop_at(machine, slot, started_at)
    if stop is not None:
        return say(stop, machine, reason=reason, by=by, key=key, comment=comment, why=why, now=now)
    if machine.measured or ended_at is None or not started_at < ended_at <= now:
        raise Refused("no_stop", _("The machine did not stand still at that time."), field="started_at")
    coding = StopCoding.objects.create(
        plant_id=machine.plant_id,
        machine=machine,
        slot=slot,
        span=DateTimeTZRange(started_at, ended_at),
        reason=reason,
        comment=comment,
        by=by,
        said_at=now,
        key=key,
    )
    announce(f"machine:{machine.pk}")
    return coding


def lock_stops(machine: Machine) -> None:
    """Only one at a time says why this machine stood still."""
    Machine.objects.select_for_update(no_key=True).get(pk=machine.pk)


def made_with(key: uuid.UUID) -> StopCoding | None:
    return StopCoding.objects.filter(key=key).first()


def say(
    stop: Stop,
    machine: Machine,
    *,
    reason: StopReason,
    by: User | None,
    key: uuid.UUID,
    now: datetime,
    comment: str = "",
    why: str = "",
    **changes: Any,
) -> StopCoding:
    """A new coding of a person for ``stop``, in place of the one in force. ``changes`` are further fields."""
    earlier = stop.coding
    check_why(earlier, reason, why=why, now=now)
    coding = StopCoding(
        plant_id=machine.plant_id,
        machine=machine,
        slot=stop.slot,
        span=span_of(stop, now),
        cut_start=stop.start != stop.standstill,
        cut_end=stop.end != stop.standstill_end,
        reason=reason,
        comment=comment,
        why=why,
        by=by,
        said_at=now,
        recorded_at=now,
        supersedes=earlier,
        key=key,
    )
    for name, value in changes.items():
        setattr(coding, name, value)
    coding.save(force_insert=True)
    announce(f"machine:{machine.pk}")
    return coding


def check_why(earlier: StopCoding | None, reason: StopReason, *, why: str, now: datetime) -> None:
    """Raises ``InvalidInput`` if the reason that a person gave some time ago is changed without a word."""
    if earlier is None or not earlier.by_person or why.strip() or earlier.reason_id == reason.pk:
        return
    if now - earlier.said_at >= CHANGED_FREELY:
        message = _("Say why you change what was said before.")
        raise InvalidInput([Problem("why_missing", message, "why")])


def span_of(stop: Stop, now: datetime) -> DateTimeTZRange:
    return DateTimeTZRange(stop.start, stop.end or max(now, stop.start + SHORTEST))


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
    standing = _standing_since(earliest, {coding.machine_id for coding in codings})
    by_slot: dict[tuple[int, int], list[Standstill]] = defaultdict(list)
    for one in standing:
        by_slot[one.machine_id, one.slot].append(Standstill(one.started_at, one.ended_at))
    moved = [
        row for coding in codings if (row := _moved(coding, by_slot[coding.machine_id, coding.slot], now))
    ]
    StopCoding.objects.bulk_create(moved, ignore_conflicts=True)
    return len(moved)


def _standing_since(since: datetime, machines: Collection[int]) -> QuerySet[StateInterval]:
    return (
        StateInterval.objects.filter(machine__any=machines, state__in=STANDING)
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gt=since))
        .order_by("started_at")
    )


def _moved(coding: StopCoding, standstills: Sequence[Standstill], now: datetime) -> StopCoding | None:
    """The coding at the borders of its standstill; None where it stays, or where the stop still lasts."""
    said = as_said(coding)
    home = home_of(said, standstills)
    if home is None or home.end is None:
        return None
    start, end = said.inside(home)
    if end is None or (start, end) == (coding.span.lower, coding.span.upper):
        return None
    return StopCoding(
        plant_id=coding.plant_id,
        machine_id=coding.machine_id,
        slot=coding.slot,
        span=DateTimeTZRange(start, end),
        cut_start=coding.cut_start,
        cut_end=coding.cut_end,
        together=coding.together,
        reason_id=coding.reason_id,
        comment=coding.comment,
        source=coding.source,
        mapping_id=coding.mapping_id,
        by_id=coding.by_id,
        said_at=coding.said_at,
        recorded_at=now,
        supersedes=coding,
        key=uuid.uuid5(coding.key, f"{start.isoformat()}/{end.isoformat()}"),
    )
