"""The values behind control charts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Count, F, Max, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from machines.models import Machine, Plant
from orders.enums import OperationState
from orders.models import Item, Operation
from quality.enums import CharacteristicKind, PlanState
from quality.models import Characteristic, InspectionResult

_COLUMNS = (
    *("pk", "at", "value", "inspected", "found", "trigger", "operation", "operation__order__number"),
    *("machine__code", "run", "run__started_at", "run__production_at"),
)


@dataclass(frozen=True, slots=True)
class Value:
    """One result: a measured value, or ``wrong`` of ``inspected`` pieces. ``run`` tells set-ups apart: work
    that was interrupted goes on as the run that was set up."""

    result: int
    at: datetime
    value: float | None
    inspected: int
    wrong: int
    run: int | None
    trigger: str
    operation: int
    order: str
    machine: str


def results_of(characteristic: Characteristic) -> QuerySet[InspectionResult]:
    """The results that count, of every version of the plan; corrected ones are left out."""
    plan = characteristic.plan
    return InspectionResult.objects.filter(
        characteristic__code=characteristic.code,
        characteristic__plan__plant=plan.plant_id,
        characteristic__plan__item=plan.item_id,
        characteristic__plan__operation_number=plan.operation_number,
        corrected_by__isnull=True,
    )


def machines_of(characteristic: Characteristic) -> list[str]:
    """The codes of the machines on which it was found, the latest first; "" for results without a machine."""
    rows = (
        results_of(characteristic)
        .values_list("machine__code")
        .annotate(latest=Max("at"))
        .order_by("-latest", "machine__code")
    )
    return [code or "" for code, _latest in rows]


def values_of(characteristic: Characteristic, *, most: int, machine: str | None = None) -> list[Value]:
    """The newest ``most`` results, oldest first, of one machine ("" for none) or all. One query."""
    results = results_of(characteristic)
    if machine is not None:
        results = results.filter(machine__code=machine) if machine else results.filter(machine=None)
    return _values(reversed(results.order_by("-at", "-pk").values_list(*_COLUMNS)[:most]))


def _values(rows: Iterable[tuple[Any, ...]]) -> list[Value]:
    """Rows of ``_COLUMNS`` of one characteristic, oldest first."""
    found: list[Value] = []
    phase = before = None
    for pk, at, value, made, wrong, trigger, work, order, name, run, started, produced in rows:
        set_up = started is not None and (produced is None or produced > started)
        if not found or found[-1].operation != work or (run != before and set_up):
            phase = run
        before = run
        number = None if value is None else float(value)
        found.append(Value(pk, at, number, made, wrong, phase, trigger, work, order, name or ""))
    return found


def measured_on(machine: Machine, *, most: int) -> list[tuple[Characteristic, list[Value]]]:
    """The newest ``most`` values of each measured characteristic in force that was found on a machine. Two
    queries."""
    rows = (
        InspectionResult.objects.filter(
            machine=machine,
            characteristic__kind=CharacteristicKind.MEASURED,
            characteristic__plan__state=PlanState.RELEASED,
            corrected_by__isnull=True,
        )
        .annotate(
            nth=Window(RowNumber(), partition_by="characteristic", order_by=(F("at").desc(), F("pk").desc()))
        )
        .filter(nth__lte=most)
        .order_by("characteristic", "at", "pk")
        .values_list("characteristic", *_COLUMNS)
    )
    values = {pk: _values(row[1:] for row in of) for pk, of in groupby(rows, key=lambda row: row[0])}
    found = Characteristic.objects.filter(pk__in=values).select_related("plan__item", "plan__plant")
    return [
        (one, values[one.pk]) for one in found.order_by("plan__item__code", "plan__operation_number", "code")
    ]


def charted_characteristics() -> QuerySet[Characteristic]:
    """The characteristics in force that have results, with their number, the newest first."""
    return (
        Characteristic.objects.filter(plan__state=PlanState.RELEASED)
        .exclude(kind=CharacteristicKind.DOCUMENT)
        .select_related("plan__item", "plan__plant")
        .annotate(result_number=Count("results"), latest=Max("results__at"))
        .filter(result_number__gt=0)
        .order_by("-latest", "pk")
    )


@dataclass(frozen=True, slots=True)
class ScrapShare:
    """What one operation of one order made."""

    operation: int
    order: int
    number: str
    ended: datetime
    made: int
    scrap: int


def scrap_of(plant: Plant, item: Item, operation_number: str, *, most: int) -> list[ScrapShare]:
    """Good and scrap of the newest finished operations of an item, oldest first. One query."""
    rows = (
        Operation.objects.filter(
            plant=plant, order__item=item, number=operation_number, state=OperationState.FINISHED
        )
        .order_by("-finished_at", "-pk")
        .values_list("pk", "order_id", "order__number", "finished_at", "good", "scrap")[:most]
    )
    return [
        ScrapShare(pk, order, number, ended, int(good + scrap), int(scrap))
        for pk, order, number, ended, good, scrap in reversed(rows)
        if good + scrap >= 1 and ended is not None
    ]


def scrap_places() -> list[tuple[Any, ...]]:
    """Plant, item code, item name, operation number, pieces and scrap of finished work with scrap."""
    rows = (
        Operation.objects.filter(state=OperationState.FINISHED, scrap__gt=0)
        .values_list("plant_id", "order__item__code", "order__item__name", "number")
        .annotate(good=Sum("good"), bad=Sum("scrap"))
        .order_by("-bad")[:50]
    )
    return [(*place, int(good + bad), int(bad)) for *place, good, bad in rows]
