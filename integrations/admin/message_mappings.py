"""Message mappings: found here, edited on pages of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from integrations.models import MessageMapping, MessageMappingVersion
from integrations.queries.message_mappings import message_mappings
from mes.lib.admin.base import FactsAdmin, MasterDataFormAdmin, column


@admin.register(MessageMapping)
class MessageMappingAdmin(MasterDataFormAdmin):
    list_display = ("code", "name", "direction", "in_force", "has_draft", "used_by", "page")
    list_filter = ("direction",)
    search_fields = ("code", "name", "connections__code")
    fields = (("code", "name"), ("direction", "sample_name"))
    history_children = ("versions",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("direction", "sample_name") if obj else ("sample_name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[MessageMapping]:
        return message_mappings()

    @column(_("version in force"), order="in_force")
    def in_force(self, mapping: Any) -> Any:
        return mapping.in_force

    @column(_("has a draft"), boolean=True)
    def has_draft(self, mapping: Any) -> bool:
        return bool(mapping.has_draft)

    @column(_("connections"), order="used_by")
    def used_by(self, mapping: Any) -> Any:
        return mapping.used_by

    @column(_("edit and test"))
    def page(self, mapping: MessageMapping) -> SafeString:
        url = reverse("message-mapping", args=[mapping.pk])
        return format_html('<a href="{}">{}</a>', url, _("open the page"))


@admin.register(MessageMappingVersion)
class MessageMappingVersionAdmin(FactsAdmin):
    list_display = ("mapping", "number", "note", "edited_by", "edited_at", "published_by", "published_at")
    list_select_related = ("mapping", "edited_by", "published_by")
    list_filter = ("mapping", "published_at")
    search_fields = ("mapping__code", "note")
