"""Plans: which operation runs where and when. A plan is a version; it never changes once it is made."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, Plant
from orders.enums import PlanOrigin, PlanState
from orders.models.operation import Operation


class Plan(models.Model):
    """One version of a plant's plan. It begins at ``zero_at``; its figures are hours.

    ``first_*``: what the plan by rule would have cost, from which the search began. ``moved_hours``: by how
    much what people prepared begins at another time than in the plan in force then; ``weights``: what counted
    how much. ``likely_late``: how many orders are late on average of many futures, ``first_likely_late``
    before that was searched for; None where the plant doesn't weigh it. ``troubles``: what could not be
    planned, as ``{"code", "order", "operation"}``. ``basis``: the measured ratios it was made with.
    ``cause``: why there is this version, as plain data by ``origin``; ``based_on``: the version it changes.
    ``conflicts``: what an imported plan breaks, as ``{"rule", "order", "operation", "detail"}``; ``source``:
    who made it, ``key``: the sender's.
    """

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=10, choices=PlanState, default=PlanState.REQUESTED)
    seconds = models.PositiveSmallIntegerField(_("search for (s)"), default=10)
    seed = models.PositiveIntegerField(_("seed"), default=1)
    origin = models.CharField(
        _("origin"), max_length=10, choices=PlanOrigin, default=PlanOrigin.ASKED, db_default=PlanOrigin.ASKED
    )
    cause = models.JSONField(_("cause"), default=dict, blank=True)
    based_on = models.ForeignKey(
        "self",
        verbose_name=_("based on"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    source = models.CharField(_("source"), max_length=80, blank=True, default="")
    key = models.UUIDField(null=True, blank=True, unique=True)
    conflicts = models.JSONField(_("conflicts"), default=list, blank=True)
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    progress_percent = models.PositiveSmallIntegerField(_("progress (%)"), default=0)
    zero_at = models.DateTimeField(_("begins at"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"), null=True, blank=True)
    late_orders = models.PositiveIntegerField(_("late orders"), default=0)
    late_hours = models.FloatField(_("weighted hours late"), default=0)
    setup_hours = models.FloatField(_("setup hours"), default=0)
    moved_hours = models.FloatField(_("hours moved"), default=0, db_default=0)
    first_late_orders = models.PositiveIntegerField(default=0)
    first_late_hours = models.FloatField(default=0)
    first_setup_hours = models.FloatField(default=0)
    first_moved_hours = models.FloatField(default=0, db_default=0)
    likely_late = models.FloatField(_("orders likely late"), null=True, blank=True)
    first_likely_late = models.FloatField(null=True, blank=True)
    weights = models.JSONField(_("weights"), default=dict, db_default={}, blank=True)
    troubles = models.JSONField(_("not planned"), default=list, blank=True)
    basis = models.JSONField(_("measured basis"), default=list, blank=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True, default="")
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("published by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "number"),
                name="plan_number_unique",
                violation_error_message=_("This plant already has a plan with this number."),
            ),
            models.UniqueConstraint(
                fields=("plant",),
                condition=Q(state="published"),
                name="plan_one_published",
                violation_error_message=_("Only one plan of a plant is in force."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("published", "replaced")) | Q(published_at__isnull=False),
                name="plan_published_with_time",
                violation_error_message=_("A published plan has the time of its publishing."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("draft", "published", "replaced"))
                | Q(made_at__isnull=False, zero_at__isnull=False),
                name="plan_made_with_time",
                violation_error_message=_("A plan that was made has a beginning and a time of making."),
            ),
        )
        indexes = (
            # the planner's worker looks for what was asked for
            models.Index(fields=("id",), name="plan_requested", condition=Q(state="requested")),
        )

    def __str__(self) -> str:
        return f"{self.plant.code} {self.number}"


class PlanEntry(models.Model):
    """One operation in a plan: setup over [start_at, run_at), run over [run_at, end_at). No machine:
    outside."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="entries")
    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="+")
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, null=True, related_name="+")
    slot = models.PositiveSmallIntegerField(default=1)
    start_at = models.DateTimeField(_("start"))
    run_at = models.DateTimeField(_("run from"))
    end_at = models.DateTimeField(_("end"))
    running = models.BooleanField(_("running when the plan was made"), default=False)
    pinned = models.BooleanField(
        _("pinned"),
        default=False,
        help_text=_("A planner wants it on this machine at this time: plans made from this one keep it."),
    )

    class Meta:
        verbose_name = _("plan entry")
        verbose_name_plural = _("plan entries")
        ordering = ("start_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("plan", "operation"),
                name="plan_entry_once",
                violation_error_message=_("An operation stands once in a plan."),
            ),
            models.CheckConstraint(
                condition=Q(run_at__gte=F("start_at")) & Q(end_at__gte=F("run_at")),
                name="plan_entry_forward",
                violation_error_message=_("Setup comes before the run, and the run before its end."),
            ),
        )
        # A plan's entries are found by the unique constraint's index; the operation's by its foreign key.

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.operation_id}"
