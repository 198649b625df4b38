"""Machines."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from machines.admin.tables import MachineTable
from machines.domain.clocks import Clock, judge, offset_of
from machines.models import Machine, Source
from mes.lib.admin.base import FactsAdmin, MasterDataAdmin, column, deactivate


@admin.register(Machine)
class MachineAdmin(MasterDataAdmin):
    resource_classes = (MachineTable,)
    list_display = ("code", "name", "area", "group", "counted_by", "slots", "wall_position", "active")
    list_select_related = ("area", "group")
    list_filter = ("plant", "area", "group", "counting_item", "active")
    search_fields = ("code", "name", "group__code", "group__erp_code")
    autocomplete_fields = ("plant", "area", "group", "shift_pattern", "andon_kind")
    actions = (deactivate,)
    actions_detail = ("thresholds_from_a_date",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("code", "name"),
                    ("plant", "area", "group"),
                    ("slots", "together", "wall_position"),
                    "shift_pattern",
                    "active",
                )
            },
        ),
        (
            _("Counting"),
            {
                "fields": (
                    ("counting_item", "trust"),
                    ("reference_cycle_seconds", "minimum_cycle_seconds", "pieces_per_cycle"),
                    ("counter_modulus", "counter_reset_to"),
                    "auto_switch",
                ),
                "description": _(
                    "Which signal makes cycles, and what wins when cycles and state disagree. Only one "
                    "signal counts; without one, people report the quantities."
                ),
            },
        ),
        (
            _("Standstill"),
            {
                "fields": (
                    ("micro_stop_seconds", "silence_seconds"),
                    ("gap_factor", "gap_floor_seconds"),
                ),
                "description": _(
                    "A gap between cycles is a standstill when it is longer than k times the reference "
                    "cycle, and longer than the reference cycle plus the floor."
                ),
            },
        ),
        (
            _("Energy"),
            {
                "fields": (("meter_modulus", "connected_load"),),
                "description": _("For machines with an energy meter among their signals."),
            },
        ),
        (
            _("Calls and costs"),
            {
                "fields": (("andon_after_minutes", "andon_kind"), "hourly_rate"),
                "description": _("A stop that lasts too long in working time calls help by itself."),
            },
        ),
    )

    @action(  # type: ignore[untyped-decorator]
        description=_("Thresholds from a date in the past"), url_path="thresholds-from-a-date"
    )
    def thresholds_from_a_date(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What is typed here holds from now on; the past is changed where the difference is shown first."""
        machine = self.get_object(request, object_id)
        if machine is None:
            raise Http404
        return redirect("machine-thresholds", machine.pk)

    @column(_("counted by"), order="counting_item")
    def counted_by(self, machine: Machine) -> str:
        return str(machine.get_counting_item_display())


@admin.register(Source)
class SourceAdmin(FactsAdmin):
    """Who sends a machine's signals. Sources come into being with their first message."""

    list_display = (
        "machine",
        "code",
        "last_received_at",
        "skew",
        "clock",
        "accepted",
        "duplicates",
        "conflicts",
    )
    list_select_related = ("machine",)
    list_filter = ("machine__area",)
    search_fields = ("machine__code", "code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        sums = {
            f"epochs_{name}": Sum(f"epochs__{name}", default=0)
            for name in ("accepted", "duplicates", "conflicts")
        }
        return super().get_queryset(request).annotate(**sums)  # type: ignore[no-any-return]

    @column(_("clock behind by (s)"))
    def skew(self, source: Source) -> str:
        return f"{offset_of(source.clock_offsets):.3f}" if source.clock_offsets else "–"

    @column(_("clock"))
    def clock(self, source: Source) -> str:
        return str(CLOCKS[judge(source.clock_offsets)])

    @column(_("signals"), order="epochs_accepted")
    def accepted(self, source: Any) -> int:
        return int(source.epochs_accepted)

    @column(_("repeats"), order="epochs_duplicates")
    def duplicates(self, source: Any) -> int:
        return int(source.epochs_duplicates)

    @column(_("conflicts"), order="epochs_conflicts")
    def conflicts(self, source: Any) -> int:
        return int(source.epochs_conflicts)


CLOCKS = {
    Clock.UNKNOWN: _("not known yet"),
    Clock.RIGHT: _("right"),
    Clock.WRONG: _("wrong, still believed"),
    Clock.REFUSED: _("not believed: the time of receipt counts"),
}
