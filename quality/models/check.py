"""What quality proved: requirements verified, operations inspected. Append-only."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.fields import ZERO, quantity_field
from orders.models import Operation, OrderRequirement
from quality.enums import Verdict


class CheckBase(models.Model):
    append_only = True

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict)
    comment = models.CharField(_("comment"), max_length=500, blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        abstract = True


class RequirementCheck(CheckBase):
    """One verification of one customer requirement, on the order or at one operation."""

    requirement = models.ForeignKey(
        OrderRequirement, verbose_name=_("requirement"), on_delete=models.PROTECT, related_name="+"
    )
    operation = models.ForeignKey(
        Operation,
        verbose_name=_("operation"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    value = models.CharField(_("value"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("requirement check")
        verbose_name_plural = _("requirement checks")
        ordering = ("id",)
        indexes = (models.Index(fields=("requirement", "id"), name="requirement_check_latest"),)

    def __str__(self) -> str:
        return f"{self.requirement_id} {self.verdict}"


class Inspection(CheckBase):
    """The inspection of an operation that needs one. A passed one lifts its quality hold."""

    operation = models.ForeignKey(
        Operation, verbose_name=_("operation"), on_delete=models.PROTECT, related_name="+"
    )
    inspected = quantity_field(_("inspected"), default=ZERO)
    defective = quantity_field(_("defective"), default=ZERO)

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        ordering = ("id",)
        indexes = (models.Index(fields=("operation", "id"), name="inspection_latest"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(inspected__gte=0)
                & models.Q(defective__gte=0)
                & models.Q(defective__lte=models.F("inspected")),
                name="inspection_defective_within_inspected",
                violation_error_message=_("No more pieces can be defective than were inspected."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.operation_id} {self.verdict}"
