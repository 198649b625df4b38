"""Programs and parameters on their way to machines: the library, the rules, each download and its steps."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Machine, MachineGroup, Plant
from mes.lib.tracking import tracked
from orders.enums import DownloadState, OnMismatch
from orders.models.operation import Operation
from orders.models.run import Run


class ProgramFile(models.Model):
    """The bytes of a program, known by their SHA-256: what was sent once can be shown for ever."""

    append_only = True

    sha256 = models.CharField(_("SHA-256"), max_length=64, primary_key=True)
    content = models.BinaryField(_("content"))
    stored_at = models.DateTimeField(_("stored at"), default=timezone.now)

    class Meta:
        verbose_name = _("program file")
        verbose_name_plural = _("program files")

    def __str__(self) -> str:
        return self.sha256[:12]


@tracked
class Program(models.Model):
    """A released program: what an operation's program name and revision mean on a machine or its group."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    revision = models.CharField(_("revision"), max_length=40, blank=True, default="")
    machine_group = models.ForeignKey(
        MachineGroup,
        verbose_name=_("machine group"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty together with the machine: for every machine of the plant."),
    )
    machine = models.ForeignKey(
        Machine,
        verbose_name=_("machine"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Wins over the group's."),
    )
    file_name = models.CharField(
        _("file name"), max_length=200, blank=True, default="", help_text=_("As the machine wants to see it.")
    )
    file = models.ForeignKey(
        ProgramFile, verbose_name=_("file"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        ordering = ("plant", "name", "revision")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "name", "revision", "machine_group", "machine"),
                nulls_distinct=False,
                name="program_unique",
                violation_error_message=_("There already is such a program."),
            ),
            models.CheckConstraint(
                condition=Q(machine__isnull=True) | Q(machine_group__isnull=True),
                name="program_for_one",
                violation_error_message=_("A program is for a machine or for a group, not for both."),
            ),
            models.CheckConstraint(
                condition=Q(file__isnull=True) | ~Q(file_name=""),
                name="program_file_has_name",
                violation_error_message=_("A file needs a name."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.revision}".strip()


@tracked
class DownloadRule(models.Model):
    """Whether programs go to a machine (or all of a group), who approves it, and what a mismatch means.

    Without a rule nothing is ever sent. A machine's own rule wins over its group's.
    """

    machine = models.OneToOneField(
        Machine, verbose_name=_("machine"), on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    machine_group = models.OneToOneField(
        MachineGroup,
        verbose_name=_("machine group"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
    )
    active = models.BooleanField(
        _("sending switched on"), default=False, help_text=_("Off: nothing is sent and nothing compared.")
    )
    approval_needed = models.BooleanField(
        _("approval needed"),
        default=True,
        help_text=_("Somebody with the right to send programs says yes each time."),
    )
    preparation_slot = models.BooleanField(
        _("also while it runs"),
        default=False,
        help_text=_("Only for machines that keep the next program apart from the running one."),
    )
    on_mismatch = models.CharField(
        _("if another program runs"), max_length=10, choices=OnMismatch, default=OnMismatch.WARN
    )

    class Meta:
        verbose_name = _("download rule")
        verbose_name_plural = _("download rules")
        ordering = ("machine_group", "machine")
        constraints = (
            models.CheckConstraint(
                condition=Q(machine__isnull=False, machine_group__isnull=True)
                | Q(machine__isnull=True, machine_group__isnull=False),
                name="download_rule_for_one",
                violation_error_message=_("A rule is for a machine or for a group."),
            ),
        )

    def __str__(self) -> str:
        return str(self.machine or self.machine_group)


class Download(models.Model):
    """What a run's machine shall work with, and how far that came. Its history is in ``DownloadStep``.

    ``sha256`` is empty where there is no file. ``compared_at`` is when the run's first cycle was compared;
    ``mismatch`` says in words what differed then. ``claimed_until`` is the lease of the worker that sends.
    """

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="downloads")
    operation = models.ForeignKey(
        Operation, verbose_name=_("operation"), on_delete=models.PROTECT, related_name="downloads"
    )
    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.PROTECT, related_name="+"
    )
    program = models.CharField(_("program"), max_length=200, blank=True, default="")
    revision = models.CharField(_("revision"), max_length=40, blank=True, default="")
    file_name = models.CharField(_("file name"), max_length=200, blank=True, default="")
    file = models.ForeignKey(ProgramFile, on_delete=models.PROTECT, null=True, related_name="+")
    parameters = models.JSONField(_("setup parameters"), default=dict)
    on_mismatch = models.CharField(
        _("if another program runs"), max_length=10, choices=OnMismatch, default=OnMismatch.WARN
    )
    preparation_slot = models.BooleanField(_("also while it runs"), default=False)
    state = models.CharField(
        _("state"), max_length=12, choices=DownloadState, default=DownloadState.REQUESTED
    )
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    problem = models.CharField(_("problem"), max_length=500, blank=True, default="")
    mismatch = models.CharField(_("mismatch"), max_length=500, blank=True, default="")
    compared_at = models.DateTimeField(_("compared at"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), default=timezone.now)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("next_try_at",), name="download_to_send", condition=Q(state="approved")),
            models.Index(
                fields=("machine",), name="download_to_compare", condition=Q(compared_at__isnull=True)
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("run",),
                condition=Q(state__in=("requested", "approved", "sent", "accepted", "verified")),
                name="download_one_on_its_way",
                violation_error_message=_("A download of this run is already on its way."),
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(problem=""),
                name="download_failed_with_reason",
                violation_error_message=_("A failed download says why."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.program} → {self.machine_id}"

    @property
    def sha256(self) -> str:
        return str(self.file_id or "")


class DownloadStep(models.Model):
    """One step of a download: who, when, and what was found (``old``: before, ``read_back``: after)."""

    append_only = True

    download = models.ForeignKey(Download, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(_("state"), max_length=12, choices=DownloadState)
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    comment = models.CharField(_("comment"), max_length=500, blank=True, default="")
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("download step")
        verbose_name_plural = _("download steps")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.download_id} {self.state}"
