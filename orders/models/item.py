"""Items and what they are made of."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mes.lib.fields import price_field, quantity_field
from mes.lib.gs1 import is_checked
from mes.lib.ownership import WITHOUT_AUDIT, FromErp, Pinnable
from mes.lib.tracking import tracked, tracked_without
from orders.enums import Strategy


@tracked
class Unit(models.Model):
    """A unit of measure by its UN/ECE Recommendation 20 code (C62 piece, KGM kilogram, MTR metre)."""

    code = models.CharField(_("UN/ECE code"), max_length=3, unique=True)
    symbol = models.CharField(_("symbol"), max_length=10)
    name = models.CharField(_("name"), max_length=60)
    decimals = models.PositiveSmallIntegerField(_("decimal places"), default=0)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                condition=Q(decimals__lte=3),
                name="unit_decimals_at_most_three",
                violation_error_message=_("Quantities have at most three decimal places."),
            ),
        )

    def __str__(self) -> str:
        return self.symbol


@tracked
class SetupFamily(models.Model):
    """Items between which a machine needs little setup."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("setup family")
        verbose_name_plural = _("setup families")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@tracked_without(*WITHOUT_AUDIT)
class Item(FromErp, Pinnable):
    """Anything made, bought or stocked. The current revision may be released by engineering or not yet."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    names = models.JSONField(
        _("names by language"), default=dict, blank=True, help_text=_("For example {“en”: “Shaft”}.")
    )
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="+")
    revision = models.CharField(_("revision"), max_length=20, blank=True, default="")
    revision_released_at = models.DateTimeField(
        _("revision released at"),
        null=True,
        blank=True,
        help_text=_("Engineer-to-order work starts only after this."),
    )
    strategy = models.CharField(_("strategy"), max_length=3, choices=Strategy, default=Strategy.MTO)
    setup_family = models.ForeignKey(
        SetupFamily,
        verbose_name=_("setup family"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="items",
    )
    stocked = models.BooleanField(_("kept in stock"), default=True)
    lot_tracked = models.BooleanField(_("tracked by lot"), default=False)
    active = models.BooleanField(_("active"), default=True)
    gtin = models.CharField(
        _("GTIN"), max_length=14, blank=True, default="", help_text=_("The item's number in GS1 codes.")
    )
    standard_price = price_field(
        _("standard price (€)"),
        null=True,
        blank=True,
        help_text=_("What one unit of it costs as material. Empty: not known, and said so."),
    )

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                condition=Q(standard_price__isnull=True) | Q(standard_price__gte=0),
                name="item_standard_price_positive",
                violation_error_message=_("A price can't be negative."),
            ),
            models.CheckConstraint(
                condition=Q(gtin="") | Q(gtin__regex=r"^([0-9]{8}|[0-9]{12,14})$"),
                name="item_gtin_digits",
                violation_error_message=_("A GTIN has 8, 12, 13 or 14 digits."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def clean(self) -> None:
        if self.gtin and not is_checked(self.gtin):
            raise ValidationError({"gtin": _("The check digit of this GTIN is wrong.")})


@tracked
class ItemUnit(models.Model):
    """Another unit of an item: one of it is ``numerator / denominator`` of the item's own unit."""

    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.CASCADE, related_name="units")
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="+")
    numerator = models.DecimalField(_("numerator"), max_digits=15, decimal_places=6)
    denominator = models.DecimalField(_("denominator"), max_digits=15, decimal_places=6, default=1)

    class Meta:
        verbose_name = _("item's unit")
        verbose_name_plural = _("item's units")
        ordering = ("item", "unit")
        constraints = (
            models.UniqueConstraint(
                fields=("item", "unit"),
                name="item_unit_unique",
                violation_error_message=_("This item already has this unit."),
            ),
            models.CheckConstraint(
                condition=Q(numerator__gt=0) & Q(denominator__gt=0),
                name="item_unit_positive",
                violation_error_message=_("Numerator and denominator must be positive."),
            ),
        )

    def __str__(self) -> str:
        return f"1 {self.unit} = {self.numerator.normalize():f}/{self.denominator.normalize():f}"


@tracked_without(*WITHOUT_AUDIT)
class Bom(FromErp):
    """The bill of material of an item: what ``base_quantity`` of it consumes. Multi-level by its items."""

    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="boms")
    revision = models.CharField(_("revision"), max_length=20, blank=True, default="")
    base_quantity = quantity_field(_("base quantity"), default=1)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("bill of material")
        verbose_name_plural = _("bills of material")
        ordering = ("item", "revision")
        constraints = (
            models.UniqueConstraint(
                fields=("item", "revision"),
                name="bom_unique_per_revision",
                violation_error_message=_("This item already has a bill of material for this revision."),
            ),
            models.CheckConstraint(
                condition=Q(base_quantity__gt=0),
                name="bom_base_quantity_positive",
                violation_error_message=_("The base quantity must be positive."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.item.code} {self.revision}"


@tracked
class BomLine(models.Model):
    bom = models.ForeignKey(
        Bom, verbose_name=_("bill of material"), on_delete=models.CASCADE, related_name="lines"
    )
    position = models.CharField(_("position"), max_length=10)
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="+")
    quantity = quantity_field(_("quantity"))
    scrap_percent = models.DecimalField(_("scrap (%)"), max_digits=5, decimal_places=2, default=0)
    operation_number = models.CharField(_("for operation"), max_length=10, blank=True, default="")
    backflush = models.BooleanField(_("consumed by the report"), default=True)

    class Meta:
        verbose_name = _("BOM line")
        verbose_name_plural = _("BOM lines")
        ordering = ("bom", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("bom", "position"),
                name="bom_line_position_unique",
                violation_error_message=_("This position is taken."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="bom_line_quantity_positive",
                violation_error_message=_("The quantity must be positive."),
            ),
            models.CheckConstraint(
                condition=Q(scrap_percent__gte=0) & Q(scrap_percent__lt=100),
                name="bom_line_scrap_percent",
                violation_error_message=_("Scrap is between 0 and 100 %."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.position} {self.item.code}"
