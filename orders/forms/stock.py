"""Forms about lots and stock."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from machines.models import Plant
from orders.domain.shipping import Offer
from orders.forms.terminal import KeyForm, PiecesField
from orders.models import Lot, Place

TEXT = {"class": "form-control", "autocomplete": "off"}


class SuppliedForm(KeyForm):
    """How much of which lot, and what its supplier says of it."""

    field_order = ("quantity", "number")
    supplier_lot = forms.CharField(
        label=_("Supplier's lot"), max_length=60, required=False, widget=forms.TextInput(TEXT)
    )
    expires_on = forms.DateField(
        label=_("Usable until"),
        required=False,
        widget=forms.DateInput({"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )


class ReceiptForm(SuppliedForm):
    """What a supplier brought: how much, which lot, where it was put."""

    quantity = PiecesField(label=_("Quantity"))
    number = forms.CharField(label=_("Lot"), max_length=40, required=False, widget=forms.TextInput(TEXT))
    place = forms.ModelChoiceField(
        label=_("Place"),
        queryset=Place.objects.none(),
        required=False,
        empty_label=_("no place"),
        widget=forms.Select({"class": "form-select"}),
    )

    def __init__(self, *args: Any, plant: Plant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = Place.objects.filter(plant=plant, active=True)  # type: ignore[attr-defined]


class LotUseForm(KeyForm):
    """How much of a scanned lot goes into the work."""

    quantity = PiecesField(label=_("How much of it?"))


class ShipForm(KeyForm):
    """How much of which lot goes, and with which delivery note."""

    number = forms.CharField(
        label=_("Delivery note"),
        max_length=40,
        required=False,
        widget=forms.TextInput(TEXT),
        help_text=_("Empty: the next number."),
    )

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = [one for one in offers if not one.refusal]
        for one in self.offers:
            field = PiecesField(
                label=one.lot.number if one.lot else _("without lot"),
                initial=f"{one.proposed.normalize():f}",
            )
            field.widget.attrs |= {"class": "form-control", "inputmode": "decimal"}
            self.fields[one.field] = field

    def lots(self) -> list[tuple[Lot | None, Decimal]]:
        """What goes; a lot of which nothing goes is left out."""
        said = ((one.lot, self.cleaned_data[one.field]) for one in self.offers)
        return [(lot, quantity) for lot, quantity in said if quantity]


class OfficeQuantity(PiecesField):
    """A quantity typed at a desk or on a tablet, where there is no keypad on the page."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"class": "form-control", "inputmode": "decimal"}


class TransferForm(KeyForm):
    quantity = OfficeQuantity(label=_("Quantity"))
    target = forms.ModelChoiceField(
        label=pgettext_lazy("where something goes", "To"),
        queryset=Place.objects.none(),
        required=False,
        empty_label=_("no place"),
        widget=forms.Select({"class": "form-select"}),
    )

    def __init__(self, *args: Any, plant: Plant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = Place.objects.filter(plant=plant, active=True)  # type: ignore[attr-defined]


class GiveLotForm(SuppliedForm):
    """Which lot stock is that was booked without one."""

    quantity = OfficeQuantity(label=_("Quantity"))
    number = forms.CharField(label=_("Lot"), max_length=40, widget=forms.TextInput(TEXT))


class CountForm(KeyForm):
    """``reason`` is asked for when something differs."""

    reason = forms.CharField(
        label=_("Reason for the difference"), max_length=300, required=False, widget=forms.TextInput(TEXT)
    )


class ConfirmForm(forms.Form):
    confirmed_on = forms.DateField(
        label=_("Confirmed for"),
        widget=forms.DateInput({"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )


class SplitForm(KeyForm):
    quantity = OfficeQuantity(label=_("Quantity"))
    number = forms.CharField(label=_("New lot"), max_length=40, widget=forms.TextInput(TEXT))


class MergeForm(KeyForm):
    """Another lot of the same item, and how much of both."""

    quantity = OfficeQuantity(label=_("Quantity of this lot"))
    other = forms.CharField(label=_("Other lot"), max_length=40, widget=forms.TextInput(TEXT))
    other_quantity = OfficeQuantity(label=_("Quantity of the other"))
    number = forms.CharField(label=_("New lot"), max_length=40, widget=forms.TextInput(TEXT))


class SerialsForm(forms.Form):
    numbers = forms.CharField(
        label=_("Serial numbers"),
        help_text=_("One a line."),
        widget=forms.Textarea({"class": "form-control", "rows": 5}),
    )
