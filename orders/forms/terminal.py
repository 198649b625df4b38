"""Forms of the terminal. What may be booked is decided by the commands; forms only read what was typed."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from machines.models import StopReason
from mes.lib.fields import ZERO
from orders.domain.reports import Quantities
from orders.enums import CountingSource
from orders.models import Operation, ScrapReason


class KeyForm(forms.Form):
    """The client-made key: born with the page, sent again with every try of the same booking."""

    key = forms.UUIDField(widget=forms.HiddenInput({"autocomplete": "off"}), initial=uuid.uuid4)


class OutputForm(KeyForm):
    """How many pieces of an item a cycle makes."""

    pieces = forms.DecimalField(min_value=0, max_digits=9, decimal_places=4)


class PiecesField(forms.DecimalField):
    """A number of pieces as people type it: empty is zero, a comma is a point."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(
            {"inputmode": "none", "autocomplete": "off", "class": "pieces-input", "maxlength": "16"}
        )
        super().__init__(required=False, max_digits=15, decimal_places=3, widget=widget, **kwargs)

    def to_python(self, value: Any) -> Decimal:  # type: ignore[override]
        text = str(value or "").strip().replace(",", ".")
        return super().to_python(text) or ZERO


class ReportForm(KeyForm):
    """Good, scrap, rework and the reason, in one submit."""

    good = PiecesField(label=_("Good"))
    scrap = PiecesField(label=_("Scrap"))
    rework = PiecesField(label=_("Rework"))
    scrap_reason = forms.ModelChoiceField(
        label=_("Reason for scrap and rework"),
        queryset=ScrapReason.objects.none(),
        required=False,
        widget=forms.RadioSelect,
        empty_label=None,
    )
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=500,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, operation: Operation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.operation = operation
        reasons = ScrapReason.objects.filter(plant=operation.plant_id, active=True)
        choice = self.fields["scrap_reason"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = reasons
        choice.label_from_instance = lambda obj: str(obj.name)  # type: ignore[method-assign]
        self.counted = operation.counting == CountingSource.MACHINE
        if self.counted:
            del self.fields["good"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        places = self.operation.order.unit.decimals
        for name in ("good", "scrap", "rework"):
            amount = cleaned.get(name)
            if amount is not None and amount != round(amount, places):
                self.add_error(name, ValidationError(self._too_fine(places), code="too_fine"))
        return cleaned

    @staticmethod
    def _too_fine(places: int) -> Any:
        if places == 0:
            return _("Whole pieces only.")
        return _("At most %(places)s decimal places.") % {"places": places}

    @property
    def quantities(self) -> Quantities:
        """Raises InvalidInput for negative amounts."""
        found = {name: self.cleaned_data.get(name) or ZERO for name in ("good", "scrap", "rework")}
        return Quantities(**found)

    def quantity_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("good", "scrap", "rework") if name in self.fields]


class CorrectionForm(ReportForm):
    """The right quantities of a report, and why it was wrong. All zero: the report is taken back."""

    field_order = ("key", "good", "scrap", "rework", "scrap_reason", "comment")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["comment"].required = True
        self.fields["comment"].label = _("Why was it wrong?")


class LogOnForm(forms.Form):
    """A badge, or a personnel number with its PIN."""

    badge = forms.CharField(label=_("Badge"), required=False, max_length=200)
    number = forms.CharField(label=_("Personnel number"), required=False, max_length=20)
    pin = forms.CharField(label=_("PIN"), required=False, max_length=20)


class AtStop(KeyForm):
    """Names a stop by its slot and its start (ISO 8601 with zone); reasons are those of the plant."""

    slot = forms.IntegerField(min_value=1, max_value=1000)
    start = forms.CharField(max_length=40)
    why = forms.CharField(required=False, max_length=500)

    def __init__(self, *args: Any, plant: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for choice in self.fields.values():
            if isinstance(choice, forms.ModelChoiceField):
                choice.queryset = StopReason.objects.filter(plant=plant, active=True)

    def clean_start(self) -> datetime:
        return moment_of(self.cleaned_data["start"])


class StopForm(AtStop):
    """The reason of one stop."""

    reason = forms.ModelChoiceField(queryset=StopReason.objects.none())
    comment = forms.CharField(required=False, max_length=500)


class SplitForm(AtStop):
    """One reason until ``after`` seconds from the start, another from then on."""

    after = forms.IntegerField(min_value=1, max_value=366 * 86400)
    first = forms.ModelChoiceField(queryset=StopReason.objects.none())
    second = forms.ModelChoiceField(queryset=StopReason.objects.none())


class MergeForm(AtStop):
    """The stop and its neighbour that began at ``other`` are one."""

    other = forms.CharField(max_length=40)
    reason = forms.ModelChoiceField(queryset=StopReason.objects.none(), required=False)

    def clean_other(self) -> datetime:
        return moment_of(self.cleaned_data["other"])


def moment_of(text: str) -> datetime:
    """An aware moment from ISO 8601. Raises ``ValidationError``."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValidationError(_("This is no time."), code="invalid")
    return moment
