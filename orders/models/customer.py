"""Customers, what they ordered and what they require."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mes.lib.fields import price_field, quantity_field
from mes.lib.ownership import WITHOUT_AUDIT, FromErp, Pinnable
from mes.lib.tracking import tracked, tracked_without
from orders.enums import RequirementKind, Strategy
from orders.models.item import Item, Unit


@tracked_without(*WITHOUT_AUDIT)
class Customer(FromErp, Pinnable):
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@tracked
class CustomerOrder(models.Model):
    number = models.CharField(_("number"), max_length=40, unique=True)
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, related_name="orders"
    )
    customer_reference = models.CharField(_("customer's reference"), max_length=80, blank=True, default="")
    received_at = models.DateTimeField(_("received at"), default=timezone.now)

    class Meta:
        verbose_name = _("customer order")
        verbose_name_plural = _("customer orders")
        ordering = ("-received_at",)

    def __str__(self) -> str:
        return self.number


@tracked
class CustomerOrderLine(models.Model):
    """One line. Requested and promised date stay apart; forecast and actual come from production."""

    order = models.ForeignKey(
        CustomerOrder, verbose_name=_("customer order"), on_delete=models.CASCADE, related_name="lines"
    )
    position = models.CharField(_("position"), max_length=10)
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="+")
    quantity = quantity_field(_("quantity"))
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="+")
    strategy = models.CharField(_("strategy"), max_length=3, choices=Strategy, default=Strategy.MTO)
    unit_price = price_field(
        _("price per unit (€)"), null=True, blank=True, help_text=_("What the customer pays, net.")
    )
    requested_at = models.DateTimeField(_("requested date"), null=True, blank=True)
    promised_at = models.DateTimeField(_("promised date"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer order line")
        verbose_name_plural = _("customer order lines")
        ordering = ("order", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("order", "position"),
                name="customer_order_line_position_unique",
                violation_error_message=_("This position is taken."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="customer_order_line_quantity_positive",
                violation_error_message=_("The quantity must be positive."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.order.number}/{self.position}"


class RequirementBase(models.Model):
    """A typed requirement. Limits are in ``unit``; an empty ``operation_number`` means every operation."""

    code = models.CharField(_("code"), max_length=40)
    kind = models.CharField(_("kind"), max_length=10, choices=RequirementKind)
    text = models.CharField(_("text"), max_length=500)
    value = models.CharField(_("value"), max_length=500, blank=True, default="")
    choices = ArrayField(
        models.CharField(max_length=120), verbose_name=_("choices"), default=list, blank=True
    )
    lower = models.DecimalField(_("lower limit"), max_digits=18, decimal_places=6, null=True, blank=True)
    upper = models.DecimalField(_("upper limit"), max_digits=18, decimal_places=6, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True, default="")
    url = models.CharField(_("document"), max_length=500, blank=True, default="")
    operation_number = models.CharField(_("for operation"), max_length=10, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


def requirement_constraints(prefix: str) -> tuple[models.CheckConstraint, ...]:
    """What every typed requirement must satisfy; ``prefix`` keeps the names unique."""
    return (
        models.CheckConstraint(
            condition=~Q(kind="limit") | Q(lower__isnull=False) | Q(upper__isnull=False),
            name=f"{prefix}_limit_has_a_limit",
            violation_error_message=_("A limit needs a lower or an upper value."),
        ),
        models.CheckConstraint(
            condition=Q(lower__isnull=True) | Q(upper__isnull=True) | Q(upper__gte=F("lower")),
            name=f"{prefix}_limits_in_order",
            violation_error_message=_("The upper limit is below the lower one."),
        ),
        models.CheckConstraint(
            condition=~Q(kind="document") | ~Q(url=""),
            name=f"{prefix}_document_has_a_link",
            violation_error_message=_("A document needs a link."),
        ),
    )


@tracked
class Requirement(RequirementBase):
    """What the customer asks of one line; copied into the production order at release."""

    line = models.ForeignKey(
        CustomerOrderLine,
        verbose_name=_("customer order line"),
        on_delete=models.CASCADE,
        related_name="requirements",
    )

    class Meta:
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        ordering = ("line", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("line", "code"),
                name="requirement_code_unique",
                violation_error_message=_("This line already has a requirement with this code."),
            ),
            *requirement_constraints("requirement"),
        )
