"""Links by which a customer sees how an order stands, without an account."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.customer import CustomerOrder


class CustomerLink(models.Model):
    """One link to the status of one customer order; it ends by itself, or when somebody takes it back."""

    order = models.ForeignKey(
        CustomerOrder, verbose_name=_("customer order"), on_delete=models.CASCADE, related_name="links"
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("made by"), on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("taken back"), null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("taken back by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("customer link")
        verbose_name_plural = _("customer links")
        ordering = ("-made_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")),
                name="customer_link_expires_later",
                violation_error_message=_("A link expires after it was made."),
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="customer_link_revoked_by_somebody",
                violation_error_message=_("Who took a link back and when belong together."),
            ),
        )

    def __str__(self) -> str:
        return str(self.key)

    def holds(self, moment: datetime) -> bool:
        return self.revoked_at is None and moment < self.expires_at
