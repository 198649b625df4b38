"""Genealogy: which lot went into which, and the lots that machines are fed from."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, Plant
from mes.lib.fields import quantity_field
from orders.enums import LinkKind
from orders.models.event import ProductionEvent
from orders.models.lot import Lot
from orders.models.operation import Operation
from orders.models.run import Run


class GenealogyLink(models.Model):
    """``quantity`` of ``parent`` (in its item's unit) went into ``child``; negative takes that back.

    Never changed.
    """

    append_only = True

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=LinkKind, default=LinkKind.CONSUMED)
    parent = models.ForeignKey(Lot, verbose_name=_("lot"), on_delete=models.PROTECT, related_name="went_into")
    child = models.ForeignKey(
        Lot, verbose_name=_("went into"), on_delete=models.PROTECT, related_name="made_from"
    )
    quantity = quantity_field(_("quantity"))
    operation = models.ForeignKey(
        Operation, verbose_name=_("operation"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    run = models.ForeignKey(Run, verbose_name=_("run"), on_delete=models.PROTECT, null=True, related_name="+")
    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    event = models.ForeignKey(ProductionEvent, on_delete=models.PROTECT, null=True, related_name="+")
    occurred_at = models.DateTimeField(_("occurred at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("genealogy link")
        verbose_name_plural = _("genealogy links")
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("machine", "occurred_at"), name="genealogy_machine_time"),
            models.Index(fields=("parent", "child"), name="genealogy_link_pair"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(quantity=0),
                name="genealogy_link_not_zero",
                violation_error_message=_("A link has a quantity."),
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("child")),
                name="genealogy_link_not_itself",
                violation_error_message=_("A lot doesn't go into itself."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.parent_id} > {self.child_id}"


class GenealogyEdge(models.Model):
    """The sum of all links of two lots: what a trace walks along. Rebuilt from the links at any time."""

    parent = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+", db_index=False)
    child = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = quantity_field(_("quantity"))

    class Meta:
        indexes = (
            # backward trace: what a lot was made from; all that a trace reads stands in the index
            models.Index(fields=("child", "parent"), include=("quantity",), name="genealogy_backward"),
        )
        constraints = (
            # forward trace: what a lot went into
            models.UniqueConstraint(
                fields=("parent", "child"), include=("quantity",), name="genealogy_forward"
            ),
        )

    def __str__(self) -> str:
        return f"{self.parent_id} > {self.child_id}"


class FeederLoad(models.Model):
    """A lot on a machine's feeder, [loaded_at, ended_at): what the machine takes meanwhile is of this lot."""

    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.PROTECT, related_name="+"
    )
    feeder = models.CharField(_("feeder"), max_length=20, blank=True, default="")
    lot = models.ForeignKey(Lot, verbose_name=_("lot"), on_delete=models.PROTECT, related_name="loads")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    loaded_at = models.DateTimeField(_("loaded at"), default=timezone.now)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("lot on a feeder")
        verbose_name_plural = _("lots on feeders")
        ordering = ("-loaded_at",)
        indexes = (models.Index(fields=("machine", "loaded_at"), name="feeder_machine_time"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("loaded_at")),
                name="feeder_load_forward",
                violation_error_message=_("The end must not be before the start."),
            ),
            models.UniqueConstraint(
                fields=("machine", "feeder"),
                condition=Q(ended_at__isnull=True),
                name="feeder_load_one_at_a_time",
                violation_error_message=_("Another lot is on this feeder."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine_id} {self.lot_id}"
