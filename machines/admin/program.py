"""What programs do on machines."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from machines.admin.tables import ProgramRoleTable
from machines.models import ProgramRole
from mes.lib.admin.base import MasterDataAdmin


@admin.register(ProgramRole)
class ProgramRoleAdmin(MasterDataAdmin):
    resource_classes = (ProgramRoleTable,)
    list_display = (
        "pattern",
        "machine",
        "role",
        "item_code",
        "operation_number",
        "valid_from",
        "valid_until",
    )
    list_select_related = ("machine",)
    list_filter = ("role", "machine__plant", "machine__area", "machine__group")
    search_fields = ("pattern", "machine__code", "item_code")
    autocomplete_fields = ("machine",)
    date_hierarchy = "valid_from"
    actions_list = ("from_a_date",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "machine",
                    ("pattern", "role"),
                    ("item_code", "operation_number"),
                    ("valid_from", "valid_until"),
                ),
                "description": _(
                    "A program that makes pieces is credited to the running order. A helper runs before or "
                    "after the main program for the same piece and counts nothing, nor do setup and "
                    "warm-up programs. Programs without a role count. Times are UTC."
                ),
            },
        ),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A role by which something was counted is ended, never deleted."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.in_use)

    @action(description=_("Change from a date in the past"), url_path="from-a-date")  # type: ignore[untyped-decorator]
    def from_a_date(self, request: HttpRequest) -> HttpResponse:
        """The past is changed where the difference is shown first."""
        return redirect("program-role-change")
