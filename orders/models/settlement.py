"""Counted pieces that the rules can't credit, and what people said of them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, Plant
from mes.lib.fields import quantity_field
from orders.enums import Doubt, SettlementKind
from orders.models.run import Run


class Settlement(models.Model):
    """A person's word on the cycles of one machine slot: whose they are, or that they are no pieces.

    Never changed: of several settlements of one cycle the last one holds. [started_at, ended_at] are the
    start of the first and the end of the last cycle, ``pieces`` what they had counted by then.
    """

    append_only = True

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.PROTECT, related_name="+"
    )
    slot = models.PositiveSmallIntegerField(_("slot"), default=1)
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"))
    kind = models.CharField(_("settled as"), max_length=10, choices=SettlementKind)
    run = models.ForeignKey(
        Run, verbose_name=_("run"), on_delete=models.PROTECT, null=True, related_name="settlements"
    )
    cycles = models.PositiveIntegerField(_("cycles"))
    pieces = quantity_field(_("pieces counted"))
    quantity = quantity_field(_("pieces that count"))
    comment = models.CharField(_("comment"), max_length=500, blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    via = models.CharField(_("via"), max_length=80, blank=True, default="")
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    body_hash = models.CharField(max_length=32, blank=True, default="")

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        ordering = ("-id",)
        indexes = (models.Index(fields=("machine", "started_at"), name="settlement_machine_time"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=("credit", "setup"), run__isnull=False)
                | Q(kind__in=("nothing", "rules"), run__isnull=True),
                name="settlement_of_a_run",
                violation_error_message=_("Pieces are credited to a run, and only pieces are."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__gte=F("started_at")),
                name="settlement_forward",
                violation_error_message=_("The end must not be before the start."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.pieces}"


class SettledCycle(models.Model):
    """One cycle that a settlement means. ``pieces``: what it had counted; ``quantity``: what counts of it."""

    append_only = True

    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="settled")
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="+")
    slot = models.SmallIntegerField()
    ended_at = models.DateTimeField()
    nth = models.IntegerField(default=0)
    pieces = quantity_field(_("pieces counted"))
    quantity = quantity_field(_("pieces that count"))

    class Meta:
        verbose_name = _("settled cycle")
        verbose_name_plural = _("settled cycles")
        constraints = (
            models.UniqueConstraint(
                fields=("machine", "slot", "ended_at", "nth", "settlement"),
                name="settled_cycle_once",
                violation_error_message=_("A settlement means each cycle once."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine_id}/{self.slot} {self.ended_at:%Y-%m-%d %H:%M:%S}"


class Unresolved(models.Model):
    """Pieces of one machine slot and ten minutes that wait for a person. A projection: made anew with the
    credits.

    [started_at, ended_at]: start of the first and end of the last cycle. ``pieces`` may be negative.
    """

    plant = models.ForeignKey(Plant, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="+")
    slot = models.SmallIntegerField(default=1)
    bucket = models.DateTimeField()
    doubt = models.CharField(_("why"), max_length=12, choices=Doubt)
    program = models.CharField(_("program"), max_length=200, blank=True, default="")
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"))
    cycles = models.PositiveIntegerField(_("cycles"))
    pieces = quantity_field(_("pieces"))

    class Meta:
        verbose_name = _("unresolved count")
        verbose_name_plural = _("unresolved counts")
        constraints = (
            models.UniqueConstraint(
                fields=("machine", "slot", "bucket", "doubt", "program"),
                name="unresolved_once",
                violation_error_message=_("These pieces wait already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine_id}/{self.slot} {self.started_at:%Y-%m-%d %H:%M}: {self.pieces}"
