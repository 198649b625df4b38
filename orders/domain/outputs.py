"""The outputs of runs on family tools: who gets which item's pieces, from when to when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from machines.domain.arrivals import request_interpretation
from machines.domain.followers import mark_dirty
from machines.models import PlannedCycle
from mes.lib.fields import ZERO
from orders.domain.attribution import Credit
from orders.domain.counted import bucket_of
from orders.domain.shares import Share, distribute
from orders.models import Operation, Run, RunOutput, ToolOutput


def begin_outputs(run: Run, operation: Operation) -> None:
    """Write down what a family tool makes in a run that just began: the operation's item is its own."""
    if operation.tool_id is None:
        return
    outputs = list(ToolOutput.objects.filter(tool=operation.tool_id))
    own = operation.order.item_id
    if own not in {output.item_id for output in outputs}:
        return
    RunOutput.objects.bulk_create(
        RunOutput(
            run=run,
            item_id=output.item_id,
            operation=operation if output.item_id == own else None,
            pieces=output.pieces,
            started_at=run.started_at,
            ended_at=run.ended_at,
        )
        for output in outputs
    )


def family_pieces(run: Run) -> Decimal:
    """Pieces of all items per cycle of a run that just began; zero without a family tool."""
    return run.outputs.aggregate(sum=Sum("pieces"))["sum"] or ZERO


def carry_outputs(run: Run, part: Run) -> None:
    """A part of a run became a run of its own, perhaps another operation's: the others go on in it."""
    whose = part.operation
    for row in RunOutput.objects.filter(run=run):
        start = max(row.started_at, part.started_at)
        end = row.ended_at if part.ended_at is None else min(row.ended_at or part.ended_at, part.ended_at)
        if end is not None and end <= start:
            continue
        others = row.operation_id if row.operation_id != run.operation_id else None
        RunOutput.objects.create(
            run=part,
            item_id=row.item_id,
            operation_id=whose.pk if row.item_id == whose.order.item_id else others,
            pieces=row.pieces,
            started_at=start,
            ended_at=end,
        )


def shares_of(runs: Collection[int]) -> dict[int, list[Share]]:
    """By run, those of family tools only. One query."""
    found: dict[int, list[Share]] = defaultdict(list)
    for one in RunOutput.objects.filter(run__in=runs):
        found[one.run_id].append(Share(one.operation_id, one.pieces, one.started_at, one.ended_at))
    return found


def outputs_at(run: Run, moment: datetime) -> QuerySet[RunOutput]:
    """What a run's family tool makes at a moment, and for whom."""
    return RunOutput.objects.filter(run=run, started_at__lte=moment).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=moment)
    )


def spare(credits: Sequence[Credit]) -> list[Credit]:
    """The pieces of family tools among a machine's credits that nobody ordered."""
    shares = shares_of({credit.run for credit in credits})
    mine = (credit for credit in credits if credit.run in shares)
    leaders = {run: next((one.operation or 0 for one in parts), 0) for run, parts in shares.items()}
    by_run: dict[int, list[Credit]] = defaultdict(list)
    for credit in mine:
        by_run[credit.run].append(credit)
    return [
        credit
        for run, found in by_run.items()
        for whose, credit in distribute(found, shares[run], leaders[run], bucket_of)
        if whose is None
    ]


def give(output: RunOutput, operation: Operation | None, moment: datetime) -> None:
    """From ``moment`` on, an output's pieces are for ``operation``; None: for nobody."""
    _change(output, moment, operation=operation, pieces=output.pieces)


def set_pieces(output: RunOutput, pieces: Decimal, moment: datetime) -> None:
    """From ``moment`` on, each cycle makes so many of an item: a cavity was blocked, or is open again."""
    _change(output, moment, operation=output.operation, pieces=pieces)
    run = output.run
    planned = PlannedCycle.objects.filter(
        machine=run.machine_id, slot=run.slot, valid_from__gte=run.started_at, valid_from__lte=moment
    ).latest("valid_from", "pk")
    PlannedCycle.objects.create(
        machine_id=run.machine_id,
        slot=run.slot,
        program=planned.program,
        work=planned.work,
        seconds=planned.seconds,
        micro_stop_seconds=planned.micro_stop_seconds,
        gap_factor=planned.gap_factor,
        minimum_cycle_seconds=planned.minimum_cycle_seconds,
        pieces_per_cycle=outputs_at(run, moment).aggregate(sum=Sum("pieces"))["sum"] or ZERO,
        valid_from=moment,
    )
    request_interpretation({run.machine_id: moment})


def leave_outputs(operation: Operation, moment: datetime) -> None:
    """Nobody gets an operation's share of others' runs any more."""
    mine = RunOutput.objects.filter(operation=operation, ended_at__isnull=True, run__ended_at__isnull=True)
    for output in mine.exclude(run__operation=operation).select_related("run"):
        give(output, None, max(moment, output.started_at))


def end_outputs(run: Run | None) -> list[Operation]:
    """A run ended and its outputs with it; returns the operations that went along."""
    if run is None:
        return []
    still = RunOutput.objects.filter(run=run, ended_at__isnull=True)
    others = still.exclude(operation=run.operation_id).exclude(operation=None)
    along = [output.operation for output in others.select_related("operation").order_by("pk")]
    for output in still:
        output.ended_at = max(run.ended_at or output.started_at, output.started_at)
        output.save(update_fields=["ended_at"])
    return [operation for operation in along if operation is not None]


def _change(output: RunOutput, moment: datetime, *, operation: Operation | None, pieces: Decimal) -> None:
    if moment <= output.started_at:
        output.operation, output.pieces = operation, pieces
        output.save(update_fields=["operation", "pieces"])
    else:
        end, output.ended_at = output.ended_at, moment
        output.save(update_fields=["ended_at"])
        RunOutput.objects.create(
            run=output.run,
            item_id=output.item_id,
            operation=operation,
            pieces=pieces,
            started_at=moment,
            ended_at=end,
        )
    mark_dirty({output.run.machine_id: moment})
