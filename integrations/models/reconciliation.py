"""What partners say they have booked, where it differs from what happened here, and how far they agree."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.enums import DifferenceReason, TotalSource
from integrations.models.connection import Connection
from integrations.models.inbox import InboundMessage
from mes.lib.fields import quantity_field, seconds_field
from mes.lib.sentences import in_words
from orders.models import Operation, ProductionOrder


class StatedTotal(models.Model):
    """A partner's word on what stands booked there for one operation at a moment. A fact: only ever added.

    Empty quantities: it doesn't tell. Order and operation are its numbers: it may know what we don't.
    ``known`` false: it was asked and doesn't know the order.
    """

    append_only = True

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    order_number = models.CharField(_("order"), max_length=40)
    operation_number = models.CharField(_("operation"), max_length=20, blank=True, default="")
    source = models.CharField(_("source"), max_length=10, choices=TotalSource)
    known = models.BooleanField(_("known there"), default=True)
    good = quantity_field(_("good"), null=True)
    scrap = quantity_field(_("scrap"), null=True)
    rework = quantity_field(_("rework"), null=True)
    setup_seconds = seconds_field(_("setup (s)"), null=True)
    run_seconds = seconds_field(_("run (s)"), null=True)
    stated_at = models.DateTimeField(_("as of"))
    message = models.ForeignKey(InboundMessage, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("taken at"), default=timezone.now)

    class Meta:
        verbose_name = _("ERP total")
        verbose_name_plural = _("ERP totals")
        ordering = ("-stated_at", "-pk")
        indexes = (
            models.Index(
                fields=("connection", "order_number", "operation_number", "-stated_at", "-id"),
                name="stated_total_newest",
            ),
        )

    def __str__(self) -> str:
        return f"{self.order_number}/{self.operation_number}"


class Difference(models.Model):
    """MES and ERP don't have the same for an operation: a line of the work list.

    ``amounts`` holds decimal strings: what is ``made`` here and ``booked`` there, and what explains it. It
    closes by itself when both agree, or by a person; then it stays closed while the amounts stay as they are.
    """

    connection = models.ForeignKey(
        Connection, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="+"
    )
    order_number = models.CharField(_("order"), max_length=40)
    operation_number = models.CharField(_("operation"), max_length=20, blank=True, default="")
    order = models.ForeignKey(ProductionOrder, on_delete=models.PROTECT, null=True, related_name="+")
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=14, choices=DifferenceReason)
    amounts = models.JSONField(default=dict)
    opened_at = models.DateTimeField(_("since"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    closing_reason = models.CharField(_("why closed"), max_length=400, blank=True, default="")

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ("opened_at", "pk")
        indexes = (models.Index(fields=("connection", "order_number"), name="difference_order"),)
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "order_number", "operation_number"),
                condition=Q(closed_at=None),
                name="difference_open_once",
                violation_error_message=_("This difference is on the list already."),
            ),
            models.CheckConstraint(
                condition=Q(closed_by=None) | (Q(closed_at__isnull=False) & ~Q(closing_reason="")),
                name="difference_closed_with_reason",
                violation_error_message=_("Who closes a difference gives a reason."),
            ),
            models.CheckConstraint(
                condition=Q(seen_at__gte=F("opened_at")),
                name="difference_times_in_order",
                violation_error_message=_("A difference can't be seen before it began."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.order_number}/{self.operation_number}"


class TrustFigure(models.Model):
    """How far a partner agreed with us at one reconciliation. A fact: only ever added.

    ``compared`` operations had a word of the partner, ``unknown`` had none and are in no share; ``agreed`` of
    those compared are equal. ``sent`` messages of the last 30 days were settled, ``first_time`` of these at
    the first attempt.
    """

    append_only = True

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    compared = models.PositiveIntegerField(_("operations compared"))
    agreed = models.PositiveIntegerField(_("of these equal"))
    unknown = models.PositiveIntegerField(_("without a word of the partner"))
    sent = models.PositiveIntegerField(_("messages settled"))
    first_time = models.PositiveIntegerField(_("of these at the first attempt"))
    open_differences = models.PositiveIntegerField(_("open differences"))
    oldest_open_at = models.DateTimeField(_("oldest open difference since"), null=True)
    figure = models.DecimalField(_("trust (%)"), max_digits=5, decimal_places=1, null=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True, default="")
    sentence = models.JSONField(null=True)
    """What ``problem`` was made of."""

    class Meta:
        verbose_name = _("trust figure")
        verbose_name_plural = _("trust figures")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("connection", "-at"), name="trust_figure_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(agreed__lte=F("compared")) & Q(first_time__lte=F("sent")),
                name="trust_figure_parts",
                violation_error_message=_("A part can't be more than the whole."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.connection_id} {self.at:%Y-%m-%d}"

    @property
    def problem_in_words(self) -> str:
        return in_words(self.sentence, self.problem)
