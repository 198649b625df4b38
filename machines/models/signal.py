"""What sources sent: raw samples, kept as they came, and what could not be taken."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models.machine import Machine
from machines.models.plant import Plant


class MultirangeField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL int8multirange: a set of whole numbers as ranges, e.g. the sequence numbers seen."""

    def db_type(self, connection: object) -> str:
        return "int8multirange"


class Source(models.Model):
    """One sender of a machine's signals: controller, light sensor, gateway."""

    machine = models.ForeignKey(
        Machine,
        verbose_name=_("machine"),
        on_delete=models.PROTECT,
        related_name="sources",
        db_index=False,
    )
    code = models.CharField(_("code"), max_length=80)
    clock_offsets = ArrayField(
        models.FloatField(),
        verbose_name=_("last clock offsets (s)"),
        default=list,
        blank=True,
        editable=False,
    )
    last_received_at = models.DateTimeField(_("last received at"), null=True, editable=False)

    class Meta:
        verbose_name = _("signal source")
        verbose_name_plural = _("signal sources")
        constraints = (
            models.UniqueConstraint(
                fields=("machine", "code"),
                name="source_code_unique",
                violation_error_message=_("This machine already has a source with this code."),
            ),
        )

    def __str__(self) -> str:
        return self.code


class SourceEpoch(models.Model):
    """One run of a source's numbering (a boot). ``seen`` holds every sequence number taken; ``told_at`` is
    when samples came last by the server's clock, live ones or of the past.

    ``seen`` also holds the numbers before ``joined_before`` that never came, so that a source with many holes
    has few ranges: many number all their values, whether or not they are mapped.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="epochs", db_index=False)
    boot = models.CharField(_("boot id"), max_length=80)
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    seen = MultirangeField(_("sequence numbers taken"), default="{}")
    joined_before = models.BigIntegerField(_("holes are told from this number on"), null=True)
    last_at = models.DateTimeField(_("latest event time"), null=True)
    told_at = models.DateTimeField(_("last told at"), null=True)
    accepted = models.BigIntegerField(_("samples accepted"), default=0)
    duplicates = models.BigIntegerField(_("duplicates absorbed"), default=0)
    conflicts = models.BigIntegerField(_("same identity, different content"), default=0)

    class Meta:
        verbose_name = _("source epoch")
        verbose_name_plural = _("source epochs")
        constraints = (models.UniqueConstraint(fields=("source", "boot"), name="source_epoch_unique"),)

    def __str__(self) -> str:
        return self.boot


class Sample(models.Model):
    """One raw value. The table is partitioned by day of ``ts``; every query must bound ``ts``.

    ``ts`` is the event time used for ordering, ``device_ts`` what the device said (they differ only when the
    clock was not to be believed), ``received_at`` the server's time. Slot 0 is the machine; ``flags`` are
    bits of machines.enums.SampleFlag.
    """

    pk = models.CompositePrimaryKey("machine_id", "epoch_id", "ts", "seq", "sub")
    plant = models.ForeignKey(Plant, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    machine = models.ForeignKey(Machine, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    epoch = models.ForeignKey(SourceEpoch, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    ts = models.DateTimeField()
    seq = models.BigIntegerField()
    sub = models.IntegerField(default=0)
    slot = models.SmallIntegerField(default=0)
    item = models.CharField(max_length=40)
    number = models.FloatField(null=True)
    text = models.TextField(null=True)  # noqa: DJ001 - null is "no text", not ""
    quality = models.SmallIntegerField(default=0)
    historical = models.BooleanField(default=False)
    flags = models.IntegerField(default=0)
    device_ts = models.DateTimeField()
    received_at = models.DateTimeField()

    append_only = True

    class Meta:
        managed = False
        db_table = "machines_sample"


class SamplePack(models.Model):
    """The samples of one machine, hour and epoch of a day that is over; see ``machines.domain.packs``.

    The table is partitioned by month of ``hour``. ``until`` is the latest event time in it; ``numbers`` (no
    field here) holds its sequence numbers. A late sample's hour is packed again, so rows may be replaced.
    """

    pk = models.CompositePrimaryKey("machine_id", "hour", "epoch_id")
    plant = models.ForeignKey(Plant, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    machine = models.ForeignKey(Machine, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    epoch = models.ForeignKey(SourceEpoch, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    hour = models.DateTimeField()
    until = models.DateTimeField()
    samples = models.IntegerField()
    payload = models.BinaryField()

    class Meta:
        managed = False
        db_table = "machines_samplepack"


class SampleProblem(models.Model):
    """Input that could not be taken, as it came: nothing is dropped silently."""

    append_only = True

    received_at = models.DateTimeField(_("received at"), default=timezone.now, db_index=True)
    channel = models.CharField(_("channel"), max_length=120)
    machine_code = models.CharField(_("machine"), max_length=80, blank=True, default="")
    code = models.CharField(_("code"), max_length=40)
    reason = models.CharField(_("reason"), max_length=500)
    raw = models.TextField(_("raw text"))

    class Meta:
        verbose_name = _("sample problem")
        verbose_name_plural = _("sample problems")

    def __str__(self) -> str:
        return f"{self.code} {self.machine_code}"


class SampleProblemReplay(models.Model):
    """One more try to take what could not be taken. A problem is settled once, when its samples are in."""

    append_only = True

    problem = models.ForeignKey(SampleProblem, on_delete=models.PROTECT, related_name="replays")
    replayed_at = models.DateTimeField(_("replayed at"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    settled = models.BooleanField(_("taken"))
    code = models.CharField(_("code"), max_length=40, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("replay of a sample problem")
        verbose_name_plural = _("replays of sample problems")
        constraints = (
            models.UniqueConstraint(
                fields=("problem",),
                condition=models.Q(settled=True),
                name="sample_problem_settled_once",
                violation_error_message=_("This problem is settled already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.problem_id} {self.code}"
