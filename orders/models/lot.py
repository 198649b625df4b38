"""Lots, serials, handling units and the places they lie at."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.fields import quantity_field
from mes.lib.tracking import tracked
from orders.enums import LotStatus, OutputRule
from orders.models.item import Item
from orders.models.order import ProductionOrder


@tracked
class Place(models.Model):
    """Where stock lies: a hall, an aisle, a shelf. An empty capacity is unlimited."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    parent = models.ForeignKey(
        "self",
        verbose_name=_("part of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
    )
    capacity = quantity_field(
        _("capacity"), null=True, blank=True, help_text=_("In units of what lies there; empty: unlimited.")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("storage place")
        verbose_name_plural = _("storage places")
        ordering = ("plant", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "code"),
                name="place_code_unique",
                violation_error_message=_("This plant already has a storage place with this code."),
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__gt=0),
                name="place_capacity_positive",
                violation_error_message=_("A capacity is positive."),
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
                name="place_not_its_own_part",
                violation_error_message=_("A storage place isn't part of itself."),
            ),
        )

    def __str__(self) -> str:
        return self.code


@tracked
class Lot(models.Model):
    """What was made or bought together and is traced together. A serial number is a lot of one piece.

    The stock ledger names a lot by its item and number. A lot that stock is booked for and that nobody knows
    yet is made at that moment.
    """

    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="lots")
    number = models.CharField(_("number"), max_length=40)
    supplier = models.CharField(_("supplier"), max_length=120, blank=True, default="")
    supplier_lot = models.CharField(_("supplier's lot"), max_length=60, blank=True, default="")
    expires_on = models.DateField(_("usable until"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=LotStatus, default=LotStatus.FREE)
    order = models.ForeignKey(
        ProductionOrder,
        verbose_name=_("made by order"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="lots",
    )
    made_at = models.DateTimeField(_("made or received"), default=timezone.now)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ("-made_at", "-id")
        indexes = (
            models.Index(fields=("number",), name="lot_number"),
            models.Index(fields=("supplier_lot",), name="lot_supplier_lot", condition=~Q(supplier_lot="")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("item", "number"),
                name="lot_number_unique",
                violation_error_message=_("This item already has a lot with this number."),
            ),
            models.CheckConstraint(
                condition=~Q(number=""),
                name="lot_has_a_number",
                violation_error_message=_("A lot has a number."),
            ),
        )

    def __str__(self) -> str:
        return self.number


@tracked
class Serial(models.Model):
    """One piece with its own number. ``lot`` is its place in the genealogy, ``batch`` what it came from."""

    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("serial number"), max_length=40)
    lot = models.OneToOneField(Lot, verbose_name=_("lot"), on_delete=models.PROTECT, related_name="serial")
    batch = models.ForeignKey(
        Lot, verbose_name=_("of lot"), on_delete=models.PROTECT, null=True, blank=True, related_name="serials"
    )

    class Meta:
        verbose_name = _("serial number")
        verbose_name_plural = _("serial numbers")
        ordering = ("item", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("item", "number"),
                name="serial_unique",
                violation_error_message=_("This item already has this serial number."),
            ),
        )

    def __str__(self) -> str:
        return self.number


@tracked
class HandlingUnit(models.Model):
    """A pallet, box or container by its serial shipping container code (SSCC, 18 digits)."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    sscc = models.CharField(_("SSCC"), max_length=18, unique=True)
    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, null=True, blank=True, related_name="units"
    )
    packed_at = models.DateTimeField(_("packed at"), default=timezone.now)

    class Meta:
        verbose_name = _("handling unit")
        verbose_name_plural = _("handling units")
        ordering = ("-packed_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(sscc__regex=r"^[0-9]{18}$"),
                name="handling_unit_sscc_digits",
                violation_error_message=_("An SSCC has 18 digits."),
            ),
        )

    def __str__(self) -> str:
        return self.sscc


@tracked
class HandlingUnitContent(models.Model):
    """How much of a lot lies in a handling unit."""

    unit = models.ForeignKey(
        HandlingUnit, verbose_name=_("handling unit"), on_delete=models.CASCADE, related_name="contents"
    )
    lot = models.ForeignKey(Lot, verbose_name=_("lot"), on_delete=models.PROTECT, related_name="units")
    quantity = quantity_field(_("quantity"))

    class Meta:
        verbose_name = _("content of a handling unit")
        verbose_name_plural = _("contents of handling units")
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "lot"),
                name="handling_unit_lot_once",
                violation_error_message=_("This lot is already in the handling unit."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="handling_unit_quantity_positive",
                violation_error_message=_("The quantity must be positive."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} {self.lot_id}"


@tracked
class OutputLotRule(models.Model):
    """When the next lot of an item begins, while it is made. Without a rule: one lot per order."""

    item = models.OneToOneField(
        Item, verbose_name=_("item"), on_delete=models.CASCADE, related_name="output_rule"
    )
    per = models.CharField(_("a lot per"), max_length=10, choices=OutputRule, default=OutputRule.ORDER)
    quantity = quantity_field(_("pieces in a lot"), null=True, blank=True)
    shelf_days = models.PositiveIntegerField(_("shelf life (days)"), null=True, blank=True)

    class Meta:
        verbose_name = _("rule for lots")
        verbose_name_plural = _("rules for lots")
        constraints = (
            models.CheckConstraint(
                condition=~Q(per="quantity") | Q(quantity__isnull=False, quantity__gt=0),
                name="output_rule_has_quantity",
                violation_error_message=_("A lot per quantity needs a quantity above zero."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.item_id} {self.per}"


@tracked
class Substitute(models.Model):
    """``substitute`` may be used instead of ``item``, ``factor`` of it for one of that."""

    item = models.ForeignKey(
        Item, verbose_name=_("item"), on_delete=models.CASCADE, related_name="substitutes"
    )
    substitute = models.ForeignKey(
        Item, verbose_name=_("instead of it"), on_delete=models.CASCADE, related_name="+"
    )
    product = models.ForeignKey(
        Item,
        verbose_name=_("in product"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: in every product."),
    )
    factor = models.DecimalField(_("factor"), max_digits=12, decimal_places=6, default=1)

    class Meta:
        verbose_name = _("substitute")
        verbose_name_plural = _("substitutes")
        ordering = ("item", "substitute")
        constraints = (
            models.UniqueConstraint(
                fields=("item", "substitute", "product"),
                nulls_distinct=False,
                name="substitute_unique",
                violation_error_message=_("This substitute is already allowed."),
            ),
            models.CheckConstraint(
                condition=Q(factor__gt=0) & ~Q(item=F("substitute")),
                name="substitute_is_another_item",
                violation_error_message=_("A substitute is another item, with a factor above zero."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.item_id} {self.substitute_id}"
