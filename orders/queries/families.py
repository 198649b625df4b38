"""What a family tool makes together, for the pages of its operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import OuterRef, Q, QuerySet

from machines.models import Machine
from orders.enums import OperationState
from orders.models import Operation, Run, RunOutput, ToolOutput


@dataclass(frozen=True, slots=True)
class Together:
    """An output of a run: who gets it, who might, how many pieces a cycle makes with all cavities open."""

    output: RunOutput
    whole: Decimal
    waiting: list[Operation] = field(default_factory=list)

    @property
    def choices(self) -> list[int]:
        """Pieces per cycle to choose from: the cavities that may be blocked."""
        return [number for number in range(int(self.whole) + 1) if number != self.output.pieces]


def made_together(run: Run | None, machine: Machine) -> list[Together]:
    """Open outputs of a run by item, empty where its tool makes one item only. Three queries at most."""
    if run is None:
        return []
    outputs = list(
        RunOutput.objects.filter(run=run, ended_at__isnull=True)
        .select_related("run__operation", "item", "operation__order__unit")
        .order_by("item__code")
    )
    if not outputs:
        return []
    tool = run.operation.tool_id
    whole = dict(ToolOutput.objects.filter(tool=tool).values_list("item", "pieces"))
    free = [output.item_id for output in outputs if output.operation_id is None]
    waiting = Operation.objects.filter(
        Q(machine_group=machine.group_id, machine__isnull=True) | Q(machine=machine),
        state__in=(OperationState.RELEASED, OperationState.INTERRUPTED),
        order__item__in=free,
        order__plant=machine.plant_id,
        tool=tool,
    ).select_related("order__unit")
    candidates = list(waiting.order_by("order__requested_at", "pk")[:12]) if free else []
    return [
        Together(
            output,
            whole.get(output.item_id, output.pieces),
            [one for one in candidates if _wants(one, output)],
        )
        for output in outputs
    ]


def _wants(operation: Operation, output: RunOutput) -> bool:
    return output.operation_id is None and operation.order.item_id == output.item_id


def leading_outputs(operation: Operation | OuterRef) -> QuerySet[RunOutput]:
    """The open outputs by which runs of other operations make this one's pieces too."""
    return RunOutput.objects.filter(
        operation=operation, ended_at__isnull=True, run__ended_at__isnull=True
    ).exclude(run__operation=operation)


def leading_run(operation: Operation) -> Run | None:
    """The open run of another operation that makes this one's pieces too."""
    outputs = leading_outputs(operation).select_related("run__operation__order", "run__machine")
    output = outputs.order_by("-started_at", "-pk").first()
    return output.run if output else None
