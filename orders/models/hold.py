"""Holds: a veto that any app above can lay on an order, an operation, a machine, an item or a lot."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, Plant
from mes.accounts.models import User
from mes.accounts.roles import PEOPLE, RIGHTS, Right
from mes.lib.tracking import tracked
from orders.models.item import Item
from orders.models.operation import Operation
from orders.models.order import ProductionOrder


class HoldKind(models.TextChoices):
    QUALITY = "quality", _("quality")
    NONCONFORMANCE = "nonconformance", _("nonconformance")
    RECALL = "recall", _("recall")
    ERP_CHANGE = "erp_change", _("changed by the ERP")
    MANUAL = "manual", _("put on hold by a person")
    PROGRAM = "program", _("another program on the machine")


BY_INSPECTORS = (HoldKind.QUALITY, HoldKind.NONCONFORMANCE, HoldKind.RECALL)


@tracked
class Hold(models.Model):
    """While a hold is open, work that it concerns can't start: on the order, one operation, the machine, or
    anything made of (or being) the item, or its lot.

    ``reference`` names the record that the hold belongs to. Where two people must release it, ``asked_by`` is
    the first of them.
    """

    order = models.ForeignKey(
        ProductionOrder,
        verbose_name=_("order"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="holds",
    )
    operation = models.ForeignKey(
        Operation,
        verbose_name=_("operation"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="holds",
    )
    machine = models.ForeignKey(
        Machine,
        verbose_name=_("machine"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    item = models.ForeignKey(
        Item, verbose_name=_("item"), on_delete=models.PROTECT, null=True, blank=True, related_name="holds"
    )
    lot = models.CharField(_("lot"), max_length=40, blank=True, default="")
    plant = models.ForeignKey(
        Plant,
        verbose_name=_("plant"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Where an item or a lot is held."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=HoldKind)
    reason = models.CharField(_("reason"), max_length=300)
    reference = models.CharField(_("belongs to"), max_length=60, blank=True, default="")
    placed_at = models.DateTimeField(_("placed at"), default=timezone.now)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("release asked for at"), null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    release_reason = models.CharField(_("reason of the release"), max_length=300, blank=True, default="")
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ("-placed_at",)
        indexes = (
            models.Index(fields=("order",), name="hold_open", condition=Q(lifted_at__isnull=True)),
            models.Index(fields=("item", "lot"), name="hold_open_item", condition=Q(lifted_at__isnull=True)),
            models.Index(fields=("machine",), name="hold_open_machine", condition=Q(lifted_at__isnull=True)),
            models.Index(fields=("reference",), name="hold_reference", condition=~Q(reference="")),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(lifted_at__gte=F("placed_at")),
                name="hold_lifted_after_placed",
                violation_error_message=_("A hold is lifted after it is placed."),
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False, machine__isnull=True, item__isnull=True, lot="")
                | Q(
                    order__isnull=True,
                    operation__isnull=True,
                    machine__isnull=False,
                    item__isnull=True,
                    lot="",
                )
                | Q(
                    order__isnull=True,
                    operation__isnull=True,
                    machine__isnull=True,
                    item__isnull=False,
                    plant__isnull=False,
                ),
                name="hold_one_target",
                violation_error_message=_("A hold lies on an order, a machine, or an item of a plant."),
            ),
            models.CheckConstraint(
                condition=Q(asked_at__isnull=True, asked_by__isnull=True)
                | Q(asked_at__isnull=False, asked_by__isnull=False),
                name="hold_asked_by_somebody",
                violation_error_message=_("Whoever asks for a release is named with the time."),
            ),
        )

    def __str__(self) -> str:
        return self.reason

    @property
    def open(self) -> bool:
        return self.lifted_at is None

    @property
    def plant_id_of_target(self) -> int:
        """The plant whose rules say who releases it."""
        if self.order is not None:
            return self.order.plant_id
        if self.machine is not None:
            return self.machine.plant_id
        assert self.plant_id is not None
        return self.plant_id

    @property
    def target(self) -> str:
        """What is held, as a person reads it."""
        if self.operation is not None:
            return f"{self.order} / {self.operation.number}"
        if self.order is not None:
            return str(self.order)
        if self.machine is not None:
            return str(self.machine)
        return f"{self.item.code} {self.lot}".strip() if self.item is not None else ""


@tracked
class HoldPolicy(models.Model):
    """Who releases holds of one kind in a plant, and how. Without one: inspectors the holds of quality,
    whoever may release orders the others, one person, without a signature."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=20, choices=HoldKind)
    roles = ArrayField(
        models.CharField(max_length=20, choices=[(role.value, role.value) for role in PEOPLE]),
        verbose_name=_("roles that release"),
        default=list,
        blank=True,
        help_text=_("Empty: whoever has the right."),
    )
    second_person = models.BooleanField(
        _("a second person releases"),
        default=False,
        help_text=_("One asks for the release, another one grants it."),
    )
    signature = models.BooleanField(_("with an electronic signature"), default=False)

    class Meta:
        verbose_name = _("rule for releasing holds")
        verbose_name_plural = _("rules for releasing holds")
        ordering = ("plant", "kind")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "kind"),
                name="hold_policy_unique",
                violation_error_message=_("This plant already has a rule for this kind of hold."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.plant_id} {self.kind}"

    @property
    def right(self) -> Right:
        return Right.INSPECT if self.kind in BY_INSPECTORS else Right.RELEASE

    @property
    def needs_more(self) -> bool:
        """Whether one person's word isn't enough: a second person or a signature."""
        return self.second_person or self.signature

    def allows(self, person: User) -> bool:
        """Whether ``person`` may release; a badge or PIN alone opens no hold."""
        if not self.roles:
            return person.may(self.right)
        return person.is_active and not person.at_terminal and not set(self.roles).isdisjoint(person.roles)

    @property
    def who(self) -> list[str]:
        """The roles that may release, as words of the table of roles."""
        return list(self.roles) or [role.value for role in PEOPLE if self.right in RIGHTS[role]]
