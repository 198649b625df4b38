"""Rules of a plant for its plan."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import MasterDataAdmin
from orders.admin.tables import PlanRuleTable
from orders.models import PlanRule


@admin.register(PlanRule)
class PlanRuleAdmin(MasterDataAdmin):
    resource_classes = (PlanRuleTable,)
    list_display = (
        "plant",
        "frozen_hours",
        "on_stale",
        "stop_minutes",
        "off_minutes",
        "pause_seconds",
        "assumed_percent",
        "at_risk_percent",
        "likely_late_percent",
    )
    list_select_related = ("plant",)
    list_filter = ("on_stale", "plant")
    search_fields = ("plant__code", "plant__name")
    autocomplete_fields = ("plant",)
    fields = (
        ("plant", "frozen_hours"),
        ("on_stale", "pause_seconds"),
        ("stop_minutes", "off_minutes"),
        ("at_risk_percent", "likely_late_percent"),
        "assumed_percent",
    )
