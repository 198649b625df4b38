"""What machines used of electrical energy: a disposable projection of their meters' readings."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from machines.models.machine import Machine
from machines.models.plant import Plant
from machines.models.signal import Source


class MeterKind(models.TextChoices):
    """The items of the envelope that tell of energy: a counter, or power that is integrated."""

    ENERGY = "energy", _("energy meter")
    POWER = "power", _("power, integrated")


class EnergyMeter(models.Model):
    """One item of one source that tells of a machine's energy; ``began_at`` is its first reading."""

    pk = models.CompositePrimaryKey("machine_id", "source_id", "kind")
    machine = models.ForeignKey(
        Machine, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(_("meter"), max_length=10, choices=MeterKind)
    began_at = models.DateTimeField(_("first reading at"))

    class Meta:
        verbose_name = _("energy meter of a machine")
        verbose_name_plural = _("energy meters of machines")


class EnergyUse(models.Model):
    """So many kWh were used evenly in [started_at, ended_at), as one meter of a machine tells.

    Both ends are times of readings. ``estimated``: over a gap, so that nobody knows when in it.
    """

    pk = models.CompositePrimaryKey("machine_id", "started_at", "source_id", "kind")
    plant = models.ForeignKey(
        Plant, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    machine = models.ForeignKey(
        Machine, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(_("meter"), max_length=10, choices=MeterKind)
    started_at = models.DateTimeField(_("start"))
    ended_at = models.DateTimeField(_("end"))
    kwh = models.DecimalField(_("energy (kWh)"), max_digits=18, decimal_places=6)
    estimated = models.BooleanField(_("spread over a gap"), default=False)

    class Meta:
        verbose_name = _("energy use")
        verbose_name_plural = _("energy uses")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ended_at__gt=models.F("started_at")),
                name="energy_use_forward",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                condition=models.Q(kwh__gte=0),
                name="energy_use_not_negative",
                violation_error_message=_("A machine uses no less than nothing."),
            ),
        )

    @property
    def kilowatts(self) -> Decimal:
        """On average."""
        return self.kwh * 3600 / Decimal(str((self.ended_at - self.started_at).total_seconds()))


class MeterNews(models.Model):
    """Readings of a meter came, the earliest of them at ``since``: on their way to ``EnergyUse``."""

    machine = models.ForeignKey(
        Machine, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=10, choices=MeterKind)
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("news of a meter")
        verbose_name_plural = _("news of meters")
