"""A partner's words beside ours, and those of its words that nobody has translated yet."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.enums import Direction, TranslationKind
from integrations.models.connection import Connection
from integrations.models.inbox import InboundMessage
from mes.lib.tracking import tracked

READ = ("both", "in")
WRITTEN = ("both", "out")


@tracked
class Translation(models.Model):
    """``theirs`` in the partner's messages is ``ours`` here. Several of their words may mean one of ours;
    going out, each of ours has one of theirs."""

    connection = models.ForeignKey(
        Connection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="translations"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=TranslationKind)
    theirs = models.CharField(
        _("partner's value"),
        max_length=120,
        help_text=_("Of an activity slot: standard value key and slot like SAP1/2; going out only the slot."),
    )
    ours = models.CharField(
        _("our value"),
        max_length=120,
        help_text=_(
            "A unit by its UN/ECE code, an order type by its strategy (MTS, MTO, ATO, ETO), an activity slot "
            "by setup, run, labour, teardown or stop, everything else by its code here."
        ),
    )
    direction = models.CharField(_("holds for"), max_length=4, choices=Direction, default=Direction.BOTH)

    class Meta:
        verbose_name = _("translation")
        verbose_name_plural = _("translations")
        ordering = ("connection", "kind", "theirs")
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "kind", "theirs"),
                condition=Q(direction__in=READ),
                name="translation_unique_in",
                violation_error_message=_("This value of the partner is translated already."),
            ),
            models.UniqueConstraint(
                fields=("connection", "kind", "ours"),
                condition=Q(direction__in=WRITTEN),
                name="translation_unique_out",
                violation_error_message=_(
                    "Our value goes out under another name already: let one of them hold for what comes in."
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.theirs} = {self.ours}"


class UnknownValue(models.Model):
    """A word that messages of a partner used and no translation knew. ``met``: by how many messages."""

    connection = models.ForeignKey(
        Connection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="unknown_values"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=TranslationKind)
    value = models.CharField(_("partner's value"), max_length=120)
    met = models.PositiveIntegerField(_("messages"), default=0)
    first_message = models.ForeignKey(
        InboundMessage, verbose_name=_("first message"), on_delete=models.CASCADE, related_name="+"
    )
    last_message = models.ForeignKey(
        InboundMessage, verbose_name=_("last message"), on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("unknown value")
        verbose_name_plural = _("unknown values")
        ordering = ("connection", "kind", "value")
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "kind", "value"),
                name="unknown_value_unique",
                violation_error_message=_("This unknown value is listed already."),
            ),
        )

    def __str__(self) -> str:
        return self.value
