"""Demand: what was wanted before the MES knew it, and what is expected."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.fields import quantity_field
from mes.lib.tracking import tracked
from orders.enums import ForecastMethod, ForecastOrigin, ForecastState
from orders.models.item import Item


@tracked
class PastDemand(models.Model):
    """What was wanted of an item in a week before the MES counted it, as another system says. In the item's
    unit; the week begins on a Monday."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.CASCADE, related_name="+")
    week = models.DateField(_("week"), help_text=_("Its Monday."))
    quantity = quantity_field(_("quantity"))
    source = models.CharField(_("source"), max_length=80, blank=True, default="")

    class Meta:
        verbose_name = _("past demand")
        verbose_name_plural = _("past demand")
        ordering = ("item", "-week")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "item", "week"),
                name="past_demand_once",
                violation_error_message=_("The demand of this item and week is already there."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0),
                name="past_demand_not_negative",
                violation_error_message=_("A demand can't be negative."),
            ),
            models.CheckConstraint(
                condition=Q(week__iso_week_day=1),
                name="past_demand_on_monday",
                violation_error_message=_("A week is named by its Monday."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.item_id} {self.week}"


class DemandForecast(models.Model):
    """A version of the forecast of a plant's items, by week from ``zero_on`` (a Monday) on. It never changes
    once it is made; a person puts it in force. ``source``: who made it, ``key``: the sender's, ``digest``:
    SHA-256 of what was forecast from it, so that the same history is known to give the same forecast."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("number"))
    origin = models.CharField(_("origin"), max_length=10, choices=ForecastOrigin, default=ForecastOrigin.OWN)
    state = models.CharField(
        _("state"), max_length=10, choices=ForecastState, default=ForecastState.REQUESTED
    )
    source = models.CharField(_("source"), max_length=80, blank=True, default="")
    key = models.UUIDField(null=True, blank=True, unique=True)
    zero_on = models.DateField(_("first week"))
    horizon_weeks = models.PositiveSmallIntegerField(_("weeks ahead"), default=26)
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    progress_percent = models.PositiveSmallIntegerField(_("progress (%)"), default=0)
    made_at = models.DateTimeField(_("made at"), null=True, blank=True)
    digest = models.CharField(_("check sum"), max_length=64, blank=True, default="")
    problem = models.CharField(_("problem"), max_length=300, blank=True, default="")
    published_at = models.DateTimeField(_("put in force at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("put in force by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("demand forecast")
        verbose_name_plural = _("demand forecasts")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "number"),
                name="demand_forecast_number_unique",
                violation_error_message=_("This plant already has a forecast with this number."),
            ),
            models.UniqueConstraint(
                fields=("plant", "origin"),
                condition=Q(state="in_force"),
                name="demand_forecast_one_in_force",
                violation_error_message=_("Only one forecast of an origin is in force."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("in_force", "replaced")) | Q(published_at__isnull=False),
                name="demand_forecast_in_force_with_time",
                violation_error_message=_("A forecast in force has the time when it was put in force."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("draft", "in_force", "replaced")) | Q(made_at__isnull=False),
                name="demand_forecast_made_with_time",
                violation_error_message=_("A forecast that was made has a time of making."),
            ),
            models.CheckConstraint(
                condition=Q(zero_on__iso_week_day=1),
                name="demand_forecast_from_monday",
                violation_error_message=_("A week is named by its Monday."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.plant.code} {self.number}"


class ItemForecast(models.Model):
    """One item in a version: expected (``mean``), and the bounds that 10 and 90 % of the futures don't exceed
    (``low``, ``high``), by week. ``history``: the weeks it was made from, the last one just before the
    version's first. Errors are of the past asked at ``moments``; ``tried``: all ways with their errors."""

    version = models.ForeignKey(
        DemandForecast, verbose_name=_("demand forecast"), on_delete=models.CASCADE, related_name="items"
    )
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.CASCADE, related_name="+")
    method = models.CharField(_("way"), max_length=20, choices=ForecastMethod)
    seed = models.PositiveIntegerField(_("seed"), default=1)
    history = models.JSONField(_("history"), default=list)
    mean = models.JSONField(_("expected"), default=list)
    low = models.JSONField(_("10 %"), default=list)
    high = models.JSONField(_("90 %"), default=list)
    next_quarter = quantity_field(_("expected in 13 weeks"), default=0)
    demands = models.PositiveIntegerField(_("weeks with demand"), default=0)
    moments = models.PositiveSmallIntegerField(_("moments of the past asked"), default=0)
    mase = models.FloatField(_("error (MASE)"), null=True, blank=True)
    bias = models.FloatField(_("bias"), null=True, blank=True)
    loss = models.FloatField(_("pinball loss"), null=True, blank=True)
    naive_mase = models.FloatField(_("error of last year's week"), null=True, blank=True)
    naive_loss = models.FloatField(_("pinball loss of last year's week"), null=True, blank=True)
    tried = models.JSONField(_("ways tried"), default=list)

    class Meta:
        verbose_name = _("forecast of an item")
        verbose_name_plural = _("forecasts of items")
        ordering = ("version", "item")
        constraints = (
            models.UniqueConstraint(
                fields=("version", "item"),
                name="item_forecast_once",
                violation_error_message=_("An item stands once in a forecast."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.version_id}: {self.item_id}"
