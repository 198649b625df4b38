"""Questions to whoever runs a connection, and what it answers; and who looks at values just now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.models import BrowseRequest, Gateway, SignalConnection, SignalValues
from mes.lib.live import announce, announce_all

PATIENCE = timedelta(seconds=45)
"""A question that nobody answered within this time is given up."""
KEPT = 3
WATCHED = timedelta(seconds=60)


def ask(*, connection: SignalConnection, now: datetime | None = None) -> BrowseRequest:
    """Ask what the sender offers; a question that still waits is not asked twice."""
    now = now or timezone.now()
    waiting = connection.browses.filter(answered_at=None, requested_at__gt=now - PATIENCE)
    if (request := waiting.order_by("-pk").first()) is not None:
        return request
    old = connection.browses.order_by("-pk").values_list("pk", flat=True)[KEPT - 1 :]
    connection.browses.filter(pk__in=list(old)).delete()
    return BrowseRequest.objects.create(connection=connection, requested_at=now)


@transaction.atomic
def take(*, gateway: Gateway | None, now: datetime | None = None) -> list[BrowseRequest]:
    """The questions for this gateway (None: this server) that nobody has taken yet, oldest first."""
    now = now or timezone.now()
    waiting = _waiting(gateway, now).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    requests = list(waiting.select_related("connection"))
    BrowseRequest.objects.filter(pk__in=[request.pk for request in requests]).update(taken_at=now)
    return requests


def _waiting(gateway: Gateway | None, now: datetime) -> QuerySet[BrowseRequest]:
    return BrowseRequest.objects.filter(
        answered_at=None, taken_at=None, requested_at__gt=now - PATIENCE, connection__gateway=gateway
    )


def answer(*, request: int, gateway: Gateway | None, found: Mapping[str, Any]) -> bool:
    """Store what was found (``integrations.signals.browse.Browsed`` as JSON). False: nobody waits for it."""
    open_one = BrowseRequest.objects.filter(
        pk=request, answered_at=None, connection__gateway=gateway
    ).select_related("connection")
    row = open_one.first()
    if row is None:
        return False
    row.answered_at = timezone.now()
    row.seconds, row.more = float(found["seconds"]), int(found["more"])
    row.problem_code, row.problem = str(found["problem_code"])[:20], str(found["problem"])[:500]
    row.items = list(found["items"])
    row.save()
    announce(f"signal-browse:{row.connection_id}")
    return True


def watch(*, connection: int, now: datetime | None = None) -> None:
    """Somebody looks at the values of this connection: have them written for the next minute."""
    now = now or timezone.now()
    SignalValues.objects.bulk_create([SignalValues(connection_id=connection)], ignore_conflicts=True)
    SignalValues.objects.filter(
        Q(watched_until=None) | Q(watched_until__lt=now + WATCHED / 2), pk=connection
    ).update(watched_until=now + WATCHED)


def watched(*, gateway: Gateway | None, now: datetime | None = None) -> dict[str, int]:
    """The connections of a gateway (None: this server) that somebody looks at, by code."""
    rows = SignalValues.objects.filter(
        watched_until__gt=now or timezone.now(), connection__gateway=gateway, connection__active=True
    )
    return dict(rows.values_list("connection__code", "connection_id"))


def write_values(values: Mapping[int, Mapping[str, Any]]) -> None:
    """Write the last values of connections by id, and have the pages that show them drawn anew."""
    now = timezone.now()
    rows = [
        SignalValues(connection_id=pk, values=dict(found), written_at=now) for pk, found in values.items()
    ]
    SignalValues.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["connection"],
        update_fields=["values", "written_at"],
    )
    announce_all(f"signal-values:{pk}" for pk in values)
