"""How an item is kept in stock, what that comes to, and what is proposed."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.fields import quantity_field
from mes.lib.tracking import tracked
from orders.enums import DemandOf, ForecastOrigin, ProposalState, StockPolicy
from orders.models.delivery import PurchaseOrderLine
from orders.models.demand import DemandForecast
from orders.models.item import Item
from orders.models.lot import Place
from orders.models.order import ProductionOrder


@tracked
class StockingRule(models.Model):
    """How a plant keeps an item in stock. What is left empty is computed from demand and the measured
    replenishment time."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(
        Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="stocking_rules"
    )
    policy = models.CharField(
        _("ordered"), max_length=20, choices=StockPolicy, default=StockPolicy.REORDER_POINT
    )
    service_percent = models.DecimalField(
        _("service level (%)"),
        max_digits=4,
        decimal_places=1,
        default=95,
        validators=[MinValueValidator(50), MaxValueValidator(99.9)],
        help_text=_("The share of demand that is to be delivered from stock at once."),
    )
    period_weeks = models.PositiveSmallIntegerField(
        _("weeks"),
        default=4,
        validators=[MinValueValidator(1)],
        help_text=_("What one order covers; with fixed intervals also how often it is looked at."),
    )
    lot_quantity = quantity_field(
        _("fixed lot"),
        null=True,
        blank=True,
        help_text=_("Only whole lots are ordered."),
    )
    minimum = quantity_field(
        _("minimum"), null=True, blank=True, help_text=_("Instead of the computed reorder point.")
    )
    maximum = quantity_field(_("maximum"), null=True, blank=True, help_text=_("Never plan above it."))
    place = models.ForeignKey(
        Place,
        verbose_name=_("storage place"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Its capacity is respected."),
    )
    supplier = models.CharField(
        _("supplier"), max_length=120, blank=True, default="", help_text=_("Of what is bought.")
    )
    assumed_days = models.PositiveSmallIntegerField(
        _("assumed replenishment time (days)"),
        default=28,
        help_text=_("Counts only as long as nothing was measured."),
    )
    demand_of = models.CharField(_("demand is"), max_length=10, choices=DemandOf, default=DemandOf.ORDERS)
    forecast_origin = models.CharField(
        _("forecast"), max_length=10, choices=ForecastOrigin, default=ForecastOrigin.OWN
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("stocking rule")
        verbose_name_plural = _("stocking rules")
        ordering = ("plant", "item__code")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "item"),
                name="stocking_rule_unique",
                violation_error_message=_("This plant already has a stocking rule for this item."),
            ),
            models.CheckConstraint(
                condition=Q(service_percent__gte=50) & Q(service_percent__lt=100),
                name="stocking_rule_service",
                violation_error_message=_("A service level is at least 50 and below 100 %."),
            ),
            models.CheckConstraint(
                condition=Q(period_weeks__gte=1),
                name="stocking_rule_period",
                violation_error_message=_("An order covers at least one week."),
            ),
            models.CheckConstraint(
                condition=Q(lot_quantity__isnull=True) | Q(lot_quantity__gt=0),
                name="stocking_rule_lot_positive",
                violation_error_message=_("A lot is above zero."),
            ),
            models.CheckConstraint(
                condition=(Q(minimum__isnull=True) | Q(minimum__gte=0))
                & (Q(maximum__isnull=True) | Q(maximum__gt=0)),
                name="stocking_rule_limits_not_negative",
                violation_error_message=_("Planned stock can't be negative."),
            ),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True) | Q(maximum__isnull=True) | Q(maximum__gt=F("minimum")),
                name="stocking_rule_limits_in_order",
                violation_error_message=_("The maximum lies above the minimum."),
            ),
            models.CheckConstraint(
                condition=~Q(policy="min_max") | Q(maximum__isnull=False),
                name="stocking_rule_min_max_has_maximum",
                violation_error_message=_("Filling up needs a maximum."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.plant.code} {self.item.code}"


class StockOutlook(models.Model):
    """What a rule comes to at a moment: a projection, made anew by the worker any time. ``figures``: each
    number with what it was computed from; ``weeks``: the projected stock."""

    rule = models.OneToOneField(
        StockingRule, verbose_name=_("stocking rule"), on_delete=models.CASCADE, related_name="outlook"
    )
    made_at = models.DateTimeField(_("made at"))
    forecast = models.ForeignKey(
        DemandForecast,
        verbose_name=_("demand forecast"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
    )
    reorder_point = quantity_field(_("reorder point"))
    position = quantity_field(_("stock position"))
    figures = models.JSONField(_("figures"), default=dict)
    weeks = models.JSONField(_("projected stock"), default=list)
    warnings = models.JSONField(_("warnings"), default=list)

    class Meta:
        verbose_name = _("stock outlook")
        verbose_name_plural = _("stock outlooks")

    def __str__(self) -> str:
        return f"{self.rule_id}"


@tracked
class ReplenishmentProposal(models.Model):
    """To make or buy so much of an item. Nothing happens before a person accepts it. ``figures``: why, as it
    was known then."""

    rule = models.ForeignKey(
        StockingRule, verbose_name=_("stocking rule"), on_delete=models.PROTECT, related_name="proposals"
    )
    state = models.CharField(_("state"), max_length=10, choices=ProposalState, default=ProposalState.OPEN)
    bought = models.BooleanField(_("bought"), default=False)
    quantity = quantity_field(_("quantity"))
    needed_on = models.DateField(_("needed on"))
    figures = models.JSONField(_("figures"), default=dict)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    key = models.UUIDField(null=True, blank=True, unique=True)
    order = models.ForeignKey(
        ProductionOrder,
        verbose_name=_("production order"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    purchase_line = models.ForeignKey(
        PurchaseOrderLine,
        verbose_name=_("line of a supplier order"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("replenishment proposal")
        verbose_name_plural = _("replenishment proposals")
        ordering = ("needed_on", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("rule",),
                condition=Q(state="open"),
                name="replenishment_proposal_one_open",
                violation_error_message=_("There is already an open proposal for this item."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="replenishment_proposal_positive",
                violation_error_message=_("The quantity must be positive."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=("open", "withdrawn")) | Q(decided_at__isnull=False),
                name="replenishment_proposal_decided_with_time",
                violation_error_message=_("What was decided has the time of it."),
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(reason=""),
                name="replenishment_proposal_rejected_with_reason",
                violation_error_message=_("Say why it is rejected."),
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted")
                | Q(order__isnull=False, purchase_line__isnull=True)
                | Q(order__isnull=True, purchase_line__isnull=False),
                name="replenishment_proposal_became_one",
                violation_error_message=_("An accepted proposal became a production or a supplier order."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule_id} {self.quantity}"
