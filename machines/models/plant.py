"""Where machines stand: plants, areas, machine groups."""

from __future__ import annotations

import zoneinfo
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from mes.lib.ownership import WITHOUT_AUDIT, FromErp, Pinnable
from mes.lib.tracking import tracked, tracked_without


def known_time_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone name like Europe/Berlin."), params={"name": name}
        )


@tracked
class Plant(models.Model):
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    erp_code = models.CharField(
        _("ERP code"), max_length=20, blank=True, default="", help_text=_("The ERP's name of the plant.")
    )
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="Europe/Berlin", validators=[known_time_zone]
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="de")
    holiday_country = models.CharField(
        _("holiday country"), max_length=2, blank=True, default="", help_text=_("ISO code like DE.")
    )
    holiday_subdivision = models.CharField(
        _("holiday subdivision"), max_length=6, blank=True, default="", help_text=_("For example BW.")
    )
    shift_pattern = models.ForeignKey(
        "machines.ShiftPattern",
        verbose_name=_("shift pattern"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    kpi_definition = models.CharField(_("KPI definition set"), max_length=20, default="iso22400")
    overtime_percent = models.DecimalField(
        _("overtime premium (%)"),
        max_digits=5,
        decimal_places=1,
        default=25,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("What an hour of a person outside the shifts costs more."),
    )

    class Meta:
        verbose_name = _("plant")
        verbose_name_plural = _("plants")
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(
                fields=("erp_code",),
                condition=~models.Q(erp_code=""),
                name="plant_erp_code_unique",
                violation_error_message=_("Another plant already has this ERP code."),
            ),
            models.CheckConstraint(
                condition=models.Q(overtime_percent__gte=0),
                name="plant_overtime_percent_positive",
                violation_error_message=_("A premium can't be negative."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class PlaceBase(models.Model):
    """What areas and machine groups share: a code that is unique in the plant."""

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    shift_pattern = models.ForeignKey(
        "machines.ShiftPattern",
        verbose_name=_("shift pattern"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: as the level above."),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@tracked
class Area(PlaceBase):
    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="areas")

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ("plant", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "code"),
                name="area_code_unique_in_plant",
                violation_error_message=_("This plant already has an area with this code."),
            ),
        )


@tracked_without(*WITHOUT_AUDIT)
class MachineGroup(FromErp, Pinnable, PlaceBase):
    """Machines that can do the same work: the ERP's work centre."""

    plant = models.ForeignKey(
        Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="machine_groups"
    )
    erp_code = models.CharField(
        _("ERP work centre"), max_length=40, blank=True, default="", help_text=_("Empty: same as the code.")
    )
    internal_id = models.CharField(
        _("ERP's internal key"),
        max_length=40,
        blank=True,
        default="",
        help_text=_("What the ERP's routings name instead of the code (SAP: OBJID)."),
    )
    standard_key = models.CharField(
        _("standard value key"),
        max_length=20,
        blank=True,
        default="",
        help_text=_("Decides what the ERP's planned times of this work centre mean (SAP: VGWTS)."),
    )
    active = models.BooleanField(_("active"), default=True)
    hourly_rate = models.DecimalField(
        _("rate per hour (€)"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("What an hour of such a machine costs, unless the machine has a rate of its own."),
    )
    labour_rate = models.DecimalField(
        _("labour rate per hour (€)"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("What an hour of a person at such a machine costs, without the machine."),
    )
    crew = models.DecimalField(
        _("people per machine"),
        max_digits=5,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("How many people a machine is planned with; 0.5: one looks after two."),
    )

    class Meta:
        verbose_name = _("machine group")
        verbose_name_plural = _("machine groups")
        ordering = ("plant", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "code"),
                name="machine_group_code_unique_in_plant",
                violation_error_message=_("This plant already has a machine group with this code."),
            ),
            models.UniqueConstraint(
                fields=("plant", "internal_id"),
                condition=~models.Q(internal_id=""),
                name="machine_group_internal_id_unique",
                violation_error_message=_("Another machine group of this plant has this internal key."),
            ),
            models.CheckConstraint(
                condition=models.Q(hourly_rate__isnull=True) | models.Q(hourly_rate__gte=0),
                name="machine_group_hourly_rate_positive",
                violation_error_message=_("An hour can't cost less than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(labour_rate__isnull=True) | models.Q(labour_rate__gte=0),
                name="machine_group_labour_rate_positive",
                violation_error_message=_("An hour can't cost less than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(crew__gte=0),
                name="machine_group_crew_positive",
                violation_error_message=_("A machine can't have fewer than no people."),
            ),
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.erp_code = self.erp_code or self.code
        super().save(*args, **kwargs)
