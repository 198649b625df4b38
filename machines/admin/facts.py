"""What machines sent and could not be taken."""

from __future__ import annotations

from django.contrib import admin

from machines.models import SampleProblem
from mes.lib.admin.base import FactsAdmin


@admin.register(SampleProblem)
class SampleProblemAdmin(FactsAdmin):
    list_display = ("received_at", "channel", "machine_code", "code", "reason")
    list_filter = ("channel", "code")
    search_fields = ("machine_code", "reason")
    ordering = ("-received_at",)
