"""Quotes, promises, forecasts and alerts, for looking only."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import FactsAdmin
from orders.models import OrderForecast, Promise, PromiseAlert, Quote


@admin.register(Quote)
class QuoteAdmin(FactsAdmin):
    list_display = ("made_at", "item", "quantity", "customer", "p50_at", "p80_at", "p95_at", "by", "via")
    list_select_related = ("item", "customer", "by")
    list_filter = ("plant", "record_of")
    search_fields = ("item__code", "customer__name", "order__number")
    exclude = ("inputs", "grid")
    ordering = ("-id",)


@admin.register(Promise)
class PromiseAdmin(FactsAdmin):
    list_display = (
        "made_at",
        "order",
        "line",
        "version",
        "promised_at",
        "confidence_percent",
        "source",
        "by",
    )
    list_select_related = ("order", "line__order", "by")
    list_filter = ("source",)
    search_fields = ("order__number", "line__order__number")
    ordering = ("-id",)


@admin.register(OrderForecast)
class OrderForecastAdmin(FactsAdmin):
    list_display = ("made_at", "order", "p50_at", "p80_at", "p95_at", "promised_at", "late_percent")
    list_select_related = ("order",)
    search_fields = ("order__number",)
    exclude = ("grid",)
    ordering = ("-id",)


@admin.register(PromiseAlert)
class PromiseAlertAdmin(FactsAdmin):
    list_display = ("raised_at", "order", "promised_at", "acknowledged_at", "acknowledged_by", "ended_at")
    list_select_related = ("order", "acknowledged_by")
    search_fields = ("order__number",)
    ordering = ("-id",)
