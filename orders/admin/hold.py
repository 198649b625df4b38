"""Who releases holds."""

from __future__ import annotations

from django.contrib import admin

from mes.lib.admin.base import MasterDataAdmin
from orders.admin.tables import HoldPolicyTable
from orders.models import HoldPolicy


@admin.register(HoldPolicy)
class HoldPolicyAdmin(MasterDataAdmin):
    resource_classes = (HoldPolicyTable,)
    list_display = ("plant", "kind", "roles", "second_person", "signature")
    list_select_related = ("plant",)
    list_filter = ("plant", "kind")
    search_fields = ("plant__code", "kind")
    autocomplete_fields = ("plant",)
    fields = (("plant", "kind"), "roles", ("second_person", "signature"))
