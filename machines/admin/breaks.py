"""The breaks of a shift in one line of text: ``09:00-09:15, 12:00-12:30 unpaid``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from import_export.fields import Field
from unfold.widgets import UnfoldAdminTextInputWidget

from machines.models import Shift, ShiftBreak
from mes.lib.admin.files import TextCell

ONE_BREAK = re.compile(
    r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})(\s+(?:unpaid|unbezahlt))?", re.IGNORECASE
)

Breaks = list[tuple[time, time, bool]]
"""Start, end and whether it is unpaid."""


def parse_breaks(text: str) -> Breaks:
    """What the text says. Raises ValidationError for anything that is no list of spans."""
    found: Breaks = []
    for part in filter(None, (part.strip() for part in re.split("[,;]", text))):
        match = ONE_BREAK.fullmatch(part)
        try:
            pause = _pause(match) if match else None
        except ValueError:
            pause = None
        if pause is None or pause[0] == pause[1]:
            raise forms.ValidationError(_("“%s” is not a break like 09:00-09:15.") % part)
        found.append(pause)
    return found


def _pause(match: re.Match[str]) -> tuple[time, time, bool]:
    start_hour, start_minute, end_hour, end_minute = (int(number) for number in match.groups()[:4])
    return time(start_hour, start_minute), time(end_hour, end_minute), bool(match[5])


class BreaksCell(TextCell):
    """The breaks of a shift in one cell of a file."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Breaks:
        try:
            return parse_breaks(super().clean(value, row, **kwargs))
        except forms.ValidationError as error:
            raise ValueError(error.messages[0]) from None


class BreaksColumn(Field):  # type: ignore[misc]
    def get_value(self, instance: Shift) -> str:
        return render_breaks(instance.breaks.all()) if instance.pk else ""


def render_breaks(breaks: Iterable[ShiftBreak]) -> str:
    return ", ".join(
        f"{pause.start:%H:%M}-{pause.end:%H:%M}{' unpaid' if pause.unpaid else ''}" for pause in breaks
    )


class ShiftForm(forms.ModelForm):  # type: ignore[type-arg]
    """A shift with its breaks in one field."""

    breaks_text = forms.CharField(
        label=_("Breaks"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "09:00-09:15, 12:00-12:30"}),
    )

    class Meta:
        model = Shift
        fields = ("pattern", "name", "weekday", "start", "end")

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


def breaks_of(shift: Shift) -> Breaks:
    return [(pause.start, pause.end, pause.unpaid) for pause in shift.breaks.all()]


def replace_breaks(shift: Shift, breaks: Breaks) -> None:
    """Make ``breaks`` the breaks of ``shift``; those that stay as they are keep their row and history."""
    known = {(pause.start, pause.end, pause.unpaid): pause for pause in shift.breaks.all()}
    for stated, pause in known.items():
        if stated not in breaks:
            pause.delete()
    for start, end, unpaid in breaks:
        if (start, end, unpaid) not in known:
            ShiftBreak.objects.create(shift=shift, start=start, end=end, unpaid=unpaid)
