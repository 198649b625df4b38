"""Production events: the append-only record of everything that happened to an order."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, Plant
from mes.lib.fields import ZERO, quantity_field
from orders.enums import Certainty, ConflictState, EventKind
from orders.models.operation import Operation
from orders.models.order import ProductionOrder
from orders.models.routing import ScrapReason
from orders.models.run import Run


class ProductionEvent(models.Model):
    """One fact. Quantities are the effect on the operation's counters, negative for a reversal.

    ``key`` is made by the client: the same key is the same fact. ``body_hash`` tells a repeat from a key used
    twice for different things. ``period_*`` is the time a machine count covers.
    """

    append_only = True
    replayed = False
    """Set on what a command returns: the event was made when its key came first."""

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    body_hash = models.CharField(max_length=32, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=24, choices=EventKind)
    order = models.ForeignKey(
        ProductionOrder, verbose_name=_("order"), on_delete=models.PROTECT, related_name="events"
    )
    operation = models.ForeignKey(
        Operation, verbose_name=_("operation"), on_delete=models.PROTECT, null=True, related_name="events"
    )
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="events")
    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    good = quantity_field(_("good"), default=ZERO)
    scrap = quantity_field(_("scrap"), default=ZERO)
    rework = quantity_field(_("rework"), default=ZERO)
    setup_pieces = quantity_field(_("setup pieces"), default=ZERO)
    scrap_reason = models.ForeignKey(
        ScrapReason, verbose_name=_("reason"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    period_start = models.DateTimeField(null=True)
    period_end = models.DateTimeField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    via = models.CharField(_("via"), max_length=80, blank=True, default="")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    comment = models.CharField(_("comment"), max_length=500, blank=True, default="")
    details = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("production event")
        verbose_name_plural = _("production events")
        ordering = ("id",)
        indexes = (
            models.Index(fields=("operation", "id"), name="event_operation"),
            models.Index(fields=("order", "id"), name="event_order"),
            # quantities of a machine in an interval (OEE)
            models.Index(
                fields=("machine", "occurred_at"),
                name="event_machine_time",
                condition=Q(kind__in=("reported", "reclassified", "counted", "reversed")),
            ),
            # what makes a plan stale: rare beside counts and reports of good pieces
            models.Index(
                fields=("plant", "recorded_at"),
                name="event_for_plans",
                condition=Q(kind__in=("changed", "cancelled")) | Q(scrap__gt=0),
            ),
            # what the review of corrections reads: rare beside what machines count
            models.Index(
                fields=("recorded_at",),
                name="event_changed_by_people",
                condition=Q(kind__in=("reversed", "reclassified"), by__isnull=False),
            ),
            models.Index(fields=("run",), name="event_run_counted", condition=Q(kind="counted")),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="reversed")
                | (Q(kind="reclassified") & Q(good=-F("scrap") - F("rework")))
                | (Q(good__gte=0) & Q(scrap__gte=0) & Q(rework__gte=0)),
                name="event_negative_only_in_reversal",
                violation_error_message=_("Only a reversal takes quantities back."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="reversed") | Q(reverses__isnull=False),
                name="event_reversal_names_its_event",
                violation_error_message=_("A reversal names what it reverses."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}"

    @property
    def disposed(self) -> bool:
        """Moved by a disposition or a repair, not by a report: the first pass is what it was before."""
        return "nonconformance" in self.details or "repaired_by" in self.details

    @property
    def title(self) -> str:
        """What happened, in a few words."""
        if "repaired_by" in self.details:
            return gettext("repaired")
        if "nonconformance" in self.details and self.kind == EventKind.RECLASSIFIED:
            return gettext("decided about pieces")
        if self.kind == EventKind.DECIDED and "decision" in self.details:
            return f"{self.get_kind_display()}: {ConflictState(self.details['decision']).label}"
        return self.get_kind_display()

    @property
    def certainties(self) -> list[tuple[Certainty, Decimal]]:
        """How sure the attribution of a machine's count was: pieces by certainty."""
        stated = self.details.get("certainty", {})
        return [(Certainty(name), Decimal(pieces)) for name, pieces in stated.items()]


class EventNews(models.Model):
    """News for the apps above: written with the event in its transaction, removed by whoever took it.

    A queue and not a watermark: "id greater than the last one" loses events that commit late.
    """

    event = models.OneToOneField(
        ProductionEvent, on_delete=models.CASCADE, primary_key=True, related_name="news"
    )

    def __str__(self) -> str:
        return str(self.event_id)
