"""The base classes of all admin pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import JSONField, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportExportModelAdmin
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.contrib.import_export.forms import ExportForm
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from mes.lib.admin.audit import history_of
from mes.lib.admin.files import FORMATS, FileImportForm, ImportFileStorage
from mes.lib.admin.rights import ByRight, LookOnly

HISTORY_LENGTH = 500
SMALL_FIELDS: dict[Any, Any] = {
    JSONField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 2})},
    ArrayField: {"widget": UnfoldAdminTextInputWidget},
}


class PlantModelAdmin(ModelAdmin):  # type: ignore[misc]
    """A list and a form. ``history_children`` names reverse relations whose changes belong to the object."""

    list_per_page = 50
    list_filter_sheet = False
    warn_unsaved_form = True
    compressed_fields = False
    formfield_overrides: ClassVar[dict[Any, Any]] = SMALL_FIELDS
    save_on_top = False
    history_children: Sequence[str] = ()

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who changed what of this object and its lines, newest first. Also for deleted objects."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            self.opts.pk.to_python(object_id)
        except ValidationError:
            raise Http404 from None
        obj = self.get_object(request, object_id)
        changes = history_of(self.model, object_id, children=self.history_children, limit=HISTORY_LENGTH)
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %s") % (obj or object_id),
            "module_name": str(self.opts.verbose_name_plural),
            "object": obj,
            "opts": self.opts,
            "preserved_filters": self.get_preserved_filters(request),
            "changes": changes,
            "length": HISTORY_LENGTH,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/history.html", context)

    def log_addition(self, *args: Any) -> None:
        """Django's own log is left empty: the audit history is kept by the database."""

    log_change = log_deletions = log_addition


class MasterDataFormAdmin(ByRight, PlantModelAdmin):
    """Master data that is typed in only."""


class MasterDataAdmin(ByRight, ImportExportModelAdmin, PlantModelAdmin):  # type: ignore[misc]
    """Master data that people type and files bring: list, form, import with a preview, export, history."""

    import_form_class = FileImportForm
    export_form_class = ExportForm
    tmp_storage_class = ImportFileStorage
    skip_admin_log = True

    def get_import_formats(self) -> list[Any]:
        return FORMATS

    def get_export_formats(self) -> list[Any]:
        return FORMATS

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """Our own formats say what is wrong with the file; other failures mean that it is no such file."""
        if isinstance(e, ValidationError):
            form.add_error("import_file", e)
        else:
            form.add_error("import_file", _("The file can't be read as CSV or XLSX (%s).") % type(e).__name__)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The confirmation. A preview that is too old leads back to the choice of the file."""
        try:
            return super().process_import(request, **kwargs)  # type: ignore[no-any-return]
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Say what was taken, or, when the data changed since the preview, what stood in the way."""
        if not (result.has_errors() or result.has_validation_errors()):
            return super().process_result(result, request)  # type: ignore[no-any-return]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import"),
            "form": self.import_form_class(
                self.get_import_formats(), self.get_import_resource_classes(request), initial={}
            ),
            "opts": self.opts,
            "result": result,
            "import_error_display": self.import_error_display,
        }
        return TemplateResponse(request, [self.import_template_name], context)


class AdministrationAdmin(ByRight, PlantModelAdmin):
    right = "administer"


class FactsAdmin(LookOnly, PlantModelAdmin):
    """Rows that the product writes. Never counted: the tables are large."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_display_links: Sequence[str] | None = None

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        return [field.name for field in self.opts.fields if not field.primary_key]


class LinesInline(ByRight, TabularInline):  # type: ignore[misc]
    extra = 0
    hide_title = True
    formfield_overrides: ClassVar[dict[Any, Any]] = SMALL_FIELDS
    show_change_link = False


class StackedLinesInline(ByRight, StackedInline):  # type: ignore[misc]
    extra = 0
    formfield_overrides: ClassVar[dict[Any, Any]] = SMALL_FIELDS


@admin.action(description=gettext_lazy("Deactivate"), permissions=["change"])
def deactivate(modeladmin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> None:
    """Take rows out of use without deleting them."""
    modeladmin.message_user(request, _("%d deactivated.") % queryset.update(active=False))


def ownership_page(kind: str, object_id: str) -> HttpResponse:
    """To the page that shows the ERP's and the plant's values of a row. Raises Http404 for what is no key."""
    if not object_id.isdecimal():
        raise Http404
    return redirect("ownership", kind, int(object_id))


def column(
    description: Any, *, order: str | None = None, boolean: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: a method as a list column under ``description``, sortable by ``order``."""
    return admin.display(description=description, ordering=order, boolean=boolean)
