"""Pieces that the rules credit to nobody, or only with a person's word."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Min

from machines.models import Cycle, Machine
from mes.lib.fields import ZERO
from mes.lib.live import announce
from orders.domain.attribution import CountedCycle, attribute
from orders.domain.counted import bucket_of, counted_cycles, spans_between
from orders.domain.outputs import spare
from orders.domain.settled import gone_between, settled_since
from orders.enums import Doubt
from orders.models import Unresolved

DAY = timedelta(days=1)
LOCK = 0x6D6573
"""First half of the advisory lock's number; the second is the machine."""


def lock_unresolved(machine_id: int) -> None:
    """One at a time settles or notes the unresolved pieces of a machine, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, machine_id])


@transaction.atomic
def note_unresolved(machine_id: int, *, since: datetime, until: datetime) -> None:
    """Write down what of [since, until) waits for a person. One worker per machine at a time."""
    lock_unresolved(machine_id)
    before = {
        (one.slot, one.bucket, one.doubt, one.program): one
        for one in Unresolved.objects.filter(machine_id=machine_id, bucket__gte=since)
    }
    now = {
        (one.slot, one.bucket, one.doubt, one.program): one
        for one in _unresolved(machine_id, since=since, until=until)
    }
    same = {key for key, one in now.items() if key in before and _figures(one) == _figures(before[key])}
    if len(same) == len(now) == len(before):
        return
    Unresolved.objects.filter(pk__in=[one.pk for key, one in before.items() if key not in same]).delete()
    Unresolved.objects.bulk_create([one for key, one in now.items() if key not in same])
    announce("unresolved", f"machine:{machine_id}")


def _figures(one: Unresolved) -> tuple[object, ...]:
    return (one.started_at, one.ended_at, one.cycles, one.pieces)


def _unresolved(machine_id: int, *, since: datetime, until: datetime) -> list[Unresolved]:
    """Rows not yet stored; read a day at a time, however long nobody looked."""
    cycles = Cycle.objects.filter(machine_id=machine_id, credit_at__gte=since, credit_at__lt=until)
    first = cycles.aggregate(first=Min("credit_at"))["first"]
    found: dict[tuple[object, ...], Unresolved] = {}
    plant_id = Machine.objects.values_list("plant_id", flat=True).get(pk=machine_id)
    settled = settled_since(machine_id, since)

    def add(slot: int, doubt: str, program: str, start: datetime, end: datetime, pieces: Decimal) -> None:
        key = (slot, bucket_of(start), doubt, program)
        one = found.get(key)
        if one is None:
            one = found[key] = Unresolved(
                plant_id=plant_id,
                machine_id=machine_id,
                slot=slot,
                bucket=bucket_of(start),
                doubt=doubt,
                program=program,
                started_at=start,
                ended_at=end,
                cycles=0,
                pieces=ZERO,
            )
        one.started_at, one.ended_at = min(one.started_at, start), max(one.ended_at, end)
        one.cycles += 1
        one.pieces += pieces

    day = bucket_of(first) if first else until
    while day < until:
        end = min(day + DAY, until)
        todays = counted_cycles(cycles.filter(credit_at__gte=day, credit_at__lt=end).order_by("credit_at"))
        begin = min((cycle.since or cycle.credit_at for cycle in todays), default=day)
        attribution = attribute(todays, spans_between(machine_id, begin, end), settled)
        for cycle in attribution.unassigned:
            add(cycle.slot, Doubt.NO_RUN, cycle.program, cycle.credit_at, _end(cycle), cycle.quantity)
        for credit in spare(attribution.credits):
            add(0, Doubt.NO_ORDER, "", credit.at, credit.at, credit.quantity)
        for cycle in attribution.waiting:
            add(cycle.slot, cycle.doubt, cycle.program, cycle.credit_at, _end(cycle), cycle.waiting)
        day = end
    for gone in gone_between(machine_id, since, until):
        slot, ended_at, _nth = gone.key
        add(slot, Doubt.GONE, "", ended_at, ended_at, gone.pieces)
    return list(found.values())


def _end(cycle: CountedCycle) -> datetime:
    return cycle.key[1] if cycle.key else cycle.credit_at
