"""The program library, and the rules of sending."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from mes.lib.admin.base import MasterDataFormAdmin, column, deactivate
from orders.domain.programs import LARGEST, store_program_file
from orders.models import DownloadRule, Program


class ProgramForm(forms.ModelForm):  # type: ignore[type-arg]
    upload = forms.FileField(
        label=_("new file"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("Replaces the file. Files that were sent are kept."),
    )

    class Meta:
        model = Program
        fields = ("plant", "name", "revision", "machine_group", "machine", "file_name", "active")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        upload = cleaned.get("upload")
        if upload is not None and upload.size > LARGEST:
            raise ValidationError({"upload": _("A program may have 32 MiB.")})
        if upload is not None and not cleaned.get("file_name"):
            cleaned["file_name"] = self.instance.file_name = upload.name
        return cleaned

    def save(self, commit: bool = True) -> Program:
        upload = self.cleaned_data.get("upload")
        if upload is not None:
            self.instance.file = store_program_file(content=upload.read())
        saved: Program = super().save(commit)
        return saved


@admin.register(Program)
class ProgramAdmin(MasterDataFormAdmin):
    form = ProgramForm
    list_display = ("name", "revision", "plant", "machine_group", "machine", "file_name", "digest", "active")
    list_select_related = ("plant", "machine_group", "machine")
    list_filter = ("plant", "active", "machine_group")
    search_fields = ("name", "revision", "file_name", "file__sha256")
    autocomplete_fields = ("plant", "machine_group", "machine")
    readonly_fields = ("digest",)
    actions = (deactivate,)
    fieldsets = (
        (
            None,
            {
                "fields": (("name", "revision"), ("plant", "active"), ("machine_group", "machine")),
                "description": _(
                    "Operations name their program and revision; this is the file which that means."
                ),
            },
        ),
        (_("File"), {"fields": ("file_name", "upload", "digest")}),
    )

    @column(_("SHA-256"))
    def digest(self, program: Program) -> str:
        return str(program.file_id or "")


@admin.register(DownloadRule)
class DownloadRuleAdmin(MasterDataFormAdmin):
    list_display = (
        *("__str__", "machine", "machine_group", "active", "approval_needed", "preparation_slot"),
        "on_mismatch",
    )
    list_select_related = ("machine", "machine_group")
    list_filter = ("active", "approval_needed", "on_mismatch")
    search_fields = ("machine__code", "machine_group__code")
    autocomplete_fields = ("machine", "machine_group")
    fieldsets = (
        (
            None,
            {
                "fields": (("machine", "machine_group"), ("active", "approval_needed")),
                "description": _("Without a rule nothing is sent. A machine's rule wins over its group's."),
            },
        ),
        (None, {"fields": (("preparation_slot", "on_mismatch"),)}),
    )
