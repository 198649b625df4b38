"""Lots, places, handling units, supplier orders and what follows lots."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import FactsAdmin, LinesInline, MasterDataFormAdmin
from orders.models import (
    GenealogyLink,
    HandlingUnit,
    HandlingUnitContent,
    Lot,
    OutputLotRule,
    Place,
    PurchaseOrder,
    PurchaseOrderLine,
    Shipment,
    Substitute,
)


@admin.register(Place)
class PlaceAdmin(MasterDataFormAdmin):
    list_display = ("code", "name", "plant", "parent", "capacity", "active")
    list_select_related = ("plant", "parent")
    list_filter = ("plant", "active")
    search_fields = ("code", "name")
    autocomplete_fields = ("parent",)
    fields = (("plant", "code"), "name", ("parent", "capacity"), "active")


@admin.register(Lot)
class LotAdmin(MasterDataFormAdmin):
    list_display = ("number", "item", "status", "supplier", "supplier_lot", "expires_on", "made_at", "order")
    list_select_related = ("item", "order")
    list_filter = ("status",)
    search_fields = ("number", "supplier_lot", "item__code", "order__number")
    autocomplete_fields = ("item",)
    fields = (("item", "number"), ("supplier", "supplier_lot"), ("expires_on", "made_at"))


@admin.register(OutputLotRule)
class OutputLotRuleAdmin(MasterDataFormAdmin):
    list_display = ("item", "per", "quantity", "shelf_days")
    list_select_related = ("item",)
    list_filter = ("per",)
    search_fields = ("item__code", "item__name")
    autocomplete_fields = ("item",)
    fields = ("item", ("per", "quantity"), "shelf_days")


@admin.register(Substitute)
class SubstituteAdmin(MasterDataFormAdmin):
    list_display = ("item", "substitute", "product", "factor")
    list_select_related = ("item", "substitute", "product")
    search_fields = ("item__code", "substitute__code", "product__code")
    autocomplete_fields = ("item", "substitute", "product")
    fields = (("item", "substitute"), ("product", "factor"))


class HandlingUnitContentInline(LinesInline):
    model = HandlingUnitContent
    fields = ("lot", "quantity")
    autocomplete_fields = ("lot",)


@admin.register(HandlingUnit)
class HandlingUnitAdmin(MasterDataFormAdmin):
    list_display = ("sscc", "plant", "place", "packed_at")
    list_select_related = ("plant", "place")
    list_filter = ("plant",)
    search_fields = ("sscc", "contents__lot__number")
    autocomplete_fields = ("place",)
    inlines = (HandlingUnitContentInline,)
    fields = (("plant", "sscc"), ("place", "packed_at"))


class PurchaseOrderLineInline(LinesInline):
    model = PurchaseOrderLine
    fields = ("position", "item", "quantity", "expected_on", "confirmed_on")
    autocomplete_fields = ("item",)


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(MasterDataFormAdmin):
    list_display = ("number", "supplier", "plant", "ordered_at")
    list_select_related = ("plant",)
    list_filter = ("plant",)
    search_fields = ("number", "supplier", "lines__item__code")
    inlines = (PurchaseOrderLineInline,)
    history_children = ("lines",)
    fields = (("plant", "number"), ("supplier", "ordered_at"))


@admin.register(GenealogyLink)
class GenealogyLinkAdmin(FactsAdmin):
    list_display = ("occurred_at", "kind", "parent", "child", "quantity", "machine", "by")
    list_select_related = ("parent", "child", "machine", "by")
    list_filter = ("kind", "plant")
    search_fields = ("parent__number", "child__number")
    ordering = ("-id",)


@admin.register(Shipment)
class ShipmentAdmin(FactsAdmin):
    list_display = ("number", "line", "shipped_at", "by")
    list_select_related = ("line__order", "by")
    list_filter = ("plant",)
    search_fields = ("number", "line__order__number", "lots__lot__number")
    ordering = ("-id",)
