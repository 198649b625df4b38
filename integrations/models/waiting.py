"""What received messages wait for: the item, work centre or customer order that a document refers to."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.models.inbox import InboundMessage
from machines.models import Plant
from orders.enums import Reference

DOCUMENTS = {
    "order": _("order"),
    "bom": _("bill of material"),
    "routing": _("routing"),
    "item": _("item"),
    "work_centre": _("work centre"),
    "customer": _("customer"),
}


class WaitingReference(models.Model):
    """One document (``about`` what, by its ``number``) of a message, and one thing that it waits for.

    Rows are replaced whenever the message is applied; a message without rows waits for nothing.
    """

    message = models.ForeignKey(
        InboundMessage, verbose_name=_("message"), on_delete=models.CASCADE, related_name="waits"
    )
    row = models.PositiveIntegerField(_("row"))
    about = models.CharField(_("document"), max_length=12)
    number = models.CharField(_("number"), max_length=90)
    kind = models.CharField(_("waits for"), max_length=16, choices=Reference)
    code = models.CharField(_("code"), max_length=120)
    plant = models.ForeignKey(
        Plant, verbose_name=_("plant"), on_delete=models.CASCADE, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("waiting reference")
        verbose_name_plural = _("waiting references")
        ordering = ("message", "row", "pk")
        indexes = (
            models.Index(fields=("kind", "code"), name="waiting_by_code"),
            models.Index(fields=("about", "number"), name="waiting_by_document"),
        )

    def __str__(self) -> str:
        return f"{self.number}: {self.get_kind_display()} {self.code}"

    @property
    def about_name(self) -> str:
        """What kind of document waits, for people."""
        return str(DOCUMENTS.get(self.about, self.about))
