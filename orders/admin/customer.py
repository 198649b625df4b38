"""Customers, their orders and requirements."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mes.lib.admin.base import (
    LinesInline,
    MasterDataAdmin,
    MasterDataFormAdmin,
    StackedLinesInline,
    column,
    deactivate,
)
from orders.admin.tables import CustomerTable
from orders.models import Customer, CustomerOrder, CustomerOrderLine, NumberRange, Requirement


@admin.register(Customer)
class CustomerAdmin(MasterDataAdmin):
    resource_classes = (CustomerTable,)
    list_display = ("code", "name", "order_number", "active")
    list_filter = ("active",)
    search_fields = ("code", "name")
    actions = (deactivate,)
    fields = (("code", "name"), "active")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(order_count=Count("orders"))  # type: ignore[no-any-return]

    @column(_("orders"), order="order_count")
    def order_number(self, customer: Any) -> int:
        return int(customer.order_count)


class RequirementInline(StackedLinesInline):
    model = Requirement
    fields = (
        ("code", "kind", "operation_number"),
        "text",
        ("value", "choices"),
        ("lower", "upper", "unit"),
        "url",
    )


class CustomerOrderLineInline(LinesInline):
    model = CustomerOrderLine
    fields = ("position", "item", "quantity", "unit", "unit_price", "strategy", "requested_at", "promised_at")
    autocomplete_fields = ("item", "unit")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("item", "unit")  # type: ignore[no-any-return]


@admin.register(CustomerOrder)
class CustomerOrderAdmin(MasterDataFormAdmin):
    list_display = ("number", "customer", "customer_reference", "received_at", "line_number")
    list_select_related = ("customer",)
    search_fields = ("number", "customer_reference", "customer__code", "customer__name")
    autocomplete_fields = ("customer",)
    inlines = (CustomerOrderLineInline,)
    history_children = ("lines",)
    fields = (("number", "customer"), ("customer_reference", "received_at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(line_count=Count("lines"))  # type: ignore[no-any-return]

    @column(_("lines"), order="line_count")
    def line_number(self, order: Any) -> int:
        return int(order.line_count)


@admin.register(CustomerOrderLine)
class CustomerOrderLineAdmin(MasterDataFormAdmin):
    """A line with what the customer requires of it."""

    list_display = ("order", "position", "customer", "item", "quantity", "unit", "strategy", "requested_at")
    list_display_links = ("order", "position")
    list_select_related = ("order__customer", "item", "unit")
    list_filter = ("strategy", "order__customer")
    search_fields = ("order__number", "item__code", "order__customer__code")
    autocomplete_fields = ("order", "item", "unit")
    inlines = (RequirementInline,)
    history_children = ("requirements",)
    ordering = ("-order__received_at", "position")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("order", "position"),
                    "item",
                    ("quantity", "unit", "strategy"),
                    ("requested_at", "promised_at"),
                ),
                "description": _(
                    "Requirements are copied into production orders at their release; every operation "
                    "inherits them, or the one they name."
                ),
            },
        ),
    )

    @column(_("customer"), order="order__customer__code")
    def customer(self, line: CustomerOrderLine) -> str:
        return str(line.order.customer)


@admin.register(NumberRange)
class NumberRangeAdmin(MasterDataFormAdmin):
    list_display = ("code", "prefix", "digits", "last")
    fields = ("code", ("prefix", "digits"), "last")
    readonly_fields = ("last",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("last",) if obj is None else ("code", "last")
