"""Forms about labels."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.domain.printing import MOST_COPIES
from orders.enums import LabelSubject
from orders.forms.terminal import KeyForm
from orders.models import LabelTemplate, Printer


class PrintForm(KeyForm):
    """Which template, on which printer, how often."""

    template = forms.ModelChoiceField(
        label=_("Template"),
        queryset=LabelTemplate.objects.none(),
        empty_label=None,
        widget=forms.Select({"class": "form-select"}),
    )
    printer = forms.ModelChoiceField(
        label=_("Printer"),
        queryset=Printer.objects.none(),
        empty_label=None,
        widget=forms.Select({"class": "form-select"}),
    )
    copies = forms.IntegerField(
        label=_("Copies"),
        min_value=1,
        max_value=MOST_COPIES,
        initial=1,
        widget=forms.NumberInput({"class": "form-control"}),
    )

    def __init__(self, *args: Any, subject: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = (LabelSubject(subject),)
        templates = LabelTemplate.objects.filter(active=True, subject__in=wanted)
        self.fields["template"].queryset = templates  # type: ignore[attr-defined]
        self.fields["printer"].queryset = Printer.objects.filter(active=True).order_by("kind", "code")  # type: ignore[attr-defined]
