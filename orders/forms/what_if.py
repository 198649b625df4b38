"""What is asked when one asks “what if”."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, Plant
from orders.models import Operation, ProductionOrder
from orders.planning.whatif import Change, Down, Late, Rush, ShiftChange
from orders.queries.orders import OPEN_STATES
from orders.queries.work import OVER

KINDS = {
    "rush": _("Rush order"),
    "down": _("Machine down"),
    "more": _("Shift added"),
    "less": _("Shift cancelled"),
    "late": _("Material or supplier late"),
}


def _moment(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateTimeInput({"type": "datetime-local", "class": "form-control"}, "%Y-%m-%dT%H:%M"),
    )


def _number(label: Any, example: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=60,
        widget=forms.TextInput(
            {"class": "form-control", "list": "open-orders", "autocomplete": "off", "placeholder": example}
        ),
    )


class WhatIfForm(forms.Form):
    """The fields of one kind of change; ``change`` is what was asked. Times are the plant's."""

    order = _number(_("Order"), "")
    operation = forms.CharField(
        label=_("Operation"), max_length=10, widget=forms.TextInput({"class": "form-control"})
    )
    machine = forms.ModelChoiceField(
        Machine.objects.none(), label=_("Machine"), widget=forms.Select({"class": "form-select"})
    )
    wanted_at = _moment(_("Wanted by"), required=False, help_text=_("Empty: as soon as possible."))
    start = _moment(_("From"))
    end = _moment(_("To"))
    until = _moment(_("Here again on"))

    OF_KIND = {
        "rush": ("order", "wanted_at"),
        "down": ("machine", "start", "end"),
        "more": ("machine", "start", "end"),
        "less": ("machine", "start", "end"),
        "late": ("order", "operation", "until"),
    }

    def __init__(self, *args: Any, plant: Plant, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plant, self.kind = plant, kind
        for name in set(self.fields) - set(self.OF_KIND[kind]):
            del self.fields[name]
        machine = self.fields.get("machine")
        if isinstance(machine, forms.ModelChoiceField):
            machine.queryset = Machine.objects.filter(plant=plant, active=True).order_by("code")
            if kind in ("more", "less"):
                machine.required, machine.empty_label = False, str(_("all machines"))

    def clean_order(self) -> ProductionOrder:
        order = ProductionOrder.objects.filter(
            plant=self.plant, number=self.cleaned_data["order"].strip(), state__in=OPEN_STATES
        ).first()
        if order is None:
            raise forms.ValidationError(_("There is no open order with this number in the plant."))
        return order

    def clean_operation(self) -> Operation:
        order = self.cleaned_data.get("order")
        number = self.cleaned_data["operation"].strip()
        found: Operation | None = None
        if order is not None:
            found = order.operations.filter(number=number).exclude(state__in=OVER).first()
        if found is None:
            raise forms.ValidationError(_("The order has no open operation with this number."))
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("start"), cleaned.get("end")
        if start is not None and end is not None and end <= start:
            self.add_error("end", _("The end must be after the start."))
        return cleaned

    @property
    def change(self) -> Change:
        said = self.cleaned_data
        if self.kind == "rush":
            return Rush(said["order"].pk, _whole(said["wanted_at"]))
        if self.kind == "late":
            return Late(said["operation"].pk, said["until"])
        machine = said["machine"].pk if said["machine"] else None
        if self.kind == "down":
            return Down(said["machine"].pk, said["start"], said["end"])
        return ShiftChange(machine, said["start"], said["end"], works=self.kind == "more")


def _whole(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(microsecond=0)
