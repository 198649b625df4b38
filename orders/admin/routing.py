"""Routings, their operations, and scrap reasons."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from mes.lib.admin.base import (
    MasterDataAdmin,
    MasterDataFormAdmin,
    StackedLinesInline,
    column,
    deactivate,
    ownership_page,
)
from orders.admin.tables import RoutingOperationTable, ScrapReasonTable
from orders.models import Routing, RoutingOperation, ScrapReason

OPERATION_FIELDS = (
    ("number", "text", "machine_group"),
    ("setup_seconds", "run_seconds", "base_quantity"),
    ("send_ahead", "longest_wait_seconds"),
    ("program", "program_revision"),
    ("tool", "skill"),
    "parameters",
    ("inspection", "outside", "outside_price"),
)


class RoutingOperationInline(StackedLinesInline):
    model = RoutingOperation
    fields = OPERATION_FIELDS
    autocomplete_fields = ("machine_group", "tool", "skill")
    ordering = ("number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("machine_group", "tool", "skill")  # type: ignore[no-any-return]


@admin.register(Routing)
class RoutingAdmin(MasterDataFormAdmin):
    list_display = ("item", "revision", "plant", "operation_number", "active")
    list_select_related = ("item", "plant")
    list_filter = ("plant", "active", "item__strategy")
    search_fields = ("item__code", "item__name")
    autocomplete_fields = ("plant", "item")
    inlines = (RoutingOperationInline,)
    actions = (deactivate,)
    history_children = ("operations",)
    fieldsets = (
        (
            None,
            {
                "fields": (("item", "revision"), ("plant", "active")),
                "description": _(
                    "How the item is made. Released orders keep the routing they were released with."
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(operation_count=Count("operations"))  # type: ignore[no-any-return]

    @column(_("operations"), order="operation_count")
    def operation_number(self, routing: Any) -> int:
        return int(routing.operation_count)


@admin.register(RoutingOperation)
class RoutingOperationAdmin(MasterDataAdmin):
    """All operations as one flat table: what a machine group or tool is used for, and the door for files."""

    resource_classes = (RoutingOperationTable,)
    list_display = (
        "product",
        "revision",
        "number",
        "text",
        "machine_group",
        "setup_seconds",
        "run_seconds",
        "base_quantity",
        "program",
        "inspection",
        "outside",
    )
    list_display_links = ("number",)
    list_select_related = ("routing__item", "machine_group")
    list_filter = ("routing__plant", "machine_group", "inspection", "outside")
    search_fields = ("routing__item__code", "text", "program", "tool__code")
    autocomplete_fields = ("routing", "machine_group", "tool", "skill")
    fields = ("routing", *OPERATION_FIELDS)
    actions_detail = ("values_of_the_erp",)
    ordering = ("routing__item__code", "routing__revision", "number")

    @action(description=_("ERP and plant values"), url_path="ownership")  # type: ignore[untyped-decorator]
    def values_of_the_erp(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Which fields follow the ERP, and which the plant has pinned."""
        return ownership_page("operation", object_id)

    @column(_("product"), order="routing__item__code")
    def product(self, operation: RoutingOperation) -> str:
        return operation.routing.item.code

    @column(_("revision"), order="routing__revision")
    def revision(self, operation: RoutingOperation) -> str:
        return operation.routing.revision


@admin.register(ScrapReason)
class ScrapReasonAdmin(MasterDataAdmin):
    resource_classes = (ScrapReasonTable,)
    list_display = ("code", "name_en", "name_de", "erp_code", "plant", "position", "active")
    list_select_related = ("plant",)
    list_filter = ("plant", "active")
    search_fields = ("code", "name_en", "name_de", "erp_code")
    autocomplete_fields = ("plant",)
    actions = (deactivate,)
    fields = ("plant", ("code", "erp_code"), ("name_en", "name_de"), ("position", "active"))
