"""Open orders with their four dates, how reliable dates were, and promises at risk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise as Text
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from orders.domain.alerts import acknowledge_alert
from orders.models import ProductionOrder, PromiseAlert
from orders.planning.promise.alerting import Rule
from orders.planning.promise.calibration import LOOK_BACK, calibration_of
from orders.planning.promise.late import lateness_of_plant
from orders.planning.promise.lateness import added_up
from orders.planning.promise.reliability import HORIZONS, TOO_FEW, Said, Share, histogram
from orders.planning.stand import rule_of
from orders.queries.orders import OPEN_STATES
from orders.queries.promises import alerts_of, newest_forecasts, unacknowledged
from orders.queries.reliability import alert_record, foretold, on_time_of
from orders.views.promises.lateness import LateRow
from orders.views.promises.quote import area

PAGE = 50
AHEAD = 2 * 86_400
LIKELY_AHEAD = (0, 8, 24, 48)
"""Hours: so long before the promised date, or earlier, "likely late" was said."""
MOST_GROUPS = 20
HORIZON_WORDS: dict[str, Text] = dict(
    zip(
        HORIZONS,
        (_("under 1 day"), _("1 to 3 days"), _("3 to 7 days"), _("1 to 3 weeks"), _("over 3 weeks")),
        strict=True,
    )
)


@require_safe
@needs(Right.VIEW)
def open_orders(request: HttpRequest) -> HttpResponse:
    """`/promises/open/`: requested, promised, expected of every open order, the most at risk first."""
    context = area(request, tab="open")
    orders = ProductionOrder.objects.filter(plant=context["plant"], state__in=OPEN_STATES).select_related(
        "item"
    )
    known = newest_forecasts(list(orders.values_list("pk", flat=True)))
    rows = sorted(
        ((order, known.get(order.pk)) for order in orders),
        key=lambda row: -(row[1].late_percent or 0) if row[1] is not None else 1,
    )
    context["page"] = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context["rule"] = rule_of(context["plant"])
    return render(request, "orders/promises/open.html", context)


@require_safe
@needs(Right.VIEW)
def reliability(request: HttpRequest) -> HttpResponse:
    """`/promises/reliability/?orders=80`: we said 80 %, n held; and which orders that were."""
    context = area(request, tab="reliability")
    plant, now = context["plant"], timezone.now()
    found = calibration_of(plant, now=now)
    since, said = found.since, found.said
    promised = on_time_of(plant, since=since, now=now)
    context |= {
        "count": len(said),
        "waiting": found.waiting,
        "too_few": TOO_FEW,
        "shares": found.shares,
        "on_time": (
            Share(0.8, sum(one.first_kept for one in promised), len(promised)),
            Share(0.8, sum(one.last_kept for one in promised), len(promised)),
        ),
        "tables": [
            (_("By horizon"), _named(found.groups["horizon"])),
            (_("By item"), found.groups["item"][:MOST_GROUPS]),
            (_("By customer"), found.groups["customer"][:MOST_GROUPS]),
        ],
        "bins": _bars(histogram(said)),
        "sharp": found.sharp,
        "alerts": alert_record(plant, since=since, ahead_seconds=AHEAD),
        "rows": Paginator(said[::-1], PAGE).get_page(request.GET.get("page")),
        "promised": promised[::-1][:PAGE],
    } | _late(plant, since=since, now=now)
    return render(request, "orders/promises/reliability.html", context)


def _late(plant: Plant, *, since: datetime, now: datetime) -> dict[str, Any]:
    """The newest late orders, each with its largest cause, and what made them late together."""
    found = lateness_of_plant(plant, since=since, now=now)
    return {
        "late_orders": [(one, LateRow(*one.causes[0]) if one.causes else None) for one in found],
        "late_causes": [LateRow(*one) for one in added_up(found)],
        "late": sum((one.late for one in found), timedelta(0)),
    }


def _named(groups: list[Any]) -> list[dict[str, Any]]:
    return [
        {"name": HORIZON_WORDS[group.name], "shares": group.shares, "width": group.width} for group in groups
    ]


def _bars(bins: Sequence[Sequence[Said]]) -> list[dict[str, Any]]:
    most = max((len(one) for one in bins), default=0) or 1
    return [
        {
            "x": 60 * index + 4,
            "y": 100 - 100 * len(one) / most,
            "height": 100 * len(one) / most,
            "n": len(one),
        }
        for index, one in enumerate(bins)
    ]


@require_safe
@needs(Right.VIEW)
def alert_page(request: HttpRequest) -> HttpResponse:
    context = area(request, tab="alerts")
    plant, rule = context["plant"], rule_of(context["plant"])
    context |= _alerts(plant) | {
        "record": alert_record(plant, since=timezone.now() - LOOK_BACK, ahead_seconds=AHEAD),
        "rule": Rule.over(rule.at_risk_percent),
        "likely_percent": rule.likely_late_percent,
        "likely": _likely(plant, rule.likely_late_percent),
        "too_few": TOO_FEW,
        "live_url": live.stream_url(promise_alerts=[plant.pk]),
    }
    return render(request, "orders/promises/alerts.html", context)


def _likely(plant: Plant, percent: int) -> list[dict[str, Any]]:
    """How good "likely late" was, over finished orders."""
    found = foretold(plant, since=timezone.now() - LOOK_BACK, percent=percent)
    late, rows = sum(one.late for one in found), []
    for ahead in LIKELY_AHEAD:
        said = [one.late for one in found if one.ahead is not None and one.ahead >= timedelta(hours=ahead)]
        right, of_late = _counted(sum(said), len(said)), _counted(sum(said), late)
        rows.append({"hours": ahead, "right": right, "found": of_late})
    return rows


def _counted(part: int, of: int) -> Share:
    return Share(part / of if of else 0.0, part, of)


def _alerts(plant: Plant) -> dict[str, Any]:
    """With the newest forecast of each: what it was raised for may be long over. The most likely to be late
    first, what nobody has looked at before the rest."""
    alerts, rule = list(alerts_of(plant)), rule_of(plant)
    newest = newest_forecasts([one.order_id for one in alerts])
    rows = [(one, newest[one.order_id]) for one in alerts]
    rows.sort(key=lambda row: (row[0].acknowledged_at is not None, -(row[1].late_percent or 0), row[0].pk))
    return {"plant": plant, "alerts": rows, "likely_percent": rule.likely_late_percent}


@live.fragment("promise-alerts", topics=("promise-alerts",), right=Right.VIEW)
def render_alerts(keys: Collection[str]) -> dict[str, str]:
    plants = Plant.objects.filter(pk__in=[int(key) for key in keys])
    return {
        str(plant.pk): render_to_string("orders/promises/_alerts.html", _alerts(plant)) for plant in plants
    }


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.PLAN)
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    alert = get_object_or_404(PromiseAlert.objects.select_related("order__plant", "forecast"), pk=pk)
    if request.method == "POST":
        acknowledge_alert(alert=alert, by=cast(User, request.user), note=request.POST.get("note", ""))
        return redirect(f"{reverse('promise-alerts')}?plant={alert.order.plant.code}")
    context = {"tab": "alerts", "plant": alert.order.plant, "plants": [], "alert": alert}
    return render(request, "orders/promises/acknowledge.html", context)


@require_safe
@needs(Right.VIEW)
def alert_count(request: HttpRequest) -> HttpResponse:
    return render(request, "orders/promises/_alert_count.html", {"count": unacknowledged()})
