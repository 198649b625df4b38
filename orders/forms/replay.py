"""Forms of changes of the past, typed in the plant's local time."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.enums import ProgramKind
from machines.models import Machine
from mes.lib.widgets import PlainSelect
from orders.enums import OperationState
from orders.models import Operation, Run
from orders.queries.queue import operations_for

RECENT_DAYS = 14


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__({"class": "form-control", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")


class ReplayForm(forms.Form):
    """What every change carries: the client's key, and what of its effect was accepted until when."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    until = forms.DateTimeField(widget=forms.HiddenInput, required=False)
    accepted = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    @property
    def accepts(self) -> bool:
        return bool(self.data.get("apply") and self.cleaned_data["until"] and self.cleaned_data["accepted"])


class MoveForm(ReplayForm):
    operation = forms.ModelChoiceField(
        Operation.objects.none(),
        label=_("It was this operation"),
        widget=PlainSelect({"class": "form-select"}),
    )
    start = forms.DateTimeField(
        label=_("From"), required=False, widget=MomentInput(), help_text=_("Empty: from the run's beginning.")
    )
    end = forms.DateTimeField(
        label=_("Until"), required=False, widget=MomentInput(), help_text=_("Empty: to the run's end.")
    )
    comment = forms.CharField(
        label=_("Why"),
        max_length=500,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, run: Run, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        self.fields["operation"].queryset = targets_of(run)  # type: ignore[attr-defined]
        self.fields["operation"].label_from_instance = _named  # type: ignore[attr-defined]

    @property
    def span(self) -> tuple[datetime, datetime | None]:
        """The stretch to move; what was left empty is the run's own border."""
        return (
            self.cleaned_data["start"] or self.run.started_at,
            self.cleaned_data["end"] or self.run.ended_at,
        )


def targets_of(run: Run) -> QuerySet[Operation]:
    """Operations that the machine may have worked on: open ones, and those finished lately."""
    since = timezone.now() - timedelta(days=RECENT_DAYS)
    working = (
        OperationState.RELEASED,
        OperationState.SETUP,
        OperationState.PRODUCTION,
        OperationState.INTERRUPTED,
    )
    return (
        operations_for(run.machine)
        .filter(Q(state__in=working) | Q(state=OperationState.FINISHED, finished_at__gte=since))
        .exclude(pk=run.operation_id)
        .order_by("-started_at", "order__number", "position")
    )


def _named(operation: Operation) -> str:
    return (
        f"{operation.order.number}/{operation.number} {operation.order.item.code} "
        f"{operation.text} ({operation.get_state_display()})"
    )


def _figure(label: Any, *, least: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=Decimal(least),
        max_digits=9,
        decimal_places=3,
        widget=forms.NumberInput({"class": "form-control"}),
    )


class RoleForm(ReplayForm):
    """A program's role on a machine from a date on. ``role`` empty takes the role away."""

    machine = forms.ModelChoiceField(
        Machine.objects.exclude(counting_item="").select_related("plant"),
        label=_("Machine"),
        widget=PlainSelect({"class": "form-select"}),
    )
    pattern = forms.CharField(
        label=_("Program"),
        max_length=200,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
        help_text=_("Without path and extension. * stands for any letters, ? for one."),
    )
    role = forms.ChoiceField(
        label=_("What it does"),
        required=False,
        choices=[("", _("no role")), *ProgramKind.choices],
        widget=forms.Select({"class": "form-select"}),
    )
    item_code = forms.CharField(
        label=_("Makes item"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"class": "form-control"}),
    )
    operation_number = forms.CharField(
        label=_("In operation"),
        required=False,
        max_length=10,
        widget=forms.TextInput({"class": "form-control"}),
    )
    valid_from = forms.DateTimeField(label=_("From"), widget=MomentInput())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        made = cleaned.get("item_code") or cleaned.get("operation_number")
        if made and cleaned.get("role") != ProgramKind.PRODUCE:
            self.add_error("item_code", _("Only a producing program makes an item."))
        return cleaned


class ThresholdForm(ReplayForm):
    """A machine's thresholds from a date on."""

    micro_stop_seconds = _figure(_("Micro-stop threshold (s)"), least="1")
    gap_factor = _figure(_("Gap factor k"), least="1")
    gap_floor_seconds = _figure(_("Gap floor (s)"), least="0")
    minimum_cycle_seconds = _figure(_("Shortest possible cycle (s)"), least="0")
    valid_from = forms.DateTimeField(label=_("From"), widget=MomentInput())
