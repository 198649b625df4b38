"""Forms about revisions."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.forms.terminal import KeyForm

TEXT = {"class": "form-control", "autocomplete": "off"}


class RevisionForm(forms.Form):
    code = forms.CharField(label=_("Revision"), max_length=20, widget=forms.TextInput(TEXT))
    reason = forms.CharField(label=_("What is new in it"), max_length=300, widget=forms.TextInput(TEXT))


class DocumentForm(forms.Form):
    name = forms.CharField(label=_("Document"), max_length=120, widget=forms.TextInput(TEXT))
    version = forms.CharField(label=_("Version"), max_length=20, required=False, widget=forms.TextInput(TEXT))
    file = forms.FileField(label=_("File"), widget=forms.FileInput({"class": "form-control"}))


class ChangeForm(KeyForm):
    """Why the rest of an order is made by another revision."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(TEXT))
