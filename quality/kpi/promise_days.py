"""What stops cost in promise days: the lateness of promised orders that stops while they ran explain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from mes.lib.spans import Span
from orders.enums import LateCause
from orders.models import Operation, ProductionOrder
from orders.planning.promise.lateness import lateness_of
from orders.queries.lateness import late_facts
from quality.kpi.facts import SlotSegment

DAY = Decimal(86400)


def promise_days(rows: Iterable[SlotSegment], *, now: datetime) -> dict[int | None, Decimal]:
    """Promise days by stop reason (None: nobody said why) for these stops of runs.

    An order that missed its promise lost a measured part of its lateness to stops while it ran; each of these
    stops carries its share of that by its length, and never more than its length. What stood in the queue
    behind a stopped machine is not in it: this is the least that the stops cost. Ten queries and those of the
    calendars, for any number.
    """
    stopped: dict[int, dict[int | None, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    segments = [row.segment for row in rows if row.segment.operation is not None]
    orders = dict(
        Operation.objects.filter(pk__in={one.operation for one in segments}).values_list("pk", "order_id")
    )
    for one in segments:
        if one.operation in orders:
            stopped[orders[one.operation]][one.reason] += _seconds(one.span)
    promised = ProductionOrder.objects.filter(pk__in=stopped, promised_at__isnull=False)
    late, machines = late_facts(promised, now=now)
    found: dict[int | None, Decimal] = defaultdict(Decimal)
    for order in late:
        causes = dict(lateness_of(order, machines).causes)
        lost = causes.get(LateCause.STOPS)
        if lost is None or lost.total_seconds() <= 0:
            continue
        mine = stopped[order.order]
        whole = sum(mine.values(), Decimal(0))
        part = min(Decimal(str(lost.total_seconds())), whole)
        for reason, seconds in mine.items():
            found[reason] += part * seconds / whole / DAY
    return found


def _seconds(span: Span) -> Decimal:
    return Decimal(str(span.duration.total_seconds()))
