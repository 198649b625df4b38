"""Tools, moulds and dies."""

from __future__ import annotations

from django.contrib import admin

from machines.admin.tables import ToolTable
from machines.models import Tool
from mes.lib.admin.base import MasterDataAdmin, deactivate


@admin.register(Tool)
class ToolAdmin(MasterDataAdmin):
    resource_classes = (ToolTable,)
    list_display = ("code", "name", "plant", "outputs", "active")
    list_select_related = ("plant",)
    list_filter = ("plant", "active")
    search_fields = ("code", "name")
    autocomplete_fields = ("plant", "machines")
    actions = (deactivate,)
    history_children = ("machines",)
    fields = ("plant", ("code", "name"), "outputs", "machines", "active")
