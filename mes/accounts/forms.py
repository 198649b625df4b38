"""Forms of the account pages."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from mes.accounts.models import User


class LogInForm(AuthenticationForm):
    """Name and password."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control form-control-lg"


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What people may change about themselves."""

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["first_name", "last_name", "email", "language"]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "first_name": forms.TextInput({"class": "form-control"}),
            "last_name": forms.TextInput({"class": "form-control"}),
            "email": forms.EmailInput({"class": "form-control"}),
            "language": forms.Select({"class": "form-select"}),
        }
