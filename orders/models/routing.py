"""Routings: how an item is made."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from machines.models import MachineGroup, Plant, Tool
from machines.models.stop import Translated
from mes.accounts.models import Skill
from mes.lib.fields import price_field, quantity_field, seconds_field
from mes.lib.ownership import WITHOUT_AUDIT, FromErp, Pinnable
from mes.lib.tracking import tracked, tracked_without
from orders.models.item import Item


@tracked_without(*WITHOUT_AUDIT)
class Routing(FromErp):
    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="routings")
    revision = models.CharField(_("revision"), max_length=20, blank=True, default="")
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("routing")
        verbose_name_plural = _("routings")
        ordering = ("plant", "item", "revision")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "item", "revision"),
                name="routing_unique_per_revision",
                violation_error_message=_("This item already has a routing for this revision."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.item.code} {self.revision}"


class OperationPlan(models.Model):
    """What an operation needs, in the routing and, frozen, in the order. Times are seconds."""

    number = models.CharField(_("operation"), max_length=10)
    text = models.CharField(_("text"), max_length=200, blank=True, default="")
    setup_seconds = seconds_field(_("setup (s)"), default=0)
    run_seconds = seconds_field(_("run time (s)"), default=0, help_text=_("Per base quantity."))
    base_quantity = quantity_field(_("base quantity"), default=1)
    send_ahead = quantity_field(
        _("hand on after"),
        null=True,
        blank=True,
        help_text=_("After so many good pieces the next operation may begin. Empty: when all of it is done."),
    )
    longest_wait_seconds = seconds_field(
        _("longest wait before it (s)"),
        null=True,
        blank=True,
        help_text=_(
            "It should begin at most so long after the operation before it, e.g. before parts rust. The plan "
            "begins that one later for it."
        ),
    )
    program = models.CharField(_("program"), max_length=200, blank=True, default="")
    program_revision = models.CharField(_("program revision"), max_length=40, blank=True, default="")
    parameters = models.JSONField(_("setup parameters"), default=dict, blank=True)
    inspection = models.BooleanField(_("inspection needed"), default=False)
    outside = models.BooleanField(_("outside operation"), default=False)
    outside_price = price_field(
        _("price outside (€)"),
        null=True,
        blank=True,
        help_text=_("What the supplier takes per base quantity."),
    )

    class Meta:
        abstract = True


@tracked
class RoutingOperation(Pinnable, OperationPlan):
    routing = models.ForeignKey(
        Routing, verbose_name=_("routing"), on_delete=models.CASCADE, related_name="operations"
    )
    machine_group = models.ForeignKey(
        MachineGroup, verbose_name=_("machine group"), on_delete=models.PROTECT, related_name="+"
    )
    tool = models.ForeignKey(
        Tool, verbose_name=_("tool"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    skill = models.ForeignKey(
        Skill, verbose_name=_("skill"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("routing operation")
        verbose_name_plural = _("routing operations")
        ordering = ("routing", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("routing", "number"),
                name="routing_operation_number_unique",
                violation_error_message=_("This routing already has an operation with this number."),
            ),
            models.CheckConstraint(
                condition=Q(setup_seconds__gte=0) & Q(run_seconds__gte=0),
                name="routing_operation_times_not_negative",
                violation_error_message=_("Times can't be negative."),
            ),
            models.CheckConstraint(
                condition=Q(base_quantity__gt=0),
                name="routing_operation_base_positive",
                violation_error_message=_("The base quantity must be positive."),
            ),
            models.CheckConstraint(
                condition=(Q(send_ahead__isnull=True) | Q(send_ahead__gt=0))
                & (Q(longest_wait_seconds__isnull=True) | Q(longest_wait_seconds__gte=0)),
                name="routing_operation_flow_sensible",
                violation_error_message=_("Something is handed on, and nobody waits less than no time."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.text}"


@tracked
class ScrapReason(Translated):
    """Why a piece is scrap or needs rework."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("scrap reason")
        verbose_name_plural = _("scrap reasons")
        ordering = ("plant", "position", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "code"),
                name="scrap_reason_code_unique",
                violation_error_message=_("This plant already has a scrap reason with this code."),
            ),
        )
