"""Stock: append-only moves, and the balance they add up to."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.fields import ZERO, quantity_field
from orders.enums import MoveKind, StockStatus
from orders.models.delivery import PurchaseOrderLine
from orders.models.event import ProductionEvent
from orders.models.item import Item
from orders.models.lot import Place
from orders.models.order import OrderComponent, ProductionOrder


class StockMove(models.Model):
    """One movement: positive into stock, negative out of it. Never changed."""

    append_only = True

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(_("lot"), max_length=40, blank=True, default="")
    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    status = models.CharField(_("status"), max_length=10, choices=StockStatus, default=StockStatus.FREE)
    quantity = quantity_field(_("quantity"))
    stands_for = quantity_field(
        _("stands for"), null=True, blank=True, help_text=_("Of a substitute: so much of the component.")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=MoveKind)
    order = models.ForeignKey(
        ProductionOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="stock_moves"
    )
    component = models.ForeignKey(
        OrderComponent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    event = models.ForeignKey(
        ProductionEvent, on_delete=models.PROTECT, null=True, related_name="stock_moves"
    )
    purchase_line = models.ForeignKey(
        PurchaseOrderLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # the partial index finds them
        related_name="receipts",
    )
    occurred_at = models.DateTimeField(_("occurred at"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    comment = models.CharField(_("comment"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("stock move")
        verbose_name_plural = _("stock moves")
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("plant", "item", "lot"), name="stock_move_item"),
            models.Index(fields=("event",), name="stock_move_event", condition=Q(event__isnull=False)),
            models.Index(
                fields=("purchase_line",),
                name="stock_move_purchase",
                condition=Q(purchase_line__isnull=False),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(quantity=0),
                name="stock_move_not_zero",
                violation_error_message=_("A movement moves something."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.item_id} {self.quantity}"


class StockBalance(models.Model):
    """On hand = sum of moves by item, lot, place and status (K4). ``reserved`` is promised to orders.

    Stock without a lot or place is what was booked without naming one.
    """

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="balances")
    lot = models.CharField(_("lot"), max_length=40, blank=True, default="")
    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    status = models.CharField(_("status"), max_length=10, choices=StockStatus, default=StockStatus.FREE)
    on_hand = quantity_field(_("on hand"), default=ZERO)
    reserved = quantity_field(_("reserved"), default=ZERO)
    may_go_negative = models.BooleanField(
        _("may go below zero"),
        default=True,
        help_text=_("What was consumed is booked even if the stock record is behind."),
    )

    class Meta:
        verbose_name = _("stock balance")
        verbose_name_plural = _("stock balances")
        ordering = ("item", "lot")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "item", "lot", "place", "status"),
                nulls_distinct=False,
                name="stock_balance_unique",
            ),
            models.CheckConstraint(
                condition=Q(may_go_negative=True) | Q(on_hand__gte=0),
                name="stock_balance_not_negative",
                violation_error_message=_("There is not enough stock."),
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0),
                name="stock_balance_reserved_not_negative",
                violation_error_message=_("A reservation can't be negative."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.item_id} {self.lot}"

    @property
    def free(self) -> object:
        return self.on_hand - self.reserved


class Reservation(models.Model):
    """What an order's component holds of a balance. ``locked`` since its operation was started: nobody else
    can be given it. Without a lock a more urgent order may be given it instead."""

    component = models.ForeignKey(
        OrderComponent, verbose_name=_("component"), on_delete=models.CASCADE, related_name="reservations"
    )
    balance = models.ForeignKey(
        StockBalance, verbose_name=_("stock balance"), on_delete=models.PROTECT, related_name="reservations"
    )
    quantity = quantity_field(_("quantity"))
    locked = models.BooleanField(_("locked"), default=False)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = (
            models.UniqueConstraint(fields=("component", "balance"), name="reservation_unique"),
            models.CheckConstraint(
                condition=Q(quantity__gte=0),
                name="reservation_not_negative",
                violation_error_message=_("A reservation can't be negative."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.component_id} {self.quantity}"
