"""Tools that operations need."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from machines.models.machine import Machine
from machines.models.plant import Plant
from mes.lib.tracking import tracked, tracked_links


@tracked
class Tool(models.Model):
    """A tool, mould or die. ``outputs`` is how many pieces one cycle makes with it."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="tools")
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    outputs = models.DecimalField(_("pieces per cycle"), max_digits=9, decimal_places=4, default=1)
    machines = models.ManyToManyField(Machine, verbose_name=_("fits on"), blank=True, related_name="tools")
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("tool")
        verbose_name_plural = _("tools")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(outputs__gt=0),
                name="tool_outputs_positive",
                violation_error_message=_("A cycle makes more than zero pieces."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@tracked_links
class ToolMachine(Tool.machines.through):  # type: ignore[misc, name-defined]
    """Which tool fits on which machine, as rows of the audit history."""

    class Meta:
        proxy = True
        verbose_name = _("machine of a tool")
        verbose_name_plural = _("machines of tools")

    def __str__(self) -> str:
        return f"{self.tool}: {self.machine}"
