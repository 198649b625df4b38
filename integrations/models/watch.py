"""When a connection raises an alarm, and what its self-tests found."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.models.connection import Connection
from mes.lib.tracking import tracked


@tracked
class AlarmLimits(models.Model):
    """From when on a connection's state is an alarm. A connection without a row has these defaults."""

    connection = models.OneToOneField(
        Connection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="alarm_limits"
    )
    unsent_seconds = models.PositiveIntegerField(
        _("oldest unsent (s)"), default=900, help_text=_("A message waits longer than this.")
    )
    silent_factor = models.DecimalField(
        _("silence (times the usual)"),
        max_digits=5,
        decimal_places=2,
        default=2,
        help_text=_("Compared with the partner's own silence at this time of the week in the last weeks."),
    )
    silent_seconds = models.PositiveIntegerField(
        _("silence at least (s)"), default=3600, help_text=_("A shorter silence is never an alarm.")
    )
    clock_seconds = models.PositiveIntegerField(_("clock difference (s)"), default=60)
    watch_numbers = models.BooleanField(
        _("numbers without gaps"),
        default=False,
        help_text=_("The partner numbers its messages to us without gaps; a missing one is an alarm."),
    )

    class Meta:
        verbose_name = _("alarm limits")
        verbose_name_plural = _("alarm limits")
        constraints = (
            models.CheckConstraint(
                condition=Q(silent_factor__gte=1),
                name="alarm_limits_factor",
                violation_error_message=_("The usual silence itself is no alarm: at least 1."),
            ),
            models.CheckConstraint(
                condition=Q(unsent_seconds__gt=0, silent_seconds__gt=0, clock_seconds__gt=0),
                name="alarm_limits_positive",
                violation_error_message=_("A limit is more than zero."),
            ),
        )

    def __str__(self) -> str:
        return str(self.connection)


class SelfTest(models.Model):
    """One run of the live checks against a partner. ``results`` has an entry per check. A fact."""

    append_only = True

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="self_tests")
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    order_number = models.CharField(_("test order"), max_length=40, blank=True, default="")
    operation_number = models.CharField(_("operation"), max_length=20, blank=True, default="")
    results = models.JSONField(default=list)

    class Meta:
        verbose_name = _("self-test")
        verbose_name_plural = _("self-tests")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("connection", "-at"), name="self_test_newest"),)

    def __str__(self) -> str:
        return f"{self.connection_id} {self.at:%Y-%m-%d %H:%M}"
