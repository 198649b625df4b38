"""Golden batches: looked at here, marked on the batch record."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import FactsAdmin
from quality.models import GoldenBatch


@admin.register(GoldenBatch)
class GoldenBatchAdmin(FactsAdmin):
    list_display = ("item", "number", "operation", "plant", "reason", "marked_at", "by", "replaced_at")
    list_select_related = ("item", "operation__order", "plant", "by")
    list_filter = ("plant",)
    search_fields = ("item__code", "operation__order__number", "reason")
    ordering = ("-pk",)
