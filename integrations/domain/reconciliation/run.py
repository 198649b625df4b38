"""One reconciliation of a partner: compare each operation, keep the work list, add a trust figure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q
from django.utils import timezone

from integrations.domain.reconciliation.asking import ask_totals
from integrations.domain.reconciliation.compare import NAMES, PIECES, SECONDS, Sides, added, reason_of
from integrations.domain.reconciliation.trust import trust
from integrations.enums import Delivery, DifferenceReason, OutboundState, TotalSource
from integrations.models import Connection, Difference, TrustFigure
from integrations.queries.reconciling import (
    Place,
    gives_receipts,
    orders_of,
    places_of,
    settled_messages,
    unknown_here,
)
from mes.accounts.models import User
from mes.lib.errors import MesError
from mes.lib.live import announce
from mes.lib.sentences import parts_of
from orders.models import ProductionOrder

logger = structlog.get_logger(__name__)

ORDERS_AT_ONCE = 200
EVERY = timedelta(hours=23)
FINISHED_FOR = timedelta(days=30)
"""Orders finished longer ago than this are compared only while a difference of theirs is open."""
ON_ITS_WAY = timedelta(hours=1)
"""So long a difference that is on its way counts as agreement in the trust figure."""

Key = tuple[str, str]
"""The partner's names of a place: order and operation number."""


@dataclass(slots=True)
class Found:
    """What a reconciliation found so far."""

    compared: set[Key] = field(default_factory=set)
    unknown: int = 0
    differing: dict[Key, tuple[DifferenceReason, Place | None, dict[str, Any]]] = field(default_factory=dict)


def reconcile_due(*, now: datetime | None = None) -> int:
    """Compare with every active partner that is told something and wasn't compared for a day, or for an hour
    while something was on its way then: what arrived meanwhile must not stand as a difference.

    Returns how many. Who is due stands in the figures: a task that is lost or runs twice does no harm.
    """
    now = now or timezone.now()
    partners = Connection.objects.select_related("plant", "api_key").filter(active=True)
    fresh = TrustFigure.objects.filter(connection=OuterRef("pk"), at__gt=now - EVERY)
    lately = TrustFigure.objects.filter(connection=OuterRef("pk"), at__gt=now - ON_ITS_WAY)
    on_its_way = Difference.objects.filter(
        connection=OuterRef("pk"), closed_at=None, reason=DifferenceReason.IN_FLIGHT
    )
    again = ~Exists(fresh) | (Exists(on_its_way) & ~Exists(lately))
    due = partners.exclude(delivery=Delivery.NONE).filter(again)
    return len([reconcile(connection=one, now=now) for one in due.order_by("pk")])


def reconcile(*, connection: Connection, by: User | None = None, now: datetime | None = None) -> TrustFigure:
    """Compare everything that concerns the partner now. What agrees again closes by itself.

    A partner that can't be asked is judged by its older word, and the figure says so.
    """
    now = now or timezone.now()
    orders = list(_orders(connection, now))
    problem = _ask(connection, [order.number for order in orders])
    has_receipts = gives_receipts(connection)
    found = Found()
    for start in range(0, len(orders), ORDERS_AT_ONCE):
        for place in places_of(connection, orders[start : start + ORDERS_AT_ONCE]):
            _compare(place, found, has_receipts=has_receipts)
    for number, message in unknown_here(connection, since=now - FINISHED_FOR).items():
        found.compared.add((number, ""))
        found.differing[number, ""] = (DifferenceReason.UNKNOWN_HERE, None, {"message": message})
    return _keep(connection, found, by=by, now=now, problem=problem)


def _orders(connection: Connection, now: datetime) -> Iterator[ProductionOrder]:
    still_open = Difference.objects.filter(connection=connection, closed_at=None).values("order")
    recent = Q(finished_at__isnull=True) | Q(finished_at__gte=now - FINISHED_FOR) | Q(pk__in=still_open)
    yield from orders_of(connection).filter(recent).only("number", "plant").iterator()


def _ask(connection: Connection, numbers: list[str]) -> str:
    """Why the partner could not be asked; "" when it could, or isn't one that is asked."""
    try:
        for start in range(0, len(numbers), ORDERS_AT_ONCE):
            ask_totals(connection, numbers[start : start + ORDERS_AT_ONCE])
    except MesError as error:
        return str(error)
    except Exception as error:
        # A defect of a connector must not keep the other partners from being compared.
        logger.exception("totals_failed", connection=connection.code)
        return type(error).__name__
    return ""


def _compare(place: Place, found: Found, *, has_receipts: bool) -> None:
    if not place.concerns:
        return
    key = (place.order.number, place.operation.number)
    if place.stated is not None and not place.stated.known:
        found.compared.add(key)
        if any(_made(place)[name] for name in PIECES):
            shown = {"made": _as_json(_made(place)), "as_of": place.stated.stated_at.isoformat()}
            found.differing[key] = (DifferenceReason.UNKNOWN_THERE, place, shown)
        return
    sides = sides_of(place, has_receipts=has_receipts)
    if sides.booked is None:
        found.unknown += 1
        return
    found.compared.add(key)
    reason = reason_of(sides)
    if reason is not None:
        found.differing[key] = (reason, place, amounts_of(sides, place))


def sides_of(place: Place, *, has_receipts: bool) -> Sides:
    """The sums of a place by what became of its messages, and the partner's word: what it told, else what its
    receipts add up to."""
    stated = place.stated
    parts: dict[str, list[Mapping[str, Decimal]]] = {}
    for one in place.sent:
        arrived = one.state in (OutboundState.DELIVERED, OutboundState.POSTED)
        late = stated is not None and arrived and one.delivered_at and one.delivered_at > stated.stated_at
        parts.setdefault("late" if late else str(one.state), []).append(one.amounts)
    by_fate = {fate: added(amounts) for fate, amounts in parts.items()}
    nothing: dict[str, Decimal] = {}
    posted = by_fate.get(OutboundState.POSTED, nothing)
    return Sides(
        made=_made(place),
        posted=posted,
        accepted=by_fate.get(OutboundState.DELIVERED, nothing),
        late=by_fate.get("late", nothing),
        in_flight=added(
            by_fate.get(state, nothing) for state in (OutboundState.QUEUED, OutboundState.SENDING)
        ),
        refused=by_fate.get(OutboundState.PARKED, nothing),
        given_up=by_fate.get(OutboundState.DISCARDED, nothing),
        booked=_word(place) if stated else (added([posted]) if has_receipts else None),
    )


def _word(place: Place) -> dict[str, Decimal]:
    assert place.stated is not None
    words = {name: getattr(place.stated, name) for name in NAMES}
    return {name: value for name, value in words.items() if value is not None}


def _made(place: Place) -> dict[str, Decimal]:
    """Pieces as booked here. Times are those told: they are confirmed as differences of running totals."""
    operation = place.operation
    made = {"good": operation.good, "scrap": operation.scrap, "rework": operation.rework}
    told = added(one.amounts for one in place.sent)
    return {**made, **{name: told[name] for name in SECONDS}}


def amounts_of(sides: Sides, place: Place) -> dict[str, Any]:
    """What the work list shows of a place, as JSON."""
    parts = ("made", "posted", "accepted", "late", "in_flight", "refused", "given_up", "booked")
    stated = place.stated
    return {
        **{name: _as_json(getattr(sides, name) or {}) for name in parts},
        "source": stated.source if stated else TotalSource.RECEIPTS,
        "as_of": stated.stated_at.isoformat() if stated else None,
    }


def _as_json(sums: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: f"{value:.3f}" for name, value in sums.items()}


@transaction.atomic
def _keep(
    connection: Connection, found: Found, *, by: User | None, now: datetime, problem: str
) -> TrustFigure:
    """Bring the work list up to date and add the figure. One reconciliation of a partner at a time."""
    Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=connection.pk)
    mine = Difference.objects.filter(connection=connection)
    still = {(one.order_number, one.operation_number): one for one in mine.filter(closed_at=None)}
    settled = _settled_by_people(connection, found.differing)
    fresh: list[Difference] = []
    for key, (reason, place, amounts) in found.differing.items():
        if (known := still.get(key)) is not None:
            known.reason, known.amounts, known.seen_at = reason, amounts, max(now, known.opened_at)
        elif settled.get(key) != _fingerprint(reason, amounts):
            fresh.append(_difference(connection, key, reason, place, amounts, now))
    Difference.objects.bulk_update(
        [still[key] for key in still if key in found.differing],
        ["reason", "amounts", "seen_at"],
        batch_size=500,
    )
    Difference.objects.bulk_create(fresh, batch_size=500)
    gone = [one.pk for key, one in still.items() if key in found.compared and key not in found.differing]
    mine.filter(pk__in=gone).update(closed_at=now, seen_at=now)
    figure = _figure(connection, found, by=by, now=now, problem=problem)
    announce("reconciliation")
    return figure


def _difference(
    connection: Connection,
    key: Key,
    reason: DifferenceReason,
    place: Place | None,
    amounts: dict[str, Any],
    now: datetime,
) -> Difference:
    return Difference(
        connection=connection,
        order_number=key[0],
        operation_number=key[1],
        order=place.order if place else None,
        operation=place.operation if place else None,
        reason=reason,
        amounts=amounts,
        opened_at=now,
        seen_at=now,
    )


def _settled_by_people(connection: Connection, keys: Iterable[Key]) -> dict[Key, str]:
    """What the newest closing by a person was about, by place: it stays closed while that stays as it is."""
    numbers = {number for number, _operation in keys}
    closed = Difference.objects.filter(
        connection=connection, order_number__in=numbers, closed_at__isnull=False
    ).order_by("closed_at", "pk")
    newest = {(one.order_number, one.operation_number): one for one in closed}
    return {
        key: _fingerprint(DifferenceReason(one.reason), one.amounts)
        for key, one in newest.items()
        if one.closed_by_id is not None
    }


def _fingerprint(reason: DifferenceReason, amounts: Mapping[str, Any]) -> str:
    """The same as long as both sides have the same."""
    both = {name: amounts.get(name) for name in ("made", "booked", "message")}
    return f"{reason} {json.dumps(both, sort_keys=True)}"


def _figure(
    connection: Connection, found: Found, *, by: User | None, now: datetime, problem: str
) -> TrustFigure:
    still = Difference.objects.filter(connection=connection, closed_at=None)
    passing = Q(reason=DifferenceReason.IN_FLIGHT, opened_at__gt=now - ON_ITS_WAY)
    counted = {
        key
        for key in still.exclude(passing).values_list("order_number", "operation_number")
        if key in found.compared
    }
    oldest = still.aggregate(oldest=Min("opened_at"))["oldest"]
    sent, first_time = settled_messages(connection, since=now - FINISHED_FOR)
    agreed = len(found.compared) - len(counted)
    days = Decimal((now - oldest).total_seconds()) / 86_400 if oldest else Decimal(0)
    return TrustFigure.objects.create(
        connection=connection,
        at=now,
        by=by,
        compared=len(found.compared),
        agreed=agreed,
        unknown=found.unknown,
        sent=sent,
        first_time=first_time,
        open_differences=still.count(),
        oldest_open_at=oldest,
        figure=trust(
            compared=len(found.compared),
            agreed=agreed,
            sent=sent,
            first_time=first_time,
            oldest_days=days,
        ),
        problem=problem[:300],
        sentence=parts_of(problem),
    )
