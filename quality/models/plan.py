"""What is inspected, how often and with what: gauges, inspection plans and their characteristics."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.tracking import tracked
from orders.models import Item
from quality.enums import AQLS, CharacteristicKind, Chart, InspectionLevel, PlanState, Sampling


def measure_field(verbose_name: Any, **kwargs: Any) -> models.DecimalField[Any, Any]:
    """A measured value in the characteristic's unit: 12 digits before and 6 after the point."""
    return models.DecimalField(verbose_name, max_digits=18, decimal_places=6, **kwargs)


@tracked
class Gauge(models.Model):
    """What measures. ``lower`` to ``upper`` is its range in ``unit``, borders included."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200)
    unit = models.CharField(_("unit"), max_length=20, blank=True, default="")
    lower = measure_field(_("measures from"), null=True, blank=True)
    upper = measure_field(_("measures to"), null=True, blank=True)
    resolution = measure_field(_("resolution"), null=True, blank=True)
    calibrated_on = models.DateField(_("calibrated on"), null=True, blank=True)
    interval_days = models.PositiveIntegerField(
        _("calibration interval (days)"), default=365, help_text=_("0: it needs no calibration.")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("gauge")
        verbose_name_plural = _("gauges")
        ordering = ("plant", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "code"),
                name="gauge_code_unique_in_plant",
                violation_error_message=_("This plant already has a gauge with this code."),
            ),
            models.CheckConstraint(
                condition=Q(lower__isnull=True) | Q(upper__isnull=True) | Q(upper__gt=F("lower")),
                name="gauge_range_in_order",
                violation_error_message=_("A gauge measures from a lower to a higher value."),
            ),
            models.CheckConstraint(
                condition=Q(resolution__isnull=True) | Q(resolution__gt=0),
                name="gauge_resolution_positive",
                violation_error_message=_("The resolution must be positive."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def calibrated_until(self) -> date | None:
        """The last day of the calibration; None: it needs none, or never had one."""
        if not self.interval_days or self.calibrated_on is None:
            return None
        return self.calibrated_on + timedelta(days=self.interval_days)

    def is_calibrated(self, day: date) -> bool:
        if not self.interval_days:
            return True
        until = self.calibrated_until
        return until is not None and day <= until

    def measures(self, value: Decimal) -> bool:
        """Whether ``value`` (in the gauge's unit) lies within its range."""
        return (self.lower is None or value >= self.lower) and (self.upper is None or value <= self.upper)


@tracked
class InspectionPlan(models.Model):
    """What is inspected at one operation of an item. A released version is never changed: the next one is
    drafted from it, and takes its place when it is released.

    An empty ``revision`` is for all revisions that have no plan of their own.
    """

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="+")
    operation_number = models.CharField(_("operation"), max_length=10)
    revision = models.CharField(_("revision"), max_length=20, blank=True, default="")
    version = models.PositiveIntegerField(_("version"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=PlanState, default=PlanState.DRAFT)
    text = models.CharField(_("text"), max_length=200, blank=True, default="")
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("released by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("inspection plan")
        verbose_name_plural = _("inspection plans")
        ordering = ("plant", "item", "operation_number", "revision", "-version")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "item", "operation_number", "revision", "version"),
                name="inspection_plan_version_unique",
                violation_error_message=_("This version of the inspection plan exists already."),
            ),
            models.UniqueConstraint(
                fields=("plant", "item", "operation_number", "revision"),
                condition=Q(state="released"),
                name="inspection_plan_one_released",
                violation_error_message=_("Another version of this inspection plan is released."),
            ),
            models.CheckConstraint(
                condition=Q(state="draft", released_at__isnull=True)
                | (~Q(state="draft") & Q(released_at__isnull=False)),
                name="inspection_plan_released_with_time",
                violation_error_message=_("Exactly a released plan has a release time."),
            ),
        )

    def __str__(self) -> str:
        revision = f" {self.revision}" if self.revision else ""
        return f"{self.item.code}{revision} / {self.operation_number} v{self.version}"


@tracked
class Characteristic(models.Model):
    """One thing to look at. Limits are in ``unit``, borders included; ``every`` is pieces or minutes as the
    sampling rule says; ``sample_size`` pieces are taken each time and make one subgroup of a control chart.

    ``requirement_code`` ties it to the customer's requirement of that code: a passed result verifies it.
    """

    plan = models.ForeignKey(
        InspectionPlan,
        verbose_name=_("inspection plan"),
        on_delete=models.CASCADE,
        related_name="characteristics",
    )
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(
        _("kind"), max_length=10, choices=CharacteristicKind, default=CharacteristicKind.MEASURED
    )
    nominal = measure_field(_("nominal"), null=True, blank=True)
    lower = measure_field(_("lower limit"), null=True, blank=True)
    upper = measure_field(_("upper limit"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True, default="")
    decimals = models.PositiveSmallIntegerField(_("decimal places"), default=3)
    url = models.CharField(_("document"), max_length=500, blank=True, default="")
    sampling = models.CharField(_("sampling"), max_length=10, choices=Sampling, default=Sampling.FIRST)
    every = models.PositiveIntegerField(
        _("every"),
        null=True,
        blank=True,
        help_text=_("Pieces or minutes, as the sampling says; after a stop: of at least so many minutes."),
    )
    sample_size = models.PositiveSmallIntegerField(_("sample size"), default=1)
    aql = models.DecimalField(_("AQL"), max_digits=7, decimal_places=3, choices=AQLS, null=True, blank=True)
    level = models.CharField(
        _("inspection level"), max_length=3, choices=InspectionLevel, default=InspectionLevel.II
    )
    reduced_allowed = models.BooleanField(
        _("reduced inspection allowed"),
        default=False,
        help_text=_("Good lots may lead to smaller samples (ISO 2859-1, 9.3.3)."),
    )
    gauge = models.ForeignKey(
        Gauge, verbose_name=_("gauge"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    requirement_code = models.CharField(_("customer requirement"), max_length=40, blank=True, default="")
    chart = models.CharField(
        _("control chart"),
        max_length=10,
        choices=Chart,
        blank=True,
        default="",
        help_text=_("Empty: by itself."),
    )

    class Meta:
        verbose_name = _("characteristic")
        verbose_name_plural = _("characteristics")
        ordering = ("plan", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("plan", "code"),
                name="characteristic_code_unique",
                violation_error_message=_("This plan already has a characteristic with this code."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="measured") | Q(lower__isnull=False) | Q(upper__isnull=False),
                name="characteristic_measured_has_a_limit",
                violation_error_message=_("A measured characteristic needs a lower or an upper limit."),
            ),
            models.CheckConstraint(
                condition=Q(lower__isnull=True) | Q(upper__isnull=True) | Q(upper__gt=F("lower")),
                name="characteristic_limits_in_order",
                violation_error_message=_("The upper limit must be above the lower one."),
            ),
            models.CheckConstraint(
                condition=Q(nominal__isnull=True)
                | (
                    (Q(lower__isnull=True) | Q(nominal__gte=F("lower")))
                    & (Q(upper__isnull=True) | Q(nominal__lte=F("upper")))
                ),
                name="characteristic_nominal_within_limits",
                violation_error_message=_("The nominal value lies outside the limits."),
            ),
            models.CheckConstraint(
                condition=~Q(sampling__in=("pieces", "minutes")) | Q(every__isnull=False, every__gt=0),
                name="characteristic_says_how_often",
                violation_error_message=_("Say after how many pieces or minutes."),
            ),
            models.CheckConstraint(
                condition=Q(sample_size__gte=1, sample_size__lte=25),
                name="characteristic_sample_size",
                violation_error_message=_("A sample has 1 to 25 pieces."),
            ),
            models.CheckConstraint(
                condition=~Q(sampling="aql") | Q(aql__isnull=False, aql__gt=0, kind="attribute"),
                name="characteristic_aql_named",
                violation_error_message=_("Sampling by AQL is for attributes and needs an AQL."),
            ),
            models.CheckConstraint(
                condition=Q(decimals__lte=6),
                name="characteristic_decimals",
                violation_error_message=_("A value has at most 6 decimal places."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def fits(self, value: Decimal) -> bool:
        """Whether a measured value lies within the limits, borders included."""
        return (self.lower is None or value >= self.lower) and (self.upper is None or value <= self.upper)
