"""Machines and the rules by which their signals are read."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from machines.models.plant import Area, MachineGroup, Plant
from mes.lib.fields import seconds_field
from mes.lib.tracking import tracked


class CountingItem(models.TextChoices):
    """Which signal makes cycles. Only one per machine is active."""

    NONE = "", _("none: people report")
    CYCLE_EVENT = "cycle_event", _("cycle event")
    CYCLE_COUNT = "cycle_count", _("cycle counter")
    PART_COUNT = "part_count", _("part counter")
    GOOD_COUNT = "good_count", _("counter of good parts")
    STATE = "state", _("execution state pattern")
    PULSE = "pulse", _("pulse")


class Trust(models.TextChoices):
    CYCLES = "cycles", _("cycles win")
    STATE = "state", _("state wins")


@tracked
class Machine(models.Model):
    plant = models.ForeignKey(
        Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="machines"
    )
    area = models.ForeignKey(Area, verbose_name=_("area"), on_delete=models.PROTECT, related_name="machines")
    group = models.ForeignKey(
        MachineGroup, verbose_name=_("machine group"), on_delete=models.PROTECT, related_name="machines"
    )
    code = models.CharField(
        _("code"), max_length=40, unique=True, help_text=_("The name that signals and the ERP use.")
    )
    name = models.CharField(_("name"), max_length=120)
    slots = models.PositiveSmallIntegerField(
        _("parallel slots"), default=1, help_text=_("How many orders can run at once, e.g. in a furnace.")
    )
    together = models.BooleanField(
        _("slots work together"),
        default=False,
        help_text=_(
            "All slots begin and end at the same time, as in a furnace: a load of one setup family. The plan "
            "puts operations into one load as long as a slot is free."
        ),
    )
    shift_pattern = models.ForeignKey(
        "machines.ShiftPattern",
        verbose_name=_("shift pattern"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: as its area or plant."),
    )
    active = models.BooleanField(_("active"), default=True)
    wall_position = models.PositiveIntegerField(_("position on the wall"), default=0)

    counting_item = models.CharField(
        _("counted by"), max_length=20, choices=CountingItem, default=CountingItem.NONE, blank=True
    )
    trust = models.CharField(_("who wins"), max_length=10, choices=Trust, default=Trust.CYCLES)
    auto_switch = models.BooleanField(
        _("program opens the order"),
        default=False,
        help_text=_(
            "When a program runs that fits exactly one released operation of this machine, its run opens by "
            "itself and is marked so."
        ),
    )
    micro_stop_seconds = seconds_field(
        _("micro-stop threshold (s)"),
        default=Decimal(300),
        validators=[MinValueValidator(Decimal(1))],
        help_text=_("A standstill shorter than this is a micro-stop."),
    )
    gap_factor = models.DecimalField(_("gap factor k"), max_digits=6, decimal_places=2, default=Decimal(3))
    gap_floor_seconds = seconds_field(_("gap floor (s)"), default=Decimal(10))
    minimum_cycle_seconds = seconds_field(_("shortest possible cycle (s)"), default=Decimal("0.5"))
    reference_cycle_seconds = seconds_field(
        _("planned cycle (s)"), null=True, blank=True, help_text=_("Until enough cycles are measured.")
    )
    pieces_per_cycle = models.DecimalField(
        _("pieces per cycle"), max_digits=9, decimal_places=4, default=Decimal(1)
    )
    counter_modulus = models.BigIntegerField(_("counter rolls over at"), null=True, blank=True)
    counter_reset_to = models.BigIntegerField(_("counter resets to"), default=0)
    silence_seconds = seconds_field(
        _("silence limit (s)"), default=Decimal(30), help_text=_("Longer without any signal: state unknown.")
    )
    meter_modulus = models.DecimalField(
        _("energy meter rolls over at (kWh)"),
        max_digits=14,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(1))],
        help_text=_("Where its counter goes back to 0, e.g. 1000000. Empty: never."),
    )
    connected_load = models.DecimalField(
        _("connected load (kW)"),
        max_digits=10,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.001"))],
        help_text=_("The most it can draw: a meter that goes on faster is not believed. Empty: any."),
    )
    andon_after_minutes = models.PositiveIntegerField(
        _("call help after (min)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("A stop that lasts longer calls by itself. Empty: never."),
    )
    andon_kind = models.ForeignKey(
        "machines.AndonKind",
        verbose_name=_("help that is called"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    hourly_rate = models.DecimalField(
        _("rate per hour (€)"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("What an hour of this machine costs. Empty: as its group."),
    )

    class Meta:
        verbose_name = _("machine")
        verbose_name_plural = _("machines")
        ordering = ("wall_position", "code")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(slots__gte=1, slots__lte=1000),
                name="machine_slots_positive",
                violation_error_message=_("A machine has at least one slot."),
            ),
            models.CheckConstraint(
                condition=models.Q(micro_stop_seconds__gt=0),
                name="machine_micro_stop_positive",
                violation_error_message=_("The micro-stop threshold must be positive."),
            ),
            models.CheckConstraint(
                condition=models.Q(andon_after_minutes__isnull=True, andon_kind__isnull=True)
                | models.Q(andon_after_minutes__gt=0, andon_kind__isnull=False),
                name="machine_andon_complete",
                violation_error_message=_("Say after how many minutes which help is called, or neither."),
            ),
            models.CheckConstraint(
                condition=models.Q(hourly_rate__isnull=True) | models.Q(hourly_rate__gte=0),
                name="machine_hourly_rate_positive",
                violation_error_message=_("An hour can't cost less than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(meter_modulus__isnull=True) | models.Q(meter_modulus__gte=1),
                name="machine_meter_modulus_positive",
                violation_error_message=_("An energy meter rolls over at 1 kWh or more."),
            ),
            models.CheckConstraint(
                condition=models.Q(connected_load__isnull=True) | models.Q(connected_load__gt=0),
                name="machine_connected_load_positive",
                violation_error_message=_("A connected load is more than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(pieces_per_cycle__gt=0),
                name="machine_pieces_per_cycle_positive",
                violation_error_message=_("A cycle makes more than zero pieces."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def measured(self) -> bool:
        return bool(self.counting_item)

    @property
    def rate(self) -> Decimal | None:
        """Euros an hour, its own or else its group's (load that with it); None where nobody knows."""
        return self.group.hourly_rate if self.hourly_rate is None else self.hourly_rate
