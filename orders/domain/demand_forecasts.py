"""Versions of the demand forecast: asked for, stopped, imported, put in force; and demand from before."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, KeyReused, Problem, Refused
from mes.lib.tracking import changes_by_command
from orders.domain.available import today_in
from orders.domain.demand_rows import DemandRow, checked_rows
from orders.domain.making import announce_version, stop
from orders.enums import ForecastMethod, ForecastOrigin, ForecastState
from orders.models import DemandForecast, Item, ItemForecast, PastDemand
from orders.queries.demand_forecasts import PENDING

MOST_WEEKS = 156
WEEK = timedelta(days=7)


def next_week(plant: Plant) -> date:
    """The Monday of this week in the plant: the first week that isn't over."""
    today = today_in(plant)
    return today - timedelta(days=today.weekday())


@transaction.atomic
def request_forecast(*, plant: Plant, by: User | None, horizon_weeks: int = 26) -> DemandForecast:
    """Ask for a new version of our own; the one that is being made already, if there is one."""
    Plant.objects.select_for_update(no_key=True).get(pk=plant.pk)
    pending = DemandForecast.objects.filter(plant=plant, state__in=PENDING).first()
    if pending is not None:
        return pending
    version = DemandForecast.objects.create(
        plant=plant,
        number=_next_number(plant),
        zero_on=next_week(plant),
        horizon_weeks=horizon_weeks,
        requested_by=by,
    )
    announce_version(version)
    return version


@transaction.atomic
def cancel_forecast(*, version: DemandForecast, by: User) -> DemandForecast:
    """Stop the making. Raises Refused when it is over."""
    if not stop(version, by=by):
        raise Refused("wrong_state", _("This forecast isn't being made any more."))
    return version


@transaction.atomic
def put_forecast_in_force(*, version: DemandForecast, by: User) -> DemandForecast:
    """Let proposals be computed from a draft, in place of the version of the same origin before it. Raises
    Refused for anything but a draft."""
    Plant.objects.select_for_update(no_key=True).get(pk=version.plant_id)
    locked = DemandForecast.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if locked.state != ForecastState.DRAFT:
        raise Refused("wrong_state", _("Only a draft can be put in force."))
    DemandForecast.objects.filter(
        plant=locked.plant_id, origin=locked.origin, state=ForecastState.IN_FORCE
    ).update(state=ForecastState.REPLACED)
    locked.state = ForecastState.IN_FORCE
    locked.published_at, locked.published_by = timezone.now(), by
    locked.save(update_fields=["state", "published_at", "published_by"])
    announce_version(locked)
    return locked


@transaction.atomic
def import_forecast(
    *, plant: Plant, rows: Sequence[DemandRow], source: str, key: uuid.UUID, by: User | None
) -> tuple[DemandForecast, bool]:
    """Store somebody else's forecast as a draft; months are shared out to weeks by days, weeks that aren't
    named count as zero. Returns it, and whether the key had brought it before.

    Raises InvalidInput with every problem of every row, KeyReused when the key came with other rows.
    """
    Plant.objects.select_for_update(no_key=True).get(pk=plant.pk)
    digest = _digest(rows)
    known = DemandForecast.objects.filter(key=key).first()
    if known is not None:
        if known.digest != digest:
            raise KeyReused("key_reused", _("This key was already used for something else."), field="key")
        return known, True
    by_week = _weeks_of(checked_rows(rows, today=today_in(plant)))
    zero = min(week for weeks in by_week.values() for week in weeks)
    last = max(week for weeks in by_week.values() for week in weeks)
    count = (last - zero).days // 7 + 1
    if count > MOST_WEEKS:
        message = _("A forecast spans at most %d weeks.") % MOST_WEEKS
        raise InvalidInput([Problem("too_long", message, "week")])
    now = timezone.now()
    version = DemandForecast.objects.create(
        plant=plant,
        number=_next_number(plant),
        origin=ForecastOrigin.IMPORTED,
        state=ForecastState.DRAFT,
        source=source,
        key=key,
        zero_on=zero,
        horizon_weeks=count,
        requested_by=by,
        made_at=now,
        progress_percent=100,
        digest=digest,
    )
    ItemForecast.objects.bulk_create(
        [
            _imported(version, item, [weeks.get(zero + WEEK * number, 0.0) for number in range(count)])
            for item, weeks in by_week.items()
        ]
    )
    announce_version(version)
    return version, False


def _imported(version: DemandForecast, item: Item, mean: list[float]) -> ItemForecast:
    return ItemForecast(
        version=version,
        item=item,
        method=ForecastMethod.IMPORTED,
        mean=[round(value, 3) for value in mean],
        next_quarter=round(sum(mean[:13]), 3),
    )


@transaction.atomic
def import_past_demand(
    *, plant: Plant, rows: Sequence[DemandRow], source: str, by: User | None
) -> dict[str, int]:
    """Keep what was wanted in past weeks; a week that is known is replaced, so that a repeat changes nothing.
    Returns how many were "created", "changed" and "unchanged".

    Raises InvalidInput with every problem of every row, also for weeks that aren't over.
    """
    first_open = next_week(plant)
    late = [row for row in rows if row.start >= first_open]
    if late:
        message = _("This week isn't over: past demand is of the past.")
        raise InvalidInput([Problem("future", message, "week", row.row, str(row.start)) for row in late])
    by_week = _weeks_of(checked_rows(rows, today=today_in(plant)))
    known = {
        (one.item_id, one.week): one
        for one in PastDemand.objects.select_for_update().filter(plant=plant, item__in=by_week)
    }
    made, changed, same = [], [], 0
    for item, weeks in by_week.items():
        for week, amount in weeks.items():
            row = known.get((item.pk, week))
            quantity = round(amount, 3)
            if row is None:
                made.append(PastDemand(plant=plant, item=item, week=week, quantity=quantity, source=source))
            elif float(row.quantity) != quantity:
                row.quantity, row.source = quantity, source
                changed.append(row)
            else:
                same += 1
    with changes_by_command("import_past_demand", by=by):
        PastDemand.objects.bulk_create(made, batch_size=2000)
        PastDemand.objects.bulk_update(changed, ["quantity", "source"], batch_size=500)
    return {"created": len(made), "changed": len(changed), "unchanged": same}


def _weeks_of(rows: Sequence[tuple[Item, DemandRow]]) -> dict[Item, dict[date, float]]:
    found: dict[Item, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for item, row in rows:
        amount = float(row.quantity)
        parts = spread_month(row.start, amount) if row.monthly else {row.start: amount}
        for week, part in parts.items():
            found[item][week] += part
    return found


def spread_month(first: date, quantity: float) -> dict[date, float]:
    """A month's quantity by week, each day the same. ``first`` is the first of the month."""
    month = first.month
    days = [first + timedelta(days=number) for number in range(31)]
    days = [day for day in days if day.month == month]
    found: dict[date, float] = defaultdict(float)
    for day in days:
        found[day - timedelta(days=day.weekday())] += quantity / len(days)
    return found


def _digest(rows: Sequence[DemandRow]) -> str:
    content = sorted((row.item, str(row.start), str(row.quantity), row.monthly, row.unit) for row in rows)
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _next_number(plant: Plant) -> int:
    last = DemandForecast.objects.filter(plant=plant).aggregate(last=Max("number"))["last"] or 0
    return last + 1
