"""Holds: a veto that any app above can lay on an order or one of its operations."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.operation import Operation
from orders.models.order import ProductionOrder


class HoldKind(models.TextChoices):
    QUALITY = "quality", _("quality")
    ERP_CHANGE = "erp_change", _("changed by the ERP")
    MANUAL = "manual", _("put on hold by a person")
    PROGRAM = "program", _("another program on the machine")


class Hold(models.Model):
    """While a hold is open, work on its operation (or the whole order) can't start or finish."""

    order = models.ForeignKey(
        ProductionOrder, verbose_name=_("order"), on_delete=models.CASCADE, related_name="holds"
    )
    operation = models.ForeignKey(
        Operation,
        verbose_name=_("operation"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="holds",
    )
    kind = models.CharField(_("kind"), max_length=20, choices=HoldKind)
    reason = models.CharField(_("reason"), max_length=300)
    placed_at = models.DateTimeField(_("placed at"), default=timezone.now)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ("-placed_at",)
        indexes = (models.Index(fields=("order",), name="hold_open", condition=Q(lifted_at__isnull=True)),)
        constraints = (
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(lifted_at__gte=F("placed_at")),
                name="hold_lifted_after_placed",
                violation_error_message=_("A hold is lifted after it is placed."),
            ),
        )

    def __str__(self) -> str:
        return self.reason
