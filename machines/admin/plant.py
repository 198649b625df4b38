"""Plants, areas and machine groups."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from machines.admin.tables import AreaTable, MachineGroupTable, PlantTable
from machines.models import Area, Machine, MachineGroup, Plant
from mes.lib.admin.base import MasterDataAdmin, column, deactivate, ownership_page


def machine_count(field: str) -> Any:
    """How many active machines belong to the row, as a subquery: one query for the whole list."""
    machines = Machine.objects.filter(**{field: OuterRef("pk")}, active=True).order_by().values(field)
    return Coalesce(Subquery(machines.annotate(number=Count("pk")).values("number")), 0)


class CountsMachines:
    """Admin mixin: a column with the number of active machines."""

    machine_field = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        counted: QuerySet[Any] = rows.annotate(machine_number=machine_count(self.machine_field))
        return counted

    @column(_("machines"), order="machine_number")
    def machine_number(self, row: Any) -> int:
        return int(row.machine_number)


@admin.register(Plant)
class PlantAdmin(CountsMachines, MasterDataAdmin):
    resource_classes = (PlantTable,)
    machine_field = "plant"
    list_display = ("code", "name", "erp_code", "time_zone", "language", "shift_pattern", "machine_number")
    list_select_related = ("shift_pattern",)
    search_fields = ("code", "name", "erp_code")
    autocomplete_fields = ("shift_pattern",)
    fieldsets = (
        (None, {"fields": (("code", "name"), "erp_code")}),
        (
            _("Time and language"),
            {
                "fields": (
                    ("time_zone", "language"),
                    ("holiday_country", "holiday_subdivision"),
                    "shift_pattern",
                ),
                "description": _("Local times, holidays and the shifts that areas and machines inherit."),
            },
        ),
        (_("Key figures"), {"fields": ("kpi_definition", "overtime_percent")}),
    )


@admin.register(Area)
class AreaAdmin(CountsMachines, MasterDataAdmin):
    resource_classes = (AreaTable,)
    machine_field = "area"
    list_display = ("code", "name", "plant", "shift_pattern", "machine_number")
    list_select_related = ("plant", "shift_pattern")
    list_filter = ("plant",)
    search_fields = ("code", "name")
    autocomplete_fields = ("plant", "shift_pattern")
    fields = ("plant", ("code", "name"), "shift_pattern")


@admin.register(MachineGroup)
class MachineGroupAdmin(CountsMachines, MasterDataAdmin):
    resource_classes = (MachineGroupTable,)
    machine_field = "group"
    list_display = (
        "code",
        "name",
        "erp_code",
        "plant",
        "hourly_rate",
        "shift_pattern",
        "machine_number",
        "active",
    )
    list_select_related = ("plant", "shift_pattern")
    list_filter = ("plant", "active")
    search_fields = ("code", "name", "erp_code", "internal_id")
    autocomplete_fields = ("plant", "shift_pattern")
    fields = (
        "plant",
        ("code", "name", "active"),
        ("erp_code", "internal_id", "standard_key"),
        "shift_pattern",
        ("hourly_rate", "labour_rate", "crew"),
    )
    actions = (deactivate,)
    actions_detail = ("values_of_the_erp",)

    @action(description=_("ERP and plant values"), url_path="ownership")  # type: ignore[untyped-decorator]
    def values_of_the_erp(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Which fields follow the ERP, and which the plant has pinned."""
        return ownership_page("work-centre", object_id)
