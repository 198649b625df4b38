"""Key figures by machine and hour: a disposable projection, and how far it has come.

``HourRollup`` adds up what the event-level calculation says about one machine in one hour of UTC, in whole
microseconds and exact quantities, so that any whole number of hours is a sum of rows.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from machines.models import Machine, Plant
from mes.lib.fields import ZERO, quantity_field


class HourRollup(models.Model):
    """[hour, hour + 1 h) of one machine, all slots together. An hour in which nothing counts has no row.

    Times are microseconds; ``standard`` is Σ(planned run time × pieces), exact to the nanosecond.
    """

    pk = models.CompositePrimaryKey("machine_id", "hour")
    plant = models.ForeignKey(Plant, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    machine = models.ForeignKey(Machine, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    hour = models.DateTimeField()
    apt = models.BigIntegerField(default=0)
    aust = models.BigIntegerField(default=0)
    adet = models.BigIntegerField(default=0)
    micro = models.BigIntegerField(default=0)
    adot = models.BigIntegerField(default=0)
    unknown = models.BigIntegerField(default=0)
    pdot = models.BigIntegerField(default=0)
    beyond = models.BigIntegerField(default=0)
    observed = models.BigIntegerField(default=0)
    good = quantity_field("good", default=ZERO)
    scrap = quantity_field("scrap", default=ZERO)
    rework = quantity_field("rework", default=ZERO)
    unpriced = quantity_field("unpriced", default=ZERO)
    standard = models.DecimalField(max_digits=30, decimal_places=3, default=ZERO)

    class Meta:
        # one day of every machine: rows are written hour by hour
        indexes = (BrinIndex(fields=("hour",), name="hour_rollup_hour"),)


class RollupState(models.Model):
    """The hours [rolled_from, rolled_to) of a machine are rolled up; from ``dirty_from`` on, again."""

    machine = models.OneToOneField(Machine, on_delete=models.CASCADE, primary_key=True, related_name="+")
    rolled_from = models.DateTimeField(null=True)
    rolled_to = models.DateTimeField(null=True)
    dirty_from = models.DateTimeField(null=True)

    class Meta:
        # the worker looks for what isn't rolled up yet, or no longer right
        indexes = (
            models.Index(
                fields=("dirty_from",),
                name="rollup_dirty",
                condition=models.Q(dirty_from__isnull=False),
            ),
            models.Index(fields=("rolled_to",), name="rollup_rolled_to"),
        )


class RollupInput(models.Model):
    """A row of master data as it was when hours were rolled up with it; another ``digest`` means again.

    The digest of a calendar exception says whom it concerns: plant:area:machine:…, 0 for all.
    """

    class Kind(models.TextChoices):
        MACHINE = "machine"
        EXCEPTION = "exception"
        REASON = "reason"

    pk = models.CompositePrimaryKey("kind", "row")
    kind = models.CharField(max_length=10, choices=Kind)
    row = models.BigIntegerField()
    digest = models.CharField(max_length=200)
    since = models.DateTimeField(null=True)


class FactMark(models.Model):
    """How far an append-only table is read.

    Rows up to ``done`` are all known. Those up to ``upcoming`` are so too as soon as every transaction older
    than ``until`` (a 64-bit transaction id) has ended: an id is given early and may be committed late.
    """

    table = models.CharField(max_length=40, primary_key=True)
    done = models.BigIntegerField(default=0)
    upcoming = models.BigIntegerField(default=0)
    until = models.BigIntegerField(default=0)
