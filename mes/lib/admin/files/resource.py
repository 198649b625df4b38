"""A table as a file: rows are found by their natural key, checked row by row, written in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey, Model, QuerySet
from django.utils.translation import gettext as _
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import ModelResource
from import_export.widgets import ManyToManyWidget
from tablib import Dataset

from mes.lib.admin.files.widgets import CodeCell

FIRST_LINE = 2
"""The line of the first row in the file: the header is line 1."""


class KeyLoader(BaseInstanceLoader):  # type: ignore[misc]
    """Finds rows by their natural key. The whole table is read once."""

    def __init__(self, resource: Any, dataset: Dataset | None = None) -> None:
        super().__init__(resource, dataset)
        self.fields = [resource.fields[name] for name in resource.get_import_id_fields()]
        relations = [
            field.name
            for field in resource._meta.model._meta.concrete_fields
            if isinstance(field, ForeignKey)
        ]
        rows = resource.get_queryset().select_related(*relations)
        self.known = {self._stored_key(row): row for row in rows}
        self.lines: dict[Any, int] = {}

    def get_instance(self, row: Any) -> Model | None:
        """Raises ValidationError when an earlier line of the file has the same key."""
        try:
            key = tuple(self._value(field.clean(row)) for field in self.fields)
        except ValueError:
            return None  # the cell's own error is reported with the others of its row
        line = self.resource.line
        if key in self.lines:
            raise ValidationError(_("Line %d has the same key already.") % self.lines[key])
        self.lines[key] = line
        return self.known.get(key)

    def _stored_key(self, row: Model) -> Any:
        return tuple(self._value(field.get_value(row)) for field in self.fields)

    @staticmethod
    def _value(value: Any) -> Any:
        return value.pk if isinstance(value, Model) else value


class TableResource(ModelResource):  # type: ignore[misc]
    """Base of all tables that come and go as files.

    A column that is missing in the file leaves its field alone; an empty cell clears it. Unknown columns are
    refused, so that a typing error doesn't pass unseen.
    """

    line = FIRST_LINE

    class Meta:
        instance_loader_class = KeyLoader
        use_bulk = True
        batch_size = 2000
        skip_unchanged = True
        report_skipped = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.columns_in_file: frozenset[str] = frozenset()
        self.lines: dict[int, tuple[int, Any]] = {}

    # --- before the rows

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        """Raises ValueError for columns that are unknown or missing; then no row is looked at."""
        for field in self.fields.values():
            if isinstance(field.widget, CodeCell):
                field.widget.forget()
        self.columns_in_file = frozenset(dataset.headers)
        problem = self.wrong_columns(dataset.headers)
        if problem:
            del dataset[0 : len(dataset)]
            raise ValueError(problem)

    def wrong_columns(self, headers: Sequence[str]) -> str:
        known = [field.column_name for field in self.get_import_fields()]
        unknown = [name for name in headers if name not in known]
        if unknown:
            return _("There is no column “%(name)s”. Columns: %(known)s.") % {
                "name": unknown[0],
                "known": ", ".join(known),
            }
        keys = [self.fields[name].column_name for name in self.get_import_id_fields()]
        missing = [name for name in keys if name not in headers]
        return _("The column “%s” is missing.") % missing[0] if missing else ""

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        self.line = kwargs["row_number"] + FIRST_LINE - 1

    # --- one row

    def import_instance(self, instance: Model, row: Any, **kwargs: Any) -> None:
        """Keeps the model's default where a new row has an empty cell for a field that can't be empty."""
        new = instance._state.adding
        errors: dict[str, ValidationError] = {}
        for field in self.get_import_fields():
            if field.column_name not in row or not self.is_own(field):
                continue
            try:
                value = field.clean(row)
            except ValueError as error:
                errors[field.attribute] = ValidationError(str(error), code="invalid")
                continue
            self.set_value(instance, field.attribute, value, new=new)
        if errors:
            raise ValidationError(errors)

    def is_own(self, field: Any) -> bool:
        """Whether the cell sets a column of the row itself, not of a row that it hangs on."""
        return not isinstance(field.widget, ManyToManyWidget) and "__" not in field.attribute

    def set_value(self, instance: Model, attribute: str, value: Any, *, new: bool) -> None:
        column = instance._meta.get_field(attribute)
        if value is None and not column.null:
            if new and column.has_default():  # type: ignore[union-attr]
                return
            if isinstance(column, ForeignKey):
                setattr(instance, column.attname, None)
                return
        setattr(instance, attribute, value)

    def validate_instance(
        self,
        instance: Model,
        import_validation_errors: dict[str, Any] | None = None,
        validate_unique: bool = True,
    ) -> None:
        """Check all that needs no query; the database's constraints are checked for all rows at once.

        Raises ValidationError with the errors by the file's column names.
        """
        errors: dict[str, Any] = dict(import_validation_errors or {})
        relations = [column for column in instance._meta.concrete_fields if isinstance(column, ForeignKey)]
        for column in relations:
            if getattr(instance, column.attname) is None and not column.null:
                errors.setdefault(column.name, [ValidationError(_("This cell can't be empty."))])
        try:
            instance.clean_fields(exclude={*errors, *(column.name for column in relations)})
        except ValidationError as error:
            error.update_error_dict(errors)
        if not errors:
            try:
                instance.clean()
                if not self._meta.use_bulk:
                    instance.validate_constraints()
            except ValidationError as error:
                error.update_error_dict(errors)
        if errors:
            raise ValidationError(self.by_column(errors))

    def by_column(self, errors: dict[str, Any]) -> dict[str, Any]:
        names = {field.attribute: field.column_name for field in self.fields.values()}
        return {names.get(attribute, attribute): error for attribute, error in errors.items()}

    def save_instance(self, instance: Model, is_create: bool, row: Any, **kwargs: Any) -> None:
        self.lines[id(instance)] = (kwargs["row_number"], row)
        super().save_instance(instance, is_create, row, **kwargs)

    # --- all rows

    def after_import(self, dataset: Dataset, result: Any, **kwargs: Any) -> None:
        """The library would set the sequence of ids anew: ours never come from a file, and the application's
        database role may not."""

    def get_bulk_update_fields(self) -> list[str]:
        keys = self.get_import_id_fields()
        return [
            field.attribute
            for name, field in self.fields.items()
            if name not in keys and field.column_name in self.columns_in_file and self.is_own(field)
        ]

    def bulk_create(
        self,
        using_transactions: bool,
        dry_run: bool,
        raise_errors: bool,
        batch_size: int | None = None,
        result: Any = None,
    ) -> None:
        rows = list(self.create_instances)
        self.create_instances.clear()
        self._write(rows, lambda: self.manager().bulk_create(rows, batch_size=batch_size), result)

    def bulk_update(
        self,
        using_transactions: bool,
        dry_run: bool,
        raise_errors: bool,
        batch_size: int | None = None,
        result: Any = None,
    ) -> None:
        rows = list(self.update_instances)
        self.update_instances.clear()
        fields = self.get_bulk_update_fields()
        if fields:
            self._write(rows, lambda: self.manager().bulk_update(rows, fields, batch_size=500), result)

    def manager(self) -> Any:
        return self._meta.model._default_manager

    def _write(self, rows: Sequence[Model], write: Any, result: Any) -> None:
        """Write all rows at once. Only if the database refuses, ask row by row which ones are wrong."""
        if not rows:
            return
        try:
            with transaction.atomic():
                write()
        except IntegrityError as refusal:
            found = False
            for row in rows:
                number, cells = self.lines[id(row)]
                try:
                    row.validate_constraints()
                except ValidationError as error:
                    found = True
                    result.append_invalid_row(
                        number, cells, ValidationError(self.by_column(error.error_dict))
                    )
            if not found:
                self.handle_import_error(result, refusal)

    def get_queryset(self) -> QuerySet[Any]:
        return self.manager().all()  # type: ignore[no-any-return]
