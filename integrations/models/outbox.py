"""What goes to partners: one message per confirmation, and which events it carries."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.enums import Mend, OutboundState
from integrations.models.connection import Connection
from mes.lib.sentences import in_words, parts_of
from orders.models import Operation, ProductionEvent, ProductionOrder

KINDS = {
    "confirmation": _("confirmation"),
    "reversal": _("reversal"),
    "status": _("status"),
    "proposal": _("proposal"),
    "goods": _("goods movement"),
    "superseded": _("superseded"),
    "nothing": _("nothing"),
}
"""The words on pages for ``OutboundMessage.kind``."""


class OutboundMessage(models.Model):
    """One message to one partner. ``identity`` is made once, with the message, never when sending.

    ``sequence`` counts per connection without gaps and is the cursor of the pull endpoint. Messages of one
    order leave in that order, one at a time.
    """

    connection = models.ForeignKey(
        Connection, verbose_name=_("connection"), on_delete=models.PROTECT, related_name="outbound"
    )
    identity = models.UUIDField(_("identity"), default=uuid.uuid4, unique=True)
    sequence = models.BigIntegerField(_("sequence"))
    order = models.ForeignKey(
        ProductionOrder, verbose_name=_("order"), on_delete=models.PROTECT, related_name="+"
    )
    operation = models.ForeignKey(
        Operation, verbose_name=_("operation"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=20)
    canonical = models.JSONField(_("content"))
    rendered = models.TextField(_("as sent"), blank=True, default="")
    state = models.CharField(_("state"), max_length=12, choices=OutboundState, default=OutboundState.QUEUED)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(_("accepted at"), null=True)
    posted_at = models.DateTimeField(_("posted at"), null=True)
    answer = models.TextField(_("answer"), blank=True, default="")
    reference = models.CharField(_("partner's reference"), max_length=120, blank=True, default="")
    uncertain = models.BooleanField(_("may have been booked"), default=False)
    problem = models.CharField(_("problem"), max_length=500, blank=True, default="")
    sentence = models.JSONField(null=True)
    """What ``problem`` was made of, so that each reader gets it in the own language."""
    code = models.CharField(_("partner's code"), max_length=60, blank=True, default="")
    mend = models.CharField(_("way to mend"), max_length=12, choices=Mend, blank=True, default=Mend.NONE)
    is_asked = models.BooleanField(_("a person is asked whether it is booked"), default=False)

    class Meta:
        verbose_name = _("outbound message")
        verbose_name_plural = _("outbound messages")
        ordering = ("-id",)
        indexes = (
            # the relay asks for what is due
            models.Index(
                fields=("connection", "next_try_at"),
                name="outbound_due",
                condition=Q(state__in=("queued", "sending")),
            ),
            # what of the same order must leave before
            models.Index(
                fields=("order", "sequence"),
                name="outbound_unsettled",
                condition=Q(state__in=("queued", "sending", "parked")),
            ),
            models.Index(fields=("order", "sequence"), name="outbound_order"),
            # the monitor's list
            models.Index(fields=("-created_at",), name="outbound_newest"),
            # dead letters by what the partner said
            models.Index(
                fields=("connection", "code"), name="outbound_parked", condition=Q(state=OutboundState.PARKED)
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("connection", "sequence"), name="outbound_sequence_unique"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.sequence}"

    def tell(self, problem: str) -> None:
        """Set the problem and what it was made of. Unsaved."""
        self.problem, self.sentence = problem[:500], parts_of(problem)

    @property
    def problem_in_words(self) -> str:
        return in_words(self.sentence, self.problem)

    @property
    def kind_label(self) -> str:
        return str(KINDS.get(self.kind, self.kind))


class OutboundItem(models.Model):
    """Which event went out in which message: each event once per connection."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(ProductionEvent, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(OutboundMessage, on_delete=models.CASCADE, null=True, related_name="items")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("connection", "event"), name="outbound_event_once"),)
        indexes = (
            # events collected but not yet put into a message
            models.Index(
                fields=("connection",), name="outbound_item_open", condition=Q(message__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return str(self.event_id)
