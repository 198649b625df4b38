"""Nonconformances and actions as lists, and how many wait."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db.models import Case, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from mes.lib.fields import ZERO
from orders.enums import EventKind
from orders.models import Hold, Operation, ProductionEvent
from quality.enums import ActionState, DispositionKind, NonconformanceState
from quality.models import CorrectiveAction, DefectCode, Nonconformance

OPEN = (NonconformanceState.OPEN, NonconformanceState.CONTAINED, NonconformanceState.DISPOSITIONED)
OPEN_ACTIONS = (ActionState.OPEN, ActionState.STARTED, ActionState.DONE)


def listed_nonconformances(*, state: str = "", text: str = "") -> QuerySet[Nonconformance]:
    """Newest first, each with ``open_pieces``. ``state`` is a state, "" for all that is not over, "all"."""
    rows = Nonconformance.objects.select_related(
        "plant", "order", "operation", "machine", "item__unit", "defect", "raised_by"
    ).annotate(
        open_pieces=F("quantity")
        - Coalesce(
            Sum("dispositions__quantity", filter=~Q(dispositions__kind=DispositionKind.SORT)), Value(ZERO)
        )
    )
    if state == "":
        rows = rows.filter(state__in=OPEN)
    elif state != "all":
        rows = rows.filter(state=state)
    if text:
        rows = rows.filter(
            Q(number__icontains=text)
            | Q(order__number__icontains=text)
            | Q(item__code__icontains=text)
            | Q(lot__iexact=text)
            | Q(machine__code__icontains=text)
        )
    return rows.order_by("-id")


def listed_actions(*, state: str = "") -> QuerySet[CorrectiveAction]:
    """Those due first. ``state`` is a state, "" for all that is not over, "all"."""
    rows = CorrectiveAction.objects.select_related("plant", "owner").prefetch_related("nonconformances")
    if state == "":
        rows = rows.filter(state__in=OPEN_ACTIONS)
    elif state != "all":
        rows = rows.filter(state=state)
    return rows.order_by("due_on", "id")


def overdue_actions(today: date) -> QuerySet[CorrectiveAction]:
    """Not done by their day, or done and not checked by the day of the check."""
    late = Q(state__in=(ActionState.OPEN, ActionState.STARTED), due_on__lt=today)
    return CorrectiveAction.objects.filter(late | Q(state=ActionState.DONE, check_on__lt=today))


def waiting(today: date, person_id: int) -> int:
    """What a badge shows: undecided nonconformances and this person's overdue actions."""
    undecided = (NonconformanceState.OPEN, NonconformanceState.CONTAINED)
    return (
        Nonconformance.objects.filter(state__in=undecided).count()
        + overdue_actions(today).filter(owner=person_id).count()
    )


def choosable_defects(plant_id: int) -> list[DefectCode]:
    """Active defects of a plant without any below them, in their order. One query."""
    codes = list(DefectCode.objects.filter(plant=plant_id, active=True).order_by("position", "code"))
    parents = {code.parent_id for code in codes}
    by_id = {code.pk: code for code in codes}
    leaves = [code for code in codes if code.pk not in parents]
    for leaf in leaves:
        if leaf.parent_id in by_id:
            leaf.parent = by_id[leaf.parent_id]
    return leaves


def holds_beside(row: Nonconformance) -> list[Hold]:
    """Open holds of others on what the nonconformance is about: its order, operation, machine and lot."""
    concerned = Q(pk__in=())
    if row.order_id is not None:
        concerned |= Q(order=row.order_id, operation__isnull=True)
    if row.operation_id is not None:
        concerned |= Q(operation=row.operation_id)
    if row.machine_id is not None:
        concerned |= Q(machine=row.machine_id)
    if row.item_id is not None:
        concerned |= Q(item=row.item_id, plant=row.plant_id, lot__in={"", row.lot})
    return list(
        Hold.objects.filter(concerned, lifted_at__isnull=True)
        .exclude(reference=f"{row.plant.code} {row.number}")
        .select_related("order", "operation", "machine", "item", "placed_by", "asked_by", "lifted_by")
        .order_by("pk")
    )


GIVEN_BACK = Q(good__gt=0) & (Q(details__has_key="nonconformance") | Q(details__has_key="repaired_by"))
"""Events that made pieces good again by a disposition or a repair."""


def repaired_pieces(operations: Collection[int]) -> dict[int, Decimal]:
    """How many pieces of each operation a disposition or a repair made good again. One query."""
    found = ProductionEvent.objects.filter(GIVEN_BACK, operation__in=operations, kind=EventKind.RECLASSIFIED)
    return dict(found.order_by().values_list("operation").annotate(Sum("good")))


def first_pass(operation: Operation) -> tuple[Decimal, Decimal]:
    """Pieces good at first, and all pieces, of one operation: for ``formulas.first_pass_yield``.

    What a disposition or a repair made good again counts as it was before; a defect that was found later
    counts against the first pass.
    """
    zero = Value(ZERO, output_field=DecimalField(max_digits=15, decimal_places=3))
    sums = (
        ProductionEvent.objects.filter(operation=operation)
        .exclude(kind=EventKind.CREATED)
        .aggregate(
            passed=Coalesce(Sum(Case(When(GIVEN_BACK, then=zero), default=F("good"))), zero),
            pieces=Coalesce(Sum(F("good") + F("scrap") + F("rework")), zero),
        )
    )
    return sums["passed"], sums["pieces"]
