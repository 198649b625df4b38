"""The breaks of a shift in one line of text: ``09:00-09:15, 12:00-12:30``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from machines.models import Shift, ShiftBreak

ONE_BREAK = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")

Breaks = list[tuple[time, time]]


def parse_breaks(text: str) -> Breaks:
    """Start and end of each break. Raises ValidationError for anything that is no list of spans."""
    found: Breaks = []
    for part in filter(None, (part.strip() for part in re.split("[,;]", text))):
        match = ONE_BREAK.fullmatch(part)
        try:
            numbers = [int(number) for number in match.groups()] if match else []
            start, end = time(*numbers[:2]), time(*numbers[2:])
        except (TypeError, ValueError):
            raise forms.ValidationError(_("“%s” is not a break like 09:00-09:15.") % part) from None
        if start == end or not match:
            raise forms.ValidationError(_("“%s” is not a break like 09:00-09:15.") % part)
        found.append((start, end))
    return found


def render_breaks(breaks: Iterable[ShiftBreak]) -> str:
    return ", ".join(f"{pause.start:%H:%M}-{pause.end:%H:%M}" for pause in breaks)


class ShiftForm(forms.ModelForm):  # type: ignore[type-arg]
    """A shift with its breaks in one field."""

    breaks_text = forms.CharField(
        label=_("Breaks"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "09:00-09:15, 12:00-12:30"}),
    )

    class Meta:
        model = Shift
        fields = ("name", "weekday", "start", "end")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["breaks_text"].initial = render_breaks(self.instance.breaks.all())

    def clean_breaks_text(self) -> Breaks:
        return parse_breaks(self.cleaned_data["breaks_text"])

    def save(self, commit: bool = True) -> Any:
        """Saves the shift, and changes its breaks only where they differ."""
        shift = super().save(commit=commit)
        if commit:
            replace_breaks(shift, self.cleaned_data["breaks_text"])
        return shift


def replace_breaks(shift: Shift, breaks: Breaks) -> None:
    """Make ``breaks`` the breaks of ``shift``; those that stay as they are keep their row and history."""
    known = {(pause.start, pause.end): pause for pause in shift.breaks.all()}
    for span, pause in known.items():
        if span not in breaks:
            pause.delete()
    for start, end in breaks:
        if (start, end) not in known:
            ShiftBreak.objects.create(shift=shift, start=start, end=end)
