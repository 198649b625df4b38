"""What is known beforehand about a machine's cycle."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models.machine import Machine
from mes.lib.fields import seconds_field


class PlannedCycle(models.Model):
    """The planned time per cycle from ``valid_from`` on, until enough cycles are measured.

    Upper apps write a row when work starts; the machine doesn't learn what it makes. An empty ``program``
    holds for any program.
    """

    append_only = True

    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="planned_cycles")
    slot = models.PositiveSmallIntegerField(default=1)
    program = models.CharField(_("program"), max_length=200, blank=True, default="")
    seconds = seconds_field(_("planned cycle (s)"))
    pieces_per_cycle = models.DecimalField(_("pieces per cycle"), max_digits=9, decimal_places=4, default=1)
    valid_from = models.DateTimeField(_("valid from"), default=timezone.now)

    class Meta:
        verbose_name = _("planned cycle")
        verbose_name_plural = _("planned cycles")
        indexes = (models.Index(fields=("machine", "slot", "-valid_from"), name="planned_cycle_valid"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(seconds__gt=0),
                name="planned_cycle_positive",
                violation_error_message=_("A planned cycle takes time."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine_id} {self.program} {self.seconds} s"
