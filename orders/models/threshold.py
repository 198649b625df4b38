"""Thresholds that an item needs on a machine."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from machines.models import Machine
from mes.lib.fields import seconds_field
from mes.lib.tracking import tracked
from orders.models.item import Item


@tracked
class ItemThreshold(models.Model):
    """How a machine is read while it makes an item. It is told when work starts; empty: as the machine."""

    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.PROTECT, related_name="+"
    )
    item = models.ForeignKey(
        Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="thresholds"
    )
    micro_stop_seconds = seconds_field(
        _("micro-stop threshold (s)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    gap_factor = models.DecimalField(
        _("gap factor k"),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
    )
    minimum_cycle_seconds = seconds_field(
        _("shortest possible cycle (s)"), null=True, blank=True, validators=[MinValueValidator(0)]
    )

    class Meta:
        verbose_name = _("thresholds of an item")
        verbose_name_plural = _("thresholds of items")
        ordering = ("machine", "item")
        constraints = (
            models.UniqueConstraint(
                fields=("machine", "item"),
                name="item_threshold_once",
                violation_error_message=_("This item already has thresholds on this machine."),
            ),
            models.CheckConstraint(
                condition=Q(micro_stop_seconds__isnull=False)
                | Q(gap_factor__isnull=False)
                | Q(minimum_cycle_seconds__isnull=False),
                name="item_threshold_says_something",
                violation_error_message=_("State at least one threshold."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.item.code} @ {self.machine.code}"
