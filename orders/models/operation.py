"""The operations of a production order."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, MachineGroup, Plant, Tool
from mes.accounts.models import Skill
from mes.lib.fields import ZERO, quantity_field
from orders.enums import CountingSource, OperationState
from orders.models.order import ProductionOrder
from orders.models.routing import OperationPlan


class Operation(OperationPlan):
    """One step of an order. ``good``/``scrap``/``rework`` are sums of its production events (K1)."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(
        ProductionOrder, verbose_name=_("order"), on_delete=models.CASCADE, related_name="operations"
    )
    position = models.PositiveIntegerField(_("position"))
    machine_group = models.ForeignKey(
        MachineGroup, verbose_name=_("machine group"), on_delete=models.PROTECT, related_name="+"
    )
    machine = models.ForeignKey(
        Machine,
        verbose_name=_("machine"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Pinned by a planner; empty: any of the group."),
    )
    tool = models.ForeignKey(
        Tool, verbose_name=_("tool"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    skill = models.ForeignKey(
        Skill, verbose_name=_("skill"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    rework_of = models.ForeignKey(
        "self",
        verbose_name=_("rework of"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reworks",
        help_text=_("Repairs pieces of this operation; what comes of them is booked there."),
    )
    quantity = quantity_field(_("quantity"))
    state = models.CharField(
        _("state"), max_length=20, choices=OperationState, default=OperationState.PLANNED
    )
    counting = models.CharField(
        _("counted by"), max_length=10, choices=CountingSource, default=CountingSource.PERSON
    )
    confirmation_number = models.CharField(_("confirmation number"), max_length=20, blank=True, default="")
    sequence = models.CharField(_("sequence"), max_length=10, blank=True, default="")
    control_key = models.CharField(_("control key"), max_length=10, blank=True, default="")
    earliest_start_at = models.DateTimeField(_("earliest start"), null=True, blank=True)
    latest_end_at = models.DateTimeField(_("latest end"), null=True, blank=True)
    not_before_at = models.DateTimeField(
        _("not before"),
        null=True,
        blank=True,
        help_text=_("A planner knows that material, or what is outside, comes no earlier."),
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    good = quantity_field(_("good"), default=ZERO)
    scrap = quantity_field(_("scrap"), default=ZERO)
    rework = quantity_field(_("rework"), default=ZERO)
    setup_pieces = quantity_field(_("setup pieces"), default=ZERO)
    erp_raw = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        ordering = ("order", "position")
        indexes = (
            # a terminal's queue: open operations of a machine group
            models.Index(fields=("machine_group", "state"), name="operation_queue"),
            models.Index(fields=("confirmation_number",), name="operation_confirmation_number"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("order", "sequence", "number"),
                name="operation_number_unique",
                violation_error_message=_("This order already has an operation with this number."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="operation_quantity_positive",
                violation_error_message=_("The quantity must be positive."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("setup", "production", "interrupted", "finished"))
                | Q(started_at__isnull=False),
                name="operation_started_with_time",
                violation_error_message=_("A started operation has a start."),
            ),
            models.CheckConstraint(
                condition=Q(state="finished", finished_at__isnull=False)
                | (~Q(state="finished") & Q(finished_at__isnull=True)),
                name="operation_finished_with_time",
                violation_error_message=_("Exactly a finished operation has an end."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.order_id}/{self.number}"

    @property
    def open_quantity(self) -> Decimal:
        left: Decimal = self.quantity - self.good
        return max(left, ZERO)

    @property
    def planned_seconds(self) -> Decimal:
        """Setup plus run time for the whole quantity, in seconds."""
        return Decimal(self.setup_seconds) + self.seconds_per_piece * Decimal(self.quantity)

    @property
    def seconds_per_piece(self) -> Decimal:
        return Decimal(self.run_seconds) / Decimal(self.base_quantity)
