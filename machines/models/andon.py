"""Calls for help from a machine: their kinds, who is told when, and each call with what happened to it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models.machine import Machine
from machines.models.plant import Plant
from machines.models.stop import Translated
from mes.accounts.roles import PEOPLE, WORDS, role_word
from mes.lib.tracking import tracked


@tracked
class AndonKind(Translated):
    """What help is called: material, quality, maintenance, supervisor …"""

    plant = models.ForeignKey(
        Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="andon_kinds"
    )
    icon = models.CharField(
        _("icon"), max_length=40, default="bell-fill", help_text=_("A name of Bootstrap Icons.")
    )
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("kind of call")
        verbose_name_plural = _("kinds of calls")
        ordering = ("plant", "position", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "code"),
                name="andon_kind_code_unique",
                violation_error_message=_("This plant already has a kind of call with this code."),
            ),
        )


@tracked
class AndonStep(models.Model):
    """Who is told so long after the call, unless somebody has acknowledged it: a role or one person."""

    kind = models.ForeignKey(
        AndonKind, verbose_name=_("kind of call"), on_delete=models.CASCADE, related_name="steps"
    )
    after_minutes = models.PositiveIntegerField(
        _("after (min)"), default=0, help_text=_("0: with the call itself.")
    )
    role = models.CharField(
        _("role"),
        max_length=20,
        blank=True,
        default="",
        choices=[(role.value, WORDS[role]) for role in PEOPLE],
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("escalation step")
        verbose_name_plural = _("escalation steps")
        ordering = ("kind", "after_minutes", "pk")
        constraints = (
            models.CheckConstraint(
                condition=(~Q(role="") & Q(person__isnull=True)) | (Q(role="") & Q(person__isnull=False)),
                name="andon_step_role_or_person",
                violation_error_message=_("Name a role or a person, not both."),
            ),
            models.UniqueConstraint(
                fields=("kind", "after_minutes", "role", "person"),
                nulls_distinct=False,
                name="andon_step_unique",
                violation_error_message=_("They are told at this time already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.after_minutes} min: {self.told}"

    @property
    def told(self) -> str:
        return str(self.person) if self.person is not None else self.role


class AndonOutcome(models.TextChoices):
    SOLVED = "solved", _("solved")
    WORKAROUND = "workaround", _("goes on for now")
    PASSED_ON = "passed_on", _("passed on")
    FALSE_ALARM = "false_alarm", _("false alarm")


class AndonCall(models.Model):
    """A call for help. ``due_at`` is when the next step is told; rows, not timers, so that none gets lost.

    ``told_minutes`` is the last step that was told. An automatic call names the stop that lasted too long.
    """

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="andon_calls")
    slot = models.PositiveSmallIntegerField(_("slot"), default=1)
    kind = models.ForeignKey(AndonKind, on_delete=models.PROTECT, related_name="calls")
    comment = models.CharField(_("comment"), max_length=500, blank=True, default="")
    automatic = models.BooleanField(_("automatic"), default=False)
    called_at = models.DateTimeField(_("called at"))
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    told_minutes = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(_("next escalation"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    arrived_at = models.DateTimeField(_("arrived at"), null=True)
    arrived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    outcome = models.CharField(_("outcome"), max_length=20, choices=AndonOutcome, blank=True, default="")
    closing = models.CharField(_("what was done"), max_length=500, blank=True, default="")
    key = models.UUIDField(default=uuid.uuid4, unique=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        indexes = (
            models.Index(fields=("due_at",), name="andon_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=("machine", "called_at"), name="andon_machine"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("machine", "slot", "kind"),
                condition=Q(closed_at__isnull=True),
                name="andon_one_open",
                violation_error_message=_("This help is already called here."),
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, outcome="")
                | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="andon_closed_with_outcome",
                violation_error_message=_("A closed call says what came of it."),
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(acknowledged_at__isnull=True, closed_at__isnull=True),
                name="andon_due_while_waiting",
                violation_error_message=_("Nobody is told any more once a call is acknowledged."),
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | Q(acknowledged_at__gte=F("called_at")),
                name="andon_acknowledged_after_call",
                violation_error_message=_("A call is acknowledged after it was made."),
            ),
            models.CheckConstraint(
                condition=Q(arrived_at__isnull=True) | Q(arrived_at__gte=F("acknowledged_at")),
                name="andon_arrived_after_acknowledged",
                violation_error_message=_("Somebody arrives after acknowledging."),
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("called_at")),
                name="andon_closed_after_call",
                violation_error_message=_("A call is closed after it was made."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine_id} {self.called_at:%Y-%m-%d %H:%M}"

    @property
    def state(self) -> str:
        if self.closed_at:
            return "closed"
        if self.arrived_at:
            return "arrived"
        return "acknowledged" if self.acknowledged_at else "waiting"


class AndonEventKind(models.TextChoices):
    CALLED = "called", _("called")
    TOLD = "told", _("told")
    SEEN = "seen", _("seen")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    ARRIVED = "arrived", _("arrived")
    CLOSED = "closed", _("closed")


class AndonEvent(models.Model):
    """One thing that happened to a call. Only ever added."""

    append_only = True

    call = models.ForeignKey(AndonCall, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=AndonEventKind)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("event of a call")
        verbose_name_plural = _("events of calls")
        ordering = ("at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("call", "by"),
                condition=Q(kind=AndonEventKind.SEEN),
                name="andon_seen_once",
                violation_error_message=_("Seen already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"

    @property
    def words(self) -> str:
        """The text for readers of any language: a role and an outcome are kept as such."""
        if self.kind == AndonEventKind.CLOSED and self.text in AndonOutcome.values:
            return str(AndonOutcome(self.text).label)
        return role_word(self.text) if self.kind == AndonEventKind.TOLD else self.text
