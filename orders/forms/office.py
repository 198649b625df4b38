"""Forms of the office pages."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from machines.models import Machine
from orders.domain.quoting import TOLD
from orders.domain.settlement import Stretch
from orders.enums import Doubt, SettlementKind
from orders.forms.terminal import KeyForm
from orders.models import Operation, ProductionOrder, Run


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )


class CostForm(KeyForm):
    """A cost that nobody measures."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind.value, kind.label) for kind in TOLD],
        widget=forms.Select({"class": "form-select"}),
    )
    operation = forms.ModelChoiceField(
        label=_("Operation"),
        queryset=Operation.objects.none(),
        required=False,
        empty_label=_("the order as a whole"),
        widget=forms.Select({"class": "form-select"}),
    )
    value = forms.DecimalField(
        label=_("Euros"),
        max_digits=11,
        decimal_places=2,
        help_text=_("A negative amount takes back."),
        widget=forms.NumberInput({"class": "form-control", "step": "0.01"}),
    )
    text = forms.CharField(
        label=_("What for"),
        max_length=200,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, order: ProductionOrder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        operations = cast("forms.ModelChoiceField[Operation]", self.fields["operation"])
        operations.queryset = order.operations.order_by("position")
        operations.label_from_instance = _number_and_text  # type: ignore[method-assign]


def _number_and_text(obj: Any) -> str:
    return f"{obj.number} {obj.text}"


class SettlementForm(forms.Form):
    """What a person says of a stretch: ``choice`` is ``run:5``, ``operation:7``, ``setup:5``, ``nothing`` or
    ``rules``."""

    key = forms.UUIDField()
    machine = forms.ModelChoiceField(Machine.objects.all())
    slot = forms.IntegerField(min_value=0, max_value=32767)
    start = forms.DateTimeField()
    end = forms.DateTimeField()
    doubt = forms.ChoiceField(choices=Doubt.choices)
    program = forms.CharField(max_length=200, required=False)
    pieces = forms.DecimalField(max_digits=15, decimal_places=3)
    choice = forms.CharField(max_length=40)
    quantity = forms.DecimalField(max_digits=15, decimal_places=3, required=False)
    comment = forms.CharField(max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        word, _colon, number = cleaned["choice"].partition(":")
        cleaned["stretch"] = Stretch(
            cleaned["machine"],
            cleaned["slot"],
            cleaned["start"],
            cleaned["end"],
            Doubt(cleaned["doubt"]),
            cleaned["program"],
        )
        cleaned["run"] = cleaned["operation"] = None
        kinds = {
            "run": SettlementKind.CREDIT,
            "operation": SettlementKind.CREDIT,
            "setup": SettlementKind.SETUP,
            "nothing": SettlementKind.NOTHING,
            "rules": SettlementKind.RULES,
        }
        pk = int(number) if number.isdecimal() and len(number) < 18 else 0
        if word in ("run", "setup"):
            cleaned["run"] = Run.objects.select_related("operation").filter(pk=pk).first()
        elif word == "operation":
            cleaned["operation"] = Operation.objects.filter(pk=pk).first()
        missing = word in ("run", "setup", "operation") and not (cleaned["run"] or cleaned["operation"])
        if word not in kinds or missing:
            raise forms.ValidationError(_("Choose whose pieces these are."))
        cleaned["kind"] = kinds[word]
        return cleaned
