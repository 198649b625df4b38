"""Signal connections as the processes that run them see them: who runs which, what arrived, how they fare."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.enums import LinkState
from integrations.models import SignalConnection, SignalConnectionNow
from machines.domain.envelope import Outcome
from machines.domain.ingest import LARGEST_BATCH, append, record_undecodable
from mes.lib.live import announce_all

LEASE = timedelta(seconds=20)
CHANNEL = "signals"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one batch of one connection came to. ``undecoded``: (raw bytes, code, reason)."""

    connection: int
    code: str
    samples: Sequence[Mapping[str, Any]]
    undecoded: Sequence[tuple[bytes, str, str]] = ()
    cursor: Mapping[str, Any] | None = None
    observations: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """How a connection fares, as the process that runs it says."""

    state: LinkState
    since: datetime
    problem: str = ""


@dataclass(slots=True)
class _Counted:
    rejected: int = 0
    rejection: str = ""


def switched_on() -> QuerySet[SignalConnection]:
    """The connections this server runs itself, with their mappings. Three queries."""
    return (
        SignalConnection.objects.filter(active=True, gateway=None)
        .select_related("now")
        .prefetch_related("mappings__machine")
        .order_by("pk")
    )


@transaction.atomic
def claim(*, holder: str, connections: Collection[int], now: datetime | None = None) -> set[int]:
    """Take or keep the lease of these connections; returns those that ``holder`` runs from now on.

    A connection that another process holds is left to it until its lease runs out.
    """
    now = now or timezone.now()
    SignalConnectionNow.objects.bulk_create(
        [SignalConnectionNow(connection_id=pk) for pk in connections], ignore_conflicts=True
    )
    free = Q(held_by=holder) | Q(held_by="") | Q(held_until__lt=now)
    ours = list(
        SignalConnectionNow.objects.select_for_update(skip_locked=True)
        .filter(free, connection__in=connections)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    rows = SignalConnectionNow.objects.filter(pk__in=ours)
    rows.filter(held_by=holder, state=LinkState.CONNECTED).update(stood_at=now)
    rows.update(held_by=holder, held_until=now + LEASE)
    return set(ours)


@transaction.atomic
def release(*, holder: str, now: datetime | None = None) -> None:
    """Give all leases back, so that the next process need not wait for them to run out."""
    rows = SignalConnectionNow.objects.filter(held_by=holder)
    rows.filter(state=LinkState.CONNECTED).update(stood_at=now or timezone.now())
    rows.update(held_by="", held_until=None)


def standing_of(connection: int) -> SignalConnectionNow:
    return SignalConnectionNow.objects.get(pk=connection)


def lost_at(now: SignalConnectionNow) -> datetime | None:
    """The last moment at which a connection is known to have stood; None if it never did."""
    return max((at for at in (now.stood_at, now.heard_at) if at is not None), default=None)


def store_deliveries(
    deliveries: Sequence[Delivery], *, holder: str, received: datetime | None = None
) -> set[int]:
    """Store what came by several connections with their cursors, all or nothing.

    Returns the connections that ``holder`` no longer runs: nothing of them was stored.
    """
    received = received or timezone.now()
    with transaction.atomic():
        wanted = [delivery.connection for delivery in deliveries]
        rows = {
            row.pk: row
            for row in SignalConnectionNow.objects.select_for_update()
            .filter(pk__in=wanted, held_by=holder, held_until__gt=received)
            .order_by("pk")
        }
        ours = [delivery for delivery in deliveries if delivery.connection in rows]
        counted = _append([delivery for delivery in ours if delivery.samples], received)
        for delivery in ours:
            for raw, code, reason in delivery.undecoded:
                record_undecodable(
                    raw, reason, received, channel=f"{CHANNEL} {delivery.code}", code=code[:40]
                )
            _note_delivery(rows[delivery.connection], delivery, counted.get(delivery.connection), received)
        SignalConnectionNow.objects.bulk_update(
            rows.values(), ["heard_at", "received", "rejected", "rejection", "cursor"]
        )
    return set(wanted) - set(rows)


def _append(deliveries: Sequence[Delivery], received: datetime) -> dict[int, _Counted]:
    """Append the samples of all deliveries, 5,000 at a time, and count what was rejected by connection."""
    entries = iter([(delivery.connection, sample) for delivery in deliveries for sample in delivery.samples])
    counted: dict[int, _Counted] = {}
    while some := list(islice(entries, LARGEST_BATCH)):
        answers = append([sample for _pk, sample in some], received, channel=CHANNEL)
        for (pk, _sample), answer in zip(some, answers, strict=True):
            if answer.outcome == Outcome.REJECTED:
                count = counted.setdefault(pk, _Counted())
                count.rejected += 1
                count.rejection = answer.message
    return counted


def _note_delivery(
    row: SignalConnectionNow, delivery: Delivery, counted: _Counted | None, received: datetime
) -> None:
    if delivery.cursor is not None:
        row.cursor = dict(delivery.cursor)
    if delivery.observations:
        row.heard_at = received
        row.received += delivery.observations
    row.rejected += len(delivery.undecoded)
    if delivery.undecoded:
        row.rejection = delivery.undecoded[-1][2][:500]
    if counted:
        row.rejected += counted.rejected
        row.rejection = counted.rejection[:500]


def report(reports: Mapping[int, Report], *, holder: str, fresh: Collection[int] = ()) -> None:
    """Note how connections fare, of those that ``holder`` runs; announce them and those with fresh values."""
    rows = list(SignalConnectionNow.objects.filter(pk__in=reports, held_by=holder).only("pk"))
    for row in rows:
        told = reports[row.pk]
        row.state, row.since, row.problem = told.state, told.since, told.problem
    SignalConnectionNow.objects.bulk_update(rows, ["state", "since", "problem"])
    announce_all(f"signal-connection:{pk}" for pk in {*(row.pk for row in rows), *fresh})
