"""What happened: production events, stock moves and balances, for looking only."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import FactsAdmin
from orders.models import ProductionEvent, RequirementReading, StockBalance, StockMove


@admin.register(ProductionEvent)
class ProductionEventAdmin(FactsAdmin):
    list_display = (
        "occurred_at",
        "kind",
        "order",
        "operation",
        "machine",
        "good",
        "scrap",
        "rework",
        "by",
        "via",
    )
    list_select_related = ("order", "operation", "machine", "by")
    list_filter = ("kind", "plant")
    search_fields = ("order__number",)
    ordering = ("-id",)


@admin.register(StockMove)
class StockMoveAdmin(FactsAdmin):
    list_display = (
        "occurred_at",
        "kind",
        "item",
        "lot",
        "place",
        "status",
        "quantity",
        "order",
        "by",
        "comment",
    )
    list_select_related = ("item", "place", "order", "by")
    list_filter = ("kind", "plant")
    search_fields = ("item__code", "order__number", "lot")
    ordering = ("-id",)


@admin.register(StockBalance)
class StockBalanceAdmin(FactsAdmin):
    list_display = ("item", "lot", "place", "status", "plant", "on_hand", "reserved", "may_go_negative")
    list_select_related = ("item", "plant", "place")
    list_filter = ("plant", "status")
    search_fields = ("item__code", "item__name", "lot")
    ordering = ("item__code", "lot")


@admin.register(RequirementReading)
class RequirementReadingAdmin(FactsAdmin):
    list_display = ("at", "requirement", "operation", "machine", "revision", "by")
    list_select_related = ("requirement", "operation", "machine", "by")
    list_filter = ("plant",)
    search_fields = ("requirement__order__number", "requirement__code")
    ordering = ("-id",)
