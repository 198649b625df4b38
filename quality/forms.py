"""Forms of quality engineers: they read what was typed; commands decide what may be recorded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mes.lib.fields import ZERO
from orders.enums import RequirementKind
from orders.forms.terminal import KeyForm, PiecesField
from orders.models import OrderRequirement
from quality.domain.results import Found
from quality.enums import CharacteristicKind
from quality.models import Characteristic, Gauge, InspectionDemand

VERDICTS = (("passed", _("passed")), ("failed", _("failed")))


class CommentForm(KeyForm):
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=500,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )


class InspectionForm(CommentForm):
    """One inspection of one operation: how many pieces were looked at, how many were wrong, the verdict."""

    inspected = PiecesField(label=_("Inspected pieces"))
    defective = PiecesField(label=_("Defective pieces"))
    verdict = forms.ChoiceField(label=_("Verdict"), choices=VERDICTS, widget=forms.RadioSelect)

    field_order = ("key", "inspected", "defective", "verdict", "comment")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("inspected", "defective"):
            self.fields[name].widget.attrs |= {"class": "form-control", "inputmode": "decimal"}


class ResultForm(KeyForm):
    """One result at the terminal: a typed value, OK or not, or how many of a sample are wrong."""

    piece = forms.CharField(
        label=_("Piece or serial number"),
        required=False,
        max_length=80,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off", "data-scan-target": ""}),
    )

    def __init__(
        self, *args: Any, characteristic: Characteristic, demand: InspectionDemand | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.characteristic = characteristic
        if characteristic.kind == CharacteristicKind.MEASURED:
            self.fields["value"] = forms.CharField(
                label=f"{characteristic.name} ({characteristic.unit})"
                if characteristic.unit
                else characteristic.name,
                max_length=40,
                widget=forms.TextInput(
                    {"inputmode": "none", "autocomplete": "off", "class": "pieces-input", "maxlength": "20"}
                ),
            )
            self.fields["gauge"] = forms.CharField(
                label=_("Gauge"),
                required=False,
                max_length=40,
                initial=characteristic.gauge.code if characteristic.gauge else "",
                widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
            )
        elif demand is not None and demand.accept is not None:
            self.fields["inspected"] = PiecesField(label=_("Inspected pieces"), initial=demand.wanted)
            self.fields["wrong"] = PiecesField(label=_("Wrong pieces"))
        else:
            self.fields["verdict"] = forms.ChoiceField(choices=VERDICTS)

    def clean_gauge(self) -> Gauge | None:
        """The gauge of this plant with the code that was typed or scanned."""
        code = self.cleaned_data["gauge"].strip()
        if not code:
            return None
        plant = self.characteristic.plan.plant_id
        gauge = Gauge.objects.filter(plant=plant, code=code, active=True).select_related("plant").first()
        if gauge is None:
            raise forms.ValidationError(_("There is no gauge with this code."))
        return gauge

    def found(self) -> Found:
        said = self.cleaned_data
        return Found(
            value=said.get("value", ""),
            passed=None if "verdict" not in said else said["verdict"] == "passed",
            inspected=int(said.get("inspected") or 1),
            wrong=int(said.get("wrong") or ZERO) if "wrong" in said else None,
            piece=said["piece"],
            gauge=said.get("gauge"),
        )


class VerificationForm(CommentForm):
    """One check of one requirement. Limits and choices are judged by the value, the rest by a person."""

    def __init__(self, *args: Any, requirement: OrderRequirement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if requirement.kind == RequirementKind.CHOICE:
            values = requirement.choices or [requirement.value]
            self.fields["value"] = forms.ChoiceField(
                label=_("Found"), choices=[(value, value) for value in values], widget=forms.RadioSelect
            )
        elif requirement.kind == RequirementKind.LIMIT:
            self.fields["value"] = forms.CharField(
                label=f"{_('Measured value')} ({requirement.unit})"
                if requirement.unit
                else _("Measured value"),
                max_length=200,
                widget=forms.TextInput(
                    {"class": "form-control", "inputmode": "decimal", "autocomplete": "off"}
                ),
            )
        else:
            self.fields["verdict"] = forms.ChoiceField(
                label=_("Verdict"), choices=VERDICTS, widget=forms.RadioSelect
            )
        self.order_fields(("key", "value", "verdict", "comment"))

    @property
    def passed(self) -> bool | None:
        """What a person said; None where the value decides."""
        said = self.cleaned_data.get("verdict")
        return None if said is None else said == "passed"
