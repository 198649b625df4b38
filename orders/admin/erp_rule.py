"""What the ERP may change by how far the work has come."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import MasterDataAdmin
from orders.admin.tables import ErpRuleTable
from orders.models import ErpRule


@admin.register(ErpRule)
class ErpRuleAdmin(MasterDataAdmin):
    """Rows that differ from the shipped answers; the page “Rules for ERP changes” shows the whole matrix."""

    resource_classes = (ErpRuleTable,)
    list_display = ("field", "state", "answer", "plant", "order_type")
    list_select_related = ("plant",)
    list_filter = ("plant", "order_type", "field", "state", "answer")
    search_fields = ("order_type", "field")
    autocomplete_fields = ("plant",)
    fields = (("plant", "order_type"), ("field", "state"), "answer")
