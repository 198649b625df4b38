"""What the ERP wishes and work already done forbids: the list, decisions, and the rules behind it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from orders.domain.conflicts import DECISIONS, can_take, decide_conflict
from orders.domain.erp_rules import load_rules
from orders.enums import ConflictState, ErpField, WorkState
from orders.models import ErpConflict, ErpRule, ProductionOrder
from orders.models.erp_rule import SHIPPED
from orders.queries.erp_words import value_of
from orders.views.problems import sentence

VIA = "office"
PAGE = 50
DECIDED_LAST = 20


@require_safe
@needs(Right.RELEASE)
def conflict_list(request: HttpRequest) -> HttpResponse:
    conflicts = ErpConflict.objects.select_related(
        "order__plant", "order__item", "operation", "decided_by", "hold"
    ).prefetch_related("order__operations")
    waiting = conflicts.filter(state=ConflictState.OPEN).order_by("raised_at", "pk")
    page = Paginator(waiting, PAGE).get_page(request.GET.get("page"))
    decided = conflicts.exclude(state=ConflictState.OPEN).order_by("-decided_at", "-pk")
    context = {
        "page": page,
        "rows": [_row(conflict) for conflict in page],
        "decided": decided[:DECIDED_LAST],
        "count": open_count(),
        "live_url": live.stream_url(conflict_count=["all"]),
    }
    return render(request, "orders/conflicts.html", context)


def _row(conflict: ErpConflict) -> dict[str, Any]:
    with timezone.override(conflict.order.plant.zone):
        return {
            "conflict": conflict,
            "can_take": can_take(conflict),
            "ours": value_of(conflict.name, conflict.mes_value),
            "theirs": value_of(conflict.name, conflict.erp_value),
        }


@require_POST
@needs(Right.RELEASE)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the ERP's value, keep ours, or propose ours to the ERP."""
    conflict = get_object_or_404(ErpConflict, pk=pk)
    wanted = request.POST.get("decision", "")
    if wanted in DECISIONS:
        try:
            decide_conflict(
                conflict=conflict, decision=ConflictState(wanted), by=cast(User, request.user), via=VIA
            )
        except MesError as error:
            messages.error(request, sentence(error))
        else:
            messages.success(request, _("Decided."))
    return redirect("conflicts")


@require_safe
@needs(Right.VIEW)
def count(_request: HttpRequest) -> HttpResponse:
    """The small number beside the entry of the navigation; empty when nothing waits."""
    return HttpResponse(open_count() or "")


def open_count() -> int:
    return ErpConflict.objects.filter(state=ConflictState.OPEN).count()


@live.fragment("conflict-count", any_of=("conflicts",), right=Right.RELEASE)
def render_count(keys: Collection[str]) -> dict[str, str]:
    return dict.fromkeys(keys, render_to_string("orders/_conflict_count.html", {"count": open_count()}))


@require_safe
@needs(Right.RELEASE)
def rule_matrix(request: HttpRequest) -> HttpResponse:
    """The answers in force for a plant and an order type: `/erp-rules/?plant=…&type=…`."""
    plant = Plant.objects.filter(code=request.GET.get("plant", "")).first()
    order_type = request.GET.get("type", "")[:20]
    kinds = ErpRule.objects.exclude(order_type="").order_by("order_type")
    context = {
        "plants": Plant.objects.order_by("code"),
        "plant": plant,
        "order_type": order_type,
        "order_types": kinds.values_list("order_type", flat=True).distinct(),
        "states": list(WorkState),
        "rows": _matrix(plant, order_type),
    }
    return render(request, "orders/erp_rules.html", context)


def _matrix(plant: Plant | None, order_type: str) -> list[dict[str, Any]]:
    rules = load_rules()
    order = ProductionOrder(plant=plant, order_type=order_type)
    own = {
        (rule.field, rule.state): rule for rule in ErpRule.objects.filter(plant=plant, order_type=order_type)
    }
    return [
        {
            "field": field,
            "cells": [
                {
                    "state": state,
                    "answer": rules.answer(order, field, state),
                    "shipped": SHIPPED[field, state],
                    "rule": own.get((field, state)),
                }
                for state in WorkState
            ],
        }
        for field in ErpField
    ]
