"""Which machine slots keep work waiting by standing still, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from machines.domain.calendars.load import load_calendars
from machines.domain.stops import STANDING
from machines.enums import MachineState
from machines.models import MachineNow
from mes.lib.spans import Span
from orders.enums import OperationState, OrderState
from orders.models import Hold, Operation, Plan, PlanEntry, Run
from orders.queries.readiness import STARTABLE
from orders.queries.work import OVER

AHEAD = timedelta(hours=8)
"""A slot without work in this time keeps nobody waiting."""
Slot = tuple[int, int]
"""Machine id and number."""
Place = tuple[str, int]
"""Machine code and number."""


@dataclass(frozen=True, slots=True)
class Standstill:
    """``since``: from when on work waited for the slot; ``lasted``: how much working time that was until now,
    ``before``: until the plan's zero."""

    machine: int
    slot: int
    code: str
    since: datetime
    lasted: timedelta
    before: timedelta


def standstills(plan: Plan, *, known: Mapping[Place, datetime], now: datetime) -> Iterable[Standstill]:
    """Slots with work of the plan ahead that stand still unplanned. One that nobody left in the middle of
    anything, and where nothing should have begun by now, only waits for an order; and at night nobody waits.
    ``known``: since when slots were taken to stand still as the plan was made. Three queries, and those of
    calendars."""
    ahead = PlanEntry.objects.filter(
        plan=plan, machine=OuterRef("machine"), slot=OuterRef("slot"), start_at__lte=now + AHEAD
    ).exclude(operation__state__in=OVER)
    # Work of slots that work together is planned on the first, whichever of them does it.
    of_one = MachineNow.objects.filter(machine=OuterRef("machine"), machine__together=True)
    rows = MachineNow.objects.filter(
        Exists(ahead),
        ~Exists(of_one.exclude(state__in=STANDING)),
        machine__plant=plan.plant_id,
        state=MachineState.STOP,
        since__lt=now,
    ).annotate(stood=Coalesce(Subquery(of_one.order_by("-since").values("since")[:1]), F("since")))
    stopped = list(
        rows.order_by("machine__code", "slot").values_list("machine_id", "slot", "machine__code", "stood")
    )
    machines = {machine for machine, *_rest in stopped}
    under_way, due = _under_way(machines), _due(plan, machines, now)
    first = min((since for *_slot, since in stopped), default=now)
    calendars = load_calendars(machines, Span(first, now)) if machines else {}
    for machine, slot, code, since in stopped:
        moments = [due[machine, slot]] if (machine, slot) in due else []
        if (run := under_way.get((machine, slot))) is not None and (run[1] is None or run[1] >= since):
            moments.append(run[0])
        if (code, slot) in known and since <= known[code, slot]:
            moments.append(known[code, slot])
        if moments:
            waits, worked = max(min(moments), since), calendars[machine].working_time
            lasted, before = worked(waits, now), worked(waits, plan.zero_at or now)
            yield Standstill(machine, slot, code, waits, lasted, before)


def _under_way(machines: Iterable[int]) -> dict[Slot, tuple[datetime, datetime | None]]:
    """From when on each slot's last run makes pieces, and when people left it: if it is open, or its
    operation waits to be resumed and nothing forbids that. Slots that work together are one."""
    runs = (
        Run.objects.filter(machine__in=machines)
        .order_by("machine_id", "slot", "-started_at")
        .distinct("machine_id", "slot")
        .values_list(
            *("machine_id", "slot", "machine__together"),
            *("production_at", "ended_at", "operation__state", _is_held()),
        )
    )
    return {
        (machine, 1 if together else slot): (production, ended)
        for machine, slot, together, production, ended, state, held in runs
        if production is not None and (ended is None or (state == OperationState.INTERRUPTED and not held))
    }


def _due(plan: Plan, machines: Iterable[int], now: datetime) -> dict[Slot, datetime]:
    """When the first planned work of each slot should have begun that could have."""
    before = Operation.objects.filter(
        order=OuterRef("operation__order"),
        sequence=OuterRef("operation__sequence"),
        position__lt=OuterRef("operation__position"),
    ).exclude(state__in=OVER)
    rows = (
        PlanEntry.objects.filter(
            ~Exists(before),
            ~_is_held(),
            plan=plan,
            machine__in=machines,
            start_at__lte=now,
            operation__state__in=STARTABLE,
            operation__order__state__in=(OrderState.RELEASED, OrderState.RUNNING),
        )
        .order_by()
        .values("machine_id", "slot")
        .annotate(begins=Min("start_at"))
    )
    return {(one["machine_id"], one["slot"]): one["begins"] for one in rows}


def _is_held() -> Exists:
    """Whether the row's operation must not go on."""
    open_holds = Hold.objects.filter(lifted_at__isnull=True)
    return Exists(
        open_holds.filter(
            Q(order=OuterRef("operation__order")) | Q(operation=OuterRef("operation")),
        )
    )
