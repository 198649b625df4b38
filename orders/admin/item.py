"""Units, setup families, items and bills of material."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from mes.lib.admin.base import (
    LinesInline,
    MasterDataAdmin,
    MasterDataFormAdmin,
    column,
    deactivate,
    ownership_page,
)
from orders.admin.tables import BomLineTable, ItemTable, SetupFamilyTable, UnitTable
from orders.models import Bom, BomLine, Item, ItemUnit, SetupFamily, Unit


@admin.register(Unit)
class UnitAdmin(MasterDataAdmin):
    resource_classes = (UnitTable,)
    list_display = ("code", "symbol", "name", "decimals")
    search_fields = ("code", "symbol", "name")
    fields = (("code", "symbol"), ("name", "decimals"))


@admin.register(SetupFamily)
class SetupFamilyAdmin(MasterDataAdmin):
    resource_classes = (SetupFamilyTable,)
    list_display = ("code", "name", "item_number")
    search_fields = ("code", "name")
    fields = (("code", "name"),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(item_count=Count("items"))  # type: ignore[no-any-return]

    @column(_("items"), order="item_count")
    def item_number(self, family: Any) -> int:
        return int(family.item_count)


class ItemUnitInline(LinesInline):
    model = ItemUnit
    fields = ("unit", "numerator", "denominator")
    autocomplete_fields = ("unit",)


@admin.register(Item)
class ItemAdmin(MasterDataAdmin):
    resource_classes = (ItemTable,)
    list_display = (
        "code",
        "name",
        "strategy",
        "unit",
        "revision",
        "released",
        "setup_family",
        "lot_tracked",
        "active",
    )
    list_select_related = ("unit", "setup_family")
    list_filter = ("strategy", "active", "stocked", "lot_tracked", "setup_family", "unit")
    search_fields = ("code", "name")
    autocomplete_fields = ("unit", "setup_family")
    inlines = (ItemUnitInline,)
    actions = (deactivate,)
    actions_detail = ("values_of_the_erp",)
    history_children = ("units",)
    fieldsets = (
        (None, {"fields": (("code", "name"), "names", ("unit", "strategy"), "setup_family", "active")}),
        (
            _("Revision"),
            {
                "fields": (("revision", "revision_released_at"),),
                "description": _(
                    "Orders take the current revision at their release. Work that is engineered to order "
                    "starts only after engineering has released the revision."
                ),
            },
        ),
        (_("Stock"), {"fields": (("stocked", "lot_tracked"), ("standard_price", "gtin"))}),
    )

    @action(description=_("ERP and plant values"), url_path="ownership")  # type: ignore[untyped-decorator]
    def values_of_the_erp(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Which fields follow the ERP, and which the plant has pinned."""
        return ownership_page("item", object_id)

    @column(_("released"), order="revision_released_at", boolean=True)
    def released(self, item: Item) -> bool:
        return item.revision_released_at is not None


class BomLineInline(LinesInline):
    model = BomLine
    fields = ("position", "item", "quantity", "scrap_percent", "operation_number", "backflush")
    autocomplete_fields = ("item",)
    ordering = ("position",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("item")  # type: ignore[no-any-return]


@admin.register(Bom)
class BomAdmin(MasterDataFormAdmin):
    list_display = ("item", "revision", "base_quantity", "line_number", "active")
    list_select_related = ("item",)
    list_filter = ("active", "item__strategy")
    search_fields = ("item__code", "item__name", "lines__item__code")
    autocomplete_fields = ("item",)
    inlines = (BomLineInline,)
    actions = (deactivate,)
    history_children = ("lines",)
    fieldsets = (
        (
            None,
            {
                "fields": (("item", "revision"), ("base_quantity", "active")),
                "description": _(
                    "What the base quantity of the item consumes. Released orders keep the bill they were "
                    "released with."
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(line_count=Count("lines", distinct=True))  # type: ignore[no-any-return]

    @column(_("lines"), order="line_count")
    def line_number(self, bom: Any) -> int:
        return int(bom.line_count)


@admin.register(BomLine)
class BomLineAdmin(MasterDataAdmin):
    """All lines as one flat table: where an item is used, and the door for files."""

    resource_classes = (BomLineTable,)
    list_display = (
        "product",
        "revision",
        "position",
        "item",
        "quantity",
        "scrap_percent",
        "operation_number",
        "backflush",
    )
    list_display_links = ("position",)
    list_select_related = ("bom__item", "item")
    list_filter = ("backflush", "bom__active")
    search_fields = ("bom__item__code", "item__code", "item__name")
    autocomplete_fields = ("bom", "item")
    fields = (
        ("bom", "position"),
        "item",
        ("quantity", "scrap_percent"),
        ("operation_number", "backflush"),
    )
    ordering = ("bom__item__code", "bom__revision", "position")

    @column(_("product"), order="bom__item__code")
    def product(self, line: BomLine) -> str:
        return line.bom.item.code

    @column(_("revision"), order="bom__revision")
    def revision(self, line: BomLine) -> str:
        return line.bom.revision
