"""What is known of production runs: times, yield, material, people, inspections; and their golden batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from mes.accounts.signing import Signed, signatures_of
from orders.models import GenealogyLink, Lot, Operation, ProductionOrder, Run
from orders.queries.times import work_times_by_machine
from quality.models import GoldenBatch, InspectionResult
from quality.queries.nonconformances import repaired_pieces
from quality.spc.batches import (
    CYCLE,
    PIECE,
    SETUP,
    YIELD,
    Compared,
    Differing,
    Drift,
    Figures,
    compared,
    differing,
    drift_of,
)

MOST_CYCLES = 5000
"""Of a longer run every so many-th cycle is read, so that a record stays quick."""
LATER = 20

_CYCLES = """
SELECT operation_id, seconds FROM (
    SELECT r.operation_id, extract(epoch FROM c.duration) / c.quantity AS seconds, c.credit_at,
           row_number() OVER (PARTITION BY r.operation_id ORDER BY c.credit_at) AS nth,
           count(*) OVER (PARTITION BY r.operation_id) AS number
    FROM orders_run r
    JOIN machines_cycle c ON c.machine_id = r.machine_id AND c.slot = r.slot
     AND c.credit_at >= r.production_at AND c.credit_at < coalesce(r.ended_at, now())
    WHERE r.operation_id = ANY(%(operations)s) AND c.duration IS NOT NULL AND c.quantity > 0
) found
WHERE nth %% greatest(number / %(most)s, 1) = 0
ORDER BY operation_id, nth
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """How much of a lot went into a run."""

    item: str
    lot: str
    quantity: Decimal


@dataclass(slots=True)
class Batch:
    """One operation of an order as a production run."""

    operation: Operation
    figures: Figures
    machines: Sequence[str] = ()
    people: Sequence[str] = ()
    material: Sequence[Taken] = ()
    results: Sequence[InspectionResult] = ()
    made: Sequence[str] = ()
    signatures: Sequence[Signed] = ()
    golden: GoldenBatch | None = None
    compared: list[Compared] = field(default_factory=list)
    differing: list[Differing] = field(default_factory=list)
    drifts: list[tuple[str, Drift | None]] = field(default_factory=list)

    @property
    def is_golden(self) -> bool:
        return self.golden is not None and self.golden.operation_id == self.operation.pk


def batches_of(order: ProductionOrder) -> list[Batch]:
    """The runs of an order, each beside its golden batch. ``order`` comes with item, plant and unit. A fixed
    number of queries."""
    operations = list(
        order.operations.filter(rework_of__isnull=True, started_at__isnull=False).order_by("position")
    )
    for operation in operations:
        operation.order = order
    golden = _golden_of(order, operations)
    figures = figures_of([*operations, *(one.operation for one in golden.values())])
    people, machines = _crew(operations)
    material, results = _material(operations), _results(operations)
    made = list(Lot.objects.filter(order=order).order_by("number").values_list("number", flat=True))
    signed = signatures_of(ProductionOrder, [order])[order.pk]
    batches = []
    for operation in operations:
        best = golden.get(operation.number)
        batch = Batch(
            operation,
            figures[operation.pk],
            machines[operation.pk],
            people[operation.pk],
            material[operation.pk],
            results[operation.pk],
            made,
            signed,
            best,
        )
        if best is not None:
            tolerance = float(best.tolerance_percent) / 100
            batch.compared = compared(figures[best.operation_id], batch.figures, tolerance=tolerance)
            batch.differing = differing(figures[best.operation_id], batch.figures)
        batch.drifts = [(CYCLE, drift_of(batch.figures.cycle_times))] + [
            (code, drift_of(values)) for code, values in (batch.figures.measured or {}).items()
        ]
        batches.append(batch)
    return batches


def later_runs(golden: GoldenBatch) -> list[tuple[Operation, list[Compared]]]:
    """The newest runs of the golden batch's item and operation beside it, newest first. A fixed number of
    queries."""
    newest = list(
        Operation.objects.filter(
            plant=golden.plant_id, order__item=golden.item_id, number=golden.number, good__gt=0
        )
        .filter(rework_of__isnull=True, started_at__isnull=False)
        .exclude(pk=golden.operation_id)
        .select_related("order")
        .order_by("-started_at")[:LATER]
    )
    figures = figures_of([golden.operation, *newest])
    tolerance = float(golden.tolerance_percent) / 100
    best = figures[golden.operation_id]
    return [(one, compared(best, figures[one.pk], tolerance=tolerance)) for one in newest]


def figures_of(operations: Collection[Operation]) -> dict[int, Figures]:
    """Times, yield, measured values and parameters of runs: a fixed number of queries."""
    keys = list({one.pk for one in operations})
    cycles: dict[int, list[float]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_CYCLES, {"operations": keys, "most": MOST_CYCLES})
        for operation, seconds in cursor.fetchall():
            cycles[operation].append(float(seconds))
    measured: dict[int, dict[str, list[float]]] = defaultdict(dict)
    values = InspectionResult.objects.filter(operation__any=keys, value__isnull=False, corrected_by=None)
    for operation, code, value in values.order_by("at", "pk").values_list(
        "operation", "characteristic__code", "value"
    ):
        measured[operation].setdefault(code, []).append(float(value))
    setup: dict[int, float] = defaultdict(float)
    run: dict[int, float] = defaultdict(float)
    for (operation, _machine), times in work_times_by_machine(keys, until=timezone.now()).items():
        setup[operation] += float(times.setup)
        run[operation] += float(times.run)
    repaired = repaired_pieces(keys)
    found = {}
    for one in operations:
        made = float(one.good + one.scrap + one.rework)
        found[one.pk] = Figures(
            good=float(one.good),
            scrap=float(one.scrap),
            rework=float(one.rework),
            setup_seconds=setup[one.pk],
            seconds_per_piece=run[one.pk] / made if made and run[one.pk] else None,
            cycle_times=cycles[one.pk],
            measured=measured[one.pk],
            parameters={name: str(value) for name, value in one.parameters.items()},
            program=f"{one.program} {one.program_revision}".strip(),
            repaired=float(repaired.get(one.pk, 0)),
        )
    return found


def name_of(name: str) -> str:
    """What a figure is called; characteristics by their code."""
    known = {
        CYCLE: _("Cycle time (s)"),
        PIECE: _("Seconds per piece"),
        SETUP: _("Setup (s)"),
        YIELD: _("First-pass yield"),
        "program": _("Program"),
    }
    return known.get(name, name)


def _golden_of(order: ProductionOrder, operations: Sequence[Operation]) -> dict[str, GoldenBatch]:
    rows = GoldenBatch.objects.filter(
        plant=order.plant_id,
        item=order.item_id,
        number__in=[one.number for one in operations],
        replaced_at__isnull=True,
    ).select_related("operation__order", "by", "item")
    return {row.number: row for row in rows}


def _crew(operations: Sequence[Operation]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    people: dict[int, dict[str, None]] = defaultdict(dict)
    machines: dict[int, dict[str, None]] = defaultdict(dict)
    runs = Run.objects.filter(operation__in=operations).select_related("machine")
    for run in runs.prefetch_related("people__person").order_by("started_at"):
        machines[run.operation_id][run.machine.code] = None
        for one in run.people.all():
            people[run.operation_id][str(one.person)] = None
    keys = [one.pk for one in operations]
    return {key: list(people[key]) for key in keys}, {key: list(machines[key]) for key in keys}


def _material(operations: Sequence[Operation]) -> dict[int, list[Taken]]:
    found: dict[int, dict[tuple[str, str], Decimal]] = defaultdict(dict)
    links = GenealogyLink.objects.filter(operation__in=operations).select_related("parent__item")
    for link in links.order_by("pk"):
        key = (f"{link.parent.item.code} {link.parent.item.name}", link.parent.number)
        own = found[link.operation_id or 0]
        own[key] = own.get(key, Decimal(0)) + link.quantity
    return {
        one.pk: [Taken(item, lot, quantity) for (item, lot), quantity in found[one.pk].items() if quantity]
        for one in operations
    }


def _results(operations: Sequence[Operation]) -> dict[int, list[InspectionResult]]:
    found: dict[int, list[InspectionResult]] = {one.pk: [] for one in operations}
    rows = InspectionResult.objects.filter(Q(operation__in=operations), corrected_by=None)
    for row in rows.select_related("characteristic", "by").order_by("at", "pk"):
        found[row.operation_id].append(row)
    return found
