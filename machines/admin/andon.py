"""Kinds of calls and whom they escalate to."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from machines.admin.tables import AndonKindTable
from machines.models import AndonKind, AndonStep
from mes.lib.admin.base import LinesInline, MasterDataAdmin, column, deactivate


class AndonStepInline(LinesInline):
    model = AndonStep
    autocomplete_fields = ("person",)


@admin.register(AndonKind)
class AndonKindAdmin(MasterDataAdmin):
    resource_classes = (AndonKindTable,)
    list_display = ("code", "name_en", "name_de", "told", "plant", "active")
    list_select_related = ("plant",)
    list_filter = ("plant", "active")
    search_fields = ("code", "name_en", "name_de")
    autocomplete_fields = ("plant",)
    actions = (deactivate,)
    inlines = (AndonStepInline,)
    history_children = ("steps",)
    fieldsets = (
        (None, {"fields": ("plant", "code", ("name_en", "name_de"), ("icon", "position"), "active")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related("steps__person")

    @column(_("who is told"))
    def told(self, kind: AndonKind) -> str:
        return " → ".join(str(step) for step in kind.steps.all()) or "–"
