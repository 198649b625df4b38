"""Demand: what other systems told of the past, and versions of the forecast for looking."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import FactsAdmin, MasterDataFormAdmin
from orders.models import DemandForecast, PastDemand


@admin.register(PastDemand)
class PastDemandAdmin(MasterDataFormAdmin):
    list_display = ("week", "item", "quantity", "plant", "source")
    list_select_related = ("item", "plant")
    list_filter = ("plant", "source")
    search_fields = ("item__code", "item__name")
    autocomplete_fields = ("item",)
    date_hierarchy = "week"
    fields = (("plant", "item"), ("week", "quantity"), "source")


@admin.register(DemandForecast)
class DemandForecastAdmin(FactsAdmin):
    list_display = (
        "number",
        "plant",
        "origin",
        "state",
        "zero_on",
        "horizon_weeks",
        "made_at",
        "published_by",
    )
    list_select_related = ("plant", "published_by")
    list_filter = ("plant", "origin", "state")
    search_fields = ("number", "source")
    ordering = ("-id",)
