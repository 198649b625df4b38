"""Nonconformances, what was decided about them, and what is done so that they don't return."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, Plant
from machines.models.stop import Translated
from mes.lib.fields import ZERO, quantity_field
from mes.lib.tracking import tracked, tracked_links
from orders.models import Item, Operation, ProductionEvent, ProductionOrder, ScrapReason
from quality.enums import ActionKind, ActionState, DispositionKind, NonconformanceState, StandsAs
from quality.models.check import Inspection
from quality.models.result import InspectionResult


@tracked
class DefectCode(Translated):
    """What is wrong with a piece: a tree of a plant. Only leaves are chosen."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey(
        "self",
        verbose_name=_("under"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
    )
    scrap_reason = models.ForeignKey(
        ScrapReason,
        verbose_name=_("scrap reason"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Named with pieces that are scrapped because of this defect."),
    )
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("defect code")
        verbose_name_plural = _("defect codes")
        ordering = ("plant", "position", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "code"),
                name="defect_code_unique",
                violation_error_message=_("This plant already has a defect code with this code."),
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
                name="defect_code_not_its_own_parent",
                violation_error_message=_("A defect can't stand under itself."),
            ),
        )


class NonconformancePhoto(models.Model):
    """A picture of the defect: a JPEG without place, time and camera."""

    image = models.BinaryField(_("photo"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)

    class Meta:
        verbose_name = _("photo of a nonconformance")
        verbose_name_plural = _("photos of nonconformances")

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"


@tracked
class Nonconformance(models.Model):
    """Pieces (or a lot, an item, a machine) that don't conform, from the report to the decision.

    ``stands_as`` says as what the pieces are counted at their operation until something is decided.
    """

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(_("number"), max_length=20)
    state = models.CharField(
        _("state"), max_length=20, choices=NonconformanceState, default=NonconformanceState.OPEN
    )
    order = models.ForeignKey(
        ProductionOrder,
        verbose_name=_("order"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    operation = models.ForeignKey(
        Operation,
        verbose_name=_("operation"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    machine = models.ForeignKey(
        Machine,
        verbose_name=_("machine"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    item = models.ForeignKey(
        Item, verbose_name=_("item"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lot = models.CharField(_("lot"), max_length=40, blank=True, default="")
    event = models.ForeignKey(
        ProductionEvent,
        verbose_name=_("report"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    inspection = models.ForeignKey(
        Inspection,
        verbose_name=_("inspection"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    result = models.ForeignKey(
        InspectionResult,
        verbose_name=_("inspection result"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="nonconformances",
    )
    stop_at = models.DateTimeField(_("stop that began"), null=True, blank=True)
    cycle_at = models.DateTimeField(_("cycle that ended"), null=True, blank=True)
    defect = models.ForeignKey(
        DefectCode, verbose_name=_("defect"), on_delete=models.PROTECT, related_name="+"
    )
    quantity = quantity_field(_("quantity"), default=ZERO, validators=[MinValueValidator(ZERO)])
    stands_as = models.CharField(_("counted as"), max_length=10, choices=StandsAs, default=StandsAs.NOWHERE)
    description = models.CharField(_("description"), max_length=1000, blank=True, default="")
    photo = models.ForeignKey(
        NonconformancePhoto, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("raised by"), on_delete=models.PROTECT, related_name="+"
    )
    raised_at = models.DateTimeField(_("raised at"), default=timezone.now)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    conclusion = models.CharField(_("conclusion"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("nonconformance")
        verbose_name_plural = _("nonconformances")
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("plant", "state", "-id"), name="nonconformance_open"),
            models.Index(fields=("order",), name="nonconformance_order"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "number"),
                name="nonconformance_number_unique",
                violation_error_message=_("This plant already has a nonconformance with this number."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0),
                name="nonconformance_quantity_not_negative",
                violation_error_message=_("A quantity can't be negative."),
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False) | Q(machine__isnull=False) | Q(item__isnull=False),
                name="nonconformance_of_something",
                violation_error_message=_("Say what doesn't conform: an order, a machine or an item."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=("closed", "cancelled"), ended_at__isnull=False, ended_by__isnull=False)
                    | Q(
                        state__in=("open", "contained", "dispositioned"),
                        ended_at__isnull=True,
                        ended_by__isnull=True,
                    )
                ),
                name="nonconformance_ended_with_time",
                violation_error_message=_("Exactly a closed nonconformance has an end."),
            ),
        )

    def __str__(self) -> str:
        return self.number


class Disposition(models.Model):
    """What was decided about pieces of a nonconformance; signed, and never changed."""

    append_only = True

    nonconformance = models.ForeignKey(
        Nonconformance,
        verbose_name=_("nonconformance"),
        on_delete=models.PROTECT,
        related_name="dispositions",
    )
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    kind = models.CharField(_("disposition"), max_length=20, choices=DispositionKind)
    quantity = quantity_field(_("quantity"))
    reason = models.CharField(_("reason"), max_length=500)
    event = models.ForeignKey(
        ProductionEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    operations = models.JSONField(_("operations made for it"), default=list, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("disposition")
        verbose_name_plural = _("dispositions")
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gte=0),
                name="disposition_quantity_not_negative",
                violation_error_message=_("A quantity can't be negative."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity}"


@tracked
class CorrectiveAction(models.Model):
    """A corrective or preventive action: who does what until when, why it happened, and whether it helped."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(_("number"), max_length=20)
    kind = models.CharField(_("kind"), max_length=12, choices=ActionKind, default=ActionKind.CORRECTIVE)
    state = models.CharField(_("state"), max_length=12, choices=ActionState, default=ActionState.OPEN)
    title = models.CharField(_("what is to be done"), max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField(_("due on"))
    why_1 = models.CharField(_("Why did it happen?"), max_length=300, blank=True, default="")
    why_2 = models.CharField(_("Why that?"), max_length=300, blank=True, default="")
    why_3 = models.CharField(_("And why that?"), max_length=300, blank=True, default="")
    why_4 = models.CharField(_("Fourth why"), max_length=300, blank=True, default="")
    why_5 = models.CharField(_("Fifth why"), max_length=300, blank=True, default="")
    root_cause = models.CharField(_("root cause"), max_length=500, blank=True, default="")
    done = models.CharField(_("what was done"), max_length=1000, blank=True, default="")
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    check_on = models.DateField(_("check the effect on"), null=True, blank=True)
    effect = models.CharField(_("effect"), max_length=500, blank=True, default="")
    effective = models.BooleanField(_("effective"), null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("checked by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    nonconformances = models.ManyToManyField(
        Nonconformance, verbose_name=_("nonconformances"), blank=True, related_name="actions"
    )

    class Meta:
        verbose_name = _("corrective action")
        verbose_name_plural = _("corrective actions")
        ordering = ("due_on", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "number"),
                name="action_number_unique",
                violation_error_message=_("This plant already has an action with this number."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("done", "closed")) | Q(done_at__isnull=False),
                name="action_done_with_time",
                violation_error_message=_("A done action has a time."),
            ),
            models.CheckConstraint(
                condition=~Q(state="closed")
                | Q(effective__isnull=False, checked_by__isnull=False, checked_at__isnull=False),
                name="action_closed_with_check",
                violation_error_message=_("An action is closed by checking its effect."),
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def whys(self) -> list[str]:
        """The answers to "why", as far as they were asked."""
        return [why for why in (self.why_1, self.why_2, self.why_3, self.why_4, self.why_5) if why]


@tracked_links
class ActionLink(CorrectiveAction.nonconformances.through):  # type: ignore[misc, name-defined]
    """Which nonconformances an action answers, as rows of the audit history."""

    class Meta:
        proxy = True
        verbose_name = _("nonconformance of an action")
        verbose_name_plural = _("nonconformances of actions")

    def __str__(self) -> str:
        return f"{self.correctiveaction}: {self.nonconformance}"


class AuditReview(models.Model):
    """Somebody looked through the audit trail and signed for it: which part, and how the chain stood."""

    append_only = True

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    criteria = models.JSONField(_("what was reviewed"), default=dict)
    since = models.DateField(_("from"), null=True, blank=True)
    until = models.DateField(_("to"), null=True, blank=True)
    changes = models.PositiveIntegerField(_("changes"))
    head = models.CharField(_("head of the seals"), max_length=64)
    comment = models.CharField(_("comment"), max_length=500, blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("review of the audit trail")
        verbose_name_plural = _("reviews of the audit trail")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.by} {self.at:%Y-%m-%d}"
