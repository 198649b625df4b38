"""Machines that tell their past: after an outage a gateway delivers what it kept, hours or days of it.

Until they have come to the present nothing that is concluded from their state is worth much.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import DateTimeField, Max, OuterRef, Subquery
from django.utils import timezone

from machines.models import Machine, Plant, SourceEpoch

LATELY = timedelta(seconds=90)
BEHIND = timedelta(minutes=10)


def heard_at() -> Subquery:
    """For ``annotate``: when something was last received from a machine."""
    epochs = SourceEpoch.objects.filter(source__machine=OuterRef("pk")).order_by().values("source__machine")
    newest = epochs.annotate(newest=Max("told_at")).values("newest")
    return Subquery(newest, output_field=DateTimeField(null=True))


def is_catching_up(*, heard_at: datetime | None, told_until: datetime | None, now: datetime) -> bool:
    """Whether a machine from which something was received lately tells of what is long over."""
    if heard_at is None or told_until is None:
        return False
    return heard_at >= now - LATELY and told_until < heard_at - BEHIND


def told_until(plant: Plant, *, now: datetime | None = None) -> datetime | None:
    """Up to when a plant's machines have told their past, while half of those that are heard still tell it;
    None when what is known is the present. One query."""
    moment = now or timezone.now()
    active = Machine.objects.filter(plant=plant, active=True).order_by().annotate(heard_at=heard_at())
    heard = active.filter(heard_at__gte=moment - LATELY).annotate(told=Max("now__last_sample_at"))
    told = heard.filter(told__isnull=False).values_list("heard_at", "told")
    past = [until for at, until in told if is_catching_up(heard_at=at, told_until=until, now=moment)]
    return min(past) if past and 2 * len(past) >= len(told) else None
