"""Building a new order from its document, unsaved."""

from __future__ import annotations

from dataclasses import dataclass

from machines.models import Plant
from orders.domain.documents import ComponentLine, OperationLine, OrderDocument, RequirementLine
from orders.domain.intake.references import References
from orders.enums import ErpStatus
from orders.models import Operation, OrderComponent, OrderRequirement, ProductionOrder


@dataclass(slots=True)
class NewOrder:
    order: ProductionOrder
    operations: list[Operation]
    components: list[OrderComponent]
    requirements: list[OrderRequirement]


def build_order(document: OrderDocument, references: References, plant: Plant) -> NewOrder:
    """An order with its operations, components and requirements. The document must have been checked."""
    item = references.items[document.item or ""]
    order = ProductionOrder(
        plant=plant,
        number=document.number,
        item=item,
        revision=document.revision or "",
        quantity=document.quantity,
        unit_id=item.unit_id,
        strategy=document.strategy or item.strategy,
        order_type=document.order_type or "",
        priority=document.priority if document.priority is not None else 50,
        requested_at=document.due,
        promised_at=document.promised,
        planned_start_at=document.start,
        under_tolerance_percent=document.under_tolerance_percent or 0,
        over_tolerance_percent=document.over_tolerance_percent or 0,
        erp_status=document.status or ErpStatus.RELEASED,
        erp_version=document.version,
        erp_raw=dict(document.raw),
    )
    lines = [line for line in document.operations or () if not line.cancelled]
    return NewOrder(
        order=order,
        operations=[
            build_operation(line, order, references, position) for position, line in enumerate(lines, start=1)
        ],
        components=[build_component(line, order, references) for line in document.components or ()],
        requirements=[build_requirement(line, order) for line in document.requirements or ()],
    )


def build_operation(
    line: OperationLine, order: ProductionOrder, references: References, position: int
) -> Operation:
    return Operation(
        plant_id=order.plant_id,
        order=order,
        position=position,
        number=line.number,
        text=line.text[:200],
        machine_group=references.groups[(order.plant_id, line.work_centre)],
        tool=references.tools[line.tool] if line.tool else None,
        quantity=order.quantity,
        setup_seconds=line.setup_seconds or 0,
        run_seconds=line.run_seconds or 0,
        base_quantity=line.base_quantity,
        send_ahead=line.send_ahead,
        longest_wait_seconds=line.longest_wait_seconds,
        program=line.program or "",
        program_revision=line.program_revision or "",
        parameters=dict(line.parameters or {}),
        inspection=bool(line.inspection),
        outside=bool(line.outside),
        confirmation_number=line.confirmation_number,
        sequence=line.sequence,
        control_key=line.control_key,
        earliest_start_at=line.earliest_start,
        latest_end_at=line.latest_end,
        erp_raw=dict(line.raw),
    )


def build_component(line: ComponentLine, order: ProductionOrder, references: References) -> OrderComponent:
    return OrderComponent(
        order=order,
        position=line.position,
        item=references.items[line.item],
        operation_number=line.operation,
        quantity=line.quantity,
        unit=references.units[line.unit],
        backflush=line.backflush,
        raw=dict(line.raw),
    )


def build_requirement(line: RequirementLine, order: ProductionOrder) -> OrderRequirement:
    return OrderRequirement(
        order=order,
        code=line.code[:40],
        kind=line.kind,
        text=line.text[:500],
        value=line.value[:500],
        choices=list(line.choices),
        lower=line.lower,
        upper=line.upper,
        unit=line.unit,
        url=line.url,
        operation_number=line.operation,
    )
