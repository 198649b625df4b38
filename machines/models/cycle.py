"""Cycles: each closing of the press, each finished program. A disposable projection of samples."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models.machine import Machine
from machines.models.plant import Plant
from mes.lib.fields import ZERO, quantity_field


class Cycle(models.Model):
    """One cycle. ``ended_at`` is its time; ``credit_at`` the instant that decides who gets it (its start).

    ``nth`` tells apart cycles of one slot that end at the same instant.
    """

    pk = models.CompositePrimaryKey("machine_id", "slot", "ended_at", "nth")
    plant = models.ForeignKey(
        Plant, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    machine = models.ForeignKey(
        Machine, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    slot = models.SmallIntegerField(default=1)
    ended_at = models.DateTimeField(_("ended at"))
    nth = models.IntegerField(default=0)
    credit_at = models.DateTimeField(_("credited at"))
    duration = models.DurationField(_("duration"), null=True)
    quantity = quantity_field(_("pieces"))
    bad = quantity_field(_("of them bad"), default=ZERO)
    waiting = quantity_field(
        _("pieces waiting for a person"),
        default=ZERO,
        help_text=_("Counted in doubt: not credited until confirmed."),
    )
    since = models.DateTimeField(
        _("not before"), null=True, help_text=_("Set where a gap hides when in (since, end] it happened.")
    )
    program = models.CharField(_("program"), max_length=200, blank=True, default="")
    flags = models.IntegerField(default=0, help_text=_("Bits of machines.enums.CycleFlag."))
    seen_at = models.DateTimeField(
        _("told at"), default=timezone.now, help_text=_("Event time of the sample that told it.")
    )

    class Meta:
        verbose_name = _("cycle")
        verbose_name_plural = _("cycles")
        indexes = (
            # attribution asks for the cycles of one slot whose credit instant lies in a run
            models.Index(fields=("machine", "slot", "credit_at"), name="cycle_credit"),
            # the interpreter replaces what was told after a moment
            models.Index(fields=("machine", "seen_at"), name="cycle_seen"),
        )
