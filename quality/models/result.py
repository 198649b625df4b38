"""Which inspections are due, and what was found."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, Plant
from orders.models import Operation, Run
from quality.enums import DemandReason, Flag, Severity, Verdict
from quality.models.plan import Characteristic, Gauge, measure_field


class InspectionDemand(models.Model):
    """One characteristic that is to be looked at now. ``trigger`` names the event that asks for it, so that
    nothing is asked twice; ``done`` counts the results. A projection of runs, counts, stops and results.
    """

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    operation = models.ForeignKey(
        Operation, verbose_name=_("operation"), on_delete=models.CASCADE, related_name="+"
    )
    characteristic = models.ForeignKey(
        Characteristic, verbose_name=_("characteristic"), on_delete=models.CASCADE, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=10, choices=DemandReason)
    trigger = models.CharField(_("trigger"), max_length=60)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, related_name="+")
    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    wanted = models.PositiveIntegerField(_("pieces wanted"), default=1)
    accept = models.PositiveIntegerField(
        _("acceptance number"), null=True, help_text=_("So many wrong pieces of the sample are accepted.")
    )
    severity = models.CharField(_("severity"), max_length=10, choices=Severity, blank=True, default="")
    done = models.PositiveIntegerField(_("pieces done"), default=0)
    due_at = models.DateTimeField(_("due at"))

    class Meta:
        verbose_name = _("inspection due")
        verbose_name_plural = _("inspections due")
        ordering = ("due_at", "id")
        indexes = (
            models.Index(fields=("operation", "characteristic"), name="demand_operation"),
            models.Index(fields=("due_at",), name="demand_open", condition=Q(done__lt=F("wanted"))),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("operation", "characteristic", "trigger"),
                name="inspection_demand_once",
                violation_error_message=_("This inspection is asked for already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.operation_id} {self.characteristic_id} {self.trigger}"


class InspectionResult(models.Model):
    """What was found: a measured ``value`` in the characteristic's unit, or how many of ``inspected`` pieces
    were wrong (``found``). ``flags`` say what is doubtful about it. A correction names what it ``corrects``.
    """

    append_only = True

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    operation = models.ForeignKey(
        Operation, verbose_name=_("operation"), on_delete=models.PROTECT, related_name="+"
    )
    characteristic = models.ForeignKey(
        Characteristic, verbose_name=_("characteristic"), on_delete=models.PROTECT, related_name="results"
    )
    trigger = models.CharField(_("trigger"), max_length=60, blank=True, default="")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    value = measure_field(_("value"), null=True)
    inspected = models.PositiveIntegerField(_("inspected"), default=1)
    found = models.PositiveIntegerField(_("wrong"), default=0)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict)
    piece = models.CharField(_("piece"), max_length=80, blank=True, default="")
    gauge = models.ForeignKey(
        Gauge, verbose_name=_("gauge"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    flags = ArrayField(
        models.CharField(max_length=20, choices=Flag), verbose_name=_("doubts"), default=list, blank=True
    )
    corrects = models.OneToOneField(
        "self", verbose_name=_("corrects"), on_delete=models.PROTECT, null=True, related_name="corrected_by"
    )
    comment = models.CharField(_("comment"), max_length=500, blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    via = models.CharField(_("via"), max_length=80, blank=True, default="")
    at = models.DateTimeField(_("at"), default=timezone.now)
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)

    class Meta:
        verbose_name = _("inspection result")
        verbose_name_plural = _("inspection results")
        ordering = ("id",)
        indexes = (
            # a control chart: the latest results of a characteristic
            models.Index(fields=("characteristic", "-at"), name="result_of_characteristic"),
            models.Index(fields=("operation", "characteristic"), name="result_of_operation"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(inspected__gte=1),
                name="inspection_result_of_a_piece",
                violation_error_message=_("At least one piece must be inspected."),
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | ~Q(comment=""),
                name="inspection_correction_says_why",
                violation_error_message=_("Say why the result was wrong."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.characteristic_id} {self.value if self.value is not None else self.verdict}"


class InspectionOmission(models.Model):
    """That an inspection which was asked for wasn't done, and why: it is not asked for any more.

    Like a result it names the operation, the characteristic and the ``trigger``, because demands are made
    anew from events.
    """

    append_only = True

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    operation = models.ForeignKey(
        Operation, verbose_name=_("operation"), on_delete=models.PROTECT, related_name="+"
    )
    characteristic = models.ForeignKey(
        Characteristic, verbose_name=_("characteristic"), on_delete=models.PROTECT, related_name="+"
    )
    trigger = models.CharField(_("trigger"), max_length=60)
    missing = models.PositiveIntegerField(_("pieces not inspected"), default=1)
    due_at = models.DateTimeField(_("due at"))
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("inspection not done")
        verbose_name_plural = _("inspections not done")
        ordering = ("id",)
        indexes = (models.Index(fields=("at",), name="omission_at"),)
        constraints = (
            models.UniqueConstraint(
                fields=("operation", "characteristic", "trigger"),
                name="inspection_omission_once",
                violation_error_message=_("It is said already why this inspection wasn't done."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="inspection_omission_says_why",
                violation_error_message=_("Say why the inspection wasn't done."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.operation_id} {self.characteristic_id} {self.trigger}"
