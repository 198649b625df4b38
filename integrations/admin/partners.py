"""Connections to partners. Messages have pages of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from integrations.admin.exchange import FileRulesInline, SftpServerInline
from integrations.models import Connection
from mes.lib.admin.base import MasterDataFormAdmin, deactivate


@admin.register(Connection)
class ConnectionAdmin(MasterDataFormAdmin):
    list_display = ("code", "name", "plant", "format", "delivery", "release_on_arrival", "active")
    list_select_related = ("plant",)
    list_filter = ("plant", "format", "delivery", "active")
    search_fields = ("code", "name")
    autocomplete_fields = ("plant", "segment_dictionary", "mapping", "confirmation_mapping")
    actions = (deactivate,)
    inlines = (FileRulesInline, SftpServerInline)

    fieldsets = (
        (None, {"fields": (("code", "name"), ("plant", "format"), "active")}),
        (
            _("Orders in"),
            {
                "fields": (
                    ("api_key", "inbox_folder", "encoding"),
                    ("release_on_arrival", "wait_minutes", "fetch_every_seconds"),
                ),
                "description": _("A REST partner needs a key, a file partner a folder; others are asked."),
            },
        ),
        (
            _("Confirmations out"),
            {
                "fields": (
                    "delivery",
                    ("confirm_when", "confirm_every_seconds"),
                    ("upload_delay_seconds", "night_shift_day"),
                    "outbox_folder",
                    ("address", "secret_name"),
                ),
                "description": _(
                    "The secret of a webhook or an interface stays in the server's environment; "
                    "only its name stands here."
                ),
            },
        ),
        (
            _("Format"),
            {
                "fields": (("mapping", "confirmation_mapping"), "segment_dictionary", "options"),
                "description": _("A layout of its own is read and written by message mappings."),
            },
        ),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A webhook address without a scheme is meant to be encrypted."""
        if db_field.name == "address":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)
