"""Connections to partners. Messages have pages of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integrations.admin.exchange import FileRulesInline, SftpServerInline
from integrations.models import Connection
from mes.lib.admin.base import MasterDataFormAdmin, deactivate

ARMED = timedelta(hours=1)


@admin.register(Connection)
class ConnectionAdmin(MasterDataFormAdmin):
    list_display = ("code", "name", "plant", "format", "delivery", "release_on_arrival", "active")
    list_select_related = ("plant",)
    list_filter = ("plant", "format", "delivery", "active")
    search_fields = ("code", "name")
    autocomplete_fields = ("plant", "segment_dictionary", "mapping", "confirmation_mapping")
    actions = (deactivate, "arm_full_load")
    readonly_fields = ("full_load_until",)
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
                "fields": (
                    ("mapping", "confirmation_mapping"),
                    ("segment_dictionary", "full_load_until"),
                    "options",
                ),
                "description": _("A layout of its own is read and written by message mappings."),
            },
        ),
    )

    @admin.action(description=_("Arm a full load for one hour"), permissions=["change"])
    def arm_full_load(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Until then a full load removes what it doesn't name."""
        until = timezone.now() + ARMED
        for connection in queryset:
            connection.full_load_until = until
            connection.save(update_fields=["full_load_until"])
        self.message_user(request, gettext("Full loads are armed for one hour."))
