"""Gauges, inspection plans and their characteristics."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from mes.accounts.models import User
from mes.lib.admin.base import MasterDataAdmin, MasterDataFormAdmin, StackedLinesInline, column, deactivate
from mes.lib.errors import MesError
from quality.admin.tables import CharacteristicTable, GaugeTable
from quality.domain.plans import draft_next_version, release_plan
from quality.enums import PlanState
from quality.models import Characteristic, Gauge, InspectionPlan

CHARACTERISTIC_FIELDS = (
    ("code", "name", "kind"),
    ("nominal", "lower", "upper"),
    ("unit", "decimals"),
    ("sampling", "every", "sample_size"),
    ("aql", "level", "reduced_allowed"),
    ("gauge", "requirement_code", "chart"),
    "url",
)


@admin.register(Gauge)
class GaugeAdmin(MasterDataAdmin):
    resource_classes = (GaugeTable,)
    list_display = (
        "code",
        "name",
        "unit",
        "lower",
        "upper",
        "calibrated_on",
        "valid_until",
        "plant",
        "active",
    )
    list_select_related = ("plant",)
    list_filter = ("plant", "active", "unit")
    search_fields = ("code", "name")
    autocomplete_fields = ("plant",)
    actions = (deactivate,)
    fields = (
        ("plant", "active"),
        ("code", "name"),
        ("unit", "resolution"),
        ("lower", "upper"),
        ("calibrated_on", "interval_days"),
    )

    @column(_("calibrated until"))
    def valid_until(self, gauge: Gauge) -> Any:
        return gauge.calibrated_until


class CharacteristicInline(StackedLinesInline):
    model = Characteristic
    fields = CHARACTERISTIC_FIELDS
    autocomplete_fields = ("gauge",)
    ordering = ("code",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("gauge")  # type: ignore[no-any-return]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_draft(obj) and bool(super().has_add_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_draft(obj) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_draft(obj) and bool(super().has_delete_permission(request, obj))


def is_draft(plan: Any) -> bool:
    """A plan that isn't there yet counts as a draft."""
    return plan is None or plan.state == PlanState.DRAFT


@admin.register(InspectionPlan)
class InspectionPlanAdmin(MasterDataFormAdmin):
    """Released versions are for looking; the next one is drafted from them."""

    list_display = (
        "item",
        "operation_number",
        "revision",
        "version",
        "state",
        "characteristic_number",
        "released_at",
        "plant",
    )
    list_select_related = ("item", "plant")
    list_filter = ("plant", "state")
    search_fields = ("item__code", "item__name", "text")
    autocomplete_fields = ("plant", "item")
    inlines = (CharacteristicInline,)
    history_children = ("characteristics",)
    actions_detail = ("release", "draft_next")
    readonly_fields = ("version", "state", "released_at", "released_by")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("item", "plant"),
                    ("operation_number", "revision"),
                    "text",
                    ("version", "state"),
                    ("released_at", "released_by"),
                ),
                "description": _("A draft asks nobody. Released, it is in force and can't be changed."),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        return found.annotate(characteristic_count=Count("characteristics"))  # type: ignore[no-any-return]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return fixed if is_draft(obj) else (*fixed, "item", "plant", "operation_number", "revision", "text")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_draft(obj) and bool(super().has_delete_permission(request, obj))

    @column(_("characteristics"), order="characteristic_count")
    def characteristic_number(self, plan: Any) -> int:
        return int(plan.characteristic_count)

    @action(description=_("Release"), url_path="release")  # type: ignore[untyped-decorator]
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        plan = InspectionPlan.objects.filter(pk=int(object_id) if object_id.isdecimal() else 0).first()
        if plan is None or not self.has_change_permission(request, plan):
            return redirect("admin:quality_inspectionplan_changelist")
        try:
            release_plan(plan=plan, by=cast(User, request.user))
        except MesError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%s is in force.") % plan)
        return redirect("admin:quality_inspectionplan_change", plan.pk)

    @action(description=_("Draft the next version"), url_path="draft-next")  # type: ignore[untyped-decorator]
    def draft_next(self, request: HttpRequest, object_id: str) -> HttpResponse:
        plan = InspectionPlan.objects.filter(pk=int(object_id) if object_id.isdecimal() else 0).first()
        if plan is None or not self.has_change_permission(request, plan):
            return redirect("admin:quality_inspectionplan_changelist")
        return redirect("admin:quality_inspectionplan_change", draft_next_version(plan=plan).pk)


@admin.register(Characteristic)
class CharacteristicAdmin(MasterDataAdmin):
    """All characteristics as one flat table, and the door for files. Released ones are for looking."""

    resource_classes = (CharacteristicTable,)
    list_display = (
        "product",
        "operation",
        "code",
        "name",
        "kind",
        "lower",
        "upper",
        "unit",
        "sampling",
        "gauge",
    )
    list_display_links = ("code",)
    list_select_related = ("plan__item", "gauge")
    list_filter = ("plan__plant", "plan__state", "kind", "sampling")
    search_fields = ("plan__item__code", "code", "name")
    autocomplete_fields = ("plan", "gauge")
    fields = ("plan", *CHARACTERISTIC_FIELDS)
    ordering = ("plan__item__code", "plan__operation_number", "code")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or is_draft(obj.plan)) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or is_draft(obj.plan)) and bool(super().has_delete_permission(request, obj))

    @column(_("product"), order="plan__item__code")
    def product(self, characteristic: Characteristic) -> str:
        return str(characteristic.plan.item.code)

    @column(_("operation"), order="plan__operation_number")
    def operation(self, characteristic: Characteristic) -> str:
        return str(characteristic.plan.operation_number)
