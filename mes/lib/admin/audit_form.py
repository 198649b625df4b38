"""The filters of the list of all changes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from mes.lib.admin.audit import LAST_PAGE, Criteria, event_tables, kind_of


def day_widget() -> UnfoldAdminTextInputWidget:
    """The browser's own choice of a date."""
    return UnfoldAdminTextInputWidget(attrs={"type": "date"})


class AuditForm(forms.Form):
    """The filters of the list of all changes; anything invalid in them is left out."""

    model = forms.ChoiceField(label=gettext_lazy("Kind"), required=False, widget=UnfoldAdminSelectWidget)
    person = forms.ModelChoiceField(
        label=gettext_lazy("Person"),
        required=False,
        queryset=get_user_model().objects.none(),
        empty_label=gettext_lazy("all"),
        widget=UnfoldAdminSelectWidget,
    )
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=day_widget())
    until = forms.DateField(label=gettext_lazy("To"), required=False, widget=day_widget())
    page = forms.IntegerField(required=False, min_value=1, max_value=LAST_PAGE, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted((kind_of(model), model._meta.label_lower) for model in event_tables())
        self.fields["model"].choices = [("", _("all")), *((label, kind) for kind, label in kinds)]  # type: ignore[attr-defined]
        people = get_user_model().objects.order_by("username")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]

    def criteria(self) -> Criteria:
        if not self.is_bound:
            return Criteria()
        self.is_valid()
        found = self.cleaned_data
        label = found.get("model")
        return Criteria(
            model=next((model for model in event_tables() if model._meta.label_lower == label), None),
            person=found["person"].pk if found.get("person") else None,
            since=found.get("since"),
            until=found.get("until"),
            page=found.get("page") or 1,
        )
