"""Forms of the pages about signal connections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from integrations.enums import SignalProtocol, SignalRole
from integrations.models import MappingTemplate, SignalConnection, SignalMapping
from machines.models import Machine, Plant

TEXT, SELECT = {"class": "form-control"}, {"class": "form-select"}
OPTION = "option-"


ADDRESSES = {
    SignalProtocol.MTCONNECT: "http://10.0.0.5:5000",
    SignalProtocol.OPCUA: "opc.tcp://10.0.0.5:4840",
    SignalProtocol.SPARKPLUG: "mqtt://10.0.0.5:1883",
    SignalProtocol.TOPICS: "mqtt://10.0.0.5:1883",
    SignalProtocol.PULSE: "modbus://10.0.0.5:502",
    SignalProtocol.FILE: "/srv/drop/press1",
}
"""What an address looks like."""


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A connection with the options of its protocol (``integrations.signals.base.Option``) as fields."""

    class Meta:
        model = SignalConnection
        fields = ("code", "name", "plant", "gateway", "address", "secret_name")
        widgets = {
            "code": forms.TextInput(TEXT),
            "name": forms.TextInput(TEXT),
            "plant": forms.Select(SELECT),
            "gateway": forms.Select(SELECT),
            "address": forms.TextInput(TEXT),
            "secret_name": forms.TextInput(TEXT),
        }

    def __init__(self, *args: Any, options: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._options = options
        for option in options:
            field = option_field(option)
            field.initial = self.instance.options.get(option.name, option.default)
            self.fields[OPTION + option.name] = field
        self.fields["gateway"].empty_label = _("this server")  # type: ignore[attr-defined]
        self.fields["address"].widget.attrs["placeholder"] = ADDRESSES.get(self.instance.protocol, "")
        plants = Plant.objects.all()[:2]
        if self.instance.plant_id is None and len(plants) == 1:
            self.fields["plant"].initial = plants[0].pk

    def own_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.Meta.fields]

    def option_fields(self) -> list[forms.BoundField]:
        return [self[OPTION + option.name] for option in self._options]

    def save(self, commit: bool = True) -> SignalConnection:
        self.instance.options = {
            option.name: value
            for option in self._options
            if (value := _plain(self.cleaned_data[OPTION + option.name])) not in (None, "")
        }
        saved: SignalConnection = super().save(commit)
        return saved


def option_field(option: Any) -> forms.Field:
    """A form field for one option of a protocol."""
    common: dict[str, Any] = {
        "label": capfirst(str(option.label)),
        "help_text": option.help,
        "required": False,
    }
    match option.kind:
        case "number":
            return forms.DecimalField(widget=forms.NumberInput({**TEXT, "step": "any"}), **common)
        case "yes_no":
            return forms.BooleanField(widget=forms.CheckboxInput({"class": "form-check-input"}), **common)
        case "choice":
            return forms.ChoiceField(choices=option.choices, widget=forms.Select(SELECT), **common)
        case "certificate":
            return forms.CharField(widget=forms.Textarea({**TEXT, "rows": 4}), **common)
    return forms.CharField(widget=forms.TextInput(TEXT), **common)


def _plain(value: Any) -> Any:
    """A value as JSON keeps it: whole numbers as such."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


class MappingForm(forms.ModelForm):  # type: ignore[type-arg]
    """What one item means. The value table is edited line by line beside it (``value_rows``)."""

    class Meta:
        model = SignalMapping
        fields = ("machine", "slot", "role", "factor")
        widgets = {
            "machine": forms.Select(SELECT),
            "slot": forms.NumberInput(TEXT),
            "role": forms.Select(SELECT),
            "factor": forms.NumberInput({**TEXT, "step": "any"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        machines = Machine.objects.filter(plant=self.instance.connection.plant_id, active=True)
        self.fields["machine"].queryset = machines.order_by("code")  # type: ignore[attr-defined]
        self.fields["factor"].widget.attrs["placeholder"] = "1"

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        machine, slot = self.cleaned_data.get("machine"), self.cleaned_data.get("slot")
        if machine is not None and slot is not None and slot > machine.slots:
            self.add_error("slot", _("The machine hasn't so many slots."))
        return cleaned


def value_rows(data: Any) -> dict[str, str]:
    """The value table of a submitted page: its fields ``raw`` and ``word`` in pairs, none of them empty."""
    pairs: Iterable[tuple[str, str]] = zip(data.getlist("raw"), data.getlist("word"), strict=False)
    return {raw.strip()[:200]: word.strip()[:200] for raw, word in pairs if raw.strip() and word.strip()}


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name of a new template and the machine whose mapping it keeps."""

    machine = forms.ModelChoiceField(Machine.objects.none(), label=_("Machine"), widget=forms.Select(SELECT))

    class Meta:
        model = MappingTemplate
        fields = ("code", "name")
        widgets = {"code": forms.TextInput(TEXT), "name": forms.TextInput(TEXT)}

    def __init__(self, *args: Any, connection: SignalConnection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mapped = connection.mappings.values("machine")
        self.fields["machine"].queryset = Machine.objects.filter(pk__in=mapped)  # type: ignore[attr-defined]


class MapDeviceForm(forms.Form):
    """Which of a device's items are mapped to which machine; roles come beside it as ``role-<number>``."""

    machine = forms.ModelChoiceField(Machine.objects.none(), label=_("Machine"), widget=forms.Select(SELECT))
    slot = forms.IntegerField(
        label=_("Slot"), min_value=0, initial=0, required=False, widget=forms.NumberInput(TEXT)
    )

    def __init__(self, *args: Any, plant: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        machines = Machine.objects.filter(plant=plant, active=True).order_by("code")
        self.fields["machine"].queryset = machines  # type: ignore[attr-defined]


class ImportForm(forms.Form):
    """A mapping file."""

    file = forms.FileField(
        label=_("File"), widget=forms.FileInput({"class": "form-control", "accept": ".json"})
    )


ROLES = [(role.value, role.label) for role in SignalRole]


class NewMessageMappingForm(forms.Form):
    """With what a mapping of messages begins."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(TEXT))
    code = forms.SlugField(label=_("Code"), max_length=40, widget=forms.TextInput(TEXT))
    direction = forms.ChoiceField(
        label=_("Direction"),
        choices=(("in", _("reads orders and master data")), ("out", _("writes confirmations"))),
        widget=forms.Select(SELECT),
    )
    sample = forms.FileField(
        label=_("Sample file"),
        required=False,
        widget=forms.FileInput({"class": "form-control"}),
        help_text=_("A file of the partner, or a mapping exported from another installation."),
    )
    template = forms.ChoiceField(label=_("Template"), required=False, widget=forms.Select(SELECT))

    def __init__(self, *args: Any, templates: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(one.code, one.title) for one in templates]
        self.fields["template"].choices = [("", _("none: from the sample")), *offered]  # type: ignore[attr-defined]
