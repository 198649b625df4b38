"""Family tools: what comes out of each cycle."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import MasterDataAdmin
from orders.admin.tables import ToolOutputTable
from orders.models import ToolOutput


@admin.register(ToolOutput)
class ToolOutputAdmin(MasterDataAdmin):
    resource_classes = (ToolOutputTable,)
    list_display = ("tool", "item", "pieces")
    list_select_related = ("item", "tool")
    list_filter = ("tool__plant",)
    search_fields = ("tool__code", "tool__name", "item__code", "item__name")
    autocomplete_fields = ("tool", "item")
    fields = (("tool", "item"), "pieces")
