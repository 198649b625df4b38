"""How far the fetching from a partner has come."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.models.connection import Connection


class FetchState(models.Model):
    """The cursor of a connection that we call, moved in one transaction with the messages before it."""

    connection = models.OneToOneField(
        Connection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="fetch_state"
    )
    cursor = models.JSONField(_("cursor"), default=dict, blank=True)
    next_at = models.DateTimeField(_("next look"), default=timezone.now)
    asked_at = models.DateTimeField(_("last look"), null=True)
    answered_at = models.DateTimeField(_("last answer"), null=True)
    problem = models.CharField(_("problem"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("fetch state")
        verbose_name_plural = _("fetch states")

    def __str__(self) -> str:
        return f"{self.connection}"
