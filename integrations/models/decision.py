"""What a person decided about many messages at once, and how far it is carried out."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.enums import DecisionKind


class BulkDecision(models.Model):
    """Carried out piece by piece; ``position`` is how many of ``messages`` were looked at."""

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(_("decision"), max_length=10, choices=DecisionKind)
    reason = models.CharField(_("reason"), max_length=400)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    messages = ArrayField(models.BigIntegerField())
    position = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    refusal = models.CharField(_("last refusal"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("decided at"), default=timezone.now)
    ended_at = models.DateTimeField(_("carried out at"), null=True)

    class Meta:
        verbose_name = _("bulk decision")
        verbose_name_plural = _("bulk decisions")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("created_at",), name="bulk_decision_open", condition=Q(ended_at=None)),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(position=F("done") + F("refused")),
                name="bulk_decision_adds_up",
                violation_error_message=_("Each message looked at was done or refused."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.total})"

    @property
    def total(self) -> int:
        return len(self.messages)
