"""When every open order is to be expected, and which promises are at risk: kept up with events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from machines.models import Plant
from machines.queries.catching_up import told_until
from mes.lib.live import announce
from orders.enums import OrderState, PromiseSource
from orders.models import OrderForecast, ProductionEvent, ProductionOrder, Promise, PromiseAlert
from orders.planning.engine.arrays import NEVER
from orders.planning.engine.futures import futures_of
from orders.planning.promise.alerting import Rule
from orders.planning.promise.collect import hindsight_at, record_of
from orders.planning.promise.hindsight import Hindsight
from orders.planning.promise.levels import WANTED, Grid, Levels, at_level, chance_of, grid_of
from orders.planning.promise.record import Record
from orders.planning.promise.scene import Scene, scene_of
from orders.planning.stand import rule_of
from orders.queries.facts_version import facts_version
from orders.queries.plans import plan_in_force
from orders.queries.promises import newest_forecasts

FUTURES = 200
SEED = 1
"""Always the same: a forecast changes because the plant did, not by chance."""
NOTICED = timedelta(hours=1)
NOTICED_SHARE = 0.05
"""A date that moved by an hour and by this share of what is left is a new forecast, and so is a chance that
changed by ``NOTICED_PERCENT``."""
NOTICED_PERCENT = 5
ANYWAY = timedelta(minutes=10)
"""Without any event only time passes; so often it is looked at all the same."""
CLOSED = (OrderState.FINISHED, OrderState.CLOSED, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many forecasts were written, alerts raised and ended."""

    written: int = 0
    raised: int = 0
    ended: int = 0


_seen: dict[int, tuple[tuple[object, ...], datetime]] = {}
"""By plant: after which events this process last looked. Forgetting costs one more look."""


def keep_up(*, now: datetime | None = None) -> int:
    """Refresh every plant where something happened since this process last looked, but for those whose
    machines still tell their past. Returns how many."""
    moment = now or timezone.now()
    looked = 0
    for plant in Plant.objects.order_by("pk"):
        if told_until(plant, now=moment) is not None:
            continue
        mark = _mark(plant)
        before = _seen.get(plant.pk)
        if before is not None and before[0] == mark and moment - before[1] < ANYWAY:
            continue
        refresh(plant, now=moment)
        _seen[plant.pk] = (mark, moment)
        looked += 1
    return looked


def _mark(plant: Plant) -> tuple[object, ...]:
    """Changes whenever something happened that can move a date. Two queries."""
    counted = ProductionEvent.objects.filter(plant=plant).aggregate(last=Max("id"))["last"]
    return counted, facts_version(plant.pk)


def refresh(plant: Plant, *, now: datetime) -> Refreshed:
    """Forecast all open orders from the futures of the plan that stands, keep what changed noticeably, raise
    and end alerts. Without a plan nothing is forecast. A constant number of queries.

    Nothing is locked while the futures are computed, which may take a while; a later look wins.
    """
    moment = now.replace(microsecond=0)
    ended = _note_what_was_said(plant, moment)
    if plan_in_force(plant) is None:
        return Refreshed(ended=ended)
    record, hindsight = record_of(plant, before=moment), hindsight_at(plant, before=moment)
    forecasts = _forecasts(scene_of(plant, now=moment), record, hindsight)
    return _keep(plant, forecasts, moment, ended=ended)


@transaction.atomic
def _note_what_was_said(plant: Plant, moment: datetime) -> int:
    """Promises stated elsewhere, and the end of alerts about closed orders. Returns how many of those."""
    _lock(plant)
    note_stated_promises(plant, now=moment)
    if ended := _end_of_closed(plant, moment):
        announce(f"promise-alerts:{plant.pk}")
    return ended


@transaction.atomic
def _keep(plant: Plant, forecasts: list[OrderForecast], moment: datetime, *, ended: int) -> Refreshed:
    _lock(plant)
    known = newest_forecasts([one.order_id for one in forecasts])
    if any(one.made_at > moment for one in known.values()):
        return Refreshed(ended=ended)
    changed = [one for one in forecasts if is_noticed(known.get(one.order_id), one)]
    OrderForecast.objects.bulk_create(changed)
    current = {**known, **{one.order_id: one for one in changed}}
    raised, quieted = keep_alerts(forecasts, current, moment, Rule.over(rule_of(plant).at_risk_percent))
    topics = [f"order:{one.order_id}" for one in changed]
    if topics:
        announce(*topics)
    if raised or quieted:
        announce(f"promise-alerts:{plant.pk}")
    return Refreshed(len(changed), raised, quieted + ended)


def _lock(plant: Plant) -> None:
    Plant.objects.select_for_update(no_key=True).get(pk=plant.pk)


def note_stated_promises(plant: Plant, *, now: datetime) -> int:
    """Promised dates that came with an order or were changed by the ERP become versions too. Two queries, and
    one per new version. Returns how many."""
    last = {
        promise.order_id: promise
        for promise in Promise.objects.filter(order__plant=plant)
        .order_by("order_id", "-version")
        .distinct("order_id")
    }
    new = []
    orders = ProductionOrder.objects.filter(plant=plant, promised_at__isnull=False).exclude(state__in=CLOSED)
    for order in orders.only("id", "promised_at"):
        before = last.get(order.pk)
        date = order.promised_at
        if date is not None and (before is None or before.promised_at != date):
            new.append(
                Promise(
                    order=order,
                    version=1 if before is None else before.version + 1,
                    promised_at=date,
                    source=PromiseSource.STATED,
                    made_at=now,
                )
            )
    Promise.objects.bulk_create(new)
    return len(new)


def _forecasts(scene: Scene, record: Record, hindsight: Hindsight) -> list[OrderForecast]:
    """Of every order that can be planned and ends within the shifts, unsaved."""
    drawn = futures_of(
        scene.arrays,
        scene.found,
        scene.chances,
        futures=FUTURES,
        seed=SEED,
        keys=scene.keys,
        elapsed=scene.elapsed,
    )
    by_group: dict[tuple[int, int | None], Levels] = {}
    found = []
    for job, order in enumerate(scene.loaded.orders):
        ends = drawn[:, job]
        if job in scene.troubles or (ends >= NEVER).mean() >= 0.05 or not ends.any():
            continue
        group = (order.item_id, _customer_of(order))
        if group not in by_group:
            by_group[group] = record.levels(item=group[0], customer=group[1])
        grid = grid_of(np.minimum(ends, ends[ends < NEVER].max()).tolist())
        found.append(forecast_of(order, grid, by_group[group], hindsight, scene))
    return found


def _customer_of(order: ProductionOrder) -> int | None:
    line = order.customer_line
    return line.order.customer_id if line is not None else None


def _late_percent(
    promised: datetime, grid: Grid, levels: Levels, hindsight: Hindsight, zero: datetime
) -> int:
    """Of an open order whose date has passed it is certain, whatever was learnt."""
    left = (promised - zero).total_seconds()
    return 100 if left <= 0 else round(100 * hindsight.late(1.0 - chance_of(grid, left, levels), left))


def forecast_of(
    order: ProductionOrder, grid: Grid, levels: Levels, hindsight: Hindsight, scene: Scene
) -> OrderForecast:
    raw = [scene.moment(at_level(grid, wanted)) for wanted in WANTED]
    said = [scene.moment(at_level(grid, used)) for used in levels.used]
    promised = order.promised_at
    late = None if promised is None else _late_percent(promised, grid, levels, hindsight, scene.zero)
    return OrderForecast(
        order=order,
        made_at=scene.zero,
        zero_at=scene.zero,
        plan_number=scene.plan_number,
        futures=FUTURES,
        grid=list(grid),
        levels=list(levels.used),
        record_of=levels.basis,
        record_count=levels.count,
        raw_p50_at=raw[0],
        raw_p80_at=raw[1],
        raw_p95_at=raw[2],
        p50_at=said[0],
        p80_at=said[1],
        p95_at=said[2],
        promised_at=promised,
        late_percent=late,
    )


def is_noticed(before: OrderForecast | None, now: OrderForecast) -> bool:
    """Whether people would want to know of it."""
    if before is None or before.promised_at != now.promised_at:
        return True
    left = max(before.p80_at - before.zero_at, timedelta(0))
    least = max(NOTICED, NOTICED_SHARE * left)
    if any(abs(one - other) > least for one, other in zip(_dates(before), _dates(now), strict=True)):
        return True
    return abs((before.late_percent or 0) - (now.late_percent or 0)) >= NOTICED_PERCENT


def _dates(said: OrderForecast) -> tuple[datetime, ...]:
    return said.p50_at, said.p80_at, said.p95_at


def keep_alerts(
    forecasts: Iterable[OrderForecast], current: Mapping[int, OrderForecast], now: datetime, rule: Rule
) -> tuple[int, int]:
    """Raised and ended. A promise that was changed ends the alert of the one before, if it is safe."""
    said = {one.order_id: one for one in forecasts}
    standing = PromiseAlert.objects.filter(order__in=said, ended_at=None)
    open_alerts = {alert.order_id: alert for alert in standing}
    ending = [
        alert.pk
        for order, alert in open_alerts.items()
        if not rule.stands(said[order].late_percent, before=True)
    ]
    PromiseAlert.objects.filter(pk__in=ending).update(ended_at=now)
    raised = [
        PromiseAlert(order_id=order, raised_at=now, promised_at=one.promised_at, forecast=current[order])
        for order, one in said.items()
        if order not in open_alerts
        and one.promised_at is not None
        and rule.stands(one.late_percent, before=False)
    ]
    PromiseAlert.objects.bulk_create(raised)
    return len(raised), len(ending)


def _end_of_closed(plant: Plant, now: datetime) -> int:
    return PromiseAlert.objects.filter(
        order__plant=plant, order__state__in=CLOSED, ended_at=None, raised_at__lte=now
    ).update(ended_at=now)
