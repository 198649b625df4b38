"""What quality proved, for looking only."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import FactsAdmin
from quality.models import Inspection, InspectionOmission, InspectionResult, Recall, RequirementCheck


@admin.register(Inspection)
class InspectionAdmin(FactsAdmin):
    list_display = ("at", "operation", "verdict", "inspected", "defective", "by", "comment")
    list_select_related = ("operation", "by")
    list_filter = ("verdict", "plant")
    search_fields = ("operation__order__number",)
    ordering = ("-id",)


@admin.register(RequirementCheck)
class RequirementCheckAdmin(FactsAdmin):
    list_display = ("at", "requirement", "operation", "verdict", "value", "by", "comment")
    list_select_related = ("requirement", "operation", "by")
    list_filter = ("verdict", "plant")
    search_fields = ("requirement__order__number", "requirement__code")
    ordering = ("-id",)


@admin.register(InspectionResult)
class InspectionResultAdmin(FactsAdmin):
    list_display = (
        "at",
        "operation",
        "characteristic",
        "value",
        "inspected",
        "found",
        "verdict",
        "gauge",
        "machine",
        "by",
        "via",
        "comment",
    )
    list_select_related = ("operation", "characteristic", "gauge", "machine", "by")
    list_filter = ("verdict", "plant")
    search_fields = ("operation__order__number", "characteristic__code", "piece")
    ordering = ("-id",)


@admin.register(InspectionOmission)
class InspectionOmissionAdmin(FactsAdmin):
    list_display = ("at", "operation", "characteristic", "due_at", "missing", "reason", "by")
    list_select_related = ("operation", "characteristic", "by")
    list_filter = ("plant",)
    search_fields = ("operation__order__number", "characteristic__code", "reason")
    ordering = ("-id",)


@admin.register(Recall)
class RecallAdmin(FactsAdmin):
    list_display = ("number", "at", "kind", "reason", "by", "plant")
    list_select_related = ("by", "plant")
    list_filter = ("kind", "plant")
    search_fields = ("reason", "lots__lot__number")
    ordering = ("-id",)
