"""What the codes that machines send mean: which stop reason each stands for."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models.machine import Machine
from machines.models.plant import MachineGroup, Plant
from machines.models.stop import StopReason
from mes.lib.tracking import tracked


@tracked
class AlarmMapping(models.Model):
    """A machine code, or a pattern of them, and its stop reason, for the time from ``valid_from`` on.

    For one machine, else for a group, else for the whole plant: the nearest holds. See
    ``machines.queries.alarms`` for which of several fits best.
    """

    plant = models.ForeignKey(
        Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="alarm_mappings"
    )
    group = models.ForeignKey(
        MachineGroup,
        verbose_name=_("machine group"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
    )
    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    pattern = models.CharField(
        _("machine code"),
        max_length=80,
        help_text=_("As the machine sends it; * stands for any text, ? for one character."),
    )
    reason = models.ForeignKey(
        StopReason, verbose_name=_("stop reason"), on_delete=models.PROTECT, related_name="+"
    )
    valid_from = models.DateTimeField(
        _("valid from"), default=timezone.now, help_text=_("Stops that began earlier stay as they are.")
    )
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("machine code mapping")
        verbose_name_plural = _("machine code mappings")
        ordering = ("plant", "pattern", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(group__isnull=True) | Q(machine__isnull=True),
                name="alarm_mapping_one_place",
                violation_error_message=_("Name a machine or a group, not both."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="alarm_mapping_forward",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                condition=~Q(pattern=""),
                name="alarm_mapping_has_a_code",
                violation_error_message=_("Say which machine code is meant."),
            ),
            models.UniqueConstraint(
                fields=("plant", "group", "machine", "pattern", "valid_from"),
                nulls_distinct=False,
                name="alarm_mapping_unique",
                violation_error_message=_("This machine code already has a reason here from that time on."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.pattern} → {self.reason}"

    def clean(self) -> None:
        for name in ("group", "machine", "reason"):
            if getattr(self, f"{name}_id") and getattr(self, name).plant_id != self.plant_id:
                raise ValidationError({name: _("This belongs to another plant.")})
