"""Revisions of items: looked at here, worked on on their own page."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import FactsAdmin
from orders.models import ItemRevision, RevisionDocument


@admin.register(ItemRevision)
class ItemRevisionAdmin(FactsAdmin):
    list_display = ("item", "code", "reason", "opened_at", "opened_by", "released_at", "released_by")
    list_select_related = ("item", "opened_by", "released_by")
    list_filter = ("item__strategy",)
    search_fields = ("item__code", "code", "reason")
    ordering = ("-pk",)
    history_children = ("documents",)


@admin.register(RevisionDocument)
class RevisionDocumentAdmin(FactsAdmin):
    list_display = ("name", "version", "revision", "file_name", "added_at", "by")
    list_select_related = ("revision__item", "by")
    search_fields = ("name", "file_name", "revision__item__code")
    ordering = ("-pk",)
