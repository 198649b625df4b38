"""What partners sent, byte for byte, and what became of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.enums import InboundState
from integrations.models.connection import Connection
from integrations.models.message_mapping import MessageMappingVersion


class InboundMessage(models.Model):
    """One message. ``body`` is never changed; ``problems`` name file, row, field and value."""

    connection = models.ForeignKey(
        Connection, verbose_name=_("connection"), on_delete=models.PROTECT, related_name="inbound"
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    channel = models.CharField(_("channel"), max_length=20)
    message_type = models.CharField(_("type"), max_length=40, blank=True, default="")
    external_id = models.CharField(_("partner's id"), max_length=120, blank=True, default="")
    name = models.CharField(_("file"), max_length=255, blank=True, default="")
    body = models.BinaryField(_("body"))
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    state = models.CharField(_("state"), max_length=12, choices=InboundState, default=InboundState.RECEIVED)
    problems = models.JSONField(_("problems"), default=list, blank=True)
    results = models.JSONField(_("results"), default=list, blank=True)
    orders = models.JSONField(_("orders"), default=list, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    applied_at = models.DateTimeField(_("applied at"), null=True)
    mapping_version = models.ForeignKey(
        MessageMappingVersion,
        verbose_name=_("read by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    replayed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("inbound message")
        verbose_name_plural = _("inbound messages")
        ordering = ("-received_at",)
        indexes = (
            models.Index(fields=("-received_at",), name="inbound_newest"),
            # a partner's rhythm
            models.Index(fields=("connection", "-received_at"), name="inbound_rhythm"),
            models.Index(
                fields=("received_at",), name="inbound_open", condition=Q(state=InboundState.RECEIVED)
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "message_type", "external_id", "sha256"),
                name="inbound_unique",
                violation_error_message=_("This message was received before."),
            ),
        )

    def __str__(self) -> str:
        return self.name or self.external_id or str(self.key)
