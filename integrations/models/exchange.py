"""Files between us and a partner: what was agreed about them, over which server they go, which came."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.enums import FileCheck, FileCompletion, FileOutcome
from integrations.models.connection import Connection
from integrations.models.inbox import InboundMessage
from mes.lib.tracking import tracked, tracked_without


@tracked
class FileRules(models.Model):
    """What a partner and we agreed about files. A connection without rules has the defaults."""

    connection = models.OneToOneField(
        Connection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="file_rules"
    )
    completion = models.CharField(
        _("complete when"), max_length=10, choices=FileCompletion, default=FileCompletion.STILL
    )
    settle_seconds = models.PositiveIntegerField(
        _("stands still (s)"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
        help_text=_("How long size and time of change must not move."),
    )
    ready_suffix = models.CharField(
        _("ready suffix"),
        max_length=20,
        default=".ready",
        help_text=_("Of the trigger file beside a file, or of a complete file's own name."),
    )
    check_by = models.CharField(_("checked by"), max_length=10, choices=FileCheck, default=FileCheck.NONE)
    trailer_mark = models.CharField(
        _("trailer begins with"),
        max_length=40,
        default="TRAILER;",
        help_text=_("The last line: this text, then the number of data rows before it."),
    )
    header_rows = models.PositiveSmallIntegerField(
        _("header rows"), default=1, help_text=_("First rows that the trailer doesn't count.")
    )
    number_pattern = models.CharField(
        _("numbered names"),
        max_length=120,
        blank=True,
        default="",
        help_text=_(
            "{n} stands for the running number, * for anything: ORDERS_{n}_*.csv. Empty: no numbers."
        ),
    )
    numbers_from = models.PositiveBigIntegerField(
        _("numbers count from"), default=0, help_text=_("Gaps below this number are settled.")
    )
    acknowledge = models.BooleanField(
        _("acknowledgement files"),
        default=False,
        help_text=_("Answer each file with one that says what became of it."),
    )
    appended = models.CharField(
        _("appended file"),
        max_length=120,
        blank=True,
        default="",
        help_text=_(
            "Name of a file that the partner appends to: it is locked, copied, emptied and unlocked."
        ),
    )

    class Meta:
        verbose_name = _("file rules")
        verbose_name_plural = _("file rules")
        constraints = (
            models.CheckConstraint(
                condition=Q(number_pattern="") | Q(number_pattern__contains="{n}"),
                name="file_rules_pattern_has_number",
                violation_error_message=_("The pattern of numbered names needs {n}."),
            ),
            models.CheckConstraint(
                condition=~Q(ready_suffix=""),
                name="file_rules_suffix",
                violation_error_message=_("A ready suffix is needed."),
            ),
            models.CheckConstraint(
                condition=Q(appended="") | Q(completion="still", check_by="none"),
                name="file_rules_appended_alone",
                violation_error_message=_("An appended file has no ready suffix and is checked by nothing."),
            ),
            models.CheckConstraint(
                condition=~Q(check_by="trailer") | ~Q(trailer_mark=""),
                name="file_rules_trailer_has_mark",
                violation_error_message=_("Say how the trailer line begins."),
            ),
        )

    def __str__(self) -> str:
        return str(self.connection)


@tracked_without("looked_at", "problem")
class SftpServer(models.Model):
    """The server over which a connection's files go, instead of folders of ours.

    The connection's inbox and outbox folders are then paths on the server. The server is who it says only if
    it shows ``host_key``.
    """

    connection = models.OneToOneField(
        Connection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="sftp"
    )
    host = models.CharField(_("host"), max_length=200)
    port = models.PositiveIntegerField(
        _("port"), default=22, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    username = models.CharField(_("user name"), max_length=80)
    host_key = models.CharField(
        _("host key"),
        max_length=1000,
        help_text=_("The server's public key as ssh-keyscan prints it: ssh-ed25519 AAAA…"),
    )
    secret_name = models.CharField(
        _("secret name"),
        max_length=60,
        help_text=_("Name of the environment variable that holds the password, or the private key's text."),
    )
    look_every_seconds = models.PositiveIntegerField(
        _("look every (s)"), default=30, validators=[MinValueValidator(1)]
    )
    looked_at = models.DateTimeField(_("last look"), null=True, editable=False)
    problem = models.CharField(_("problem"), max_length=500, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("SFTP server")
        verbose_name_plural = _("SFTP servers")

    def __str__(self) -> str:
        return f"{self.username}@{self.host}:{self.port}"


class ReceivedFile(models.Model):
    """One file that was taken: what it was called and numbered, and what was strange about it."""

    connection = models.ForeignKey(
        Connection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="received_files"
    )
    message = models.ForeignKey(
        InboundMessage, verbose_name=_("message"), on_delete=models.CASCADE, related_name="files"
    )
    name = models.CharField(_("file"), max_length=255)
    number = models.BigIntegerField(_("number"), null=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=FileOutcome)
    remark = models.CharField(_("remark"), max_length=500, blank=True, default="")
    received_at = models.DateTimeField(_("received at"), default=timezone.now)

    class Meta:
        verbose_name = _("received file")
        verbose_name_plural = _("received files")
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("connection", "name"), name="received_file_name"),
            models.Index(
                fields=("connection", "number"),
                name="received_file_number",
                condition=Q(number__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.name
