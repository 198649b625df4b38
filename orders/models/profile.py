"""What was measured of a plant, ready for estimating: a projection, made anew from its records any time."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from machines.models import Plant


class MeasuredProfile(models.Model):
    """One version: measurements over [measured_from, measured_to), as ``content`` of
    orders.planning.profiles.measured. ``digest``: SHA-256 of its canonical text."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField(_("number"))
    measured_from = models.DateTimeField(_("measured from"))
    measured_to = models.DateTimeField(_("measured to"))
    digest = models.CharField(_("check sum"), max_length=64)
    content = models.JSONField(_("measurements"))

    class Meta:
        verbose_name = _("measured profile")
        verbose_name_plural = _("measured profiles")
        ordering = ("plant", "-number")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "number"),
                name="measured_profile_number_unique",
                violation_error_message=_("This plant already has a measured profile with this number."),
            ),
            models.CheckConstraint(
                condition=Q(measured_from__lt=F("measured_to")),
                name="measured_profile_forward",
                violation_error_message=_("A measured profile begins before it ends."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.plant_id} {self.number}"
