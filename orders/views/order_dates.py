"""How an order's dates went: across the time at which something was said, up the date that was said.

A level line is a date that holds; one that rises slips. Whoever waits crosses the diagonal: today.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format

from mes.accounts.roles import Right
from mes.lib import live
from orders.models import ProductionOrder
from orders.planning.promise.lateness import lateness_of
from orders.queries.dates import DateHistory, date_history
from orders.queries.lateness import late_facts
from orders.views.promises.lateness import rows_of_one

LEFT, RIGHT, TOP, BOTTOM = 104, 16, 14, 30
WIDTH, HEIGHT = 760, 270
TICKS = 4
LEAST = timedelta(hours=12)
"""A picture spans at least this much each way."""

Place = Callable[[datetime], float]


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything in the pixels of its view box; paths and points are SVG. None: there is no such date."""

    width: int
    height: int
    left: int
    right: int
    bottom: int
    across: list[Tick]
    up: list[Tick]
    band: str
    likely: str
    promised: str
    requested: float | None
    today: tuple[float, float, float, float] | None
    now: float
    actual: tuple[float, float] | None


@live.fragment("order-dates", topics=("order",), right=Right.VIEW)
def render_dates(keys: Collection[str]) -> dict[str, str]:
    orders = ProductionOrder.objects.filter(pk__in=[int(key) for key in keys]).select_related("plant")
    return {str(order.pk): render_to_string("orders/_dates.html", dates_context(order)) for order in orders}


def dates_context(order: ProductionOrder) -> dict[str, object]:
    history, now = date_history(order), timezone.now()
    return {
        "order": order,
        "plant": order.plant,
        "dates": history,
        "picture": _picture(history, now) if history.has_history else None,
    } | _lateness(order, now)


def _lateness(order: ProductionOrder, now: datetime) -> dict[str, object]:
    """Nothing where it isn't late, or nothing was promised."""
    late, machines = late_facts([order], now=now)
    if not late:
        return {}
    found = lateness_of(late[0], machines)
    return {"late": found.late, "late_causes": rows_of_one(found.causes)}


def _picture(history: DateHistory, now: datetime) -> Picture:
    order = history.order
    zone = ZoneInfo(order.plant.time_zone)
    said = [one.made_at for one in history.promises] + [one.made_at for one in history.forecasts]
    last = order.finished_at or now
    first, last = _wide(min([*said, last]), max([*said, last]))
    dates = [one.promised_at for one in history.promises]
    dates += [moment for one in history.forecasts for moment in (one.p50_at, one.p95_at)]
    dates += [one for one in (order.requested_at, order.finished_at) if one]
    low, high = _wide(min(dates), max(dates))
    x = _scale(first, last, LEFT, WIDTH - RIGHT)
    y = _scale(low, high, HEIGHT - BOTTOM, TOP)
    until = order.finished_at or now
    return Picture(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        bottom=HEIGHT - BOTTOM,
        across=[Tick(x(one), _label(one.astimezone(zone))) for one in _steps(first, last)],
        up=[Tick(y(one), _label(one.astimezone(zone))) for one in _steps(low, high)],
        band=_band(history, until, x, y),
        likely=_stairs([(one.made_at, one.p80_at) for one in history.forecasts], until, x, y),
        promised=_stairs([(one.made_at, one.promised_at) for one in history.promises], until, x, y),
        requested=y(order.requested_at) if order.requested_at else None,
        today=_diagonal(max(first, low), min(last, high), x, y),
        now=x(min(now, last)),
        actual=(x(order.finished_at), y(order.finished_at)) if order.finished_at else None,
    )


def _wide(low: datetime, high: datetime) -> tuple[datetime, datetime]:
    """Some room around, and never nothing."""
    room = max((high - low) * 0.06, (LEAST - (high - low)) / 2)
    return low - room, high + room


def _scale(low: datetime, high: datetime, start: float, end: float) -> Place:
    def place(moment: datetime) -> float:
        return round(start + (end - start) * ((moment - low) / (high - low)), 1)

    return place


def _steps(low: datetime, high: datetime) -> list[datetime]:
    return [low + (high - low) * (number + 0.5) / TICKS for number in range(TICKS)]


def _label(moment: datetime) -> str:
    return date_format(moment, "j M H:i")


def _stairs(points: Sequence[tuple[datetime, datetime]], until: datetime, x: Place, y: Place) -> str:
    """Each date holds until another is said."""
    if not points:
        return ""
    parts = [f"M{x(points[0][0])} {y(points[0][1])}"]
    parts += [f"H{x(made)}V{y(date)}" for made, date in points[1:]]
    return "".join(parts) + f"H{x(max(until, points[-1][0]))}"


def _band(history: DateHistory, until: datetime, x: Place, y: Place) -> str:
    """Between the 50 % and the 95 % date."""
    found = history.forecasts
    if not found:
        return ""
    upper = _stairs([(one.made_at, one.p95_at) for one in found], until, x, y)
    ends = [*(one.made_at for one in found[1:]), max(until, found[-1].made_at)]
    back = "".join(
        f"L{x(end)} {y(one.p50_at)}H{x(one.made_at)}"
        for one, end in zip(reversed(found), reversed(ends), strict=True)
    )
    return f"{upper}{back}Z"


def _diagonal(low: datetime, high: datetime, x: Place, y: Place) -> tuple[float, float, float, float] | None:
    """Where the date said is the day on which it is said; None: out of the picture."""
    return (x(low), y(low), x(high), y(high)) if low < high else None
