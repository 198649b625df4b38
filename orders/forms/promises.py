"""What is asked when a date is asked for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from orders.models import Customer, Item, ProductionOrder

_TEXT = {"class": "form-control", "autocomplete": "off"}


class ByCode(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A row by what people call it."""

    widget = forms.TextInput(attrs=_TEXT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_messages["invalid_choice"] = _("Nothing is called so.")


class QuoteForm(forms.Form):
    """A configuration, or the number of an open order."""

    plant = forms.ModelChoiceField(Plant.objects.order_by("code"), to_field_name="code", label=_("Plant"))
    item = ByCode(Item.objects.filter(active=True), to_field_name="code", label=_("Item"), required=False)
    quantity = forms.DecimalField(
        label=_("Quantity"),
        max_digits=15,
        decimal_places=3,
        required=False,
        widget=forms.NumberInput(attrs={**_TEXT, "inputmode": "decimal", "step": "any"}),
    )
    requested = forms.DateTimeField(
        label=_("Wanted by"),
        required=False,
        widget=forms.DateTimeInput(attrs={**_TEXT, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    customer = ByCode(
        Customer.objects.filter(active=True), to_field_name="code", label=_("Customer"), required=False
    )
    options = forms.CharField(
        label=_("Options"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs=_TEXT),
        help_text=_("Kept with the quote and given to the order, for example colour=red; tolerance=h6."),
    )
    order = ByCode(
        ProductionOrder.objects.none(), to_field_name="number", label=_("Open order"), required=False
    )

    def __init__(self, *args: Any, plant: Plant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plant"].initial = plant.code
        field = self.fields["order"]
        assert isinstance(field, forms.ModelChoiceField)
        orders = ProductionOrder.objects.filter(plant=plant)
        field.queryset = orders.select_related(
            "plant", "item__setup_family", "customer_line__order__customer"
        )

    def clean_options(self) -> dict[str, str]:
        """``name=value`` pairs between semicolons; what has no sign of equality is a name."""
        pairs = [part.partition("=") for part in self.cleaned_data["options"].split(";") if part.strip()]
        return {name.strip(): value.strip() for name, _sign, value in pairs}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and cleaned.get("order") is None:
            for name in ("item", "quantity"):
                if cleaned.get(name) is None:
                    self.add_error(name, _("Say what, and how many; or which order."))
        return cleaned
