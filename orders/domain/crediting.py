"""Booking what machines counted: cycles to runs, runs to production events.

Counts are booked per run and bucket of ten minutes, so that a late cycle, a late log-on or a corrected run
changes only the buckets it touches: more pieces are posted on top, fewer are reversed and posted anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Least
from django.utils import timezone

from machines.domain.followers import finish, follow_all, take
from machines.models import Cycle, Follower, Machine, PlannedCycle
from mes.lib.fields import ZERO
from orders.domain.attribution import (
    CLOCKS_AGREE,
    CountedCycle,
    Credit,
    CycleKey,
    RunSpan,
    Settled,
    attribute,
    production_begin,
)
from orders.domain.counted import BUCKET, bucket_of, counted_cycles, span_of, spans_between
from orders.domain.events import record_events
from orders.domain.execution import FOLLOWER
from orders.domain.locking import LockedOperation
from orders.domain.outputs import shares_of
from orders.domain.reports import book, reversal_of
from orders.domain.settled import settled_since
from orders.domain.shares import Share, distribute
from orders.domain.switching import switch_runs
from orders.domain.transitions import next_operation_state
from orders.domain.unresolved import note_unresolved
from orders.enums import CountingSource, EventKind, OperationState
from orders.models import Operation, ProductionEvent, Run

SETTLE = timedelta(seconds=10)
PATIENCE = timedelta(seconds=60)
AT_ONCE = 200
VIA = "machine count"


def credit_due(*, now: datetime | None = None, limit: int = AT_ONCE, patience: timedelta = PATIENCE) -> int:
    """Credit every machine whose cycles changed; returns how many machines were read.

    A live machine is booked about once a minute (``patience``), a finished run or a late fact at once.
    """
    now = now or timezone.now()
    follow_all(FOLLOWER)
    left_over = Q(reading_from__isnull=False)
    followers = list(
        Follower.objects.filter(left_over | Q(dirty_from__lt=now - patience), name=FOLLOWER).order_by(
            Least("reading_from", "dirty_from")
        )[:limit]
    )
    for follower in followers:
        credit_machine(follower, now=now)
    return len(followers)


def credit_machine(follower: Follower, *, now: datetime) -> None:
    """Bring the bookings of one machine in line with its cycles from the follower's mark on."""
    horizon = now - SETTLE
    since = bucket_of((take(follower) or horizon) - CLOCKS_AGREE)
    credit_stretch(follower.machine_id, since=since, until=horizon)
    newer = Cycle.objects.filter(machine_id=follower.machine_id, credit_at__gte=horizon)
    finish(follower, dirty_from=horizon if newer.exists() else None)


def credit_stretch(machine_id: int, *, since: datetime, until: datetime) -> None:
    """Book every run of [since, until) anew and say what is left over. ``since`` begins a bucket."""
    machine = Machine.objects.get(pk=machine_id)
    if machine.auto_switch:
        switch_runs(machine, since=since, until=until)
    named = {one.run for one in settled_since(machine_id, since).values() if one.run is not None}
    runs = Run.objects.filter(machine_id=machine_id).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gte=since) | Q(pk__in=named)
    )
    found = list(runs.order_by("started_at"))
    shares = shares_of([run.pk for run in found])
    for run in found:
        credit_run(run, shares[run.pk], since=since, until=until)
    note_unresolved(machine_id, since=since, until=until)


def credit_run(
    run: Run, shares: Sequence[Share], *, since: datetime, until: datetime
) -> list[ProductionEvent]:
    """Book the difference between what a run's cycles say and what is booked, from ``since`` to ``until``.

    On a family tool each operation gets its share. Safe against a second worker: an operation is locked
    before its bookings are read.
    """
    events = _credit(run, run.operation_id, shares, since=since, until=until)
    along = {share.operation for share in shares if share.operation is not None} - {run.operation_id}
    for operation in sorted(along):
        events += _credit(run, operation, shares, since=since, until=until)
    return events


@transaction.atomic
def _credit(
    run: Run, operation: int, shares: Sequence[Share], *, since: datetime, until: datetime
) -> list[ProductionEvent]:
    locked = LockedOperation(operation_id=operation, key=uuid.uuid4())
    if locked.operation.counting != CountingSource.MACHINE:
        return []
    leads = operation == run.operation_id
    run = Run.objects.select_related("machine", "operation").get(pk=run.pk)
    settled = settled_since(run.machine_id, since)
    mine = {key: one for key, one in settled.items() if one.run == run.pk}
    first = run.started_at - CLOCKS_AGREE
    if first >= until and not mine:
        return []
    begin = None
    if run.production_at is None and leads:
        begin = _infer_production(run, locked.operation, until=until)
        since = min(since, bucket_of(run.production_at - CLOCKS_AGREE)) if run.production_at else since
    if any(one.quantity < 0 for one in mine.values()):
        since = min(since, bucket_of(first))
    cycles = _cycles_of(run, since=max(since, bucket_of(first)), until=until)
    cycles += _settled_cycles(run, mine, known=cycles, since=since, until=until)
    attribution = attribute(cycles, _spans(run, run.operation, cycles), settled)
    mine_of_all = [credit for credit in attribution.credits if credit.run == run.pk]
    shared = distribute(mine_of_all, shares, run.operation_id, bucket_of)
    wanted = _by_bucket(credit for whose, credit in shared if whose == operation)
    booked = _booked(run, operation, since=since)
    events = [*([begin] if begin else []), *_differences(run, locked, wanted, booked)]
    record_events(events)
    counted = [event for event in events if event.kind in (EventKind.COUNTED, EventKind.REVERSED)]
    if counted:
        book(locked.operation, locked.order, counted)
    run.counted_to = min(until, run.ended_at or until)
    run.save(update_fields=["counted_to", "production_at"])
    return events


def _cycles_of(run: Run, *, since: datetime, until: datetime) -> list[CountedCycle]:
    """Those of the run's slot, and on a machine with several those whose slot wasn't told."""
    slots = [run.slot, 0] if run.machine.slots > 1 else [run.slot]
    mine = Cycle.objects.filter(
        machine_id=run.machine_id, slot__in=slots, credit_at__gte=since, credit_at__lt=until
    )
    if run.ended_at is not None:
        mine = mine.filter(Q(credit_at__lt=run.ended_at) | Q(since__lt=run.ended_at))
    return counted_cycles(mine.order_by("credit_at"))


def _settled_cycles(
    run: Run,
    mine: Mapping[CycleKey, Settled],
    *,
    known: Sequence[CountedCycle],
    since: datetime,
    until: datetime,
) -> list[CountedCycle]:
    """The cycles that a person gave to this run although the rules wouldn't."""
    missing = mine.keys() - {cycle.key for cycle in known}
    if not missing:
        return []
    found = Cycle.objects.filter(
        machine_id=run.machine_id,
        ended_at__in={key[1] for key in missing},
        credit_at__gte=since,
        credit_at__lt=until,
    )
    return [cycle for cycle in counted_cycles(found) if cycle.key in missing]


def _spans(run: Run, operation: Operation, cycles: Sequence[CountedCycle]) -> list[RunSpan]:
    """The run itself, and where a cycle's time or slot is unknown or it begins just before, its rivals."""
    open_ended = [
        cycle
        for cycle in cycles
        if cycle.since is not None or cycle.slot == 0 or _just_before(cycle, run.started_at)
    ]
    if not open_ended:
        return [span_of(run, operation)]
    first = min(cycle.since or cycle.credit_at for cycle in open_ended)
    return spans_between(run.machine_id, first, max(cycle.credit_at for cycle in open_ended))


def _just_before(cycle: CountedCycle, moment: datetime) -> bool:
    return cycle.credit_at < moment and cycle.begins_with(moment)


def _infer_production(run: Run, operation: Operation, *, until: datetime) -> ProductionEvent | None:
    """Setup ends by itself when three good cycles in a row were made and nobody said so."""
    planned = (
        PlannedCycle.objects.filter(machine_id=run.machine_id, slot=run.slot, valid_from__lte=run.started_at)
        .order_by("-valid_from")
        .first()
    )
    reference = timedelta(seconds=float(planned.seconds)) if planned and planned.seconds else None
    cycles = [one for one in _cycles_of(run, since=run.started_at, until=until) if one.slot == run.slot]
    begin = production_begin(cycles, span_of(run, operation), reference)
    if begin is None:
        return None
    run.production_at = begin
    if operation.state == OperationState.SETUP:
        operation.state = next_operation_state(operation.state, "start_production")
        operation.save(update_fields=["state"])
    return ProductionEvent(
        plant_id=run.plant_id,
        kind=EventKind.PRODUCTION_STARTED,
        order_id=operation.order_id,
        operation=operation,
        run=run,
        machine_id=run.machine_id,
        occurred_at=begin,
        via=VIA,
        details={"inferred": True},
    )


@dataclass(slots=True)
class _Amount:
    """Pieces of one bucket; ``certainty``: how many of them were credited how surely."""

    good: Decimal = ZERO
    scrap: Decimal = ZERO
    setup: Decimal = ZERO
    last: datetime | None = None
    certainty: dict[str, Decimal] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.good or self.scrap or self.setup)


def _by_bucket(credits: Iterable[Credit]) -> dict[datetime, _Amount]:
    amounts: dict[datetime, _Amount] = {}
    for credit in credits:
        amount = amounts.setdefault(bucket_of(credit.at), _Amount())
        if credit.setup:
            amount.setup += credit.quantity
        else:
            amount.good += credit.quantity - credit.bad
            amount.scrap += credit.bad
        amount.last = max(amount.last or credit.at, credit.at)
        sure = amount.certainty
        sure[credit.confidence] = sure.get(credit.confidence, ZERO) + credit.quantity
    _level(amounts)
    return amounts


def _level(amounts: dict[datetime, _Amount]) -> None:
    """Take a confirmed correction from the pieces counted before it, then from those after it.

    No bucket is booked below zero: what is left of the correction then stays unbooked.
    """
    for ordered in (sorted(amounts, reverse=True), sorted(amounts)):
        owed = ZERO
        for bucket in ordered:
            amount = amounts[bucket]
            left = amount.good + owed
            amount.good, owed = max(left, ZERO), min(left, ZERO)
        if not owed:
            return
        amounts[ordered[-1]].good = owed
    amounts[max(amounts)].good = ZERO


def _booked(run: Run, operation: int, *, since: datetime) -> dict[datetime, list[ProductionEvent]]:
    """Postings of the run for an operation that still stand, by bucket."""
    standing: dict[datetime, list[ProductionEvent]] = {}
    postings = ProductionEvent.objects.filter(
        run=run,
        operation=operation,
        kind=EventKind.COUNTED,
        period_start__gte=since,
        reversed_by__isnull=True,
    )
    for event in postings.order_by("id"):
        assert event.period_start is not None
        standing.setdefault(event.period_start, []).append(event)
    return standing


def _differences(
    run: Run,
    locked: LockedOperation,
    wanted: dict[datetime, _Amount],
    booked: dict[datetime, list[ProductionEvent]],
) -> list[ProductionEvent]:
    events: list[ProductionEvent] = []
    for bucket in sorted(wanted.keys() | booked.keys()):
        amount = wanted.get(bucket, _Amount())
        standing = booked.get(bucket, [])
        rest = _Amount(
            good=amount.good - sum((event.good for event in standing), ZERO),
            scrap=amount.scrap - sum((event.scrap for event in standing), ZERO),
            setup=amount.setup - sum((event.setup_pieces for event in standing), ZERO),
            last=amount.last or bucket,
            certainty=_surer(amount.certainty, standing),
        )
        if rest.is_empty:
            continue
        if min(rest.good, rest.scrap, rest.setup) < 0:
            events += _reversals(standing)
            rest = amount
        if not rest.is_empty:
            events.append(_posting(run, locked, bucket, rest))
    return events


def _surer(certainty: Mapping[str, Decimal], standing: Iterable[ProductionEvent]) -> dict[str, Decimal]:
    """The certainty of what comes on top of the standing postings."""
    rest = dict(certainty)
    for event in standing:
        for name, pieces in event.certainties:
            rest[name] = rest.get(name, ZERO) - pieces
    return {name: pieces for name, pieces in rest.items() if pieces > 0}


def _reversals(standing: Sequence[ProductionEvent]) -> list[ProductionEvent]:
    return [reversal_of(event, by=None, key=uuid.uuid4(), comment="recounted", via=VIA) for event in standing]


def _posting(run: Run, locked: LockedOperation, bucket: datetime, amount: _Amount) -> ProductionEvent:
    over = amount.good > 0 and locked.operation.good + amount.good > locked.operation.quantity
    return ProductionEvent(
        plant_id=run.plant_id,
        kind=EventKind.COUNTED,
        order=locked.order,
        operation=locked.operation,
        run=run,
        machine_id=run.machine_id,
        good=amount.good,
        scrap=amount.scrap,
        setup_pieces=amount.setup,
        occurred_at=amount.last or bucket,
        period_start=bucket,
        period_end=bucket + BUCKET,
        via=VIA,
        details={
            "certainty": {str(name): str(pieces.normalize()) for name, pieces in amount.certainty.items()},
            **({"over_production": True} if over else {}),
        },
    )
