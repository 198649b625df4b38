"""Making a version of the forecast: claimed, computed item by item, stored as a draft."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import structlog
from django.db import transaction
from django.utils import timezone

from orders.domain.making import Watch, announce_version, claim, fail
from orders.enums import ForecastOrigin, ForecastState
from orders.models import DemandForecast, ItemForecast, StockingRule
from orders.planning.forecast.backtest import Choice, Score, choose
from orders.planning.forecast.calendar import SEASON_WEEKS
from orders.planning.forecast.errors import Floats
from orders.planning.forecast.methods import forecast
from orders.planning.stocking.histories import Histories, histories_of, seed_of
from orders.queries.demand_forecasts import PENDING

logger = structlog.get_logger(__name__)

JUDGED_WEEKS = 13
"""The horizon at which ways are compared: a quarter."""
KEPT = 12
"""Drafts and failures of a plant that are kept."""
LOW, HIGH = 0.1, 0.9


def make_requested() -> int:
    """Make every version that was asked for and is nobody's, also after a worker died. Returns how many."""
    made = 0
    while (version := claim(DemandForecast, now=timezone.now())) is not None:
        make_forecast(version)
        made += 1
    return made


def make_forecast(version: DemandForecast) -> None:
    """Compute a claimed version and store it as a draft. What goes wrong stands in the version."""
    announce_version(version)
    try:
        rows = _compute(version)
        if rows is not None:
            _store(version, rows)
    except Exception as error:
        logger.exception("demand_forecast_failed", version=version.pk)
        fail(version, error)
    announce_version(version)


def _compute(version: DemandForecast) -> list[ItemForecast] | None:
    """A row per item with a rule; None when somebody stopped it."""
    rules = list(
        StockingRule.objects.filter(plant=version.plant, active=True)
        .select_related("item")
        .order_by("item__code")
    )
    histories = histories_of(version.plant, rules, until=version.zero_on)
    rows, watch = [], Watch(version)
    for number, rule in enumerate(rules, 1):
        rows.append(item_forecast(version, rule, histories))
        if not watch.goes_on(number / len(rules)):
            return None
    return rows


def item_forecast(version: DemandForecast, rule: StockingRule, histories: Histories) -> ItemForecast:
    """The best way for the item, found on its past, applied to all of it."""
    history = histories.by_item[rule.item_id].values
    seed = seed_of(rule.item.code)
    said = {"season": SEASON_WEEKS, "likes": histories.likes, "seed": seed}
    choice = choose(history, JUDGED_WEEKS, **said)  # type: ignore[arg-type]
    found = forecast(choice.method, history, version.horizon_weeks, **said)  # type: ignore[arg-type]
    return ItemForecast(
        version=version,
        item=rule.item,
        method=choice.method,
        seed=seed,
        history=_rounded(history),
        mean=_rounded(found.mean),
        low=_rounded(found.bound(LOW)),
        high=_rounded(found.bound(HIGH)),
        next_quarter=round(float(found.mean[:13].sum()), 3),
        demands=int(np.count_nonzero(history)),
        **_errors(choice),
    )


def _errors(choice: Choice) -> dict[str, Any]:
    score, naive = choice.score, choice.naive
    return {
        "moments": choice.moments,
        "mase": score.mase if score else None,
        "bias": score.bias if score else None,
        "loss": score.loss if score else None,
        "naive_mase": naive.mase if naive else None,
        "naive_loss": naive.loss if naive else None,
        "tried": [_said(one) for one in sorted(choice.tried, key=lambda one: one.loss)],
    }


def _said(score: Score) -> dict[str, Any]:
    return {
        "method": str(score.method),
        "mase": round(score.mase, 4),
        "bias": None if score.bias is None else round(score.bias, 4),
        "loss": round(score.loss, 5),
    }


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 3) for value in values]


@transaction.atomic
def _store(version: DemandForecast, rows: list[ItemForecast]) -> None:
    """The rows and the draft's state together, unless somebody stopped it meanwhile."""
    content = [[row.item_id, row.method, row.history, row.mean, row.low, row.high] for row in rows]
    kept = DemandForecast.objects.filter(pk=version.pk, state=ForecastState.COMPUTING).update(
        state=ForecastState.DRAFT,
        made_at=timezone.now(),
        progress_percent=100,
        digest=hashlib.sha256(json.dumps(content).encode()).hexdigest(),
    )
    if not kept:
        return
    ItemForecast.objects.bulk_create(rows, batch_size=500)
    passed = DemandForecast.objects.filter(plant=version.plant_id, origin=ForecastOrigin.OWN).exclude(
        state__in=(ForecastState.IN_FORCE, ForecastState.REPLACED, *PENDING)
    )
    DemandForecast.objects.filter(
        pk__in=list(passed.order_by("-id").values_list("pk", flat=True)[KEPT:])
    ).delete()
