"""What a plant's plan does when the world no longer is as it was planned."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.tracking import tracked
from orders.enums import OnStale


@tracked
class PlanRule(models.Model):
    """Rules of one plant. A plant without a row has the defaults."""

    plant = models.OneToOneField(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    frozen_hours = models.DecimalField(
        _("frozen for (h)"),
        max_digits=5,
        decimal_places=1,
        default=Decimal(4),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(720))],
        help_text=_("What begins within these hours keeps its machine and its place in the queue."),
    )
    on_stale = models.CharField(
        _("when the plan is stale"), max_length=10, choices=OnStale, default=OnStale.DRAFT
    )
    stop_minutes = models.PositiveIntegerField(
        _("a stop counts after (min)"),
        default=20,
        validators=[MinValueValidator(1)],
        help_text=_("An unplanned stop this long makes the plan stale."),
    )
    off_minutes = models.PositiveIntegerField(
        _("early or late counts from (min)"),
        default=30,
        validators=[MinValueValidator(1)],
        help_text=_("An operation that is this far from its planned time makes the plan stale."),
    )
    pause_seconds = models.PositiveIntegerField(
        _("pause between two plans (s)"),
        default=120,
        help_text=_("So that a bad hour makes some plans and not hundreds."),
    )
    assumed_percent = models.PositiveSmallIntegerField(
        _("assumed availability (%)"),
        default=85,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("What the old way of promising counts with; it is compared with what is measured."),
    )

    at_risk_percent = models.PositiveSmallIntegerField(
        _("at risk over (%)"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_("How likely a promise is missed when an alert is raised; at half of it the alert ends."),
    )
    likely_late_percent = models.PositiveSmallIntegerField(
        _("likely late over (%)"),
        default=77,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_("Time to tell the customer; how often that was right stands below the alerts."),
    )

    class Meta:
        verbose_name = _("rule for the plan")
        verbose_name_plural = _("rules for the plan")
        ordering = ("plant",)
        constraints = (
            models.CheckConstraint(
                condition=Q(frozen_hours__gte=0) & Q(frozen_hours__lte=720),
                name="plan_rule_frozen_hours",
                violation_error_message=_("The plan is frozen for 0 to 720 hours."),
            ),
            models.CheckConstraint(
                condition=Q(stop_minutes__gte=1) & Q(off_minutes__gte=1),
                name="plan_rule_minutes_positive",
                violation_error_message=_("Thresholds are at least one minute."),
            ),
            models.CheckConstraint(
                condition=Q(assumed_percent__gte=1) & Q(assumed_percent__lte=100),
                name="plan_rule_assumed_percent",
                violation_error_message=_("An availability is 1 to 100 %."),
            ),
            models.CheckConstraint(
                condition=Q(
                    at_risk_percent__range=(1, 99),
                    likely_late_percent__range=(F("at_risk_percent"), 99),
                ),
                name="plan_rule_alert_percents",
                violation_error_message=_("A chance is 1 to 99 %, and what is likely late is at risk, too."),
            ),
        )

    def __str__(self) -> str:
        return self.plant.code
