"""What a good plan is, in one plant."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import MasterDataAdmin
from orders.admin.tables import PlanWeightsTable
from orders.models import PlanWeights


@admin.register(PlanWeights)
class PlanWeightsAdmin(MasterDataAdmin):
    resource_classes = (PlanWeightsTable,)
    list_display = ("plant", "lateness", "setup", "stability", "chance", "near_hours")
    list_select_related = ("plant",)
    list_filter = ("plant",)
    search_fields = ("plant__code", "plant__name")
    autocomplete_fields = ("plant",)
    fields = (("plant", "lateness"), ("setup", "chance"), ("stability", "near_hours"))
