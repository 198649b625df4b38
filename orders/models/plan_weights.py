"""What a good plan is, in one plant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.tracking import tracked

MOST = Decimal(1000)


def _weight(name: Any, default: str, help_text: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(
        name,
        max_digits=8,
        decimal_places=3,
        default=Decimal(default),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(MOST)],
        help_text=help_text,
    )


@tracked
class PlanWeights(models.Model):
    """Weights of one plant. A plant without a row has the defaults."""

    plant = models.OneToOneField(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    lateness = _weight(
        _("an hour of lateness"), "1", _("Times the weight that the order has by its priority.")
    )
    setup = _weight(_("an hour of setup"), "0.05", _("More: fewer changeovers, later orders."))
    stability = _weight(
        _("an hour moved"),
        "0.02",
        _("What it costs to begin an operation an hour earlier or later than in the plan in force."),
    )
    chance = _weight(
        _("an order late for certain"),
        "0",
        _(
            "In hours of its lateness, a tenth of it for a chance of 10 %. More: plans that hold more often "
            "when things don't go as expected. 0: chances aren't looked at."
        ),
    )
    near_hours = models.DecimalField(
        _("prepared for (h)"),
        max_digits=5,
        decimal_places=1,
        default=Decimal(24),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(720))],
        help_text=_("Moving costs something for what the plan in force begins within these hours."),
    )

    class Meta:
        verbose_name = _("weights of the plan")
        verbose_name_plural = _("weights of the plan")
        ordering = ("plant",)
        constraints = (
            models.CheckConstraint(
                condition=Q(lateness__gte=0) & Q(setup__gte=0) & Q(stability__gte=0) & Q(chance__gte=0),
                name="plan_weights_not_negative",
                violation_error_message=_("Weights can't be negative."),
            ),
            models.CheckConstraint(
                condition=Q(near_hours__gte=0) & Q(near_hours__lte=720),
                name="plan_weights_near_hours",
                violation_error_message=_("People prepare 0 to 720 hours ahead."),
            ),
        )

    def __str__(self) -> str:
        return self.plant.code
