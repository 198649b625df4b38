"""Forms about demand and what is kept in stock."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mes.lib.admin.files import FORMATS
from orders.domain.demand_rows import DemandRow, read_rows
from orders.forms.stock import TEXT, OfficeQuantity
from orders.forms.terminal import KeyForm

PAST, AHEAD = "past", "ahead"
LARGEST = 20 * 1024 * 1024


class DemandFileForm(KeyForm):
    """A file with the columns item, week or month, quantity, and unit if it isn't the item's own."""

    kind = forms.ChoiceField(
        label=_("What is in it?"),
        choices=((AHEAD, _("a forecast")), (PAST, _("past demand"))),
        widget=forms.Select({"class": "form-select"}),
    )
    source = forms.CharField(label=_("Where from?"), max_length=80, widget=forms.TextInput(TEXT))
    file = forms.FileField(
        label=_("File"), widget=forms.FileInput({"class": "form-control", "accept": ".csv,.xlsx"})
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise ValidationError(_("The file is larger than 20 MB."))
        return file

    def rows(self) -> list[DemandRow]:
        """Raises InvalidInput with every problem of every line, ValidationError for what is no table."""
        return read_rows(self.cleaned_data["table"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        file = cleaned.get("file")
        if file is not None:
            chosen = FORMATS[1 if file.name.lower().endswith(".xlsx") else 0]()
            try:
                cleaned["table"] = chosen.create_dataset(file.read()).dict
            except ValidationError as error:
                self.add_error("file", error)
            except Exception:
                self.add_error("file", _("The file can't be read as CSV or XLSX."))
        return cleaned


class AcceptForm(KeyForm):
    """How much of a proposal is ordered, and for when."""

    quantity = OfficeQuantity(label=_("Quantity"))
    needed_on = forms.DateField(
        label=_("Needed on"),
        widget=forms.DateInput({"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )


class RejectForm(KeyForm):
    reason = forms.CharField(label=_("Why not?"), max_length=300, widget=forms.TextInput(TEXT))
