"""The golden batch: the run that later ones are held against."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.tracking import tracked
from orders.models import Item, Operation


@tracked
class GoldenBatch(models.Model):
    """The best run of an item's operation so far, by a person's word. Another one replaces it; the old word
    stays."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("operation"), max_length=10)
    operation = models.ForeignKey(
        Operation, verbose_name=_("run"), on_delete=models.PROTECT, related_name="+"
    )
    tolerance_percent = models.DecimalField(
        _("tolerance (%)"),
        max_digits=4,
        decimal_places=1,
        default=10,
        help_text=_("For what the golden batch has only one figure of: times and yield."),
    )
    reason = models.CharField(_("reason"), max_length=300)
    marked_at = models.DateTimeField(_("marked at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    replaced_at = models.DateTimeField(_("replaced at"), null=True, blank=True)

    class Meta:
        verbose_name = _("golden batch")
        verbose_name_plural = _("golden batches")
        ordering = ("-marked_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "item", "number"),
                condition=Q(replaced_at__isnull=True),
                name="golden_batch_one_at_a_time",
                violation_error_message=_("This operation already has a golden batch."),
            ),
            models.CheckConstraint(
                condition=Q(tolerance_percent__gt=0) & Q(tolerance_percent__lte=100),
                name="golden_batch_tolerance",
                violation_error_message=_("The tolerance is above 0 and at most 100 %."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.item.code} {self.number}"
