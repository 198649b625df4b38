"""What an order was quoted at, frozen, and costs that nobody measures."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.fields import money_field, price_field, quantity_field
from orders.enums import CostKind
from orders.models.item import Item
from orders.models.operation import Operation
from orders.models.order import ProductionOrder


class CostQuote(models.Model):
    """The planned cost of an order as it stood at release, with the rates that hold for the order ever since.

    ``rates``: euros by machine id, labour rates and crews by machine group id, prices by item id, as text.
    ``unit_price``: what the customer pays for one, None for orders without a customer.
    """

    append_only = True

    order = models.OneToOneField(
        ProductionOrder, verbose_name=_("order"), on_delete=models.PROTECT, related_name="cost_quote"
    )
    frozen_at = models.DateTimeField(_("frozen at"), default=timezone.now)
    quantity = quantity_field(_("quantity"))
    unit_price = price_field(_("price per unit (€)"), null=True)
    rates = models.JSONField(_("rates"), default=dict)

    class Meta:
        verbose_name = _("cost quote")
        verbose_name_plural = _("cost quotes")

    def __str__(self) -> str:
        return f"{self.order_id} {self.quantity}"


class CostQuoteLine(models.Model):
    """One line: ``quantity`` hours (setup, machine, labour), units of a component or pieces outside.

    ``text`` names the machine group or the item. ``price`` is euros for one of them; without one the line has
    no ``value``, and the quote is open there.
    """

    append_only = True

    quote = models.ForeignKey(CostQuote, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(_("kind"), max_length=10, choices=CostKind)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, null=True, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, related_name="+")
    position = models.CharField(_("position"), max_length=10, blank=True, default="")
    text = models.CharField(_("text"), max_length=60, blank=True, default="")
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    price = price_field(_("price (€)"), null=True)
    value = money_field(_("value (€)"), null=True)

    class Meta:
        verbose_name = _("line of a cost quote")
        verbose_name_plural = _("lines of cost quotes")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("quote", "kind", "operation", "position"),
                nulls_distinct=False,
                name="cost_quote_line_once",
                violation_error_message=_("A quote has one line for each kind of cost of an operation."),
            ),
            models.CheckConstraint(
                condition=models.Q(price__isnull=True, value__isnull=True)
                | models.Q(price__isnull=False, value__isnull=False),
                name="cost_quote_line_priced",
                violation_error_message=_("A line with a price has a value."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.quote_id} {self.kind}"

    @property
    def label(self) -> str:
        """What it is, for people who look for a missing price."""
        return f"{self.get_kind_display()} {self.text}".strip()


class CostEntry(models.Model):
    """A cost that is told, not measured: a supplier's invoice, freight, a correction (negative). Never
    changed."""

    append_only = True

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    order = models.ForeignKey(
        ProductionOrder, verbose_name=_("order"), on_delete=models.PROTECT, related_name="cost_entries"
    )
    operation = models.ForeignKey(
        Operation, verbose_name=_("operation"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=CostKind)
    value = money_field(_("value (€)"))
    text = models.CharField(_("text"), max_length=200)
    occurred_at = models.DateTimeField(_("occurred at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("cost entry")
        verbose_name_plural = _("cost entries")
        ordering = ("id",)
        indexes = (models.Index(fields=("order",), name="cost_entry_of_order"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=("outside", "material", "other")),
                name="cost_entry_kind_told",
                violation_error_message=_(
                    "Time is measured; only outside, material and other costs are told."
                ),
            ),
            models.CheckConstraint(
                condition=~models.Q(value=0),
                name="cost_entry_not_zero",
                violation_error_message=_("A cost entry has a value."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind} {self.value}"
