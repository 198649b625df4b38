"""Forms of quality engineers: they read what was typed; commands decide what may be recorded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.enums import RequirementKind
from orders.forms.terminal import KeyForm, PiecesField
from orders.models import OrderRequirement

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
