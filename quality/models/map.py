"""Where machines stand: a plan per area, drawn by hand."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Area, Machine
from mes.lib.tracking import tracked

FULL = 1000
"""Places are told in thousandths of the plan's width and height."""


class MapPicture(models.Model):
    """A plan's picture, a JPEG made by us. A new one replaces it on the map; the old one stays."""

    image = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("map picture")
        verbose_name_plural = _("map pictures")

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"


@tracked
class AreaMap(models.Model):
    """The plan of an area; without a picture a blank grid of four to three."""

    area = models.OneToOneField(Area, verbose_name=_("area"), on_delete=models.CASCADE, related_name="+")
    picture = models.ForeignKey(
        MapPicture, verbose_name=_("picture"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("area map")
        verbose_name_plural = _("area maps")

    def __str__(self) -> str:
        return f"{self.area_id}"


@tracked
class MapPlace(models.Model):
    """A machine's middle on the plan of its area, in thousandths from the left and the top."""

    map = models.ForeignKey(AreaMap, verbose_name=_("map"), on_delete=models.CASCADE, related_name="places")
    machine = models.OneToOneField(
        Machine, verbose_name=_("machine"), on_delete=models.CASCADE, related_name="+"
    )
    x = models.PositiveSmallIntegerField(_("from the left"), validators=[MaxValueValidator(FULL)])
    y = models.PositiveSmallIntegerField(_("from the top"), validators=[MaxValueValidator(FULL)])

    class Meta:
        verbose_name = _("place on a map")
        verbose_name_plural = _("places on maps")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(x__lte=FULL, y__lte=FULL),
                name="map_place_on_the_plan",
                violation_error_message=_("A machine stands on the plan, not beside it."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine_id} @ {self.x}, {self.y}"
