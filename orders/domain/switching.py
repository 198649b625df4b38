"""The program that runs names the order: its run opens by itself (A5), where the machine is set to that."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import transaction

from machines.models import Cycle, Machine, ProgramRole
from mes.lib.errors import MesError
from orders.domain.counted import counted_cycles
from orders.domain.execution import interrupt, start_production
from orders.domain.settled import settled_since
from orders.models import Operation, Run
from orders.queries.unresolved import fits, may_run_on, open_operations

VIA = "program"

logger = structlog.get_logger(__name__)


def switch_runs(machine: Machine, *, since: datetime, until: datetime) -> list[Run]:
    """Open a run at the start of the first cycle whose program fits exactly one open operation of the machine
    and not the run that holds it. Closed runs are left as people said. Returns the runs that opened."""
    rows = Cycle.objects.filter(
        machine=machine, credit_at__gte=since, credit_at__lt=until, quantity__gt=0, since__isnull=True
    ).exclude(program="")
    cycles = counted_cycles(rows.order_by("credit_at"))
    if not cycles:
        return []
    roles = list(ProgramRole.objects.filter(machine=machine).exclude(item_code=""))
    settled = settled_since(machine.pk, since)
    opened: list[Run] = []
    own = [one for one in open_operations([machine]) if may_run_on(one, machine)]
    runs = _runs(machine, since)
    for cycle in cycles:
        if cycle.key in settled:
            continue
        holder = next((run for run in runs if run.slot == cycle.slot and run.holds(cycle.credit_at)), None)
        if holder is not None and (
            holder.ended_at is not None or fits(holder.operation, cycle.program, roles)
        ):
            continue
        fitting = [one for one in own if fits(one, cycle.program, roles)]
        if len(fitting) != 1:
            continue
        run = _switch(machine, holder, fitting[0], cycle.slot, cycle.credit_at)
        if run is not None:
            opened.append(run)
            runs = _runs(machine, since)
    return opened


def _runs(machine: Machine, since: datetime) -> Sequence[Run]:
    every = Run.objects.filter(machine=machine).select_related("operation__order__item")
    return [run for run in every.order_by("started_at") if run.ended_at is None or run.ended_at >= since]


def _switch(
    machine: Machine, holder: Run | None, operation: Operation, slot: int, at: datetime
) -> Run | None:
    try:
        with transaction.atomic():
            if holder is not None:
                interrupt(operation=holder.operation, by=None, key=uuid.uuid4(), at=at, via=VIA)
            event = start_production(
                operation=operation, machine=machine, by=None, key=uuid.uuid4(), slot=slot, at=at, via=VIA
            )
            run = event.run
            assert run is not None
            run.inferred = True
            run.save(update_fields=["inferred"])
            return run
    except MesError as refusal:
        logger.info("run_not_opened", machine=machine.code, operation=operation.pk, why=refusal.code)
        return None
