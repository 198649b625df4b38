"""What an operation still needs before it can start: asked by the queue, enforced by the command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from machines.models import Machine
from mes.accounts.models import User
from orders.enums import ErpStatus, OperationState, OrderState
from orders.models import Hold, Operation, OrderComponent
from orders.models.hold import BY_INSPECTORS
from orders.queries.holds import policies_of, releasers_of

STARTABLE = (OperationState.RELEASED, OperationState.INTERRUPTED)
CLOSED_BY_ERP = (ErpStatus.BLOCKED, ErpStatus.TECHNICALLY_COMPLETE, ErpStatus.CLOSED)


class Weight(StrEnum):
    BLOCKS = "blocks"
    WARNS = "warns"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing missing. ``BLOCKS`` refuses the start; ``WARNS`` is said and left to people."""

    code: str
    text: str
    weight: Weight = Weight.BLOCKS


@dataclass(frozen=True, slots=True)
class Readiness:
    needs: tuple[Need, ...]

    @property
    def ready(self) -> bool:
        return not any(need.weight is Weight.BLOCKS for need in self.needs)

    @property
    def blocking(self) -> tuple[Need, ...]:
        return tuple(need for need in self.needs if need.weight is Weight.BLOCKS)


def readiness_of(
    operations: Iterable[Operation], *, machine: Machine | None = None, person: User | None = None
) -> dict[int, Readiness]:
    """Readiness by operation id, for operations with ``order`` loaded. As many queries however many."""
    listed = list(operations)
    orders = {operation.order_id for operation in listed}
    holds: dict[int, list[Hold]] = {}
    wide: list[Hold] = []
    for hold in _open_holds(listed, machine):
        if hold.order_id is None:
            wide.append(hold)
        else:
            holds.setdefault(hold.order_id, []).append(hold)
    who = releasers_of(policies_of([*wide, *(hold for some in holds.values() for hold in some)]))
    siblings: dict[int, list[Operation]] = {}
    for sibling in Operation.objects.filter(order__in=orders).only(
        "order_id", "position", "state", "good", "outside", "number", "sequence"
    ):
        siblings.setdefault(sibling.order_id, []).append(sibling)
    short: dict[tuple[int, str], list[OrderComponent]] = {}
    for component in _short_components(orders):
        short.setdefault((component.order_id, component.operation_number), []).append(component)
    skills = set(person.skills.values_list("pk", flat=True)) if person is not None else None
    tools = set(machine.tools.values_list("pk", flat=True)) if machine is not None else None
    return {
        operation.pk: Readiness(
            (
                *_state_needs(operation),
                *_hold_needs(operation, holds.get(operation.order_id, []), who),
                *_wide_hold_needs(operation, wide, who),
                *_predecessor_needs(operation, siblings.get(operation.order_id, [])),
                *_material_needs(short.get((operation.order_id, operation.number), [])),
                *_tool_needs(operation, tools),
                *_skill_needs(operation, skills),
            )
        )
        for operation in listed
    }


def _short_components(orders: set[int]) -> QuerySet[OrderComponent]:
    return OrderComponent.objects.filter(
        order__in=orders, quantity__gt=F("reserved") + F("issued"), item__stocked=True
    ).select_related("item")


def _state_needs(operation: Operation) -> Iterable[Need]:
    if operation.order.state == OrderState.PLANNED:
        yield Need("not_released", _("The order is not released."))
    elif operation.state not in STARTABLE:
        yield Need("wrong_state", _("The operation is %(state)s.") % {"state": operation.get_state_display()})
    if operation.order.erp_status in CLOSED_BY_ERP:
        status = operation.order.get_erp_status_display()
        yield Need("closed_by_erp", _("The ERP says: %(status)s.") % {"status": status})
    if operation.outside:
        yield Need("outside", _("Done outside; reported when it comes back."), Weight.WARNS)


def _open_holds(operations: list[Operation], machine: Machine | None) -> QuerySet[Hold]:
    orders = {operation.order_id for operation in operations}
    items = {operation.order.item_id for operation in operations}
    plants = {operation.order.plant_id for operation in operations}
    wanted = Q(order__in=orders) | Q(item__in=items, lot="", plant__in=plants)
    if machine is not None:
        wanted |= Q(machine=machine.pk)
    return Hold.objects.filter(wanted, lifted_at__isnull=True).select_related(
        "order", "operation", "machine", "item"
    )


def _hold_needs(operation: Operation, holds: list[Hold], who: Mapping[int, str]) -> Iterable[Need]:
    if operation.rework_of_id is not None:
        # The hold that made the rework necessary doesn't stand in its way; a person's own does.
        holds = [
            hold for hold in holds if hold.kind not in BY_INSPECTORS or hold.operation_id == operation.pk
        ]
    for hold in holds:
        if hold.operation_id in (None, operation.pk):
            yield Need("held", _held(hold, who[hold.pk]))
    earlier = {hold.operation_id for hold in holds if hold.kind == "quality"}
    if earlier - {None, operation.pk}:
        yield Need("inspection_open", _("An inspection is still open."))


def _wide_hold_needs(operation: Operation, holds: list[Hold], who: Mapping[int, str]) -> Iterable[Need]:
    for hold in holds:
        if hold.machine_id is not None:
            yield Need("machine_held", _("The machine: %(hold)s") % {"hold": _held(hold, who[hold.pk])})
        elif hold.item_id == operation.order.item_id and hold.plant_id == operation.order.plant_id:
            yield Need("item_held", _("The item: %(hold)s") % {"hold": _held(hold, who[hold.pk])})


def _held(hold: Hold, who: str) -> str:
    """Why it is held and who can release it."""
    said = {"reason": hold.reason.rstrip("."), "who": who}
    return _("On hold: %(reason)s. Released by: %(who)s.") % said


def _predecessor_needs(operation: Operation, siblings: list[Operation]) -> Iterable[Need]:
    before = [
        sibling
        for sibling in siblings
        if sibling.position < operation.position
        and sibling.sequence == operation.sequence
        and sibling.state != OperationState.CANCELLED
    ]
    if not before:
        return
    last = max(before, key=lambda sibling: sibling.position)
    if last.good <= 0 and last.state != OperationState.FINISHED:
        yield Need(
            "predecessor", _("Nothing has come from operation %(number)s yet.") % {"number": last.number}
        )


def _material_needs(components: list[OrderComponent]) -> Iterable[Need]:
    for component in components:
        yield Need(
            "material",
            _("%(quantity)s of %(item)s not in stock.")
            % {"quantity": f"{Decimal(str(component.missing)).normalize():f}", "item": component.item.code},
            Weight.WARNS,
        )


def _tool_needs(operation: Operation, tools: set[int] | None) -> Iterable[Need]:
    if operation.tool_id and tools is not None and tools and operation.tool_id not in tools:
        yield Need("tool", _("The tool does not fit this machine."), Weight.WARNS)


def _skill_needs(operation: Operation, skills: set[int] | None) -> Iterable[Need]:
    if operation.skill_id and skills is not None and operation.skill_id not in skills:
        yield Need("skill", _("This person lacks the skill."), Weight.WARNS)
