"""The numbers behind a proposal, each with what it is, where it comes from, and what it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.enums import ForecastMethod, StockPolicy
from orders.models import StockingRule

WARNINGS: dict[str, Promise] = {
    "below_zero": gettext_lazy("Stock stands below zero: more was used than was booked in. Count it first."),
    "no_room": gettext_lazy("It should be ordered, but its place or its maximum leaves no room."),
    "capped": gettext_lazy("The room or the maximum allows less than is needed."),
    "too_few": gettext_lazy(
        "Wanted in fewer than four weeks so far: most of this is borrowed from other items."
    ),
    "assumed_time": gettext_lazy("No replenishment was measured yet: the rule's assumed time counts."),
    "left_out": gettext_lazy("Some customers' lines are in a unit that doesn't convert: they are left out."),
}
LEVELS: dict[str, Promise] = {
    "item": gettext_lazy("this item and its like"),
    "like": gettext_lazy("items of its family or supplier"),
    "plant": gettext_lazy("all items of the plant"),
    "assumed": gettext_lazy("nothing: assumed in the rule"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """``kind``: quantity, days, percent or text; ``link`` leads to what it is made of."""

    label: str
    value: float | str | None
    kind: str
    why: str
    link: str = ""
    strong: bool = False


def figures_of(rule: StockingRule, known: Mapping[str, Any]) -> list[tuple[str, list[Figure]]]:
    """In groups, in the order in which one follows from the other."""
    if not known:
        return []
    item = rule.item
    plant = f"?plant={rule.plant.code}"
    forecast = reverse("forecast-item", args=[item.pk]) + plant
    stock = f"{reverse('stock')}?q={item.code}"
    return [
        (
            _("What there is"),
            [
                Figure(_("On hand"), known["on_hand"], "quantity", _on_hand(known), stock),
                Figure(
                    _("On order"),
                    known["on_order"],
                    "quantity",
                    _("Open orders for stock and purchases, see below."),
                    "#coming",
                ),
                Figure(
                    _("Overdue"),
                    known["overdue"],
                    "quantity",
                    _("Ordered by customers or needed by orders, due, and not delivered."),
                    "#wanted",
                ),
                Figure(
                    _("Ordered beyond the forecast"),
                    known["beyond"],
                    "quantity",
                    _("Orders in hand within that time, as far as a week has more than was forecast."),
                    "#wanted",
                ),
                Figure(
                    _("Stock position"),
                    known["position"],
                    "quantity",
                    _("On hand + on order − overdue − ordered beyond the forecast."),
                    "",
                    True,
                ),
            ],
        ),
        (
            _("What it has to last for"),
            [
                Figure(_("Replenishment time, half of them"), known["lead_p50"], "days", _lead(known)),
                Figure(
                    _("Replenishment time, 9 of 10"),
                    known["lead_p90"],
                    "days",
                    _("The whole distribution counts, not its mean alone."),
                ),
                Figure(_("Expected a week"), known["weekly"], "quantity", _demand(known), forecast),
                Figure(
                    _("Demand in that time"),
                    known["demand_lead"],
                    "quantity",
                    _("Mean of 400 futures of demand, each over its own replenishment time."),
                    forecast,
                ),
                Figure(
                    _("Demand in that time, 95 of 100"),
                    known["demand_lead_p95"],
                    "quantity",
                    _("95 % of the futures stay at or below it."),
                ),
            ],
        ),
        (
            _("What follows"),
            [
                Figure(_("Reorder point"), known["point"], "quantity", _point(rule, known), "", True),
                Figure(
                    _("Safety stock"),
                    known["safety"],
                    "quantity",
                    _("Reorder point − demand in the replenishment time."),
                ),
                Figure(
                    _("Delivered from stock"),
                    known["fill"],
                    "percent",
                    _("The share of demand to be expected at this reorder point. Wanted: %s %%.")
                    % f"{known['service']:g}",
                ),
                Figure(_("An order covers"), known["lot"], "quantity", _lot(rule)),
                Figure(
                    _("Room left"),
                    known["room"],
                    "quantity",
                    _("Capacity of %(place)s less what lies there.")
                    % {"place": rule.place.code if rule.place else "–"},
                ),
                Figure(_("To be ordered"), known["quantity"], "quantity", _ordered(rule), "", True),
            ],
        ),
    ]


def _on_hand(known: Mapping[str, Any]) -> str:
    text = _("Free stock of usable lots in all places.")
    if known["unusable"]:
        text += " " + _("Not counted: %s in inspection, blocked, expired or held.") % f"{known['unusable']:g}"
    if known["below"]:
        text += " " + _("Below zero: %s.") % f"{known['below']:g}"
    return text


def _lead(known: Mapping[str, Any]) -> str:
    count = known["lead_count"]
    measured = ngettext(
        "Measured on one finished replenishment of this item,",
        "Measured on %(count)d finished replenishments of this item,",
        count,
    ) % {"count": count}
    return (
        f"{measured} "
        + _("drawn to their like; narrowest with measurements: %s.") % LEVELS[known["lead_level"]]
    )


def _demand(known: Mapping[str, Any]) -> str:
    way = dict(ForecastMethod.choices).get(known["method"], known["method"])
    source = (
        _("Forecast %d in force") % known["version"]
        if known["version"]
        else _("No forecast in force: own demand")
    )
    return _("%(source)s, %(way)s. %(weeks)d weeks of history, %(demands)d with demand.") % {
        "source": source,
        "way": way,
        "weeks": known["history_weeks"],
        "demands": known["demands"],
    }


def _point(rule: StockingRule, known: Mapping[str, Any]) -> str:
    if rule.minimum is not None:
        return _("Set by hand in the rule. Computed: %s.") % f"{known['computed_point']:g}"
    return _(
        "The lowest level at which the wanted share of demand is delivered from stock, in the same futures."
    )


def _lot(rule: StockingRule) -> str:
    if rule.lot_quantity is not None:
        return _("Fixed lot of the rule.")
    return ngettext(
        "One week of expected demand.", "%(count)d weeks of expected demand.", rule.period_weeks
    ) % {"count": rule.period_weeks}


def _ordered(rule: StockingRule) -> str:
    if rule.policy == StockPolicy.MIN_MAX:
        return _("At or below the minimum: up to the maximum.")
    if rule.policy == StockPolicy.PERIOD:
        return (
            _("Looked at every %d weeks: up to the level that lasts until the next delivery.")
            % rule.period_weeks
        )
    return _("At or below the reorder point: whole lots until the position is above it.")
