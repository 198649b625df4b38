"""What is known beforehand about a machine's cycles and programs."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.enums import ProgramKind
from machines.models.cycle import Cycle
from machines.models.machine import Machine
from machines.models.state import TsTzRange
from mes.lib.fields import seconds_field
from mes.lib.programs import normalise_program
from mes.lib.tracking import tracked

SINCE_ALWAYS = datetime(1990, 1, 1, tzinfo=UTC)


class PlannedCycle(models.Model):
    """The planned time per cycle from ``valid_from`` on, until enough cycles are measured, and thresholds
    that differ from the machine's while this work lasts.

    Upper apps write a row when work starts; the machine doesn't learn what it makes. An empty ``program``
    holds for any program; empty ``seconds``: no time is planned.
    """

    append_only = True

    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="planned_cycles")
    slot = models.PositiveSmallIntegerField(default=1)
    program = models.CharField(_("program"), max_length=200, blank=True, default="")
    work = models.CharField(_("work"), max_length=200, blank=True, default="")
    """What is made and by which operation and tool, as people read it: a machine that tells no program learns
    its cycles by it, from one order to the next."""
    seconds = seconds_field(_("planned cycle (s)"), null=True)
    micro_stop_seconds = seconds_field(_("micro-stop threshold (s)"), null=True)
    minimum_cycle_seconds = seconds_field(_("shortest possible cycle (s)"), null=True)
    gap_factor = models.DecimalField(_("gap factor k"), max_digits=6, decimal_places=2, null=True)
    pieces_per_cycle = models.DecimalField(_("pieces per cycle"), max_digits=9, decimal_places=4, default=1)
    valid_from = models.DateTimeField(_("valid from"), default=timezone.now)

    class Meta:
        verbose_name = _("planned cycle")
        verbose_name_plural = _("planned cycles")
        indexes = (
            models.Index(fields=("machine", "slot", "-valid_from"), name="planned_cycle_valid"),
            # the interpreter asks for the newest of each machine to see whether anything came
            models.Index(fields=("machine", "-id"), name="planned_cycle_newest"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(seconds__gt=0),
                name="planned_cycle_positive",
                violation_error_message=_("A planned cycle takes time."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine_id} {self.program} {self.seconds} s"


class ThresholdChange(models.Model):
    """Thresholds of a machine that a person made hold from ``valid_from`` on, the past included.

    What is typed into the machine's own form holds from that moment; this is for what is asked on top.
    """

    append_only = True

    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="threshold_changes")
    valid_from = models.DateTimeField(_("valid from"))
    micro_stop_seconds = seconds_field(_("micro-stop threshold (s)"))
    gap_factor = models.DecimalField(_("gap factor k"), max_digits=6, decimal_places=2)
    gap_floor_seconds = seconds_field(_("gap floor (s)"))
    minimum_cycle_seconds = seconds_field(_("shortest possible cycle (s)"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)

    class Meta:
        verbose_name = _("threshold change")
        verbose_name_plural = _("threshold changes")
        constraints = (
            models.CheckConstraint(
                condition=Q(micro_stop_seconds__gt=0, gap_factor__gt=0),
                name="threshold_change_positive",
                violation_error_message=_("Thresholds are positive."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine_id} {self.valid_from:%Y-%m-%d %H:%M}"


@tracked
class ProgramRole(models.Model):
    """What programs of a name do on a machine during [valid_from, valid_until).

    ``pattern`` is kept as machines' programs are compared: without path and extension, in capitals.
    ``item_code`` and ``operation_number`` say what a producing program makes, in the words of the orders;
    the machine doesn't know these.
    """

    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.PROTECT, related_name="program_roles"
    )
    pattern = models.CharField(
        _("program"),
        max_length=200,
        help_text=_("Without path and extension. * stands for any letters, ? for one."),
    )
    role = models.CharField(_("what it does"), max_length=10, choices=ProgramKind)
    item_code = models.CharField(
        _("makes item"),
        max_length=60,
        blank=True,
        default="",
        help_text=_("Only where the name alone doesn't say it: the program of an operation always fits it."),
    )
    operation_number = models.CharField(_("in operation"), max_length=10, blank=True, default="")
    valid_from = models.DateTimeField(
        _("valid from"),
        null=True,
        blank=True,
        help_text=_("Empty: from now on; always, while the machine has counted nothing."),
    )
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("program role")
        verbose_name_plural = _("program roles")
        ordering = ("machine", "pattern", "valid_from")
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gt=F("valid_from")),
                name="program_role_forward",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                condition=Q(role=ProgramKind.PRODUCE) | Q(item_code="", operation_number=""),
                name="program_role_makes_something",
                violation_error_message=_("Only a producing program makes an item."),
            ),
            ExclusionConstraint(
                name="program_role_one_at_a_time",
                expressions=(
                    ("machine", RangeOperators.EQUAL),
                    ("pattern", RangeOperators.EQUAL),
                    (TsTzRange("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ),
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gt=F("valid_from")),
                violation_error_message=_("This program already has a role at that time."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.pattern}: {self.get_role_display()}"

    def clean(self) -> None:
        """Raises ValidationError for what would change stretches that are already counted."""
        super().clean()
        self.pattern = normalise_program(self.pattern)
        if not self.pattern:
            raise ValidationError({"pattern": _("State the name of a program.")})
        if not Machine.objects.filter(pk=self.machine_id).exists():
            return
        before = ProgramRole.objects.filter(pk=self.pk).first() if self.pk else None
        if before is None:
            if self.valid_from is None and self.counted_since(SINCE_ALWAYS):
                self.valid_from = timezone.now()
            elif self.counted_since(self.valid_from or SINCE_ALWAYS):
                raise ValidationError({"valid_from": _PAST})
            return
        if self.says() != before.says() and before.in_use:
            raise ValidationError(_IN_USE)
        if self.valid_until != before.valid_until:
            ends = [end for end in (self.valid_until, before.valid_until) if end is not None]
            if self.counted_since(min(ends)):
                raise ValidationError({"valid_until": _PAST})

    def matches(self, program: str) -> bool:
        """Whether it speaks of this program (a normalised name)."""
        return fnmatchcase(program, self.pattern)

    def says(self) -> tuple[object, ...]:
        return (
            self.machine_id,
            self.pattern,
            self.role,
            self.item_code,
            self.operation_number,
            self.valid_from,
        )

    @property
    def in_use(self) -> bool:
        """Whether anything was counted while it held."""
        return self.counted_since(self.valid_from or SINCE_ALWAYS)

    def counted_since(self, moment: datetime) -> bool:
        return Cycle.objects.filter(machine_id=self.machine_id, seen_at__gte=moment).exists()


_PAST = _("The machine has counted since then. A change of the past is made where its effect is shown first.")
_IN_USE = _("This role is in use: give it an end and add a new one.")
