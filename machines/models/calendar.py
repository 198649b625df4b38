"""When work is planned: shift patterns with breaks, and exceptions to them."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from machines.models.machine import Machine
from machines.models.plant import Area, Plant
from mes.lib.tracking import tracked


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


@tracked
class ShiftPattern(models.Model):
    """A week of shifts, in local time of the plant that uses it."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    works_on_holidays = models.BooleanField(_("works on holidays"), default=False)

    class Meta:
        verbose_name = _("shift pattern")
        verbose_name_plural = _("shift patterns")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@tracked
class Shift(models.Model):
    """One shift on one weekday. An end that is not after the start is on the next day."""

    pattern = models.ForeignKey(
        ShiftPattern, verbose_name=_("shift pattern"), on_delete=models.CASCADE, related_name="shifts"
    )
    name = models.CharField(_("name"), max_length=40)
    weekday = models.PositiveSmallIntegerField(
        _("weekday"), choices=Weekday, validators=[MaxValueValidator(6)]
    )
    start = models.TimeField(_("start"))
    end = models.TimeField(_("end"), help_text=_("Not after the start: ends on the next day."))

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ("pattern", "weekday", "start")
        constraints = (
            models.UniqueConstraint(
                fields=("pattern", "weekday", "start"),
                name="shift_start_unique",
                violation_error_message=_("This pattern already has a shift that starts then."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.get_weekday_display()} {self.start:%H:%M}–{self.end:%H:%M}"


@tracked
class ShiftBreak(models.Model):
    """A planned break inside a shift, in local time. A start before the shift's start is on the next day."""

    shift = models.ForeignKey(Shift, verbose_name=_("shift"), on_delete=models.CASCADE, related_name="breaks")
    start = models.TimeField(_("start"))
    end = models.TimeField(_("end"))
    unpaid = models.BooleanField(
        _("unpaid"),
        default=False,
        help_text=_("Not operation time at all; any other break is planned down time within it."),
    )

    class Meta:
        verbose_name = _("break")
        verbose_name_plural = _("breaks")
        ordering = ("shift", "start")
        constraints = (
            models.CheckConstraint(
                condition=~Q(start=F("end")),
                name="shift_break_not_empty",
                violation_error_message=_("A break has a length."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.start:%H:%M}–{self.end:%H:%M}"


class ExceptionKind(models.TextChoices):
    CLOSED = "closed", _("closed")
    EXTRA = "extra", _("extra working time")
    MAINTENANCE = "maintenance", _("planned maintenance")


@tracked
class CalendarException(models.Model):
    """Time that differs from the pattern, for a plant, one of its areas or one machine."""

    plant = models.ForeignKey(
        Plant, verbose_name=_("plant"), on_delete=models.CASCADE, related_name="calendar_exceptions"
    )
    area = models.ForeignKey(
        Area, verbose_name=_("area"), on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=ExceptionKind)
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("calendar exception")
        verbose_name_plural = _("calendar exceptions")
        ordering = ("start",)
        indexes = (models.Index(fields=("plant", "start", "end"), name="calendar_exception_span"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(end__gt=F("start")),
                name="calendar_exception_forward",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                condition=Q(area__isnull=True) | Q(machine__isnull=True),
                name="calendar_exception_one_scope",
                violation_error_message=_("Choose an area or a machine, not both."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.start:%Y-%m-%d %H:%M}"
