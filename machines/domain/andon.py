"""Calling for help from a machine, and making sure that somebody comes.

A call is a row and so is the time of its next escalation: whatever worker looks next tells whoever is due.
Acknowledging ends the escalation; two people who acknowledge at once are told who was first.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.domain.calendars.load import load_calendars
from machines.enums import MachineState
from machines.models import (
    AndonCall,
    AndonEvent,
    AndonEventKind,
    AndonKind,
    AndonOutcome,
    AndonStep,
    Machine,
    MachineNow,
)
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, KeyReused, Problem, Refused
from mes.lib.live import announce_all
from mes.lib.spans import Span

AT_ONCE = 100
STALE = timedelta(hours=12)
"""A call that is booked so late is history: nobody is told any more."""
TOPIC = "andon"


@transaction.atomic
def call_help(
    *,
    machine: Machine,
    kind: AndonKind,
    by: User | None,
    key: uuid.UUID,
    slot: int = 1,
    comment: str = "",
    at: datetime | None = None,
    automatic: bool = False,
    now: datetime | None = None,
) -> AndonCall:
    """Call help of ``kind`` to a machine. Where this help is already called, the open call is returned.

    The same ``key`` again returns what it made. Raises ``Refused`` (``other_plant``, ``kind_inactive``,
    ``future``) and ``KeyReused``.
    """
    now = now or timezone.now()
    called = at or now
    Machine.objects.select_for_update(no_key=True).get(pk=machine.pk)
    if (made := AndonCall.objects.filter(key=key).first()) is not None:
        if (made.machine_id, made.kind_id) != (machine.pk, kind.pk):
            raise KeyReused("key_reused", _("This key was used for another call."), field="key")
        return made
    if kind.plant_id != machine.plant_id:
        raise Refused("other_plant", _("This kind of call belongs to another plant."), field="kind")
    if not kind.active:
        raise Refused("kind_inactive", _("This kind of call is not in use."), field="kind")
    if called > now:
        raise Refused("future", _("This time lies in the future."), field="at")
    waiting = AndonCall.objects.filter(machine=machine, slot=slot, kind=kind, closed_at__isnull=True).first()
    if waiting is not None:
        return waiting
    steps = list(kind.steps.select_related("person"))
    call = AndonCall.objects.create(
        plant_id=machine.plant_id,
        machine=machine,
        slot=slot,
        kind=kind,
        comment=comment[:500],
        automatic=automatic,
        called_at=called,
        called_by=by,
        due_at=_next_due(called, steps, after=0) if now - called < STALE else None,
        key=key,
    )
    _note(call, AndonEventKind.CALLED, called, by, comment)
    for step in steps:
        if step.after_minutes == 0:
            _note(call, AndonEventKind.TOLD, called, None, step.told)
    _tell(call)
    return call


@transaction.atomic
def see_calls(*, calls: Iterable[AndonCall], by: User, now: datetime | None = None) -> int:
    """Note once that ``by`` has seen these calls, but for their own. Returns how many are new."""
    found = [call for call in calls if call.called_by_id != by.pk and call.closed_at is None]
    seen = set(
        AndonEvent.objects.filter(call__in=found, kind=AndonEventKind.SEEN, by=by).values_list(
            "call", flat=True
        )
    )
    fresh = [call for call in found if call.pk not in seen]
    at = now or timezone.now()
    AndonEvent.objects.bulk_create(
        [AndonEvent(call=call, kind=AndonEventKind.SEEN, at=at, by=by) for call in fresh],
        ignore_conflicts=True,
    )
    if fresh:
        _tell(*fresh)
    return len(fresh)


@transaction.atomic
def acknowledge(*, call: AndonCall, by: User, at: datetime | None = None) -> AndonCall:
    """``by`` comes. Again by the same person changes nothing.

    Raises ``Refused`` (``already_acknowledged``, ``closed``).
    """
    row = _open(call)
    if row.acknowledged_at is not None:
        if row.acknowledged_by_id == by.pk:
            return row
        message = _("%(who)s has already acknowledged this call.") % {"who": row.acknowledged_by}
        raise Refused("already_acknowledged", message)
    _acknowledge(row, by, _moment(row, at))
    row.save()
    _tell(row)
    return row


@transaction.atomic
def arrive(*, call: AndonCall, by: User, at: datetime | None = None) -> AndonCall:
    """``by`` is at the machine, which acknowledges, too; twice is once. Raises ``Refused`` (``closed``)."""
    row = _open(call)
    if row.arrived_at is not None:
        return row
    moment = _moment(row, at)
    if row.acknowledged_at is None:
        _acknowledge(row, by, moment)
    row.arrived_at, row.arrived_by = max(moment, row.acknowledged_at or moment), by
    row.save()
    _note(row, AndonEventKind.ARRIVED, row.arrived_at, by)
    _tell(row)
    return row


@transaction.atomic
def close_call(
    *, call: AndonCall, outcome: str, by: User, closing: str = "", at: datetime | None = None
) -> AndonCall:
    """The call is over, with what came of it. The same again changes nothing.

    Raises ``InvalidInput`` (``outcome_missing``) and ``Refused`` (``closed``) if it was closed otherwise.
    """
    if outcome not in AndonOutcome.values:
        raise InvalidInput([Problem("outcome_missing", _("Say what came of it."), "outcome")])
    row = AndonCall.objects.select_for_update(of=("self",)).get(pk=call.pk)
    if row.closed_at is not None and (row.closed_by_id, row.outcome) == (by.pk, outcome):
        return row
    row = _open(row)
    row.closed_at, row.closed_by, row.due_at = _moment(row, at), by, None
    row.outcome, row.closing = outcome, closing[:500]
    row.save()
    _note(row, AndonEventKind.CLOSED, row.closed_at, by, outcome)
    _tell(row)
    return row


@transaction.atomic
def escalate_due(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Tell whoever is due. Calls are claimed with SKIP LOCKED; returns how many were taken."""
    calls = list(
        AndonCall.objects.filter(due_at__lte=now)
        .order_by("due_at")
        .select_for_update(skip_locked=True)[:limit]
    )
    steps: dict[int, list[AndonStep]] = {}
    for step in AndonStep.objects.filter(kind__in={call.kind_id for call in calls}).select_related("person"):
        steps.setdefault(step.kind_id, []).append(step)
    for call in calls:
        elapsed = (now - call.called_at) // timedelta(minutes=1)
        mine = steps.get(call.kind_id, [])
        for step in mine:
            if call.told_minutes < step.after_minutes <= elapsed:
                _note(call, AndonEventKind.TOLD, now, None, step.told)
        call.told_minutes = max(call.told_minutes, elapsed)
        call.due_at = _next_due(call.called_at, mine, after=call.told_minutes)
        call.save(update_fields=("told_minutes", "due_at"))
    if calls:
        _tell(*calls)
    return len(calls)


def call_for_long_stops(now: datetime) -> int:
    """Call help to machines that stand still, in working time, for longer than they may. Returns how many.

    One call per stop. Three queries where nothing is to be done.
    """
    long = [
        one
        for one in MachineNow.objects.filter(
            state=MachineState.STOP,
            machine__active=True,
            machine__andon_after_minutes__isnull=False,
            machine__andon_kind__active=True,
            since__lte=now,
        ).select_related("machine__andon_kind")
        if one.since + timedelta(minutes=one.machine.andon_after_minutes or 0) <= now
    ]
    if not long:
        return 0
    known = list(
        AndonCall.objects.filter(machine__in=[one.machine_id for one in long]).filter(
            called_at__gte=min(one.since for one in long), automatic=True
        )
    )
    calendars = load_calendars([one.machine_id for one in long], Span(min(one.since for one in long), now))
    made = 0
    for one in long:
        lost = calendars[one.machine_id].working_time(one.since, now)
        called = any(
            (call.machine_id, call.slot) == (one.machine_id, one.slot) and call.called_at >= one.since
            for call in known
        )
        assert one.machine.andon_kind is not None
        if called or lost < timedelta(minutes=one.machine.andon_after_minutes or 0):
            continue
        call_help(
            machine=one.machine,
            kind=one.machine.andon_kind,
            slot=one.slot,
            by=None,
            automatic=True,
            comment=_("Stopped for %d min.") % ((now - one.since) // timedelta(minutes=1)),
            key=uuid.uuid5(_STOPS, f"{one.machine_id} {one.slot} {one.since.isoformat()}"),
            now=now,
        )
        made += 1
    return made


_STOPS = uuid.UUID("0c6d3a55-92c1-4c55-8a0a-7e5f2f3f1f77")


def _open(call: AndonCall) -> AndonCall:
    row = AndonCall.objects.select_for_update(of=("self",)).select_related("acknowledged_by").get(pk=call.pk)
    if row.closed_at is not None:
        raise Refused("closed", _("This call is already closed."))
    return row


def _acknowledge(row: AndonCall, by: User, at: datetime) -> None:
    row.acknowledged_at, row.acknowledged_by, row.due_at = at, by, None
    _note(row, AndonEventKind.ACKNOWLEDGED, at, by)


def _moment(call: AndonCall, at: datetime | None) -> datetime:
    """Not before the call and not in the future."""
    now = timezone.now()
    return max(call.called_at, min(at or now, now))


def _next_due(called: datetime, steps: Iterable[AndonStep], *, after: int) -> datetime | None:
    later = [step.after_minutes for step in steps if step.after_minutes > after]
    return called + timedelta(minutes=min(later)) if later else None


def _note(call: AndonCall, kind: str, at: datetime, by: User | None, text: str = "") -> None:
    AndonEvent.objects.create(call=call, kind=kind, at=at, by=by, text=text[:200])


def _tell(*calls: AndonCall) -> None:
    announce_all([TOPIC, *(f"{TOPIC}:{call.machine_id}" for call in calls)])
