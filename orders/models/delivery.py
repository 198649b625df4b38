"""What suppliers will bring and what customers got."""

from __future__ import annotations

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.fields import ZERO, quantity_field
from mes.lib.tracking import tracked
from orders.models.customer import CustomerOrderLine
from orders.models.item import Item
from orders.models.lot import HandlingUnit, Lot


@tracked
class PurchaseOrder(models.Model):
    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("number"), max_length=40)
    supplier = models.CharField(_("supplier"), max_length=120)
    ordered_at = models.DateTimeField(_("ordered at"), default=timezone.now)

    class Meta:
        verbose_name = _("supplier order")
        verbose_name_plural = _("supplier orders")
        ordering = ("-ordered_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "number"),
                name="purchase_order_number_unique",
                violation_error_message=_("This plant already has a supplier order with this number."),
            ),
        )

    def __str__(self) -> str:
        return self.number


@tracked
class PurchaseOrderLine(models.Model):
    """``received`` is the sum of the receipts booked for the line. Quantities are in the item's unit."""

    order = models.ForeignKey(
        PurchaseOrder, verbose_name=_("supplier order"), on_delete=models.CASCADE, related_name="lines"
    )
    position = models.CharField(_("position"), max_length=10)
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="purchases")
    quantity = quantity_field(_("quantity"))
    expected_on = models.DateField(_("expected on"), help_text=_("What was asked for."))
    confirmed_on = models.DateField(
        _("confirmed for"), null=True, blank=True, help_text=_("What the supplier says; it counts then.")
    )
    received = quantity_field(_("received"), default=ZERO)

    class Meta:
        verbose_name = _("line of a supplier order")
        verbose_name_plural = _("lines of supplier orders")
        ordering = ("expected_on", "order", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("order", "position"),
                name="purchase_line_position_unique",
                violation_error_message=_("This position is taken."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="purchase_line_quantity_positive",
                violation_error_message=_("The quantity must be positive."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.order.number}/{self.position}"

    @property
    def due_on(self) -> date:
        """When it is to be expected: what the supplier confirmed, else what was asked for."""
        return self.confirmed_on or self.expected_on

    @property
    def open_quantity(self) -> object:
        return max(self.quantity - self.received, ZERO)


class Shipment(models.Model):
    """What left for a customer at one time. Never changed."""

    append_only = True

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    number = models.CharField(_("number"), max_length=40, unique=True)
    line = models.ForeignKey(
        CustomerOrderLine,
        verbose_name=_("customer order line"),
        on_delete=models.PROTECT,
        related_name="shipments",
    )
    shipped_at = models.DateTimeField(_("shipped at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        ordering = ("-shipped_at",)

    def __str__(self) -> str:
        return self.number


class ShippedLot(models.Model):
    """How much of a lot was in a shipment, or of stock that has none. Never changed."""

    append_only = True

    shipment = models.ForeignKey(
        Shipment, verbose_name=_("shipment"), on_delete=models.PROTECT, related_name="lots"
    )
    lot = models.ForeignKey(
        Lot, verbose_name=_("lot"), on_delete=models.PROTECT, null=True, blank=True, related_name="shipped"
    )
    quantity = quantity_field(_("quantity"))
    unit = models.ForeignKey(
        HandlingUnit,
        verbose_name=_("handling unit"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("shipped lot")
        verbose_name_plural = _("shipped lots")
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="shipped_lot_quantity_positive",
                violation_error_message=_("The quantity must be positive."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.shipment_id} {self.lot_id}"
