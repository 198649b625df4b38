"""Forms of quality engineers: they read what was typed; commands decide what may be recorded."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, MachineGroup, Plant, Tool
from mes.accounts.models import User
from mes.lib.admin.audit_form import AuditForm
from mes.lib.errors import InvalidInput, Problem
from mes.lib.fields import ZERO
from orders.domain.rework import ReworkStep
from orders.enums import RequirementKind
from orders.forms.terminal import KeyForm, PiecesField
from orders.models import OrderRequirement, Routing
from quality.domain.recall import Scope, from_gauge, from_lots, from_machine, from_tool
from quality.domain.results import Found
from quality.enums import ActionKind, CharacteristicKind, DispositionKind, RecallScope
from quality.models import (
    Characteristic,
    CorrectiveAction,
    DefectCode,
    Gauge,
    InspectionDemand,
    Nonconformance,
)

MOMENT = {"type": "datetime-local", "class": "form-control"}
VERDICTS = (("passed", _("passed")), ("failed", _("failed")))


def _text() -> forms.TextInput:
    return forms.TextInput({"class": "form-control", "autocomplete": "off"})


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


class OmissionForm(KeyForm):
    """Why the chosen inspections are not done."""

    reason = forms.CharField(
        label=_("Not done, because"),
        max_length=500,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": _("Say why the inspection wasn't done.")},
    )
    demand = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": _("Choose the inspections that are not done.")}
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        chosen = data.getlist("demand") if data is not None else []
        choice = self.fields["demand"]
        assert isinstance(choice, forms.TypedMultipleChoiceField)
        choice.choices = [(number, number) for number in chosen if number.isdecimal()]


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


class SigningForm(KeyForm):
    """Who signs, proved anew: the password (with the user name the first time), or badge and PIN."""

    username = forms.CharField(
        label=_("User name"),
        required=False,
        max_length=150,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput({"class": "form-control", "autocomplete": "current-password"}),
    )
    badge = forms.CharField(
        label=_("Badge"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput({"class": "form-control", "autocomplete": "off"}),
    )
    pin = forms.CharField(
        label=_("PIN"),
        required=False,
        max_length=20,
        widget=forms.PasswordInput({"class": "form-control", "autocomplete": "off", "inputmode": "numeric"}),
    )
    signing = ("username", "password", "badge", "pin")

    def __init__(self, *args: Any, named: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.named = named

    def credentials(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name, "") for name in self.signing}

    def content_fields(self) -> list[forms.BoundField]:
        """What is signed, without what proves who signs."""
        return [field for field in self.visible_fields() if field.name not in self.signing]


class NonconformanceForm(KeyForm):
    """What doesn't conform and what is wrong with it."""

    order_number = forms.CharField(label=_("Order"), required=False, max_length=40, widget=_text())
    operation_number = forms.CharField(label=_("Operation"), required=False, max_length=10, widget=_text())
    machine = forms.ModelChoiceField(
        label=_("Machine"),
        required=False,
        queryset=Machine.objects.filter(active=True).order_by("code"),
        widget=forms.Select({"class": "form-select"}),
    )
    item_code = forms.CharField(label=_("Item"), required=False, max_length=40, widget=_text())
    lot = forms.CharField(label=_("Lot"), required=False, max_length=40, widget=_text())
    defect = forms.ModelChoiceField(
        label=_("What is wrong?"),
        queryset=DefectCode.objects.none(),
        widget=forms.Select({"class": "form-select"}),
    )
    quantity = PiecesField(label=_("Quantity"))
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"class": "form-control", "rows": 3}),
    )
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        widget=forms.FileInput({"class": "form-control", "accept": "image/*", "capture": "environment"}),
    )

    def __init__(self, *args: Any, plant: Plant | None, fixed: bool, **kwargs: Any) -> None:
        """``fixed``: what it is about is known already, and only the plant's defects can be chosen."""
        super().__init__(*args, **kwargs)
        choice = self.fields["defect"]
        assert isinstance(choice, forms.ModelChoiceField)
        codes = DefectCode.objects.filter(active=True, children__isnull=True).select_related("parent")
        choice.queryset = codes.filter(plant=plant) if plant else codes
        choice.label_from_instance = lambda obj: defect_label(obj)  # type: ignore[method-assign]
        self.fields["quantity"].widget.attrs |= {"class": "form-control", "inputmode": "decimal"}
        if fixed:
            for name in ("order_number", "operation_number", "machine", "item_code", "lot"):
                del self.fields[name]


def defect_label(defect: Any) -> str:
    """The defect below what it stands under."""
    return f"{defect.parent.name} › {defect.name}" if defect.parent else str(defect.name)


class DispositionForm(SigningForm):
    """What becomes of how many pieces, why, and for rework or sorting what is done where."""

    kind = forms.ChoiceField(
        label=_("Disposition"), choices=DispositionKind.choices, widget=forms.RadioSelect
    )
    quantity = PiecesField(label=_("Quantity"))
    reason = forms.CharField(label=_("Why"), max_length=500, widget=_text())
    routing = forms.ModelChoiceField(
        label=_("Rework by routing"),
        required=False,
        queryset=Routing.objects.none(),
        widget=forms.Select({"class": "form-select"}),
        empty_label=_("one operation, as written below"),
    )
    work = forms.CharField(
        label=_("What is to be done (rework, sort)"), required=False, max_length=200, widget=_text()
    )
    group = forms.ModelChoiceField(
        label=_("Work centre"),
        required=False,
        queryset=MachineGroup.objects.none(),
        widget=forms.Select({"class": "form-select"}),
    )
    minutes = forms.DecimalField(
        label=_("Planned minutes per piece"),
        required=False,
        min_value=0,
        max_value=10_000,
        widget=forms.NumberInput({"class": "form-control", "step": "any"}),
    )

    def __init__(self, *args: Any, row: Nonconformance, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quantity"].widget.attrs |= {"class": "form-control", "inputmode": "decimal"}
        group, routing = self.fields["group"], self.fields["routing"]
        assert isinstance(group, forms.ModelChoiceField)
        assert isinstance(routing, forms.ModelChoiceField)
        group.queryset = MachineGroup.objects.filter(plant=row.plant, active=True)
        if row.order is None:
            for name in ("routing", "work", "group", "minutes"):
                del self.fields[name]
            return
        routing.queryset = Routing.objects.filter(plant=row.plant, item=row.order.item, active=True).exclude(
            revision=row.order.revision
        )

    def steps(self) -> list[ReworkStep]:
        """The operations that the form asks for; none where nothing is said."""
        said = self.cleaned_data
        if said.get("kind") not in (DispositionKind.REWORK, DispositionKind.SORT):
            return []
        if said.get("routing"):
            return [
                ReworkStep(
                    step.text,
                    step.machine_group,
                    step.setup_seconds,
                    step.run_seconds / step.base_quantity,
                    step.inspection,
                )
                for step in said["routing"].operations.select_related("machine_group").order_by("number")
            ]
        if not (said.get("work") and said.get("group")):
            return []
        seconds = (said.get("minutes") or Decimal(0)) * 60
        return [ReworkStep(said["work"], said["group"], run_seconds=seconds)]


class ClosingForm(SigningForm):
    conclusion = forms.CharField(label=_("Conclusion"), max_length=500, widget=_text())


class ReasonForm(KeyForm):
    reason = forms.CharField(label=_("Why"), max_length=300, widget=_text())


class ReleaseForm(SigningForm):
    """Why a hold is released."""

    reason = forms.CharField(label=_("Why"), max_length=300, widget=_text())


class ActionForm(KeyForm):
    """Who does what until when."""

    kind = forms.ChoiceField(label=_("Kind"), choices=ActionKind.choices, widget=forms.RadioSelect)
    title = forms.CharField(label=_("What is to be done"), max_length=200, widget=_text())
    owner = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.filter(is_active=True).order_by("last_name", "username"),
        widget=forms.Select({"class": "form-select"}),
    )
    due_on = forms.DateField(
        label=_("Due on"), widget=forms.DateInput({"class": "form-control", "type": "date"})
    )
    plant = forms.ModelChoiceField(
        label=_("Plant"),
        queryset=Plant.objects.order_by("code"),
        widget=forms.Select({"class": "form-select"}),
    )


class FindingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Why it happened, asked five times, and the root cause."""

    class Meta:
        model = CorrectiveAction
        fields = ("why_1", "why_2", "why_3", "why_4", "why_5", "root_cause")
        widgets = {name: forms.TextInput({"class": "form-control"}) for name in fields}


class DoneForm(KeyForm):
    done = forms.CharField(
        label=_("What was done"),
        max_length=1000,
        widget=forms.Textarea({"class": "form-control", "rows": 2}),
    )
    check_on = forms.DateField(
        label=_("Check the effect on"), widget=forms.DateInput({"class": "form-control", "type": "date"})
    )


class EffectForm(SigningForm):
    """Whether an action helped."""

    effective = forms.ChoiceField(
        label=_("Did it help?"),
        choices=(("yes", _("yes, close it")), ("no", _("no, back to work"))),
        widget=forms.RadioSelect,
    )
    effect = forms.CharField(label=_("What was looked at"), max_length=500, widget=_text())


class TrailForm(AuditForm):
    """The filters of the admin's list of changes, as an office page looks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("model", "person"):
            field = cast(forms.ChoiceField, self.fields[name])
            field.widget = forms.Select({"class": "form-select"})
            field.widget.choices = field.choices
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateInput({"class": "form-control", "type": "date"})


class ReviewForm(SigningForm):
    comment = forms.CharField(label=_("Comment"), required=False, max_length=500, widget=_text())


class TerminalNonconformanceForm(KeyForm):
    """What a terminal sends: the tapped defect, and the number of pieces that was shown with it."""

    defect = forms.TypedChoiceField(coerce=int)
    quantity = PiecesField()
    description = forms.CharField(required=False, max_length=1000)

    def __init__(self, *args: Any, defects: Sequence[DefectCode], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.defects = {defect.pk: defect for defect in defects}
        choice = self.fields["defect"]
        assert isinstance(choice, forms.TypedChoiceField)
        choice.choices = [(pk, str(defect)) for pk, defect in self.defects.items()]

    def clean_defect(self) -> DefectCode:
        return self.defects[self.cleaned_data["defect"]]


class RecallForm(forms.Form):
    """What a recall starts from. A lot needs no time; machine, tool and gauge need both ends of it."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(
        label=_("Starts from"), choices=RecallScope, widget=forms.Select({"class": "form-select"})
    )
    text = forms.CharField(
        label=_("Lot, machine, tool or gauge"),
        max_length=80,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )
    start = forms.DateTimeField(
        label=_("From"),
        required=False,
        widget=forms.DateTimeInput(
            {"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
        ),
    )
    end = forms.DateTimeField(
        label=_("To"),
        required=False,
        widget=forms.DateTimeInput(
            {"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
        ),
    )
    plant = forms.ModelChoiceField(
        label=_("Plant"),
        queryset=Plant.objects.all(),
        empty_label=None,
        widget=forms.Select({"class": "form-select"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=300,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )

    def scope(self) -> Scope:
        """What was asked for. Raises InvalidInput naming the field that fits nothing."""
        said = self.cleaned_data
        if said["kind"] == RecallScope.LOT:
            return from_lots(text=said["text"])
        if said["start"] is None or said["end"] is None:
            message = _("Say from when to when.")
            raise InvalidInput([Problem("time_missing", str(message), "start")])
        times = {"start": said["start"], "end": said["end"]}
        if said["kind"] == RecallScope.MACHINE:
            return from_machine(machine=_named(Machine, said["text"]), **times)
        if said["kind"] == RecallScope.TOOL:
            return from_tool(tool=_named(Tool, said["text"]), **times)
        return from_gauge(gauge=_named(Gauge, said["text"], plant=said["plant"]), **times)


def _named(model: Any, code: str, **where: Any) -> Any:
    found = model.objects.filter(code__iexact=code.strip(), **where).first()
    if found is None:
        message = _("Nothing has the code “%s”.") % code
        raise InvalidInput([Problem("unknown_code", message, "text", value=code)])
    return found


class GoldenForm(forms.Form):
    """Why a run is the golden one, and how far later ones may be off."""

    reason = forms.CharField(
        label=_("Why this run"),
        max_length=300,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )
    tolerance_percent = forms.DecimalField(
        label=_("Tolerance for times and yield (%)"),
        initial=10,
        min_value=Decimal("0.1"),
        max_value=100,
        decimal_places=1,
        widget=forms.NumberInput({"class": "form-control", "step": "0.1"}),
    )
