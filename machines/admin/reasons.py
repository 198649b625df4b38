"""Stop reasons, listed as the tree they are, and what machine codes mean."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Case, CharField, QuerySet, Value, When
from django.db.models.functions import Cast, Collate, Concat, LPad
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from machines.admin.tables import AlarmMappingTable, StopReasonTable
from machines.models import AlarmMapping, StopReason
from mes.lib.admin.base import MasterDataAdmin, column, deactivate

DEEPEST_LEVEL = 4
STEP = "\x1f"
INDENT = "\u2003"


def place_in_tree() -> Collate:
    """Positions and codes from the root down to the reason: text that sorts a tree as people read it."""
    steps = ["parent__" * level for level in reversed(range(DEEPEST_LEVEL))]
    path = Concat(
        *(
            Case(
                When(
                    **{f"{step}pk__isnull": False},
                    then=Concat(
                        LPad(Cast(f"{step}position", CharField()), 10, Value("0")),
                        Value(" "),
                        f"{step}code",
                        Value(STEP),
                        output_field=CharField(),
                    ),
                ),
                default=Value(""),
                output_field=CharField(),
            )
            for step in steps
        ),
        output_field=CharField(),
    )
    return Collate(path, "C")


@admin.register(StopReason)
class StopReasonAdmin(MasterDataAdmin):
    resource_classes = (StopReasonTable,)
    list_display = ("in_tree", "name_en", "name_de", "group", "planned", "erp_code", "plant", "active")
    list_select_related = ("plant",)
    list_filter = ("plant", "group", "planned", "active")
    search_fields = ("code", "name_en", "name_de", "erp_code")
    autocomplete_fields = ("plant", "parent")
    actions = (deactivate,)
    history_children = ("children",)
    fieldsets = (
        (None, {"fields": ("plant", ("code", "parent"), ("name_en", "name_de"), "position", "active")}),
        (
            _("Meaning"),
            {
                "fields": (("group", "planned"), "erp_code"),
                "description": _("What the time counts as in the key figures, and the ERP's word for it."),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        placed: QuerySet[Any] = rows.annotate(place=place_in_tree())
        return placed

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return ("plant__code", place_in_tree())

    @column(_("code"), order="place")
    def in_tree(self, reason: StopReason) -> str:
        level = reason.place.count(STEP) - 1  # type: ignore[attr-defined]
        branch = INDENT * level + "└ " if level else ""
        return f"{branch}{reason.code}"


@admin.register(AlarmMapping)
class AlarmMappingAdmin(MasterDataAdmin):
    resource_classes = (AlarmMappingTable,)
    list_display = ("pattern", "reason", "place", "valid_from", "valid_to", "plant")
    list_select_related = ("plant", "group", "machine", "reason")
    list_filter = ("plant", "group", "reason__group")
    search_fields = ("pattern", "reason__code", "reason__name_en", "reason__name_de", "machine__code")
    autocomplete_fields = ("plant", "group", "machine", "reason")
    fieldsets = (
        (None, {"fields": ("plant", ("pattern", "reason"))}),
        (
            _("Where"),
            {
                "fields": (("group", "machine"),),
                "description": _("Neither: the whole plant. The nearest place holds, then the longest code."),
            },
        ),
        (
            _("When"),
            {
                "fields": (("valid_from", "valid_to"),),
                "description": _(
                    "A code that was used is ended, not deleted. To explain stops of the past, too, use the "
                    "page of machine codes."
                ),
            },
        ),
    )

    @column(_("where"), order="machine__code")
    def place(self, mapping: AlarmMapping) -> str:
        if mapping.machine is not None:
            return mapping.machine.code
        return mapping.group.code if mapping.group is not None else str(_("whole plant"))
