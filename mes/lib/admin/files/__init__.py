"""Master data as CSV and XLSX files: read with a preview, written in the same columns."""

from mes.lib.admin.files.formats import FORMATS, FileImportForm, ImportFileStorage
from mes.lib.admin.files.resource import TableResource
from mes.lib.admin.files.widgets import (
    ChoiceCell,
    CodeCell,
    CodesCell,
    InPlant,
    JsonCell,
    ListCell,
    MomentCell,
    NumberCell,
    TextCell,
    TimeCell,
    WholeCell,
    YesNoCell,
    column,
)

__all__ = [
    "FORMATS",
    "ChoiceCell",
    "CodeCell",
    "CodesCell",
    "FileImportForm",
    "ImportFileStorage",
    "InPlant",
    "JsonCell",
    "ListCell",
    "MomentCell",
    "NumberCell",
    "TableResource",
    "TextCell",
    "TimeCell",
    "WholeCell",
    "YesNoCell",
    "column",
]
