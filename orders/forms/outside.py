"""Forms for work that a supplier does."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.forms.stock import TEXT
from orders.forms.terminal import KeyForm, ReportForm


class SendOutForm(KeyForm):
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=500,
        widget=forms.TextInput(TEXT),
        help_text=_("For example who takes it, and the number of the delivery note."),
    )


class BringHomeForm(ReportForm):
    """What a supplier brought back, and whether that is all."""

    field_order = ("key", "good", "scrap", "rework", "scrap_reason", "all_back", "comment")
    all_back = forms.BooleanField(
        label=_("Nothing more is to come"),
        required=False,
        initial=True,
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.quantity_fields():
            field.field.widget.attrs |= {"class": "form-control", "inputmode": "decimal"}
