"""Thresholds of items on machines."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import MasterDataAdmin
from orders.admin.tables import ItemThresholdTable
from orders.models import ItemThreshold


@admin.register(ItemThreshold)
class ItemThresholdAdmin(MasterDataAdmin):
    resource_classes = (ItemThresholdTable,)
    list_display = ("item", "machine", "micro_stop_seconds", "gap_factor", "minimum_cycle_seconds")
    list_select_related = ("item", "machine")
    list_filter = ("machine__plant", "machine__area", "machine__group")
    search_fields = ("item__code", "item__name", "machine__code")
    autocomplete_fields = ("machine", "item")
    fields = (("machine", "item"), ("micro_stop_seconds", "gap_factor", "minimum_cycle_seconds"))
