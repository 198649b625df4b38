"""Label templates with their preview, printers, rules of printing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from mes.lib.admin.base import FactsAdmin, MasterDataFormAdmin, column, deactivate
from mes.lib.errors import InvalidInput
from orders.domain.labels.render import check_template
from orders.domain.labels.values import NAMES
from orders.domain.printing import check_rule
from orders.models import LabelTemplate, Printer, PrintJob, PrintRule


class LabelTemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = LabelTemplate
        fields = (
            *("code", "name", "subject", "format", "width_mm", "height_mm", "dots_per_mm", "body"),
            "active",
        )
        widgets = {"body": UnfoldAdminTextareaWidget(attrs={"rows": 18, "spellcheck": "false"})}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            values = {name: cleaned[name] for name in self._meta.fields or () if name in cleaned}
            try:
                check_template(LabelTemplate(**values))
            except InvalidInput as wrong:
                for problem in wrong.problems:
                    self.add_error("body", str(problem))
        return cleaned


@admin.register(LabelTemplate)
class LabelTemplateAdmin(MasterDataFormAdmin):
    form = LabelTemplateForm
    list_display = ("code", "name", "subject", "format", "width_mm", "height_mm", "active")
    list_filter = ("subject", "format", "active")
    search_fields = ("code", "name")
    actions = (deactivate,)
    readonly_fields = ("preview", "placeholders")
    fieldsets = (
        (None, {"fields": (("code", "name"), ("subject", "format"), "active")}),
        (gettext_lazy("Size"), {"fields": (("width_mm", "height_mm", "dots_per_mm"),)}),
        (
            gettext_lazy("Content"),
            {
                "fields": ("body", "placeholders", "preview"),
                "description": gettext_lazy(
                    "ZPL as the label printer takes it; a PDF label as lines like “text 3 4 5 Lot "
                    "{lot.number}” "
                    "(place and size in millimetres; also bold, code128, qr, datamatrix, gs1, box); a "
                    "traveller "
                    "as lines of facts, operations, components, requirements and note."
                ),
            },
        ),
    )

    @column(gettext_lazy("Placeholders"))
    def placeholders(self, template: LabelTemplate) -> str:
        if not template.pk:
            return _("They depend on what the label is about; save first.")
        return " ".join(f"{{{name}}}" for name in NAMES[template.subject])

    @column(gettext_lazy("Preview"))
    def preview(self, template: LabelTemplate) -> str | SafeString:
        if not template.pk:
            return _("Save first.")
        return format_html(
            '<a href="{}" target="_blank">{}</a>',
            reverse("label-template-preview", args=[template.pk]),
            _("See it with the newest of what it is about"),
        )


@admin.register(Printer)
class PrinterAdmin(MasterDataFormAdmin):
    list_display = ("code", "name", "plant", "kind", "host", "port", "active")
    list_select_related = ("plant",)
    list_filter = ("plant", "kind", "active")
    search_fields = ("code", "name", "host")
    actions = (deactivate,)
    fields = (("plant", "code"), ("name", "kind"), ("host", "port"), "active")


class PrintRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = PrintRule
        fields = ("plant", "trigger", "item", "template", "printer", "copies", "active")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            parts = {name: cleaned[name] for name in ("plant", "trigger", "template", "printer")}
            try:
                check_rule(**parts)
            except InvalidInput as wrong:
                for problem in wrong.problems:
                    self.add_error(problem.field, problem.message)
        return cleaned


@admin.register(PrintRule)
class PrintRuleAdmin(MasterDataFormAdmin):
    form = PrintRuleForm
    list_display = ("trigger", "plant", "item", "template", "printer", "copies", "active")
    list_select_related = ("plant", "item", "template", "printer")
    list_filter = ("plant", "trigger", "active")
    search_fields = ("template__code", "printer__code", "item__code")
    autocomplete_fields = ("item", "template", "printer")
    actions = (deactivate,)
    fieldsets = (
        (
            None,
            {
                "fields": (("plant", "trigger"), "item", ("template", "printer"), ("copies", "active")),
                "description": gettext_lazy(
                    "Printed some seconds after it was booked. A printer that is away never holds a booking "
                    "up: the print waits, is tried again, and stands among the prints that failed."
                ),
            },
        ),
    )


@admin.register(PrintJob)
class PrintJobAdmin(FactsAdmin):
    list_display = ("created_at", "title", "template", "printer", "state", "attempts", "problem", "by")
    list_select_related = ("template", "printer", "by")
    list_filter = ("plant", "state")
    search_fields = ("title", "template__code", "printer__code")
    ordering = ("-id",)
