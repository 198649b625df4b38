"""Machines."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from machines.admin.tables import MachineTable
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
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("code", "name"),
                    ("plant", "area", "group"),
                    ("slots", "wall_position"),
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
            _("Calls and costs"),
            {
                "fields": (("andon_after_minutes", "andon_kind"), "hourly_rate"),
                "description": _("A stop that lasts too long in working time calls help by itself."),
            },
        ),
    )

    @column(_("counted by"), order="counting_item")
    def counted_by(self, machine: Machine) -> str:
        return str(machine.get_counting_item_display())


@admin.register(Source)
class SourceAdmin(FactsAdmin):
    """Who sends a machine's signals. Sources come into being with their first message."""

    list_display = ("machine", "code", "last_received_at")
    list_select_related = ("machine",)
    list_filter = ("machine__area",)
    search_fields = ("machine__code", "code")
