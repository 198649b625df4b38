"""Wishes of the ERP that work already done forbids, until a person has decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mes.lib.sentences import in_words
from orders.enums import ConflictState, ErpField
from orders.models.hold import Hold
from orders.models.operation import Operation
from orders.models.order import ProductionOrder

LONGEST_VALUE = 120
"""Of a longer one, the beginning is kept."""


class ErpConflict(models.Model):
    """One value of one order on which the ERP and the MES differ. ``via`` names the sender, ``version`` and
    ``message`` (its number in the inbox) what it said."""

    order = models.ForeignKey(
        ProductionOrder, verbose_name=_("order"), on_delete=models.CASCADE, related_name="conflicts"
    )
    operation = models.ForeignKey(
        Operation, verbose_name=_("operation"), on_delete=models.CASCADE, null=True, related_name="+"
    )
    field = models.CharField(_("field"), max_length=24, choices=ErpField)
    name = models.CharField(_("what exactly"), max_length=60)
    mes_value = models.CharField(_("MES value"), max_length=LONGEST_VALUE, blank=True, default="")
    erp_value = models.CharField(_("ERP value"), max_length=LONGEST_VALUE, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=300)
    sentence = models.JSONField(null=True)
    """What ``reason`` was made of, so that each reader gets it in the own language."""
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, null=True, related_name="conflicts")
    via = models.CharField(_("via"), max_length=80, blank=True, default="")
    message = models.BigIntegerField(_("message"), null=True)
    version = models.CharField(_("version in the ERP"), max_length=60, blank=True, default="")
    raised_at = models.DateTimeField(_("since"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=ConflictState, default=ConflictState.OPEN)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("conflict with the ERP")
        verbose_name_plural = _("conflicts with the ERP")
        ordering = ("-raised_at", "-pk")
        indexes = (models.Index(fields=("raised_at",), name="erp_conflict_open", condition=Q(state="open")),)
        constraints = (
            models.UniqueConstraint(
                fields=("order", "operation", "field", "name"),
                name="erp_conflict_open_once",
                condition=Q(state="open"),
                nulls_distinct=False,
                violation_error_message=_("This conflict is open already."),
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="erp_conflict_decided_with_time",
                violation_error_message=_("Exactly a decided conflict has the time of its decision."),
            ),
        )

    def __str__(self) -> str:
        return self.reason

    @property
    def reason_in_words(self) -> str:
        return in_words(self.sentence, self.reason)
