"""Is every counted piece booked, waiting for a person, or settled?"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Min, Q, Sum
from django.utils import timezone

from machines.models import Cycle, Follower
from mes.lib.books import Check, Difference
from mes.lib.fields import ZERO
from orders.domain.attribution import attribute
from orders.domain.counted import bucket_of, counted_cycles, spans_between
from orders.domain.crediting import SETTLE
from orders.domain.execution import FOLLOWER
from orders.domain.outputs import spare
from orders.domain.settled import settled_since
from orders.enums import CountingSource, Doubt, EventKind
from orders.models import ProductionEvent, Run, Unresolved

DAY = timedelta(days=1)


def check_counts() -> Check:
    """K8: what the rules say of every cycle is what is booked per run and what waits per machine (A9).

    Read are the cycles before the moment from which a machine is still to be credited.
    """
    found: list[Difference] = []
    pieces = 0
    horizon = timezone.now() - SETTLE
    for follower in Follower.objects.filter(name=FOLLOWER).select_related("machine"):
        until = bucket_of(min(follower.unread_from or horizon, horizon))
        credited, waits, counted = _said(follower.machine_id, until)
        pieces += counted
        name = follower.machine.code
        booked = _booked(follower.machine_id, until)
        for run in sorted(credited.keys() | booked.keys()):
            if credited.get(run, ZERO) != booked.get(run, ZERO):
                found.append(
                    Difference(f"{name} run {run}", str(booked.get(run, ZERO)), str(credited.get(run, ZERO)))
                )
        noted = (
            Unresolved.objects.filter(machine=follower.machine_id, bucket__lt=until)
            .exclude(doubt=Doubt.GONE)
            .aggregate(sum=Sum("pieces"))["sum"]
        )
        if (noted or ZERO) != waits:
            found.append(Difference(f"{name} waiting", str(noted or ZERO), str(waits)))
    return Check("K8", "Every counted piece is booked or waits for a person", found, pieces)


def _said(machine_id: int, until: datetime) -> tuple[dict[int, Decimal], Decimal, int]:
    """Pieces by machine-counted run, pieces that wait, and the number of cycles."""
    cycles = Cycle.objects.filter(machine_id=machine_id, credit_at__lt=until)
    first = cycles.aggregate(first=Min("credit_at"))["first"]
    credited: dict[int, Decimal] = defaultdict(lambda: ZERO)
    waits, number = ZERO, 0
    if first is None:
        return credited, waits, number
    day = bucket_of(first)
    settled = settled_since(machine_id, day)
    while day < until:
        end = min(day + DAY, until)
        todays = counted_cycles(cycles.filter(credit_at__gte=day, credit_at__lt=end).order_by("credit_at"))
        number += len(todays)
        begin = min((cycle.since or cycle.credit_at for cycle in todays), default=day)
        found = attribute(todays, spans_between(machine_id, begin, end), settled)
        for credit in found.credits:
            credited[credit.run] += credit.quantity
        for credit in spare(found.credits):
            credited[credit.run] -= credit.quantity
            waits += credit.quantity
        waits += sum((cycle.quantity for cycle in found.unassigned), ZERO)
        waits += sum((cycle.waiting for cycle in found.waiting), ZERO)
        day = end
    machine_counted = set(
        Run.objects.filter(pk__in=credited, operation__counting=CountingSource.MACHINE).values_list(
            "pk", flat=True
        )
    )
    return {run: sum_ for run, sum_ in credited.items() if run in machine_counted}, waits, number


def _booked(machine_id: int, until: datetime) -> dict[int, Decimal]:
    rows = (
        ProductionEvent.objects.filter(
            Q(kind=EventKind.COUNTED) | Q(kind=EventKind.REVERSED, reverses__kind=EventKind.COUNTED),
            machine=machine_id,
            period_start__lt=until,
            run__isnull=False,
        )
        .order_by()
        .values_list("run")
        .annotate(Sum("good"), Sum("scrap"), Sum("setup_pieces"))
    )
    return {run: good + scrap + setup for run, good, scrap, setup in rows if good + scrap + setup}
