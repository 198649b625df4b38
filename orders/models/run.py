"""Runs: an operation occupying a machine slot for a stretch of time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, Plant
from machines.models.state import TsTzRange
from orders.enums import RunPhase
from orders.models.operation import Operation


class Run(models.Model):
    """[started_at, ended_at) on one slot: setup until ``production_at``, production after it.

    An interruption ends the run; a resume opens the next one. ``counted_to`` is how far the machine's cycles
    are credited.
    """

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    operation = models.ForeignKey(
        Operation, verbose_name=_("operation"), on_delete=models.PROTECT, related_name="runs"
    )
    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.PROTECT, related_name="+"
    )
    slot = models.PositiveSmallIntegerField(_("slot"), default=1)
    started_at = models.DateTimeField(_("started at"))
    production_at = models.DateTimeField(_("production from"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    counted_to = models.DateTimeField(_("counted to"), null=True, blank=True)
    inferred = models.BooleanField(
        _("opened by itself"), default=False, help_text=_("The program that ran named the order.")
    )

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ("started_at",)
        indexes = (
            # what runs on this machine now / in this interval
            models.Index(fields=("machine", "slot", "started_at"), name="run_machine_slot_start"),
            models.Index(fields=("machine",), name="run_open", condition=Q(ended_at__isnull=True)),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="run_forward",
                violation_error_message=_("The end must not be before the start."),
            ),
            models.CheckConstraint(
                condition=Q(production_at__isnull=True) | Q(production_at__gte=F("started_at")),
                name="run_production_after_start",
                violation_error_message=_("Production can't begin before the run."),
            ),
            ExclusionConstraint(
                name="run_one_per_slot",
                expressions=(
                    ("machine", RangeOperators.EQUAL),
                    ("slot", RangeOperators.EQUAL),
                    (TsTzRange("started_at", "ended_at"), RangeOperators.OVERLAPS),
                ),
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                violation_error_message=_("Another run occupies this slot at that time."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.operation_id} @ {self.machine_id}/{self.slot}"

    @property
    def phase(self) -> RunPhase:
        return RunPhase.of(self.production_at)

    @property
    def lasts(self) -> bool:
        """What is left of a run that was moved as a whole has no length."""
        return self.ended_at is None or self.ended_at > self.started_at

    @property
    def setup_time(self) -> timedelta | None:
        """How long setup took, or ``None`` while nobody knows."""
        return None if self.production_at is None else self.production_at - self.started_at

    def holds(self, moment: datetime) -> bool:
        return self.started_at <= moment and (self.ended_at is None or moment < self.ended_at)


class RunPerson(models.Model):
    """A person working on a run, [started_at, ended_at). One person may work on several machines."""

    run = models.ForeignKey(Run, verbose_name=_("run"), on_delete=models.CASCADE, related_name="people")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("person on a run")
        verbose_name_plural = _("people on runs")
        constraints = (
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="run_person_forward",
                violation_error_message=_("The end must not be before the start."),
            ),
            models.UniqueConstraint(
                fields=("run", "person"),
                condition=Q(ended_at__isnull=True),
                name="run_person_once",
                violation_error_message=_("This person already works on this run."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_id} on {self.run_id}"
