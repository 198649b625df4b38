"""File rules and servers stand on a connection's page; what came as files has a list of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from integrations.models import FileRules, ReceivedFile, SftpServer
from mes.lib.admin.base import FactsAdmin, StackedLinesInline


class FileRulesInline(StackedLinesInline):
    model = FileRules
    max_num = 1
    fields = (
        ("completion", "settle_seconds", "ready_suffix"),
        ("check_by", "trailer_mark", "header_rows"),
        ("number_pattern", "numbers_from"),
        ("acknowledge", "appended"),
    )


class SftpServerInline(StackedLinesInline):
    model = SftpServer
    max_num = 1
    fields = (
        ("host", "port", "username"),
        ("host_key", "secret_name", "look_every_seconds"),
        ("looked_at", "problem"),
    )
    readonly_fields = ("looked_at", "problem")


@admin.register(ReceivedFile)
class ReceivedFileAdmin(FactsAdmin):
    """Every file that was taken; a gap in the numbers shows in the order of the list."""

    list_display = ("received_at", "connection", "name", "number", "outcome", "remark")
    list_select_related = ("connection",)
    list_filter = ("connection", "outcome")
    search_fields = ("name",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("connection")
