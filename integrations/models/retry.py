"""What is done about an answer of a partner, by its code or its words."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from integrations.enums import Mend, Reaction
from integrations.models.connection import Connection
from mes.lib.tracking import tracked


@tracked
class RetryRule(models.Model):
    """One line of a connection's table; the first that fits an answer decides, before what is shipped.

    ``code`` and ``text`` are patterns with ``*`` and ``?``, compared without case; an empty one fits all.
    """

    connection = models.ForeignKey(
        Connection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="retry_rules"
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=10, help_text=_("Asked in this order; the first that fits decides.")
    )
    code = models.CharField(
        _("code"),
        max_length=60,
        blank=True,
        default="",
        help_text=_("The partner's code or HTTP status; * and ? stand for anything. Empty: any."),
    )
    text = models.CharField(
        _("text"),
        max_length=120,
        blank=True,
        default="",
        help_text=_("What the answer says, for example *locked*."),
    )
    reaction = models.CharField(_("what to do"), max_length=10, choices=Reaction)
    first_pause_seconds = models.PositiveIntegerField(
        _("first pause (s)"), default=5, help_text=_("Doubled at each attempt.")
    )
    longest_pause_seconds = models.PositiveIntegerField(_("longest pause (s)"), default=900)
    most_attempts = models.PositiveIntegerField(
        _("at most (attempts)"),
        null=True,
        blank=True,
        help_text=_("Repeated this often, then it waits for a person. Empty: without end."),
    )
    words = models.CharField(
        _("in plain words"),
        max_length=200,
        blank=True,
        default="",
        help_text=_("What people read instead of the partner's code."),
    )
    mend = models.CharField(_("way to mend"), max_length=12, choices=Mend, blank=True, default=Mend.NONE)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("retry rule")
        verbose_name_plural = _("retry rules")
        ordering = ("connection", "position", "pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(code="") | ~Q(text=""),
                name="retry_rule_fits_something",
                violation_error_message=_("A rule needs a code or a text."),
            ),
            models.CheckConstraint(
                condition=Q(longest_pause_seconds__gte=F("first_pause_seconds")),
                name="retry_rule_pauses_grow",
                violation_error_message=_("The longest pause can't be shorter than the first."),
            ),
            models.CheckConstraint(
                condition=Q(first_pause_seconds__gt=0),
                name="retry_rule_pauses",
                violation_error_message=_("Between attempts there is a pause of at least a second."),
            ),
            models.CheckConstraint(
                condition=Q(most_attempts__isnull=True) | Q(most_attempts__gt=0),
                name="retry_rule_attempts_positive",
                violation_error_message=_("At least one attempt is made."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code or self.text} → {self.get_reaction_display()}"
