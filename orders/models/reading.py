"""Who read which customer requirement at which operation."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, Plant
from orders.models.operation import Operation
from orders.models.order import OrderRequirement


class RequirementReading(models.Model):
    """A person said at an operation: I have read this. ``content`` is the fingerprint of what stood there, so
    that a requirement that was changed since is read again; ``revision`` is the order's.
    """

    append_only = True

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    requirement = models.ForeignKey(
        OrderRequirement, verbose_name=_("requirement"), on_delete=models.PROTECT, related_name="readings"
    )
    operation = models.ForeignKey(
        Operation, verbose_name=_("operation"), on_delete=models.PROTECT, related_name="+"
    )
    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    revision = models.CharField(_("revision"), max_length=20, blank=True, default="")
    content = models.CharField(_("fingerprint"), max_length=32)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("requirement read")
        verbose_name_plural = _("requirements read")
        ordering = ("id",)
        indexes = (models.Index(fields=("operation", "requirement"), name="reading_of_operation"),)

    def __str__(self) -> str:
        return f"{self.requirement_id} {self.by_id}"
