"""Why the plan in force no longer fits: what happened since it was made, found in what is stored.

Nobody tells the plan; it is asked. Every reason names how many and the first of them, so that a person finds
the cause.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.enums import EventKind, OperationState, OrderState, PlanOrigin
from orders.models import Hold, Operation, Plan, PlanEntry, PlanRule, ProductionEvent
from orders.queries.orders import OPEN_STATES
from orders.queries.standstill import standstills
from orders.queries.work import OVER

NOT_BEGUN = (OperationState.PLANNED, OperationState.RELEASED)
TOLD = {
    EventKind.CHANGED: "changed",
    EventKind.CANCELLED: "cancelled",
    EventKind.REPORTED: "scrap",
    EventKind.RECLASSIFIED: "scrap",
}

TEXTS: dict[str, Promise] = {
    "stopped": _("%(about)s has stood still for over %(minutes)d min"),
    "late_start": _("%(about)s should have begun"),
    "late_end": _("%(about)s should be finished"),
    "early": _("%(about)s was finished early"),
    "new": _("%(about)s isn't planned yet"),
    "changed": _("%(about)s was changed"),
    "cancelled": _("%(about)s was cancelled"),
    "scrap": _("%(about)s has scrap"),
    "held": _("%(about)s was put on hold"),
    "lifted": _("%(about)s is no longer on hold"),
}
CANT_HELP = frozenset({"held", "lifted"})
"""Reasons that no new plan takes away: nobody knows when a hold will be lifted."""


@dataclass(frozen=True, slots=True)
class Reason:
    """``about``: the first of ``count`` machines, operations or orders. Of a machine that stands still:
    ``place``, its id and slot, ``since`` when, and for how much working time."""

    code: str
    about: str
    count: int = 1
    minutes: int = 0
    place: tuple[int, int] | None = None
    since: datetime | None = None
    lasted: timedelta = timedelta(0)

    def __str__(self) -> str:
        return text_of(self.as_json())

    def as_json(self) -> dict[str, Any]:
        said = {"code": self.code, "about": self.about, "count": self.count, "minutes": self.minutes}
        if self.place is None or self.since is None:
            return said
        return {**said, "slot": self.place[1], "since": self.since.isoformat()}


@dataclass(frozen=True, slots=True)
class Staleness:
    """``since``: from when on the plan looks at the world (its zero). ``known``: what the plan was made for
    and what goes on as it expects."""

    plan: Plan
    since: datetime
    reasons: tuple[Reason, ...]
    known: tuple[Reason, ...] = ()

    @property
    def can_help(self) -> tuple[Reason, ...]:
        """Reasons for another plan."""
        return tuple(one for one in self.reasons if one.code not in CANT_HELP)


def text_of(said: dict[str, Any]) -> str:
    """A reason as it stands in a plan's cause, as a sentence in the reader's language."""
    text = str(TEXTS[said["code"]]) % {"about": said["about"], "minutes": said.get("minutes", 0)}
    more = said.get("count", 1) - 1
    return f"{text} (+{more})" if more > 0 else text


def staleness(plan: Plan, rule: PlanRule, *, now: datetime | None = None) -> Staleness:
    """Of a plan that was made. A constant number of queries."""
    moment = now or timezone.now()
    zero = plan.zero_at or moment
    stopped, known = _stopped(plan, rule, moment)
    reasons = [
        *stopped,
        *_off_time(plan, rule, moment, zero),
        *_new(plan),
        *_told(plan, zero),
        *_held(plan, zero),
    ]
    return Staleness(plan, zero, tuple(reasons), tuple(known))


def answered_from(rule: PlanRule) -> datetime | None:
    """When the pause after the rule's last answer is over; None: it hasn't answered yet."""
    answers = Plan.objects.filter(plant=rule.plant_id, origin=PlanOrigin.EVENT)
    last = answers.order_by("-id").values_list("made_at", flat=True).first()
    return None if last is None else last + timedelta(seconds=rule.pause_seconds)


def _stopped(plan: Plan, rule: PlanRule, now: datetime) -> tuple[list[Reason], list[Reason]]:
    """Slots that keep planned work waiting, each for itself; and those of which the plan knows it."""
    limit = timedelta(minutes=rule.stop_minutes)
    known = {
        (one["about"], one["slot"]): datetime.fromisoformat(one["since"])
        for one in plan.cause.get("reasons", [])
        if "since" in one
    }
    news, still = [], []
    for one in standstills(plan, known=known, now=now):
        place = one.machine, one.slot
        reason = Reason(
            "stopped", one.code, minutes=rule.stop_minutes, place=place, since=one.since, lasted=one.lasted
        )
        # A plan that was made because of the stop expects it to last as long again.
        if (one.code, one.slot) in known and one.lasted < 2 * one.before:
            still.append(reason)
        elif one.lasted >= limit:
            news.append(reason)
    return news, still


def _off_time(plan: Plan, rule: PlanRule, now: datetime, zero: datetime) -> Iterable[Reason]:
    off = timedelta(minutes=rule.off_minutes)
    late_start = Q(operation__state__in=NOT_BEGUN, start_at__lt=now - off)
    late_end = Q(end_at__lt=now - off) & ~Q(operation__state__in=(*OVER, *NOT_BEGUN))
    early = Q(operation__finished_at__gte=zero, end_at__gt=F("operation__finished_at") + off)
    rows = (
        PlanEntry.objects.filter(late_start | late_end | early, plan=plan, machine__isnull=False)
        .filter(operation__order__state__in=(*OPEN_STATES, OrderState.FINISHED))
        .order_by("start_at", "id")
        .values_list("operation__order__number", "operation__number", "operation__state", "end_at")
    )
    found: dict[str, list[str]] = {"late_start": [], "late_end": [], "early": []}
    for order, number, state, _end in rows:
        code = (
            "late_start"
            if state in NOT_BEGUN
            else "early"
            if state == OperationState.FINISHED
            else "late_end"
        )
        found[code].append(f"{order}/{number}")
    for code, abouts in found.items():
        if abouts:
            yield Reason(code, abouts[0], len(abouts))


def _new(plan: Plan) -> Iterable[Reason]:
    """Orders with open operations that the plan doesn't have, unless it said that it can't plan them."""
    planned = PlanEntry.objects.filter(plan=plan, operation=OuterRef("pk"))
    rows = (
        Operation.objects.filter(order__plant=plan.plant_id, order__state__in=OPEN_STATES)
        .exclude(state__in=OVER)
        .exclude(order__in=[one["order_id"] for one in plan.troubles])
        .exclude(Exists(planned))
        .order_by("order_id")
        .values_list("order__number", flat=True)
    )
    numbers = list(dict.fromkeys(rows))
    if numbers:
        yield Reason("new", numbers[0], len(numbers))


def _told(plan: Plan, zero: datetime) -> Iterable[Reason]:
    """Orders that were changed, cancelled, or lost pieces since."""
    rows = (
        ProductionEvent.objects.filter(
            Q(kind__in=(EventKind.CHANGED, EventKind.CANCELLED)) | Q(scrap__gt=0),
            kind__in=tuple(TOLD),
            plant=plan.plant_id,
            recorded_at__gt=zero,
        )
        .exclude(details__has_key="what_if")
        .order_by("id")
        .values_list("kind", "order__number")
    )
    found: dict[str, list[str]] = {}
    for kind, number in rows:
        found.setdefault(TOLD[EventKind(kind)], []).append(number)
    for code, numbers in found.items():
        yield Reason(code, numbers[0], len(set(numbers)))


def _held(plan: Plan, zero: datetime) -> Iterable[Reason]:
    rows = Hold.objects.filter(
        Q(placed_at__gt=zero, lifted_at__isnull=True) | Q(lifted_at__gt=zero, placed_at__lte=zero),
        order__plant=plan.plant_id,
        order__state__in=OPEN_STATES,
    ).order_by("id")
    found: dict[str, list[str]] = {"held": [], "lifted": []}
    for number, lifted in rows.values_list("order__number", "lifted_at"):
        found["held" if lifted is None else "lifted"].append(number)
    for code, numbers in found.items():
        if numbers:
            yield Reason(code, numbers[0], len(set(numbers)))
