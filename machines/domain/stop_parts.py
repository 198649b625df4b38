"""One standstill with two causes, two standstills with one, and what no standstill fits any more.

All are further codings: what was said before stays readable, and recomputation follows each part.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.domain.stops import STANDING, Stop, lock_stops, made_with, say, stop_at, stops_of
from machines.models import CodedBy, Machine, StateInterval, StopCoding, StopReason
from machines.models.state import TsTzRange
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, KeyReused, Problem, Refused
from mes.lib.live import announce

NEIGHBOURS = timedelta(minutes=15)
"""Stops with at most so much work between them can be told to be one."""


@transaction.atomic
def split_stop(
    *,
    machine: Machine,
    slot: int,
    started_at: datetime,
    at: datetime,
    first: StopReason,
    second: StopReason,
    by: User,
    key: uuid.UUID,
    why: str = "",
    now: datetime | None = None,
) -> StopCoding:
    """The stop of ``started_at`` had the reason ``first`` until ``at`` and ``second`` from then on.

    Returns the coding of the first part; the same ``key`` again returns what it made. Raises ``Refused``
    (``no_stop``), ``InvalidInput`` (``split_outside``, ``why_missing``) and ``KeyReused``.
    """
    now = now or timezone.now()
    if (made := _again(machine, slot, key)) is not None:
        return made
    stop = _stop_at(machine, slot, started_at)
    if not stop.start < at < (stop.end or now):
        raise InvalidInput([Problem("split_outside", _("Choose a time inside the stop."), "at")])
    earlier = stop.coding
    coding = say(
        replace(stop, end=at),
        machine,
        reason=first,
        by=by,
        key=key,
        now=now,
        why=why,
        comment=_kept_comment(earlier, first),
    )
    say(
        replace(stop, start=at, coding=None),
        machine,
        reason=second,
        by=by,
        key=uuid.uuid5(key, "second"),
        now=now,
        why=why,
        comment=_kept_comment(earlier, second),
    )
    return coding


@transaction.atomic
def merge_stops(
    *,
    machine: Machine,
    slot: int,
    starts: Sequence[datetime],
    by: User,
    key: uuid.UUID,
    reason: StopReason | None = None,
    why: str = "",
    now: datetime | None = None,
) -> StopCoding:
    """The neighbouring stops that began at ``starts`` were one, with ``reason``, else the one they share.

    Parts of one standstill become one part; standstills stay as measured and count as one stop. Returns the
    first coding. Raises ``Refused`` (``no_stop``, ``not_neighbours``, ``different_causes``, ``no_reason``),
    ``InvalidInput`` (``why_missing``) and ``KeyReused``.
    """
    now = now or timezone.now()
    if (made := _again(machine, slot, key)) is not None:
        return made
    found = {(stop.start): stop for stop in (_stop_at(machine, slot, start) for start in starts)}
    stops = [found[start] for start in sorted(found)]
    check_neighbours(machine, stops)
    cause = reason or shared_reason(stops)
    groups = {stop.coding.together for stop in stops if stop.coding and stop.coding.together}
    standstills = [list(parts) for _start, parts in groupby(stops, key=lambda stop: stop.standstill)]
    together = min(groups) if groups else key if len(standstills) > 1 else None
    codings = []
    for number, parts in enumerate(standstills):
        for part in parts[1:]:
            if part.coding is not None:
                _withdraw(part.coding, by=by, why=why or _("Joined with its neighbour."), now=now)
        codings.append(
            say(
                replace(parts[0], end=parts[-1].end),
                machine,
                reason=cause,
                by=by,
                key=uuid.uuid5(key, f"part {number}") if number else key,
                now=now,
                why=why,
                comment=" ".join(part.coding.comment for part in parts if part.coding).strip()[:500],
                together=together,
            )
        )
    return codings[0]


def check_neighbours(machine: Machine, stops: Sequence[Stop]) -> None:
    """Raises ``Refused`` unless ``stops``, by start, follow each other with little between them."""
    if len(stops) < 2:
        raise Refused("not_neighbours", _("Choose two stops that follow each other."))
    known = {
        stop.start
        for stop in stops_of([machine.pk], since=stops[0].start)
        if stop.slot == stops[0].slot and stops[0].start <= stop.start <= stops[-1].start
    }
    too_far = any(left.end is None or right.start - left.end > NEIGHBOURS for left, right in pairwise(stops))
    if too_far or known - {stop.start for stop in stops}:
        raise Refused("not_neighbours", _("Only stops that follow each other closely can be one."))


def shared_reason(stops: Sequence[Stop]) -> StopReason:
    """The one reason that was given. Raises ``Refused`` for none and for several."""
    reasons = {stop.coding.reason for stop in stops if stop.coding}
    if not reasons:
        raise Refused("no_reason", _("Say first why it stopped."), field="reason")
    if len(reasons) > 1:
        raise Refused("different_causes", _("These stops have different reasons."), field="reason")
    return reasons.pop()


@transaction.atomic
def withdraw_coding(*, coding: StopCoding, by: User, why: str, now: datetime | None = None) -> StopCoding:
    """Take back what was said about a time in which, as is known by now, the machine did not stand still.

    Raises ``InvalidInput`` (``why_missing``) and ``Refused`` (``superseded``).
    """
    now = now or timezone.now()
    lock_stops(coding.machine)
    if not why.strip():
        raise InvalidInput([Problem("why_missing", _("Say why."), "why")])
    if not StopCoding.objects.in_force().filter(pk=coding.pk).exists():
        raise Refused("superseded", _("Somebody has already changed this."))
    row = _withdraw(coding, by=by, why=why, now=now)
    announce(f"machine:{coding.machine_id}")
    return row


def orphans(machines: Sequence[int], *, since: datetime) -> list[StopCoding]:
    """What people said since then about times in which no standstill is known any more. One query."""
    measured = StateInterval.objects.filter(machine=OuterRef("machine"), slot=OuterRef("slot"))
    standstill = (
        measured.filter(state__in=STANDING)
        .alias(during=TsTzRange("started_at", "ended_at"))
        .filter(during__overlap=OuterRef("span"))
    )
    return list(
        StopCoding.objects.in_force()
        .filter(~Exists(standstill), Exists(measured), machine__in=machines, source=CodedBy.PERSON)
        .filter(said_at__gte=since)
        .select_related("machine__plant", "reason", "by")
        .order_by("-said_at")
    )


def _again(machine: Machine, slot: int, key: uuid.UUID) -> StopCoding | None:
    lock_stops(machine)
    made = made_with(key)
    if made is not None and (made.machine_id, made.slot) != (machine.pk, slot):
        raise KeyReused("key_reused", _("This key was used for another stop."), field="key")
    return made


def _stop_at(machine: Machine, slot: int, moment: datetime) -> Stop:
    stop = stop_at(machine, slot, moment)
    if stop is None:
        raise Refused("no_stop", _("The machine did not stand still at that time."), field="started_at")
    return stop


def _kept_comment(earlier: StopCoding | None, reason: StopReason) -> str:
    return earlier.comment if earlier is not None and earlier.reason_id == reason.pk else ""


def _withdraw(coding: StopCoding, *, by: User, why: str, now: datetime) -> StopCoding:
    return StopCoding.objects.create(
        plant_id=coding.plant_id,
        machine_id=coding.machine_id,
        slot=coding.slot,
        span=coding.span,
        cut_start=coding.cut_start,
        cut_end=coding.cut_end,
        reason_id=coding.reason_id,
        withdrawn=True,
        why=why[:500],
        by=by,
        said_at=now,
        recorded_at=now,
        supersedes=coding,
        key=uuid.uuid5(coding.key, "withdrawn"),
    )
