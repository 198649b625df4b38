"""Working time: shift patterns and what differs from them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from machines.admin.breaks import ShiftForm, render_breaks, replace_breaks
from machines.admin.tables import CalendarExceptionTable, ShiftPatternTable, ShiftTable
from machines.models import CalendarException, Shift, ShiftPattern
from mes.lib.admin.base import LinesInline, MasterDataAdmin, column


class ShiftInline(LinesInline):
    model = Shift
    form = ShiftForm
    fields = ("weekday", "name", "start", "end", "breaks_text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("breaks")  # type: ignore[no-any-return]


@admin.register(ShiftPattern)
class ShiftPatternAdmin(MasterDataAdmin):
    resource_classes = (ShiftPatternTable,)
    list_display = ("code", "name", "shift_number", "works_on_holidays")
    search_fields = ("code", "name")
    inlines = (ShiftInline,)
    history_children = ("shifts",)
    fieldsets = (
        (
            None,
            {
                "fields": (("code", "name"), "works_on_holidays"),
                "description": _(
                    "A week of shifts in the plant's local time. A shift that ends before it starts ends on "
                    "the next day. Breaks in one line: 09:00-09:15, 12:00-12:30 unpaid. An unpaid break is "
                    "no operation time at all."
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(shift_count=Count("shifts"))  # type: ignore[no-any-return]

    @column(_("shifts a week"), order="shift_count")
    def shift_number(self, pattern: Any) -> int:
        return int(pattern.shift_count)


@admin.register(Shift)
class ShiftAdmin(MasterDataAdmin):
    """All patterns' shifts in one list: a week comes and goes as a file."""

    resource_classes = (ShiftTable,)
    form = ShiftForm
    list_display = ("pattern", "weekday", "name", "start", "end", "pauses")
    list_display_links = ("weekday",)
    list_select_related = ("pattern",)
    list_filter = ("pattern", "weekday")
    search_fields = ("pattern__code", "name")
    autocomplete_fields = ("pattern",)
    history_children = ("breaks",)
    fields = ("pattern", ("weekday", "name"), ("start", "end"), "breaks_text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("breaks")  # type: ignore[no-any-return]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        replace_breaks(form.instance, form.cleaned_data["breaks_text"])

    @column(_("breaks"))
    def pauses(self, shift: Shift) -> str:
        return render_breaks(shift.breaks.all())


@admin.register(CalendarException)
class CalendarExceptionAdmin(MasterDataAdmin):
    resource_classes = (CalendarExceptionTable,)
    list_display = ("start", "end", "kind", "plant", "area", "machine", "reason")
    list_display_links = ("start",)
    list_select_related = ("plant", "area", "machine")
    list_filter = ("plant", "kind", "area")
    search_fields = ("reason", "machine__code", "area__code")
    autocomplete_fields = ("plant", "area", "machine")
    date_hierarchy = "start"
    fieldsets = (
        (
            None,
            {
                "fields": ("plant", ("area", "machine"), "kind", ("start", "end"), "reason"),
                "description": format_lazy(
                    "{} {}: {}",
                    _(
                        "Without area and machine it holds for the whole plant. Public holidays come by "
                        "themselves."
                    ),
                    _("Time zone of this page"),
                    lazy(timezone.get_current_timezone_name, str)(),
                ),
            },
        ),
    )
