"""How items are kept in stock, and what was proposed."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import FactsAdmin, MasterDataAdmin
from orders.admin.tables import StockingRuleTable
from orders.models import ReplenishmentProposal, StockingRule


@admin.register(StockingRule)
class StockingRuleAdmin(MasterDataAdmin):
    resource_classes = (StockingRuleTable,)
    list_display = (
        "item",
        "plant",
        "policy",
        "service_percent",
        "lot_quantity",
        "place",
        "supplier",
        "active",
    )
    list_select_related = ("item", "plant", "place")
    list_filter = ("plant", "policy", "active")
    search_fields = ("item__code", "item__name", "supplier")
    autocomplete_fields = ("item", "place")
    fields = (
        ("plant", "item"),
        ("policy", "service_percent"),
        ("period_weeks", "lot_quantity"),
        ("minimum", "maximum"),
        ("place", "supplier"),
        ("assumed_days", "demand_of"),
        ("forecast_origin", "active"),
    )


@admin.register(ReplenishmentProposal)
class ReplenishmentProposalAdmin(FactsAdmin):
    list_display = ("made_at", "rule", "state", "quantity", "needed_on", "order", "decided_by", "reason")
    list_select_related = ("rule__plant", "rule__item", "order", "decided_by")
    list_filter = ("state", "bought", "rule__plant")
    search_fields = ("rule__item__code", "order__number", "reason")
    ordering = ("-id",)
