"""Dates: what was quoted, what was promised, what is to be expected. None of them ever changes."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.fields import quantity_field
from orders.enums import PromiseSource
from orders.models.customer import Customer, CustomerOrderLine
from orders.models.item import Item, Unit
from orders.models.order import ProductionOrder


class Distribution(models.Model):
    """When something will end, as far as can be known at ``made_at``.

    ``grid``: 101 ends in seconds after ``zero_at``, one for each hundredth of the futures. ``levels``: at
    which of them 50, 80 and 95 % were read, by the record of ``record_count`` finished orders of
    ``record_of``. The dates without ``raw`` are read at those levels. ``plan_number`` 0: there was no plan.
    """

    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    zero_at = models.DateTimeField(_("begins at"))
    plan_number = models.PositiveIntegerField(_("plan"), default=0)
    futures = models.PositiveIntegerField(_("futures"))
    grid = ArrayField(models.BigIntegerField(), verbose_name=_("ends of the futures"))
    levels = ArrayField(models.FloatField(), verbose_name=_("levels"), size=3)
    record_of = models.CharField(_("record of"), max_length=20, default="plant")
    record_count = models.PositiveIntegerField(_("finished orders on record"), default=0)
    raw_p50_at = models.DateTimeField(_("50 % of the futures"))
    raw_p80_at = models.DateTimeField(_("80 % of the futures"))
    raw_p95_at = models.DateTimeField(_("95 % of the futures"))
    p50_at = models.DateTimeField(_("50 % date"))
    p80_at = models.DateTimeField(_("80 % date"))
    p95_at = models.DateTimeField(_("95 % date"))

    class Meta:
        abstract = True


class Quote(Distribution):
    """An answer to "when can it be ready", for an order or for what might be ordered.

    ``inputs``: the whole problem it was computed from, packed; computed again it gives the same ``grid``.
    ``old_style_at``: planned time over assumed availability, as it would be said without measuring.
    """

    append_only = True
    replayed = False
    """Set on what a command returns: the quote was made when its key came first."""

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    body_hash = models.CharField(max_length=32, blank=True, default="")
    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="+")
    quantity = quantity_field(_("quantity"))
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="+")
    options = models.JSONField(_("options"), default=dict, blank=True)
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    order = models.ForeignKey(
        ProductionOrder, verbose_name=_("order"), on_delete=models.PROTECT, null=True, related_name="quotes"
    )
    requested_at = models.DateTimeField(_("requested date"), null=True)
    seed = models.PositiveIntegerField(_("seed"))
    inputs = models.BinaryField(_("inputs"))
    inputs_hash = models.CharField(_("SHA-256 of the inputs"), max_length=64)
    certain_at = models.DateTimeField(_("if all goes as expected"))
    old_style_at = models.DateTimeField(_("planned time over assumed availability"), null=True)
    causes = models.JSONField(_("causes of the spread"), default=list)
    earlier = models.JSONField(_("what would make it earlier"), default=list)
    bottleneck = models.CharField(_("bottleneck"), max_length=60, blank=True, default="")
    waits_seconds = models.PositiveIntegerField(_("waits there (s)"), default=0)
    material = models.JSONField(_("material"), default=list)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    via = models.CharField(_("via"), max_length=80, blank=True, default="")

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="quote_quantity_positive",
                violation_error_message=_("The quantity must be positive."),
            ),
            models.CheckConstraint(
                condition=Q(p50_at__lte=F("p80_at")) & Q(p80_at__lte=F("p95_at")),
                name="quote_dates_in_order",
                violation_error_message=_("A date with more confidence is not earlier."),
            ),
        )

    def __str__(self) -> str:
        return f"Q{self.pk}"


class Promise(models.Model):
    """One version of what was said to the customer, for ever. The newest is copied to ``promised_at``.

    ``confidence_percent``: how likely it was to be kept when it was made; empty where nobody could know.
    """

    append_only = True
    replayed = False
    """Set on what a command returns: the promise was made when its key came first."""

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    order = models.ForeignKey(
        ProductionOrder, verbose_name=_("order"), on_delete=models.PROTECT, null=True, related_name="promises"
    )
    line = models.ForeignKey(
        CustomerOrderLine,
        verbose_name=_("customer order line"),
        on_delete=models.PROTECT,
        null=True,
        related_name="promises",
    )
    version = models.PositiveSmallIntegerField(_("version"))
    promised_at = models.DateTimeField(_("promised date"))
    confidence_percent = models.PositiveSmallIntegerField(_("confidence (%)"), null=True)
    source = models.CharField(_("made from"), max_length=10, choices=PromiseSource)
    quote = models.OneToOneField(
        Quote, verbose_name=_("quote"), on_delete=models.PROTECT, null=True, related_name="promise"
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("order", "version"),
                name="promise_version_of_order_unique",
                violation_error_message=_("This order already has this version of its promise."),
            ),
            models.UniqueConstraint(
                fields=("line", "version"),
                name="promise_version_of_line_unique",
                violation_error_message=_("This line already has this version of its promise."),
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False, line__isnull=True)
                | Q(order__isnull=True, line__isnull=False),
                name="promise_of_one_thing",
                violation_error_message=_("A promise is of an order or of a line of a customer order."),
            ),
            models.CheckConstraint(
                condition=Q(source="quote", quote__isnull=False) | ~Q(source="quote"),
                name="promise_names_its_quote",
                violation_error_message=_("A promise made from a quote names it."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.promised_at:%Y-%m-%d %H:%M}"


class OrderForecast(Distribution):
    """When an open order is to be expected. A new one is written when it changed noticeably; all stay.

    ``promised_at`` and ``late_percent``: the promise it was held against, and how likely that is missed.
    """

    append_only = True

    order = models.ForeignKey(
        ProductionOrder, verbose_name=_("order"), on_delete=models.PROTECT, related_name="forecasts"
    )
    promised_at = models.DateTimeField(_("promised date"), null=True)
    late_percent = models.PositiveSmallIntegerField(_("late with (%)"), null=True)

    class Meta:
        verbose_name = _("forecast")
        verbose_name_plural = _("forecasts")
        ordering = ("id",)
        indexes = (
            # the newest of each order
            models.Index(fields=("order", "-id"), name="forecast_newest"),
        )

    def __str__(self) -> str:
        return f"{self.p80_at:%Y-%m-%d %H:%M}"


class PromiseAlert(models.Model):
    """An order is likely to miss its promise. One at a time; it ends when the order is safe again or done."""

    order = models.ForeignKey(
        ProductionOrder, verbose_name=_("order"), on_delete=models.PROTECT, related_name="alerts"
    )
    raised_at = models.DateTimeField(_("raised at"), default=timezone.now)
    promised_at = models.DateTimeField(_("promised date"))
    forecast = models.ForeignKey(
        OrderForecast, verbose_name=_("forecast"), on_delete=models.PROTECT, related_name="+"
    )
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acknowledged by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    note = models.CharField(_("what is done about it"), max_length=300, blank=True, default="")
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("promise at risk")
        verbose_name_plural = _("promises at risk")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("order",),
                condition=Q(ended_at__isnull=True),
                name="promise_alert_one_open",
                violation_error_message=_("This order already has an open alert."),
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="promise_alert_acknowledged_by_somebody",
                violation_error_message=_("Who acknowledged and when belong together."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("raised_at")),
                name="promise_alert_ends_later",
                violation_error_message=_("An alert ends after it was raised."),
            ),
        )

    def __str__(self) -> str:
        return str(self.order)
