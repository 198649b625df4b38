"""What happened to a message, step by step."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.enums import InboundState, OutboundState, StepKind
from integrations.models.connection import Connection
from integrations.models.inbox import InboundMessage
from integrations.models.outbox import OutboundMessage
from mes.lib.sentences import in_words

HEAD = 1000
"""Characters of an answer that a step keeps; the message has the latest in full."""


class MessageStep(models.Model):
    """One attempt, receipt or decision, and the state it led to. A fact: only ever added.

    ``sentence``: what ``problem`` was made of. ``clock_seconds``: how much the partner's clock is ahead of
    ours, where its answer told the time.
    """

    append_only = True

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    outbound = models.ForeignKey(OutboundMessage, on_delete=models.PROTECT, null=True, related_name="steps")
    inbound = models.ForeignKey(InboundMessage, on_delete=models.PROTECT, null=True, related_name="steps")
    kind = models.CharField(_("kind"), max_length=10, choices=StepKind)
    at = models.DateTimeField(_("when"), default=timezone.now)
    number = models.PositiveIntegerField(_("attempt"), default=0)
    state = models.CharField(_("state"), max_length=12)
    code = models.CharField(_("code"), max_length=60, blank=True, default="")
    problem = models.CharField(_("problem"), max_length=500, blank=True, default="")
    sentence = models.JSONField(null=True)
    answer = models.CharField(_("answer"), max_length=HEAD, blank=True, default="")
    clock_seconds = models.DecimalField(
        _("partner's clock ahead (s)"), max_digits=12, decimal_places=3, null=True
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("message step")
        verbose_name_plural = _("message steps")
        ordering = ("at", "pk")
        indexes = (
            models.Index(
                fields=("connection", "-at"), name="step_clock", condition=Q(clock_seconds__isnull=False)
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(outbound__isnull=False, inbound__isnull=True)
                | Q(outbound__isnull=True, inbound__isnull=False),
                name="message_step_of_one",
                violation_error_message=_("A step belongs to exactly one message."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def problem_in_words(self) -> str:
        return in_words(self.sentence, self.problem)

    @property
    def state_label(self) -> str:
        """The state in words, of whichever direction."""
        states = dict((OutboundState if self.outbound_id else InboundState).choices)
        return str(states.get(self.state, self.state))
