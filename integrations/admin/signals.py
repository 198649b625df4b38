"""Gateways, signal connections and what their items mean. Mappings as files: the connection's own page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from integrations.models import (
    Gateway,
    GatewayGap,
    MappingTemplate,
    MappingTemplateRow,
    SignalConnection,
    SignalMapping,
)
from mes.accounts.models import ApiKey
from mes.accounts.roles import Role
from mes.lib.admin.base import FactsAdmin, LinesInline, MasterDataFormAdmin, column, deactivate


@admin.register(Gateway)
class GatewayAdmin(MasterDataFormAdmin):
    list_display = ("code", "name", "plant", "api_key", "active")
    list_select_related = ("plant", "api_key")
    list_filter = ("plant", "active")
    search_fields = ("code", "name")
    autocomplete_fields = ("plant",)
    actions = (deactivate,)
    fieldsets = (
        (
            None,
            {
                "fields": (("code", "name"), ("plant", "api_key"), "active"),
                "description": _("Its key has the role gateway and belongs to it alone."),
            },
        ),
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "api_key":
            kwargs["queryset"] = ApiKey.objects.filter(role=Role.GATEWAY.value)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(GatewayGap)
class GatewayGapAdmin(FactsAdmin):
    """What gateways had to drop; the machines' states are unknown in between."""

    list_display = ("gateway", "source", "machine_code", "since", "until", "samples", "reported_at")
    list_select_related = ("gateway",)
    list_filter = ("gateway",)
    search_fields = ("machine_code", "source")


class SignalMappingLines(LinesInline):
    model = SignalMapping
    autocomplete_fields = ("machine",)
    fields = ("address", "machine", "slot", "role", "values", "factor")


@admin.register(SignalConnection)
class SignalConnectionAdmin(MasterDataFormAdmin):
    list_display = ("code", "name", "plant", "protocol", "gateway", "active", "page")
    list_select_related = ("plant", "gateway")
    list_filter = ("plant", "protocol", "gateway", "active")
    search_fields = ("code", "name", "address")
    autocomplete_fields = ("plant", "gateway")
    actions = (deactivate,)
    inlines = (SignalMappingLines,)
    history_children = ("mappings",)
    fieldsets = (
        (None, {"fields": (("code", "name"), ("plant", "gateway"), "active")}),
        (
            _("Sender"),
            {
                "fields": ("protocol", "address", "secret_name", "options"),
                "description": _("The secret stays in the environment of the process that runs it."),
            },
        ),
    )

    @column(_("test and map"))
    def page(self, connection: SignalConnection) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("connection", args=[connection.pk]), _("open the page")
        )


@admin.register(SignalMapping)
class SignalMappingAdmin(MasterDataFormAdmin):
    list_display = ("address", "connection", "machine", "slot", "role", "factor")
    list_select_related = ("connection", "machine")
    list_filter = ("connection", "role", "machine__area")
    search_fields = ("address", "machine__code", "connection__code")
    autocomplete_fields = ("connection", "machine")


class MappingTemplateLines(LinesInline):
    model = MappingTemplateRow
    fields = ("pattern", "role", "values", "factor")


@admin.register(MappingTemplate)
class MappingTemplateAdmin(MasterDataFormAdmin):
    list_display = ("code", "name", "protocol")
    list_filter = ("protocol",)
    search_fields = ("code", "name", "rows__pattern")
    inlines = (MappingTemplateLines,)
    history_children = ("rows",)
