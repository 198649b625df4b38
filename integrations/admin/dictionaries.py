"""Segment dictionaries: the field lists of an SAP system, brought by its own files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget

from integrations.domain.dictionaries import replace_segments
from integrations.domain.field_lists import FieldRow, read_field_lists
from integrations.models import SegmentDictionary, SegmentField
from mes.lib.admin.base import MasterDataFormAdmin, column

LARGEST = 20 * 1024 * 1024
SHOWN = 10


class DictionaryForm(forms.ModelForm):  # type: ignore[type-arg]
    upload = forms.FileField(
        label=gettext_lazy("field lists"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=gettext_lazy(
            "The parser text of transaction WE60, or CSV with the columns segment, field, length and offset. "
            "It replaces the segments that it names; the others stay."
        ),
    )

    def clean_upload(self) -> Any:
        """Reads the file, so that whatever is wrong stands at the field."""
        upload = self.cleaned_data.get("upload")
        self.rows: list[FieldRow] = []
        if upload is None:
            return None
        if upload.size > LARGEST:
            raise ValidationError(_("The file is larger than 20 MB."))
        body = upload.read()
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = body.decode("latin-1")
        self.rows, problems = read_field_lists(text)
        if problems:
            more = len(problems) - SHOWN
            shown = [
                _("Line %(line)s, %(field)s: %(reason)s")
                % {"line": problem.row or "–", "field": problem.field or "–", "reason": problem.message}
                for problem in problems[:SHOWN]
            ]
            raise ValidationError([*shown, *([_("… and %d more problems.") % more] if more > 0 else [])])
        return upload

    class Meta:
        model = SegmentDictionary
        fields = ("code", "name")


@admin.register(SegmentDictionary)
class SegmentDictionaryAdmin(MasterDataFormAdmin):
    form = DictionaryForm
    list_display = ("code", "name", "segments", "field_count")
    search_fields = ("code", "name")
    fieldsets = ((None, {"fields": (("code", "name"), "upload")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(segment_total=Count("fields__segment", distinct=True), field_total=Count("fields"))
        )
        return counted

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.rows:
            count = replace_segments(dictionary=obj, fields=form.rows)
            self.message_user(
                request,
                _("%(segments)d segments with %(fields)d fields were taken.")
                % {"segments": count, "fields": len(form.rows)},
            )

    @column(gettext_lazy("segments"), order="segment_total")
    def segments(self, dictionary: Any) -> int:
        return int(dictionary.segment_total)

    @column(gettext_lazy("fields"), order="field_total")
    def field_count(self, dictionary: Any) -> int:
        return int(dictionary.field_total)


@admin.register(SegmentField)
class SegmentFieldAdmin(MasterDataFormAdmin):
    list_display = ("segment", "name", "kind", "length", "offset", "dictionary")
    list_select_related = ("dictionary",)
    list_filter = ("dictionary",)
    search_fields = ("segment", "name")
    autocomplete_fields = ("dictionary",)
    fields = ("dictionary", ("segment", "name"), ("kind", "length", "offset"))
