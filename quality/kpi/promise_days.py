"""What stops cost in promise days: the lateness of promised orders that stops while they ran explain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from mes.lib.spans import Span
from orders.enums import LateCause
from orders.models import Operation, ProductionOrder
from orders.planning.promise.lateness import lateness_of
from orders.queries.lateness import late_facts
from quality.kpi.elements import Segment

Cause = TypeVar("Cause", bound=Hashable)
DAY = Decimal(86400)


def promise_days(stops: Iterable[tuple[Cause, Segment]], *, now: datetime) -> dict[Cause, Decimal]:
    """Promise days by cause for these stops of runs.

    An order that missed its promise lost a measured part of its lateness to stops while it ran; each of these
    stops carries its share of that by its length, and never more than its length. What stood in the queue
    behind a stopped machine is not in it: this is the least that the stops cost. Ten queries and those of the
    calendars, for any number.
    """
    stopped: dict[int, dict[Cause, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    during = [(cause, one.operation, _seconds(one.span)) for cause, one in stops if one.operation is not None]
    operations = {operation for _cause, operation, _time in during}
    orders = dict(Operation.objects.filter(pk__in=operations).values_list("pk", "order_id"))
    for cause, operation, seconds in during:
        if operation in orders:
            stopped[orders[operation]][cause] += seconds
    promised = ProductionOrder.objects.filter(pk__in=stopped, promised_at__isnull=False)
    late, machines = late_facts(promised, now=now)
    found: dict[Cause, Decimal] = defaultdict(Decimal)
    for order in late:
        causes = dict(lateness_of(order, machines).causes)
        lost = causes.get(LateCause.STOPS)
        if lost is None or lost.total_seconds() <= 0:
            continue
        mine = stopped[order.order]
        whole = sum(mine.values(), Decimal(0))
        part = min(Decimal(str(lost.total_seconds())), whole)
        for cause, seconds in mine.items():
            found[cause] += part * seconds / whole / DAY
    return found


def _seconds(span: Span) -> Decimal:
    return Decimal(str(span.duration.total_seconds()))
