"""The file formats of the admin: CSV as Excel writes it anywhere, and XLSX."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import HiddenInput
from django.utils.translation import gettext as _
from import_export.formats import base_formats
from import_export.tmp_storages import CacheStorage
from tablib import Dataset
from unfold.contrib.import_export.forms import ImportForm

LARGEST_FILE = 20 * 1024 * 1024
MOST_ROWS = 50_000
DELIMITERS = ";,\t|"


class Csv(base_formats.CSV):  # type: ignore[misc]
    """Reads UTF-8 (with or without mark) and Windows-1252, separated by semicolon, comma, tab or bar.

    Writes UTF-8 with a mark and semicolons, which Excel opens in every language by a double click.
    """

    def is_binary(self) -> bool:
        return True

    def get_read_mode(self) -> str:
        return "rb"

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> Dataset:
        text = _decode(in_stream)
        header = text.lstrip("\r\n").partition("\n")[0]
        delimiter = max(DELIMITERS, key=header.count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        return dataset_of(rows)

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow(dataset.headers)
        writer.writerows(dataset)
        return out.getvalue().encode("utf-8-sig")


class Xlsx(base_formats.XLSX):  # type: ignore[misc]
    """Reads the first sheet, values and not formulas."""

    def create_dataset(self, in_stream: bytes) -> Dataset:
        from openpyxl import load_workbook

        book = load_workbook(io.BytesIO(in_stream), read_only=True, data_only=True)
        return dataset_of([list(row) for row in book.worksheets[0].iter_rows(values_only=True)])


FORMATS: list[type[base_formats.Format]] = [Csv, Xlsx]


def dataset_of(rows: list[list[Any]]) -> Dataset:
    """A table from its rows, the first being the header. Empty lines at the end are left out.

    Raises ValidationError for a table without header, with a column twice, with too many rows, or with a row
    that has more cells than the header. A shorter row is filled up.
    """
    while rows and not any(cell not in (None, "") for cell in rows[-1]):
        rows.pop()
    if not rows:
        raise ValidationError(_("The file is empty."))
    headers = [str(cell if cell is not None else "").strip() for cell in rows[0]]
    while headers and not headers[-1]:
        headers.pop()
    if twice := {name for name in headers if headers.count(name) > 1}:
        raise ValidationError(_("The column “%s” is there twice.") % min(twice))
    if len(rows) - 1 > MOST_ROWS:
        raise ValidationError(_("The file has more than %d rows; cut it in pieces.") % MOST_ROWS)
    dataset = Dataset(headers=headers)
    for line, row in enumerate(rows[1:], 2):
        extra = [cell for cell in row[len(headers) :] if cell not in (None, "")]
        if extra:
            raise ValidationError(_("Line %d has more cells than the header.") % line)
        cells = row[: len(headers)]
        dataset.append([*cells, *[""] * (len(headers) - len(cells))])
    return dataset


def _decode(body: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError(_("The file is neither UTF-8 nor Windows-1252 text."))


class FileImportForm(ImportForm):  # type: ignore[misc]
    """Asks for the file; the format follows from its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].required = False
        self.fields["format"].widget = HiddenInput(attrs={"readonly": True})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        file = cleaned.get("import_file")
        if file is None:
            return cleaned
        if file.size > LARGEST_FILE:
            self.add_error("import_file", _("The file is larger than 20 MB."))
        elif not file.size:
            self.add_error("import_file", _("The file is empty."))
        if not cleaned.get("format"):
            wanted = "1" if file.name.lower().endswith((".xlsx", ".xlsm")) else "0"
            cleaned["format"] = wanted
        return cleaned


class ImportFileStorage(CacheStorage):  # type: ignore[misc]
    """Keeps the file between preview and confirmation, for an hour, where every web process finds it."""

    CACHE_LIFETIME = 3600
    CACHE_PREFIX = "master-data-import-"

    def read(self) -> bytes:
        """Raises ValidationError when the hour is over."""
        body: bytes | None = super().read()
        if body is None:
            raise ValidationError(_("The preview is too old. Choose the file again."))
        return body
