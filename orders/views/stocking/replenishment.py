"""What is proposed to be made or bought for stock, and why; projected stock of an item."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from orders.domain.available import today_in
from orders.domain.replenishment import accept_proposal, can_decide, reject_proposal
from orders.enums import ProposalState
from orders.forms.demand import AcceptForm, RejectForm
from orders.models import ReplenishmentProposal, StockingRule, StockOutlook
from orders.queries.demand import wanted_now
from orders.queries.supply import coming
from orders.views.posted import posted
from orders.views.problems import show_in
from orders.views.stocking.area import area
from orders.views.stocking.pictures import stock_picture
from orders.views.stocking.words import WARNINGS, figures_of

PAGE = 50
NEAR = 2
"""A capacity so many times beyond the stock would press the picture flat: it is told in words only."""


@require_safe
@needs(Right.VIEW)
def replenishment_page(request: HttpRequest) -> HttpResponse:
    """`/stock/replenishment/?plant=…&show=items|decided`: open proposals; all items; what was decided."""
    context = area(request, tab="replenishment")
    plant, show = context["plant"], request.GET.get("show", "")
    context |= {"show": show, "live_url": live.stream_url(replenishment_count=[plant.pk]), **_counts(plant)}
    if show == "items":
        rules: Any = (
            StockingRule.objects.filter(plant=plant, active=True)
            .select_related("item__unit", "outlook")
            .order_by("item__code")
        )
        if text := request.GET.get("q", "").strip():
            rules = rules.filter(Q(item__code__icontains=text) | Q(item__name__icontains=text))
            context["q"] = text
    else:
        state = Q(state=ProposalState.OPEN)
        if show == "decided":
            state = Q(state__in=(ProposalState.ACCEPTED, ProposalState.REJECTED))
        rules = (
            ReplenishmentProposal.objects.filter(state, rule__plant=plant)
            .select_related("rule__item__unit", "rule__plant", "order", "purchase_line__order", "decided_by")
            .order_by("-decided_at" if show == "decided" else "needed_on", "pk")
        )
    context["page"] = Paginator(rules, PAGE).get_page(request.GET.get("page"))
    return render(request, "stock/replenishment.html", context)


def _counts(plant: Plant) -> dict[str, Any]:
    rules = StockingRule.objects.filter(plant=plant, active=True)
    newest = StockOutlook.objects.filter(rule__plant=plant).order_by("-made_at").first()
    return {
        "plant": plant,
        "rules": rules.count(),
        "as_of": newest.made_at if newest else None,
        **ReplenishmentProposal.objects.filter(rule__plant=plant).aggregate(
            open=Count("pk", filter=Q(state=ProposalState.OPEN))
        ),
    }


@live.fragment("replenishment-count", topics=("replenishment",), right=Right.VIEW)
def render_count(keys: Collection[str]) -> dict[str, str]:
    plants = Plant.objects.filter(pk__in=[int(key) for key in keys if key.isdigit()])
    return {str(one.pk): render_to_string("stock/_replenishment_count.html", _counts(one)) for one in plants}


@require_safe
@needs(Right.VIEW)
def stocked_item(request: HttpRequest, pk: int) -> HttpResponse:
    """`/stock/replenishment/RULE/`: projected stock, every number, and the open proposal to be decided."""
    rule = _rule(pk)
    proposal = rule.proposals.filter(state=ProposalState.OPEN).first()
    accept = AcceptForm(initial=_said(proposal))
    reject = RejectForm(initial={"key": uuid.uuid4()})
    return render(request, "stock/stocked_item.html", _context(rule, proposal, accept, reject))


def _rule(pk: int) -> StockingRule:
    rules = StockingRule.objects.select_related("plant", "item__unit", "place", "outlook__forecast")
    return get_object_or_404(rules, pk=pk)


def _said(proposal: ReplenishmentProposal | None) -> dict[str, Any]:
    if proposal is None:
        return {}
    day = max(proposal.needed_on, today_in(proposal.rule.plant))
    return {"key": uuid.uuid4(), "quantity": f"{proposal.quantity.normalize():f}", "needed_on": day}


@require_POST
@needs(Right.PLAN)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or reject the proposal that the page showed."""
    rule, user = _rule(pk), cast(User, request.user)
    proposal = rule.proposals.filter(state=ProposalState.OPEN).first()
    named = get_object_or_404(ReplenishmentProposal, rule=rule, pk=request.POST.get("proposal") or 0)
    accepting = request.POST.get("decision") == "accept"
    form = (AcceptForm if accepting else RejectForm)(posted(request))
    if form.is_valid():
        said = form.cleaned_data
        try:
            if accepting:
                done = accept_proposal(
                    proposal=named,
                    quantity=said["quantity"],
                    needed_on=said["needed_on"],
                    by=user,
                    key=said["key"],
                )
                messages.success(request, _became(done))
            else:
                reject_proposal(proposal=named, reason=said["reason"], by=user, key=said["key"])
                messages.success(request, _("Rejected. For a week nothing is proposed for this item."))
            return redirect(f"{reverse('replenishment')}?plant={rule.plant.code}")
        except MesError as error:
            show_in(form, error)
    accept = form if accepting else AcceptForm(initial=_said(proposal))
    reject = RejectForm(initial={"key": uuid.uuid4()}) if accepting else form
    return render(request, "stock/stocked_item.html", _context(rule, proposal, accept, reject))


def _became(done: ReplenishmentProposal) -> str:
    if done.order is not None:
        return _("Production order %s is planned. Release it when it may begin.") % done.order.number
    return _("Supplier order %s is made. Send it to the supplier.") % done.purchase_line


def _context(
    rule: StockingRule, proposal: ReplenishmentProposal | None, accept: Any, reject: Any
) -> dict[str, Any]:
    outlook = getattr(rule, "outlook", None)
    today = today_in(rule.plant)
    context: dict[str, Any] = {
        "tab": "replenishment",
        "plant": rule.plant,
        "rule": rule,
        "item": rule.item,
        "places": f"-{min(rule.item.unit.decimals, 2)}g",
        "outlook": outlook,
        "proposal": proposal,
        "can_decide": proposal is not None and can_decide(proposal),
        "accept": accept,
        "reject": reject,
        "coming": coming(rule.plant, [rule.item_id], today=today).get(rule.item_id, ()),
        "wanted": wanted_now(rule.plant, [rule.item_id], today=today).get(rule.item_id, ()),
        "past": rule.proposals.exclude(state=ProposalState.OPEN)
        .select_related("order", "purchase_line__order", "decided_by")
        .order_by("-pk")[:10],
    }
    if outlook is not None:
        levels = [("point", float(outlook.reorder_point)), ("safety", float(outlook.figures["safety"]))]
        highest = max([float(outlook.reorder_point), *(float(one["high"]) for one in outlook.weeks)])
        if rule.place and rule.place.capacity and rule.place.capacity <= NEAR * highest:
            levels.append(("capacity", float(rule.place.capacity)))
        context |= {
            "picture": stock_picture(outlook.weeks, levels),
            "groups": figures_of(rule, outlook.figures),
            "warnings": [WARNINGS[code] for code in outlook.warnings if code in WARNINGS],
        }
    return context
