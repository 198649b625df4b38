"""Whom the status of customer orders is told to, and what was told."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from integrations.domain.customer_notices import send_again
from integrations.models import StatusNotice, StatusWebhook
from mes.lib.admin.base import FactsAdmin, MasterDataFormAdmin, deactivate


@admin.register(StatusWebhook)
class StatusWebhookAdmin(MasterDataFormAdmin):
    list_display = ("code", "name", "customer", "address", "forecast_step_minutes", "active")
    list_select_related = ("customer",)
    list_filter = ("active", "customer")
    search_fields = ("code", "name", "customer__code", "customer__name")
    autocomplete_fields = ("customer",)
    actions = (deactivate,)
    fieldsets = (
        (
            None,
            {
                "fields": (("code", "name"), ("customer", "active")),
                "description": _(
                    "Stage, promised date, forecast and the reason of the last change of each line, whenever "
                    "one of them changes. Nothing else leaves: the same as the customer's page shows."
                ),
            },
        ),
        (_("Where to"), {"fields": (("address", "secret_name"), ("forecast_step_minutes",))}),
    )


@admin.register(StatusNotice)
class StatusNoticeAdmin(FactsAdmin):
    """What was told, and what waits or was refused."""

    list_display = (
        "created_at",
        "webhook",
        "order",
        "sequence",
        "state",
        "attempts",
        "delivered_at",
        "problem",
    )
    list_select_related = ("webhook", "order")
    list_filter = ("webhook", "state")
    search_fields = ("order__number",)
    actions = ("send_again",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("webhook", "order")

    @admin.action(description=_("Send refused ones again"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[StatusNotice]) -> None:
        count = send_again(queryset)
        words = ngettext("%d notice is sent again.", "%d notices are sent again.", count)
        messages.success(request, words % count)
