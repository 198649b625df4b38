"""How programs and parameters get to machines."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from integrations.models import DownloadChannel
from mes.lib.admin.base import MasterDataFormAdmin, deactivate


@admin.register(DownloadChannel)
class DownloadChannelAdmin(MasterDataFormAdmin):
    list_display = ("machine", "way", "folder", "connection", "active")
    list_select_related = ("machine", "connection")
    list_filter = ("way", "active", "machine__group")
    search_fields = ("machine__code", "machine__name", "folder")
    autocomplete_fields = ("machine", "connection")
    actions = (deactivate,)
    fieldsets = (
        (
            None,
            {
                "fields": (("machine", "active"), ("way", "connection"), "folder", "options"),
                "description": _(
                    "How programs and parameters get to the machine. Whether they are sent at all, and who "
                    "approves it, is the download rule."
                ),
            },
        ),
    )
