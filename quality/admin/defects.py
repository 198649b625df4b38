"""Defect codes, and what was decided about nonconformances."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import FactsAdmin, MasterDataAdmin, deactivate
from quality.admin.tables import DefectCodeTable
from quality.models import DefectCode, Disposition


@admin.register(DefectCode)
class DefectCodeAdmin(MasterDataAdmin):
    resource_classes = (DefectCodeTable,)
    list_display = ("code", "name_en", "name_de", "parent", "scrap_reason", "plant", "position", "active")
    list_select_related = ("plant", "parent", "scrap_reason")
    list_filter = ("plant", "active")
    search_fields = ("code", "name_en", "name_de", "erp_code")
    autocomplete_fields = ("plant", "parent", "scrap_reason")
    actions = (deactivate,)
    fields = (
        "plant",
        ("code", "erp_code"),
        ("name_en", "name_de"),
        ("parent", "scrap_reason"),
        ("position", "active"),
    )


@admin.register(Disposition)
class DispositionAdmin(FactsAdmin):
    list_display = ("at", "nonconformance", "kind", "quantity", "reason", "by")
    list_select_related = ("nonconformance", "by")
    list_filter = ("kind",)
    search_fields = ("nonconformance__number",)
    ordering = ("-id",)
