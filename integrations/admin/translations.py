"""Partners' words beside ours."""

from __future__ import annotations

from django.contrib import admin

from integrations.admin.tables import TranslationTable
from integrations.models import Translation
from mes.lib.admin.base import MasterDataAdmin


@admin.register(Translation)
class TranslationAdmin(MasterDataAdmin):
    resource_classes = (TranslationTable,)
    list_display = ("theirs", "ours", "kind", "direction", "connection")
    list_select_related = ("connection",)
    list_filter = ("connection", "kind", "direction")
    search_fields = ("theirs", "ours", "connection__code")
    autocomplete_fields = ("connection",)
    fields = (("connection", "kind"), ("theirs", "ours"), "direction")
