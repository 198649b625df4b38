"""Messages that name only some operations of an order, and full loads that name all there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.utils import timezone

from integrations.domain.formats import Reading
from integrations.models import Connection
from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import OperationLine, OrderDocument
from orders.enums import EventKind, OperationState, OrderState
from orders.models import Operation, ProductionEvent, ProductionOrder


def whole_documents(
    reading: Reading, *, connection: Connection
) -> tuple[Sequence[OrderDocument], list[Problem]]:
    """The reading's orders with all their operations, and for an armed full load the orders that are gone.

    A full load that nobody armed removes nothing and is a problem that people see. Work that began is never
    removed here: what the ERP says about it goes through the rules for changes.
    """
    if not reading.partial:
        return reading.documents, []
    if not reading.full:
        return _completed(reading.documents, connection), []
    if not is_armed(connection):
        reason = _(
            "The ERP sent a full load, but none is armed for this connection: what it names was taken, "
            "nothing was removed."
        )
        return _completed(reading.documents, connection), [Problem("full_load_not_armed", reason, "INIT")]
    row = reading.documents[0].row if reading.documents else 1
    named = {document.number for document in reading.documents}
    gone = [
        OrderDocument(number=order.number, row=row, plant=order.plant.code, cancel=True)
        for order in _untouched_orders(connection)
        if order.number not in named
    ]
    return [*reading.documents, *gone], []


def is_armed(connection: Connection) -> bool:
    return connection.full_load_until is not None and connection.full_load_until > timezone.now()


def _untouched_orders(connection: Connection) -> Iterable[ProductionOrder]:
    """Orders of this partner in which nothing began."""
    mine = ProductionEvent.objects.filter(kind=EventKind.CREATED, via__in=connection.channels)
    begun = Operation.objects.exclude(
        state__in=(OperationState.PLANNED, OperationState.RELEASED, OperationState.CANCELLED)
    )
    return (
        ProductionOrder.objects.filter(
            plant=connection.plant_id,
            pk__in=mine.values("order"),
            state__in=(OrderState.PLANNED, OrderState.RELEASED),
        )
        .exclude(pk__in=begun.values("order"))
        .select_related("plant")
        .order_by("pk")
    )


def _completed(documents: Sequence[OrderDocument], connection: Connection) -> list[OrderDocument]:
    """With the operations that the message doesn't name, as they are here."""
    numbers = [document.number for document in documents]
    known: dict[str, list[Operation]] = {}
    for operation in (
        Operation.objects.filter(
            order__plant=connection.plant_id, order__number__in=numbers, rework_of__isnull=True
        )
        .select_related("order", "machine_group")
        .order_by("position")
    ):
        known.setdefault(operation.order.number, []).append(operation)
    return [
        _complete(document, known.get(document.number, []))
        for document in documents
        if document.number in known or any(not line.cancelled for line in document.operations or ())
    ]


def _complete(document: OrderDocument, operations: Iterable[Operation]) -> OrderDocument:
    named = {(line.sequence, line.number): line for line in document.operations or ()}
    present = {(one.sequence, one.number): _line(one) for one in operations}
    lines = {**present, **named}
    if any(number > max(place[1] for place in named) for _sequence, number in present):
        # Only the last operation speaks for the order: before it there is more, for the scrap to come.
        document = replace(
            document,
            quantity=None,
            unit=None,
            start=None,
            due=None,
            under_tolerance_percent=None,
            over_tolerance_percent=None,
        )
    return replace(
        document,
        operations=tuple(lines[place] for place in sorted(lines)),
        named=tuple(number for _sequence, number in named),
    )


def _line(operation: Operation) -> OperationLine:
    """An operation as the ERP would repeat it without a change."""
    return OperationLine(
        number=operation.number,
        text=operation.text,
        work_centre=operation.machine_group.code if operation.machine_group else "",
        sequence=operation.sequence,
        setup_seconds=operation.setup_seconds,
        run_seconds=operation.run_seconds,
        base_quantity=operation.base_quantity,
        confirmation_number=operation.confirmation_number,
        control_key=operation.control_key,
        cancelled=operation.state == OperationState.CANCELLED,
    )
