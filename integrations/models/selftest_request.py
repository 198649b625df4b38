"""Self-tests that were asked for, and how far the worker is with them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.models.connection import Connection
from orders.models import Operation


class SelfTestRequest(models.Model):
    """One run of the live checks that a person asked for. ``results`` grows check by check; when all are done
    they are kept as a self-test, and the request has ended."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="self_test_requests")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(_("asked for at"), default=timezone.now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    results = models.JSONField(default=list)

    class Meta:
        verbose_name = _("self-test that was asked for")
        verbose_name_plural = _("self-tests that were asked for")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("connection",),
                condition=Q(ended_at=None),
                name="self_test_one_at_a_time",
                violation_error_message=_("A self-test of this partner is running already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.connection_id} {self.asked_at:%Y-%m-%d %H:%M}"
