"""What is done about partners' answers, and from when on their state is an alarm."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from integrations.models import AlarmLimits, RetryRule
from mes.lib.admin.base import MasterDataFormAdmin, deactivate


@admin.register(RetryRule)
class RetryRuleAdmin(MasterDataFormAdmin):
    list_display = ("connection", "position", "code", "text", "reaction", "most_attempts", "mend", "active")
    list_display_links = ("connection", "code", "text")
    list_select_related = ("connection",)
    list_filter = ("connection", "reaction", "mend", "active")
    search_fields = ("connection__code", "code", "text", "words")
    autocomplete_fields = ("connection",)
    actions = (deactivate,)
    fieldsets = (
        (
            None,
            {
                "fields": (("connection", "position"), ("code", "text"), ("reaction", "active")),
                "description": _(
                    "What is done when the partner refuses a message or doesn't answer. The first rule that "
                    "fits decides; where none fits, the shipped rules do: locks and silence are repeated, "
                    "everything else waits for a person."
                ),
            },
        ),
        (
            _("Repeating"),
            {"fields": (("first_pause_seconds", "longest_pause_seconds", "most_attempts"),)},
        ),
        (_("For whoever looks into it"), {"fields": (("words", "mend"),)}),
    )


@admin.register(AlarmLimits)
class AlarmLimitsAdmin(MasterDataFormAdmin):
    list_display = ("connection", "unsent_seconds", "silent_factor", "silent_seconds", "clock_seconds")
    list_select_related = ("connection",)
    list_filter = ("watch_numbers",)
    search_fields = ("connection__code", "connection__name")
    autocomplete_fields = ("connection",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("connection", "unsent_seconds"),
                    ("silent_factor", "silent_seconds"),
                    ("clock_seconds", "watch_numbers"),
                ),
                "description": _("A connection without a line here has the values that a new one shows."),
            },
        ),
    )
