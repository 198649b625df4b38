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
from orders.enums import MoveKind
from orders.models.event import ProductionEvent
from orders.models.item import Item
from orders.models.order import OrderComponent, ProductionOrder


class StockMove(models.Model):
    """One movement: positive into stock, negative out of it. Never changed."""

    append_only = True

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(_("lot"), max_length=40, blank=True, default="")
    quantity = quantity_field(_("quantity"))
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
    occurred_at = models.DateTimeField(_("occurred at"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    comment = models.CharField(_("comment"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("stock move")
        verbose_name_plural = _("stock moves")
        ordering = ("-id",)
        indexes = (models.Index(fields=("plant", "item", "lot"), name="stock_move_item"),)
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
    """On hand = sum of moves (K4). ``reserved`` is promised to orders."""

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="balances")
    lot = models.CharField(_("lot"), max_length=40, blank=True, default="")
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
            models.UniqueConstraint(fields=("plant", "item", "lot"), name="stock_balance_unique"),
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
