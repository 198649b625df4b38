"""What is alarming about partners now: computed from the rows when asked, so that none can be forgotten."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Count, Min, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.enums import AlarmKind, Mend, OutboundState
from integrations.models import AlarmLimits, Connection, InboundMessage, MessageStep, OutboundMessage
from integrations.queries.rhythm import WEEK, WEEKS, is_too_silent, usual_silence

WAITING = (OutboundState.QUEUED, OutboundState.SENDING)
CLOCK_SEEN = timedelta(days=1)
NUMBERS_SEEN = timedelta(days=7)
LAST_NUMBER = re.compile(r"[0-9]{1,18}(?=[^0-9]*$)")


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing wrong with one partner. ``value`` is seconds or a count, as ``kind`` says; ``since`` when it
    began, where that is known; ``query`` narrows the monitor to the messages behind it."""

    kind: AlarmKind
    connection: Connection
    text: str
    value: float
    since: datetime | None = None
    direction: str = ""
    query: str = ""


def alarms(now: datetime | None = None) -> list[Alarm]:
    """Of all active partners, by partner. The same number of queries for any number of them."""
    now = now or timezone.now()
    partners = list(_partners(now))
    limits = {one.pk: getattr(one, "alarm_limits", None) or AlarmLimits(connection=one) for one in partners}
    waiting, codes, clocks = _oldest_unsent(), _strange_codes(), _clocks(now)
    gaps = _gaps([one for one in partners if limits[one.pk].watch_numbers], now)
    found: list[Alarm] = []
    for partner in partners:
        limit = limits[partner.pk]
        found += _unsent(partner, limit, waiting.get(partner.pk), now)
        found += _silent(partner, limit, now)
        found += _codes(partner, codes.get(partner.pk, 0))
        found += _clock(partner, limit, clocks.get(partner.pk))
        if missing := gaps.get(partner.pk):
            text = _("%(count)d numbers of the partner are missing, the first is %(first)s.")
            values = {"count": len(missing), "first": missing[0]}
            found.append(Alarm(AlarmKind.GAP, partner, text % values, len(missing), direction="in"))
    return found


def _partners(now: datetime) -> Iterator[Connection]:
    """With the last message, and with the last one before this time of the week in each of the last weeks."""

    def last_before(moment: datetime) -> Subquery:
        mine = InboundMessage.objects.filter(connection=OuterRef("pk"), received_at__lte=moment)
        return Subquery(mine.order_by("-received_at").values("received_at")[:1])

    moments = {f"week_{weeks}": last_before(now - weeks * WEEK) for weeks in range(1, WEEKS + 1)}
    partners = Connection.objects.select_related("plant", "alarm_limits").filter(active=True)
    yield from partners.annotate(last=last_before(now), **moments).order_by("code")


def _oldest_unsent() -> dict[int, datetime]:
    waiting = OutboundMessage.objects.filter(state__in=WAITING).exclude(connection__delivery="pull")
    return dict(waiting.values_list("connection").annotate(Min("created_at")).order_by())


def _strange_codes() -> dict[int, int]:
    """Refusals that wait for a person and that no rule says how to mend: codes that nobody knows yet."""
    strange = OutboundMessage.objects.filter(state=OutboundState.PARKED, mend=Mend.NONE).exclude(code="")
    return dict(strange.values_list("connection").annotate(Count("code", distinct=True)).order_by())


def _clocks(now: datetime) -> dict[int, MessageStep]:
    seen = MessageStep.objects.filter(clock_seconds__isnull=False, at__gt=now - CLOCK_SEEN)
    newest = seen.order_by("connection_id", "-at").distinct("connection_id")
    return {step.connection_id: step for step in newest}


def _gaps(partners: list[Connection], now: datetime) -> dict[int, list[int]]:
    """Numbers that are missing between those that came in the last days, by type of message."""
    if not partners:
        return {}
    rows = InboundMessage.objects.filter(
        connection__in=partners, received_at__gt=now - NUMBERS_SEEN
    ).values_list("connection_id", "message_type", "external_id", "name")
    numbers: dict[tuple[int, str], set[int]] = defaultdict(set)
    for connection, kind, external_id, name in rows:
        if match := LAST_NUMBER.search(external_id or name):
            numbers[connection, kind].add(int(match[0]))
    found: dict[int, list[int]] = defaultdict(list)
    for (connection, _kind), known in numbers.items():
        found[connection] += missing_numbers(known)
    return {connection: sorted(missing) for connection, missing in found.items() if missing}


def missing_numbers(known: set[int], *, most: int = 1000) -> list[int]:
    """What lies between the smallest and the largest and is not there, at most ``most`` of them."""
    found: list[int] = []
    ordered = sorted(known)
    for earlier, later in pairwise(ordered):
        found += range(earlier + 1, min(later, earlier + 1 + most - len(found)))
        if len(found) >= most:
            break
    return found


def _unsent(
    partner: Connection, limit: AlarmLimits, oldest: datetime | None, now: datetime
) -> Iterator[Alarm]:
    if oldest is not None and now - oldest > timedelta(seconds=limit.unsent_seconds):
        yield Alarm(
            AlarmKind.UNSENT,
            partner,
            _("The oldest message waits to be sent."),
            (now - oldest).total_seconds(),
            since=oldest,
            direction="out",
            query="state=underway",
        )


def _silent(partner: Connection, limit: AlarmLimits, now: datetime) -> Iterator[Alarm]:
    last: datetime | None = partner.last  # type: ignore[attr-defined]
    if last is None:
        return
    weeks = range(1, WEEKS + 1)
    usual = usual_silence([(now - week * WEEK, getattr(partner, f"week_{week}")) for week in weeks])
    least = timedelta(seconds=limit.silent_seconds)
    if usual is not None and is_too_silent(now - last, usual, factor=float(limit.silent_factor), least=least):
        text = _("Silent longer than usual: at this time of the week it is at most %s.")
        yield Alarm(
            AlarmKind.SILENT,
            partner,
            text % _span(usual),
            (now - last).total_seconds(),
            since=last,
            direction="in",
        )


def _codes(partner: Connection, strange: int) -> Iterator[Alarm]:
    if strange:
        text = _("%d codes of the partner that no retry rule knows; messages wait for a person.")
        yield Alarm(AlarmKind.CODES, partner, text % strange, strange, direction="out", query="state=parked")


def _clock(partner: Connection, limit: AlarmLimits, step: MessageStep | None) -> Iterator[Alarm]:
    if step is None or step.clock_seconds is None or abs(step.clock_seconds) <= limit.clock_seconds:
        return
    ahead, behind = _("The partner's clock is %s ahead of ours."), _("The partner's clock is %s behind ours.")
    text = ahead if step.clock_seconds > 0 else behind
    span = _span(timedelta(seconds=abs(float(step.clock_seconds))))
    yield Alarm(AlarmKind.CLOCK, partner, text % span, float(step.clock_seconds), direction="out")


def _span(time: timedelta) -> str:
    seconds = round(time.total_seconds())
    minutes = seconds // 60
    if minutes < 1:
        return _("%d s") % seconds
    if minutes < 120:
        return _("%d min") % minutes
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
