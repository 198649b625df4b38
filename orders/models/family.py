"""Tools that make pieces of several items in one cycle, and who gets them while one runs."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from machines.models import Tool
from machines.models.state import TsTzRange
from mes.lib.tracking import tracked
from orders.models.item import Item
from orders.models.operation import Operation
from orders.models.run import Run


@tracked
class ToolOutput(models.Model):
    """``pieces`` of an item come out of each cycle of a family tool: together what a cycle makes."""

    tool = models.ForeignKey(Tool, verbose_name=_("tool"), on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(
        Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="tool_outputs"
    )
    pieces = models.DecimalField(_("pieces per cycle"), max_digits=9, decimal_places=4, default=1)

    class Meta:
        verbose_name = _("output of a family tool")
        verbose_name_plural = _("outputs of family tools")
        ordering = ("tool", "item")
        constraints = (
            models.UniqueConstraint(
                fields=("tool", "item"),
                name="tool_output_once",
                violation_error_message=_("This tool already makes this item."),
            ),
            models.CheckConstraint(
                condition=Q(pieces__gt=0),
                name="tool_output_positive",
                violation_error_message=_("A cycle makes more than zero pieces."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.tool.code}: {self.pieces.normalize():f} × {self.item.code}"


class RunOutput(models.Model):
    """Who gets an item's pieces of each cycle of a run during [started_at, ended_at).

    No operation: nobody ordered them; they wait for a person. A run without rows makes what its own operation
    wants and nothing else.
    """

    run = models.ForeignKey(Run, verbose_name=_("run"), on_delete=models.CASCADE, related_name="outputs")
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="+")
    operation = models.ForeignKey(
        Operation,
        verbose_name=_("operation"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="family_outputs",
    )
    pieces = models.DecimalField(_("pieces per cycle"), max_digits=9, decimal_places=4)
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("output of a run")
        verbose_name_plural = _("outputs of runs")
        ordering = ("run", "item", "started_at")
        constraints = (
            models.CheckConstraint(
                condition=Q(pieces__gte=0),
                name="run_output_not_negative",
                violation_error_message=_("A cycle can't make less than no pieces."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="run_output_forward",
                violation_error_message=_("The end must not be before the start."),
            ),
            ExclusionConstraint(
                name="run_output_one_at_a_time",
                expressions=(
                    ("run", RangeOperators.EQUAL),
                    ("item", RangeOperators.EQUAL),
                    (TsTzRange("started_at", "ended_at"), RangeOperators.OVERLAPS),
                ),
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                violation_error_message=_("The pieces of this item already go to an operation at that time."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.run_id}: {self.pieces.normalize():f} × {self.item_id}"
