"""The derived timeline of a machine slot, what it does now, and how far each reader has come."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Func
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from machines.enums import MachineState
from machines.models.machine import Machine
from machines.models.plant import Plant


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class StateInterval(models.Model):
    """One stretch of one state, [start, end). The last interval of a slot is open (no end)."""

    pk = models.CompositePrimaryKey("machine_id", "slot", "started_at")
    plant = models.ForeignKey(
        Plant, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    machine = models.ForeignKey(
        Machine, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    slot = models.SmallIntegerField(default=1)
    started_at = models.DateTimeField(_("start"))
    ended_at = models.DateTimeField(_("end"), null=True)
    state = models.CharField(_("state"), max_length=20, choices=MachineState)
    alarm = models.CharField(_("machine code"), max_length=80, blank=True, default="")
    flags = models.IntegerField(default=0, help_text=_("Bits of machines.enums.CycleFlag."))

    class Meta:
        verbose_name = _("state interval")
        verbose_name_plural = _("state intervals")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gt=models.F("started_at")),
                name="state_interval_forward",
                violation_error_message=_("The end must be after the start."),
            ),
            ExclusionConstraint(
                name="state_interval_no_overlap",
                expressions=(
                    ("machine", RangeOperators.EQUAL),
                    ("slot", RangeOperators.EQUAL),
                    (TsTzRange("started_at", "ended_at"), RangeOperators.OVERLAPS),
                ),
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gt=models.F("started_at")),
                violation_error_message=_("Two states of one slot can't overlap."),
            ),
        )


class MachineNow(models.Model):
    """What a slot does at this moment: one row per slot, for walls and terminals."""

    pk = models.CompositePrimaryKey("machine_id", "slot")
    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="now", db_index=False)
    slot = models.SmallIntegerField(default=1)
    state = models.CharField(_("state"), max_length=20, choices=MachineState, default=MachineState.UNKNOWN)
    since = models.DateTimeField(_("since"))
    alarm = models.CharField(_("machine code"), max_length=80, blank=True, default="")
    program = models.CharField(_("program"), max_length=200, blank=True, default="")
    last_cycle_at = models.DateTimeField(_("last cycle"), null=True)
    cycle_seconds = models.FloatField(_("current cycle (s)"), null=True)
    reference_seconds = models.FloatField(_("reference cycle (s)"), null=True)
    last_sample_at = models.DateTimeField(_("last sample"), null=True)
    due_at = models.DateTimeField(
        _("changes by itself at"), null=True, help_text=_("When passing time alone changes the state.")
    )

    class Meta:
        verbose_name = _("machine now")
        verbose_name_plural = _("machines now")


class Projection(models.Model):
    """What is to be read again of one machine: everything from ``dirty_from`` on.

    ``version`` counts how often it was derived from what is stored; an interpreter that remembers the machine
    sees from it that another one was here. ``asked`` counts the requests to read it again: one that comes
    while the machine is read stays.
    """

    machine = models.OneToOneField(
        Machine, on_delete=models.CASCADE, primary_key=True, related_name="projection"
    )
    dirty_from = models.DateTimeField(null=True)
    asked = models.BigIntegerField(db_default=0)
    version = models.BigIntegerField(default=0)
    floor_at = models.DateTimeField(
        null=True, help_text=_("Raw samples up to here are gone: nothing before is ever interpreted again.")
    )

    class Meta:
        # the interpreter looks for machines to read again
        indexes = (
            models.Index(
                fields=("dirty_from",), name="projection_dirty", condition=models.Q(dirty_from__isnull=False)
            ),
        )


class Shard(models.Model):
    """A thirty-second of the machines, for one interpreter at a time (see machines.domain.shards).

    ``version`` counts how often one with a memory went on here, ``derived`` how often one without derived
    machines of it.
    """

    shard = models.SmallIntegerField(primary_key=True)
    version = models.BigIntegerField(default=0)
    derived = models.BigIntegerField(db_default=0)
    worker = models.CharField(max_length=40, blank=True, default="")
    lease_until = models.DateTimeField()


class ShardWorker(models.Model):
    """An interpreter that lives, so that the others leave it a share of the shards."""

    worker = models.CharField(max_length=40, primary_key=True)
    seen_at = models.DateTimeField()


class Arrival(models.Model):
    """Samples of one batch for one shard, stored and not yet interpreted."""

    shard = models.SmallIntegerField()
    samples = models.IntegerField()
    payload = models.BinaryField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = (models.Index(fields=("shard", "id"), name="arrival_shard"),)


class Checkpoint(models.Model):
    """The fold's state after the last sample before ``at``: where a replay may start."""

    pk = models.CompositePrimaryKey("machine_id", "at")
    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    state = models.JSONField()


class Follower(models.Model):
    """A reader of cycles and states in an upper app: from ``dirty_from`` on it has to read again, from
    ``reading_from`` on it is reading. ``version`` says how often it began to.
    """

    pk = models.CompositePrimaryKey("name", "machine_id")
    name = models.CharField(max_length=40)
    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="+")
    dirty_from = models.DateTimeField(null=True)
    reading_from = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        indexes = (
            models.Index(
                fields=("name", "dirty_from"),
                name="follower_dirty",
                condition=models.Q(dirty_from__isnull=False),
            ),
        )

    @property
    def unread_from(self) -> datetime | None:
        """Before this moment (UTC) everything is read; None: up to the newest."""
        return min((at for at in (self.dirty_from, self.reading_from) if at is not None), default=None)
