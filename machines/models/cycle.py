"""Cycles: each closing of the press, each finished program. A disposable projection of samples."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from machines.models.machine import Machine
from machines.models.plant import Plant
from mes.lib.fields import quantity_field


class Cycle(models.Model):
    """One cycle. ``ended_at`` is its time; ``credit_at`` the instant that decides who gets it (its start).

    ``nth`` tells apart cycles of one slot that end at the same instant.
    """

    pk = models.CompositePrimaryKey("machine_id", "slot", "ended_at", "nth")
    plant = models.ForeignKey(Plant, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    machine = models.ForeignKey(Machine, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    slot = models.SmallIntegerField(default=1)
    ended_at = models.DateTimeField(_("ended at"))
    nth = models.IntegerField(default=0)
    credit_at = models.DateTimeField(_("credited at"))
    duration = models.DurationField(_("duration"), null=True)
    quantity = quantity_field(_("pieces"))
    program = models.CharField(_("program"), max_length=200, blank=True, default="")
    flags = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("cycle")
        verbose_name_plural = _("cycles")
        indexes = (
            # attribution asks for the cycles of one slot whose credit instant lies in a run
            models.Index(fields=("machine", "slot", "credit_at"), name="cycle_credit"),
        )
