"""What a nonconformance is about, whatever told of it: a report, an inspection, a stop, a cycle, a lot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from machines.models import Machine, Plant
from mes.lib.errors import InvalidInput, Problem
from mes.lib.fields import ZERO
from orders.models import Item, Lot, Operation, ProductionEvent, ProductionOrder, Run, StockBalance
from quality.enums import StandsAs
from quality.models import Inspection, InspectionResult


@dataclass(frozen=True, slots=True)
class Subject:
    """What doesn't conform. Reports and inspections bring their order and operation with them."""

    order: ProductionOrder | None = None
    operation: Operation | None = None
    machine: Machine | None = None
    item: Item | None = None
    lot: str = ""
    plant: Plant | None = None
    event: ProductionEvent | None = None
    inspection: Inspection | None = None
    result: InspectionResult | None = None
    stop_at: datetime | None = None
    cycle_at: datetime | None = None

    def place(self) -> Plant:
        """The plant it is in. Raises ``InvalidInput`` when nothing is named."""
        if self.order is not None:
            return self.order.plant
        if self.machine is not None:
            return self.machine.plant
        if self.item is not None and self.plant is not None:
            return self.plant
        message = _("Say what doesn't conform: an order, a machine or an item.")
        raise InvalidInput([Problem("nothing_named", message, "order")])


def subject_of_event(event: ProductionEvent) -> Subject:
    return Subject(
        order=event.order,
        operation=event.operation,
        machine=event.machine,
        lot=_latest_lot(event.order),
        event=event,
    )


def subject_of_inspection(inspection: Inspection) -> Subject:
    operation = inspection.operation
    order = operation.order
    return Subject(order=order, operation=operation, lot=_latest_lot(order), inspection=inspection)


def subject_of_result(result: InspectionResult) -> Subject:
    operation = result.operation
    order = operation.order
    return Subject(
        order=order,
        operation=operation,
        machine=result.machine,
        lot=_latest_lot(order),
        result=result,
    )


def subject_of_stop(*, machine: Machine, slot: int, start: datetime) -> Subject:
    """The machine's stop, with the order that was on it."""
    return _at_machine(machine, slot, start, stop_at=start)


def subject_of_cycle(*, machine: Machine, slot: int, at: datetime) -> Subject:
    """One cycle of the machine, with the order that was on it."""
    return _at_machine(machine, slot, at, cycle_at=at)


def subject_of_lot(lot: Lot) -> Subject:
    """A lot where it was made or lies; bought ones bring no order, so that they can be returned."""
    if lot.order is not None:
        return Subject(order=lot.order, item=lot.item, lot=lot.number, plant=lot.order.plant)
    lying = StockBalance.objects.filter(item=lot.item_id, lot=lot.number).select_related("plant")
    balance = lying.order_by("-on_hand", "pk").first()
    plant = balance.plant if balance else Plant.objects.order_by("pk").first()
    return Subject(item=lot.item, lot=lot.number, plant=plant)


def stands_as(subject: Subject) -> StandsAs:
    """As what the pieces are counted now: as the report says, else as good where there are any."""
    if subject.operation is None:
        return StandsAs.NOWHERE
    if subject.event is not None and subject.event.rework > 0:
        return StandsAs.REWORK
    if subject.event is not None and subject.event.scrap > 0:
        return StandsAs.SCRAP
    return StandsAs.GOOD


def usual_quantity(subject: Subject) -> Decimal:
    """How many pieces it is about: what was reported or found, zero where nobody said."""
    if subject.event is not None:
        reported: Decimal = subject.event.rework or subject.event.scrap
        return reported
    if subject.result is not None:
        return Decimal(subject.result.found)
    if subject.cycle_at is not None:
        return Decimal(1)
    if subject.inspection is None and subject.operation is None and subject.item and subject.lot:
        lying = StockBalance.objects.filter(item=subject.item, lot=subject.lot, on_hand__gt=0)
        return sum((row.on_hand for row in lying), ZERO)
    return subject.inspection.defective if subject.inspection is not None else ZERO


def _at_machine(machine: Machine, slot: int, moment: datetime, **what: datetime) -> Subject:
    run = (
        Run.objects.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=moment),
            machine=machine,
            slot=slot,
            started_at__lte=moment,
        )
        .select_related("operation__order__plant", "operation__order__item")
        .first()
    )
    if run is None:
        return Subject(machine=machine, **what)  # type: ignore[arg-type]
    order = run.operation.order
    return Subject(
        order=order,
        operation=run.operation,
        machine=machine,
        lot=_latest_lot(order),
        **what,  # type: ignore[arg-type]
    )


def _latest_lot(order: ProductionOrder) -> str:
    """The number of the lot that the order made last, empty before the first."""
    found = Lot.objects.filter(order=order).order_by("-made_at", "-pk").values_list("number", flat=True)
    return found.first() or ""
