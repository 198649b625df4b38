"""Telling customers and CRMs how customer orders stand: whom, and what each was told."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.enums import OutboundState
from mes.lib.tracking import tracked
from orders.models import Customer, CustomerOrder


@tracked
class StatusWebhook(models.Model):
    """Whom changes of a customer order's status are told to. The secret stays in the environment."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Only this customer's orders. Empty: all orders, for a CRM of your own."),
    )
    address = models.URLField(_("address"), max_length=500)
    secret_name = models.CharField(
        _("secret name"),
        max_length=60,
        help_text=_("Name of the environment variable that holds the signing secret."),
    )
    forecast_step_minutes = models.PositiveIntegerField(
        _("forecast moves by (min)"),
        default=240,
        help_text=_("A forecast that moves by less than this is not told by itself."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("status webhook")
        verbose_name_plural = _("status webhooks")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class StatusNotice(models.Model):
    """The status of one customer order as it was, or will be, told to one webhook.

    It is a whole picture: one that never left is brought up to date, not followed by another.
    ``content`` is what the receiver sees; ``identity`` is made once, with the notice.
    """

    webhook = models.ForeignKey(
        StatusWebhook, verbose_name=_("status webhook"), on_delete=models.PROTECT, related_name="notices"
    )
    order = models.ForeignKey(
        CustomerOrder, verbose_name=_("customer order"), on_delete=models.CASCADE, related_name="+"
    )
    identity = models.UUIDField(_("identity"), default=uuid.uuid4, unique=True)
    sequence = models.BigIntegerField(_("sequence"))
    content = models.JSONField(_("content"))
    state = models.CharField(_("state"), max_length=12, choices=OutboundState, default=OutboundState.QUEUED)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(_("accepted at"), null=True)
    answer = models.TextField(_("answer"), blank=True, default="")
    problem = models.CharField(_("problem"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("status notice")
        verbose_name_plural = _("status notices")
        ordering = ("-id",)
        indexes = (
            # what is due
            models.Index(
                fields=("next_try_at",),
                name="status_notice_due",
                condition=Q(state__in=("queued", "sending")),
            ),
            # what an order was told last
            models.Index(fields=("webhook", "order", "-sequence"), name="status_notice_last"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("webhook", "sequence"),
                name="status_notice_sequence_unique",
                violation_error_message=_("This number was given to another notice."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.order} {self.sequence}"
