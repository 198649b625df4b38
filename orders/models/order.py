"""The production order and what was frozen into it at release."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.fields import ZERO, quantity_field
from orders.enums import ErpStatus, OrderState, Strategy
from orders.models.customer import CustomerOrderLine, RequirementBase, requirement_constraints
from orders.models.item import Item, Unit


class ProductionOrder(models.Model):
    """An order to make ``quantity`` of an item. ``erp_*`` columns hold what the ERP last said.

    The four dates stay apart: ``requested_at`` (wanted), ``promised_at`` (said to the customer),
    the forecast (computed), ``finished_at`` (actual).
    """

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("number"), max_length=40)
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="orders")
    revision = models.CharField(_("revision"), max_length=20, blank=True, default="")
    quantity = quantity_field(_("quantity"))
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="+")
    strategy = models.CharField(_("strategy"), max_length=3, choices=Strategy, default=Strategy.MTO)
    order_type = models.CharField(_("order type"), max_length=20, blank=True, default="")
    priority = models.IntegerField(_("priority"), default=50, help_text=_("Smaller is more urgent."))
    state = models.CharField(_("state"), max_length=20, choices=OrderState, default=OrderState.PLANNED)
    customer_line = models.ForeignKey(
        CustomerOrderLine,
        verbose_name=_("customer order line"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="production_orders",
    )
    requested_at = models.DateTimeField(_("requested date"), null=True, blank=True)
    promised_at = models.DateTimeField(_("promised date"), null=True, blank=True)
    planned_start_at = models.DateTimeField(_("planned start"), null=True, blank=True)
    under_tolerance_percent = models.DecimalField(
        _("underdelivery tolerance (%)"), max_digits=5, decimal_places=1, default=0
    )
    over_tolerance_percent = models.DecimalField(
        _("overdelivery tolerance (%)"), max_digits=5, decimal_places=1, default=0
    )
    erp_status = models.CharField(
        _("status in the ERP"), max_length=30, choices=ErpStatus, default=ErpStatus.RELEASED
    )
    erp_version = models.CharField(_("version in the ERP"), max_length=60, blank=True, default="")
    erp_raw = models.JSONField(_("further ERP fields"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    good = quantity_field(_("good"), default=ZERO)
    scrap = quantity_field(_("scrap"), default=ZERO)
    rework = quantity_field(_("rework"), default=ZERO)
    split_from = models.ForeignKey(
        "self",
        verbose_name=_("split from"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="splits",
        help_text=_("Makes by a newer revision what that order had not begun."),
    )
    supplies = models.ForeignKey(
        "OrderComponent",
        verbose_name=_("supplies"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="supplied_by",
        help_text=_("What it makes is reserved for this component of another order."),
    )

    class Meta:
        verbose_name = _("production order")
        verbose_name_plural = _("production orders")
        ordering = ("priority", "requested_at", "number")
        indexes = (
            # the order list: open work of a plant by urgency
            models.Index(fields=("plant", "state", "priority", "requested_at"), name="order_open_by_urgency"),
            models.Index(fields=("-created_at",), name="order_newest"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "number"),
                name="order_number_unique_in_plant",
                violation_error_message=_("This plant already has an order with this number."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="order_quantity_positive",
                violation_error_message=_("The quantity must be positive."),
            ),
            models.CheckConstraint(
                condition=Q(state="planned", released_at__isnull=True)
                | Q(state="cancelled")
                | (~Q(state__in=("planned", "cancelled")) & Q(released_at__isnull=False)),
                name="order_released_with_time",
                violation_error_message=_("A released order has a release time."),
            ),
            models.CheckConstraint(
                condition=~Q(state="finished") | Q(finished_at__isnull=False),
                name="order_finished_with_time",
                violation_error_message=_("A finished order has an end."),
            ),
        )

    def __str__(self) -> str:
        return self.number


class OrderComponent(models.Model):
    """Material of one order: how much it needs, has reserved and has taken."""

    order = models.ForeignKey(
        ProductionOrder, verbose_name=_("order"), on_delete=models.CASCADE, related_name="components"
    )
    position = models.CharField(_("position"), max_length=10)
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="+")
    operation_number = models.CharField(_("for operation"), max_length=10, blank=True, default="")
    quantity = quantity_field(_("needed"))
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="+")
    backflush = models.BooleanField(_("consumed by the report"), default=False)
    reserved = quantity_field(_("reserved"), default=ZERO)
    issued = quantity_field(_("issued"), default=ZERO)
    raw = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("component")
        verbose_name_plural = _("components")
        ordering = ("order", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("order", "position"),
                name="component_position_unique",
                violation_error_message=_("This position is taken."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0) & Q(reserved__gte=0) & Q(reserved__lte=F("quantity")),
                name="component_reserved_within_need",
                violation_error_message=_("No more than needed can be reserved."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.position} {self.item_id}"

    @property
    def missing(self) -> object:
        return max(self.quantity - self.reserved - self.issued, ZERO)


class OrderRequirement(RequirementBase):
    """A customer requirement as it stood at release: frozen."""

    order = models.ForeignKey(
        ProductionOrder, verbose_name=_("order"), on_delete=models.CASCADE, related_name="requirements"
    )
    verified_at = models.DateTimeField(
        _("verified at"),
        null=True,
        blank=True,
        help_text=_("Written by quality. While it is empty, nothing of the order is shipped."),
    )

    class Meta:
        verbose_name = _("order requirement")
        verbose_name_plural = _("order requirements")
        ordering = ("order", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("order", "code", "operation_number"),
                name="order_requirement_code_unique",
                violation_error_message=_("This order already has a requirement with this code."),
            ),
            *requirement_constraints("order_requirement"),
        )


class NumberRange(models.Model):
    """A counter for numbers without gaps, taken under a row lock by the transaction that uses the number."""

    code = models.CharField(_("code"), max_length=40, primary_key=True)
    prefix = models.CharField(_("prefix"), max_length=20, blank=True, default="")
    digits = models.PositiveSmallIntegerField(_("digits"), default=6)
    last = models.BigIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("number range")
        verbose_name_plural = _("number ranges")

    def __str__(self) -> str:
        return self.code
