"""Costs: one order against its quote, and the margins of all orders that are open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from mes.lib.sheets import Cell, csv_response, xlsx_response
from orders.domain.cost import OrderCost, cost_of
from orders.domain.quoting import enter_cost
from orders.enums import Cause, CostKind
from orders.filters import CostFilter
from orders.forms.office import CostForm
from orders.models import ProductionOrder
from orders.queries.cost import cost_facts
from orders.queries.orders import DUE_AT
from orders.views.problems import sentence

PAGE = 50
MOST = 2000
"""Orders that are counted at once; the list says when there are more."""
NOTHING = Decimal(0)

MEANINGS: dict[Cause, Promise] = {
    Cause.SETUP: gettext_lazy("(measured setup hours − quoted) × quoted rate"),
    Cause.SPEED: gettext_lazy(
        "(run hours without stops of good pieces − quoted hours of as many) × quoted rate"
    ),
    Cause.STOPS: gettext_lazy("hours in which the machine stood during the run × quoted rate"),
    Cause.SCRAP: gettext_lazy("run hours and material that went into scrap"),
    Cause.REWORK: gettext_lazy("run hours of pieces that need rework"),
    Cause.OTHER_MACHINE: gettext_lazy("hours × (rate of the machine it ran on − quoted rate)"),
    Cause.LABOUR: gettext_lazy("people's hours − quoted hours of the work done, at the labour rate"),
    Cause.OVERTIME: gettext_lazy("people's hours outside the shifts × labour rate × premium"),
    Cause.MATERIAL: gettext_lazy("material taken − quoted material of as many pieces"),
    Cause.OUTSIDE: gettext_lazy("supplier's invoices − quoted price of as many pieces"),
    Cause.OTHER: gettext_lazy("costs that were entered"),
    Cause.PACE: gettext_lazy("remaining pieces at the pace measured so far − at the quoted one"),
    Cause.QUANTITY: gettext_lazy("more or fewer pieces, or another plan, than was quoted"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the bridge from quote to completion; ``x`` and ``width`` in thousandths of the picture."""

    label: str
    meaning: str
    value: Decimal
    x: int
    width: int
    kind: str


@require_safe
@needs(Right.COSTS)
def order_cost(request: HttpRequest, pk: int) -> HttpResponse:
    cost = _one(pk)
    if shape := request.GET.get("format"):
        return _sheet(shape, f"cost-{cost.facts.order.number}", PART_HEADERS, _part_rows(cost))
    context = cost_context(cost) | {
        "form": CostForm(order=cost.facts.order),
        "live_url": live.stream_url(order_cost=[pk]),
    }
    return render(request, "orders/cost.html", context)


@require_POST
@needs(Right.COSTS)
def add_cost(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter what nobody measures: an invoice, freight, a correction."""
    cost = _one(pk)
    form = CostForm(request.POST, order=cost.facts.order)
    if form.is_valid():
        try:
            enter_cost(order=cost.facts.order, by=cast(User, request.user), **form.cleaned_data)
        except MesError as error:
            form.add_error(None, sentence(error))
        else:
            messages.success(request, _("Entered."))
            return redirect("order-cost", pk)
    return render(request, "orders/cost.html", cost_context(cost) | {"form": form}, status=422)


@require_safe
@needs(Right.COSTS)
def cost_list(request: HttpRequest) -> HttpResponse:
    """The order book with its margins; the thinnest first."""
    orders = _priced_orders().annotate(due_at=DUE_AT).order_by("due_at", "number")
    found = CostFilter(request.GET, queryset=orders)
    counted = list(found.qs[: MOST + 1])
    costs = [cost_of(facts) for facts in cost_facts(counted[:MOST])]
    costs.sort(key=_thinnest_first)
    if shape := request.GET.get("format"):
        return _sheet(shape, "costs", ORDER_HEADERS, map(_order_row, costs))
    context = {
        "filter": found,
        "page": Paginator(costs, PAGE).get_page(request.GET.get("page")),
        "total": _total(costs),
        "cut": len(counted) > MOST,
        "most": MOST,
        "meanings": MEANINGS,
    }
    return render(request, "orders/costs.html", context)


@live.fragment("order-cost", topics=("order",), right=Right.COSTS)
def render_costs(keys: Collection[str]) -> dict[str, str]:
    orders = _priced_orders().filter(pk__in=[int(key) for key in keys if key.isdigit()])
    return {
        str(facts.order.pk): render_to_string("orders/_cost.html", cost_context(cost_of(facts)))
        for facts in cost_facts(orders)
    }


def cost_context(cost: OrderCost) -> dict[str, Any]:
    return {
        "order": cost.facts.order,
        "cost": cost,
        "kinds": [
            {
                "kind": kind,
                "quoted": cost.quoted.get(kind, NOTHING),
                "spent": cost.spent.get(kind, NOTHING),
                "to_come": cost.to_come.get(kind, NOTHING),
                "total": cost.spent.get(kind, NOTHING) + cost.to_come.get(kind, NOTHING),
            }
            for kind in CostKind
            if cost.quoted.get(kind) or cost.spent.get(kind) or cost.to_come.get(kind)
        ],
        "parts": [
            {"part": part, "causes": _largest(part.causes), "difference": part.at_completion - part.quote}
            for part in cost.parts
            if part.facts is not None or part.actual
        ],
        "bridge": bridge(cost),
        "entries": cost.facts.order.cost_entries.select_related("operation", "by"),
    }


def bridge(cost: OrderCost) -> list[Bar]:
    """From the quote over each cause to the cost at completion, on one scale that begins at zero."""
    causes = [(cause, cost.causes[cause]) for cause in Cause if cost.causes.get(cause)]
    level = cost.quote
    levels = [level]
    for _cause, value in causes:
        level += value
        levels.append(level)
    top = max((*levels, cost.at_completion, cost.price or NOTHING), default=NOTHING)
    if top <= 0:
        return []

    def bar(label: object, meaning: object, start: Decimal, end: Decimal, kind: str) -> Bar:
        low, high = (max(min(start, end), NOTHING), max(start, end, NOTHING))
        x = int(low / top * 1000)
        return Bar(str(label), str(meaning), end - start, x, max(int(high / top * 1000) - x, 2), kind)

    bars = [bar(_("Quote"), _("planned at release"), NOTHING, cost.quote, "whole")]
    for (cause, value), before in zip(causes, levels, strict=False):
        kind = "dearer" if value > 0 else "cheaper"
        bars.append(bar(cause.label, MEANINGS[cause], before, before + value, kind))
    bars.append(bar(_("At completion"), _("spent + still to come"), NOTHING, cost.at_completion, "whole"))
    if cost.price is not None:
        bars.append(bar(_("Price"), _("what the customer pays"), NOTHING, cost.price, "price"))
    return bars


def _priced_orders() -> Any:
    return ProductionOrder.objects.select_related("plant", "item", "unit", "customer_line__order__customer")


def _one(pk: int) -> OrderCost:
    return cost_of(cost_facts([get_object_or_404(_priced_orders(), pk=pk)])[0])


def _largest(causes: dict[Cause, Decimal], *, most: int = 2) -> list[tuple[Cause, Decimal]]:
    """What made it dearer most."""
    dearer = [(cause, value) for cause, value in causes.items() if value > Decimal("0.005")]
    return sorted(dearer, key=lambda one: -one[1])[:most]


def _thinnest_first(cost: OrderCost) -> tuple[bool, Decimal]:
    """Orders without a price come last, those with the largest excess first."""
    return (cost.margin_share is None, cost.margin_share if cost.margin_share is not None else -cost.variance)


def _total(costs: Sequence[OrderCost]) -> dict[str, Any]:
    priced = [cost for cost in costs if cost.price is not None]
    price = sum((cost.price or NOTHING for cost in priced), NOTHING)
    margin = sum((cost.margin or NOTHING for cost in priced), NOTHING)
    causes: dict[Cause, Decimal] = {}
    for cost in costs:
        for cause, value in cost.causes.items():
            causes[cause] = causes.get(cause, NOTHING) + value
    return {
        "orders": len(costs),
        "priced": len(priced),
        "price": price,
        "margin": margin,
        "margin_share": margin / price if price else None,
        "quote": sum((cost.quote for cost in costs), NOTHING),
        "actual": sum((cost.actual for cost in costs), NOTHING),
        "at_completion": sum((cost.at_completion for cost in costs), NOTHING),
        "variance": sum((cost.variance for cost in costs), NOTHING),
        "causes": _largest(causes, most=5),
    }


ORDER_HEADERS = (
    "order",
    "item",
    "customer",
    "customer_order",
    "state",
    "due",
    "quantity",
    "good",
    "price",
    "quote",
    *(f"spent_{kind}" for kind in CostKind),
    "spent",
    "to_come",
    "at_completion",
    *(f"cause_{cause}" for cause in Cause),
    "variance",
    "margin",
    "without_price",
)
PART_HEADERS = ("order", "operation", "text", "kind", "quoted", "spent", "to_come", "at_completion")


def _order_row(cost: OrderCost) -> list[Cell]:
    order = cost.facts.order
    line = order.customer_line
    return [
        order.number,
        order.item.code,
        line.order.customer.code if line else "",
        f"{line.order.number}/{line.position}" if line else "",
        order.state,
        order.promised_at or order.requested_at,
        order.quantity,
        order.good,
        cost.price,
        cost.quote,
        *(cost.spent.get(kind, NOTHING) for kind in CostKind),
        cost.actual,
        cost.remaining,
        cost.at_completion,
        *(cost.causes.get(cause, NOTHING) for cause in Cause),
        cost.variance,
        cost.margin,
        ", ".join(cost.unpriced),
    ]


def _part_rows(cost: OrderCost) -> Iterable[list[Cell]]:
    cent = Decimal("0.01")
    for part in cost.parts:
        operation = part.facts.operation if part.facts else None
        for kind in CostKind:
            quoted, spent, to_come = (
                money.get(kind, NOTHING).quantize(cent) for money in (part.quoted, part.spent, part.to_come)
            )
            if quoted or spent or to_come:
                yield [
                    cost.facts.order.number,
                    operation.number if operation else "",
                    operation.text if operation else "",
                    str(kind),
                    quoted,
                    spent,
                    to_come,
                    spent + to_come,
                ]


def _sheet(shape: str, name: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    return (xlsx_response if shape == "xlsx" else csv_response)(name, headers, rows)
