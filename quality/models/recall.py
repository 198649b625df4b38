"""Recalls: what was called back, why, and what it concerned at that moment."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.fields import ZERO, quantity_field
from orders.models import Lot
from quality.enums import RecallScope


class Recall(models.Model):
    """One recall with who, when and why. ``scope`` says in words and numbers what it started from. Never
    changed."""

    append_only = True

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    kind = models.CharField(_("starts from"), max_length=10, choices=RecallScope)
    scope = models.JSONField(_("scope"), default=dict)
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("recall")
        verbose_name_plural = _("recalls")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="recall_has_a_reason",
                violation_error_message=_("A recall has a reason."),
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"R{self.pk:05}"


class RecallLot(models.Model):
    """A lot that a recall concerns, with what was in stock and shipped at that moment. Never changed."""

    append_only = True

    recall = models.ForeignKey(
        Recall, verbose_name=_("recall"), on_delete=models.PROTECT, related_name="lots"
    )
    lot = models.ForeignKey(Lot, verbose_name=_("lot"), on_delete=models.PROTECT, related_name="+")
    origin = models.BooleanField(_("the recall starts here"), default=False)
    in_stock = quantity_field(_("in stock"), default=ZERO)
    shipped = quantity_field(_("shipped"), default=ZERO)

    class Meta:
        verbose_name = _("lot of a recall")
        verbose_name_plural = _("lots of recalls")
        ordering = ("recall", "id")
        constraints = (models.UniqueConstraint(fields=("recall", "lot"), name="recall_lot_once"),)

    def __str__(self) -> str:
        return f"{self.recall_id} {self.lot_id}"
