"""What operations used of energy: that of the machine while their runs lasted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from django.db.models import Q

from machines.queries.energy import Amount, Metered, amount_in, metered
from mes.lib.spans import ZERO, Span
from orders.models import Operation, Run

_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class OperationEnergy:
    """Of one operation, setup included. ``worked`` is the time of its runs on any machine."""

    operation: Operation
    setup: Amount = field(default_factory=Amount)
    production: Amount = field(default_factory=Amount)
    worked: timedelta = ZERO

    @property
    def total(self) -> Amount:
        return self.setup + self.production

    @property
    def pieces(self) -> Decimal:
        """All that were made, good or not."""
        return self.operation.good + self.operation.scrap + self.operation.rework  # type: ignore[no-any-return]

    @property
    def per_piece(self) -> Decimal | None:
        """kWh per piece made, once all of the work is metered; None while it isn't."""
        if self.pieces <= 0 or not self.is_metered:
            return None
        return self.total.kwh / self.pieces

    @property
    def coverage(self) -> Decimal | None:
        """The share of the work that meters tell of."""
        if not self.worked:
            return None
        return Decimal(self.total.known // _MICROSECOND) / Decimal(self.worked // _MICROSECOND)

    @property
    def is_metered(self) -> bool:
        return self.coverage is not None and self.coverage >= MOSTLY


MOSTLY = Decimal("0.9")
"""Where meters tell of less of the work, energy per piece would be too small: it isn't said."""


def energy_of_operations(operations: Sequence[Operation], *, now: datetime) -> list[OperationEnergy]:
    """One row per operation, in their order; what still runs counts up to ``now`` (UTC).

    At most three queries. Runs at work on slots of one machine at the same time share its energy equally.
    """
    rows = {operation.pk: OperationEnergy(operation) for operation in operations}
    runs = [
        run
        for run in Run.objects.filter(operation__in=operations, started_at__lt=now)
        .select_related("machine")
        .order_by("started_at")
        if run.lasts
    ]
    if not runs:
        return list(rows.values())
    whole = Span(runs[0].started_at, max(min(run.ended_at or now, now) for run in runs))
    told = metered({run.machine_id for run in runs}, whole)
    beside = _beside(runs, whole) if told else {}
    for run in runs:
        row, end = rows[run.operation_id], min(run.ended_at or now, now)
        turn = min(run.production_at or end, end)
        row.worked += end - run.started_at
        stretches = told.get(run.machine_id, [])
        if stretches:
            others = [other for other in beside.get(run.machine_id, ()) if other.pk != run.pk]
            row.setup += _amount(stretches, Span(run.started_at, turn), others, now)
            row.production += _amount(stretches, Span(turn, end), others, now)
    return list(rows.values())


def _beside(runs: Collection[Run], whole: Span) -> dict[int, list[Run]]:
    """The runs on machines with several slots, by machine."""
    several = {run.machine_id for run in runs if run.machine.slots > 1}
    found: dict[int, list[Run]] = defaultdict(list)
    if several:
        lasting = Q(ended_at__isnull=True) | Q(ended_at__gt=whole.start)
        for run in Run.objects.filter(lasting, machine__in=several, started_at__lt=whole.end):
            found[run.machine_id].append(run)
    return found


def _amount(told: Sequence[Metered], span: Span, others: Iterable[Run], now: datetime) -> Amount:
    found = Amount()
    for part, sharing in shared(
        span, [Span(one.started_at, max(one.ended_at or now, one.started_at)) for one in others]
    ):
        found += amount_in(told, [part], parts=sharing)
    return found


def shared(span: Span, others: Sequence[Span]) -> Iterator[tuple[Span, int]]:
    """The parts of ``span`` in which equally many are at work, and how many these are (1: nobody else)."""
    here = [part for other in others if (part := other & span)]
    moments = sorted({span.start, span.end, *(one.start for one in here), *(one.end for one in here)})
    for start, end in pairwise(moments):
        yield Span(start, end), 1 + sum(one.start <= start and one.end >= end for one in here)
