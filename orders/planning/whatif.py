"""What would happen if: a rush order, a machine down, a shift more or less, a supplier late.

Nothing is stored until an answer is accepted. What is accepted is what was seen: the answer travels as a
signed token that holds the order of operations on each machine, laid over the facts of that moment.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import CalendarException, ExceptionKind, Machine, Plant
from mes.accounts.models import User
from mes.lib.collecting import uncollected
from mes.lib.errors import MesError, Refused
from mes.lib.live import announce
from orders.domain.events import record_events
from orders.domain.locking import lock_order
from orders.enums import EventKind, PlanOrigin
from orders.models import Operation, Plan, ProductionEvent, ProductionOrder
from orders.planning.consequences import Consequences, OrderShift, consequences_of, customers_of, shift_of
from orders.planning.stand import Standing, cannot_stand, check_planned, plan_now, stand
from orders.planning.standing_cache import standing_now
from orders.planning.versions import store_version

if TYPE_CHECKING:
    from orders.planning.engine.alternatives import Answer, Answers, Effort
    from orders.planning.engine.shop import Plan as EnginePlan
    from orders.planning.engine.shop import Shop
    from orders.planning.odds import Odds

RUSH_PRIORITY = 0
"""What an accepted rush order gets: an hour of its lateness counts four times a normal one's."""
SALT = "orders.what-if"
VALID = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rush:
    """An open order is wanted at ``wanted_at``; None: as soon as possible."""

    order: int
    wanted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Down:
    """A machine can't work in [start, end)."""

    machine: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """[start, end) is worked besides the calendar (``works``) or not, on a machine, or all (None)."""

    machine: int | None
    start: datetime
    end: datetime
    works: bool


@dataclass(frozen=True, slots=True)
class Late:
    """An operation can't begin, or come back from outside, before ``until``."""

    operation: int
    until: datetime


Change = Rush | Down | ShiftChange | Late
KINDS: dict[str, type[Change]] = {"rush": Rush, "down": Down, "shift": ShiftChange, "late": Late}


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to meet the change. ``own``: the rush order's own end; ``odds``: how likely orders are in time,
    and what it costs; ``token``: what accepting it needs."""

    way: str
    consequences: Consequences
    own: OrderShift | None
    odds: Odds
    seconds: float
    token: str

    @property
    def can_accept(self) -> bool:
        return not self.consequences.without_place and not self.consequences.frozen_moved

    def as_json(self) -> dict[str, Any]:
        return {
            "way": self.way,
            "own": self.own.as_json() if self.own else None,
            **self.consequences.as_json(),
            **self.odds.as_json(),
            "token": self.token if self.can_accept else "",
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """``as_of``: the facts. ``frozen``: operations that no alternative moves, ``frozen_until`` where that
    ends. ``seconds``: how long it took to find out."""

    change: Change
    plan: Plan
    as_of: datetime
    operations: int
    frozen: int
    frozen_until: datetime
    seconds: float
    alternatives: tuple[Alternative, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "plan": self.plan.number,
            "as_of": self.as_of.isoformat(),
            "operations": self.operations,
            "frozen_operations": self.frozen,
            "frozen_until": self.frozen_until.isoformat(),
            "alternatives": [one.as_json() for one in self.alternatives],
        }


@uncollected()
def what_if(plant: Plant, change: Change, *, effort: Effort | None = None) -> Comparison:
    """Up to three ways to meet the change, beside the plan in force (else the newest draft).

    Raises MesError ``unknown_order``, ``unknown_machine``, ``unknown_operation``, ``backward``,
    ``no_machine_works``; Refused ``no_plan``, ``plan_too_old``, ``nothing_to_move``.
    """
    from orders.planning.engine.standing import CannotStand
    from orders.planning.odds import Oracle

    began = time.perf_counter()
    standing = standing_now(plant)
    plan = check_planned(standing)
    try:
        answers = _answers(standing, change, effort)
    except CannotStand:
        raise cannot_stand() from None
    job = _job(standing, change)
    apart = () if job is None else (job,)
    found = []
    customers = customers_of(order.pk for order in standing.loaded.orders)
    oracle = Oracle(standing, answers, job)
    for answer in answers.answers:
        consequences = consequences_of(
            standing,
            answers.shop,
            answers.before,
            answer.plan,
            frozen=answers.frozen,
            apart=apart,
            customers=customers,
        )
        own = None if job is None else _own(standing, answers, answer.plan, job, customers)
        odds = oracle.odds(answer)
        token = _token(standing, plan, change, answer, consequences, odds)
        found.append(Alternative(answer.way.value, consequences, own, odds, answer.seconds, token))
    return Comparison(
        change=change,
        plan=plan,
        as_of=standing.loaded.zero,
        operations=standing.real_tasks,
        frozen=len(answers.frozen),
        frozen_until=standing.moment(standing.frozen_until),
        seconds=time.perf_counter() - began,
        alternatives=tuple(found),
    )


def read_token(token: str) -> dict[str, Any]:
    """What an alternative said. Raises Refused ``too_old`` after an hour, MesError ``bad_token``."""
    try:
        said: dict[str, Any] = signing.loads(token, salt=SALT, max_age=VALID)
    except signing.SignatureExpired:
        raise Refused("too_old", _("This comparison is over an hour old. Ask again.")) from None
    except signing.BadSignature:
        raise MesError("bad_token", _("This isn't an alternative of ours."), field="token") from None
    return said


@transaction.atomic
def accept(*, token: str, by: User) -> Plan:
    """Put an alternative in force as a new version, and its change into calendar or order.

    Raises what :func:`read_token` raises, Refused ``plan_changed`` when another plan is in force meanwhile.
    """
    from orders.planning.engine.sequences import plan_of
    from orders.planning.engine.standing import CannotStand, lay_out

    said = read_token(token)
    plan = Plan.objects.select_related("plant").filter(pk=said["plan"], state=said["state"]).first()
    if plan is None:
        raise Refused("plan_changed", _("Meanwhile another plan was put in force. Look again."))
    change = _change_from(said)
    try:
        before = plan_now(stand(plan.plant, plan=plan))
        cause = {**said["cause"], "way": said["way"], "price": said["price"]}
        _carry_out(plan.plant, change, by, cause)
        standing = stand(plan.plant, plan=plan)
        queues = _queues_from(standing, said["queues"])
        made = plan_of(lay_out(standing.shop, queues, weights=standing.weights))
    except CannotStand:
        raise cannot_stand() from None
    stored = store_version(
        standing=standing,
        shop=standing.shop,
        made=made,
        before=before,
        origin=PlanOrigin.WHAT_IF,
        cause=cause,
        by=by,
        publish=True,
    )
    if isinstance(change, Rush):
        _start_as_planned(stored, change.order)
    return stored


def _answers(standing: Standing, change: Change, effort: Effort | None) -> Answers:
    from orders.planning.engine.alternatives import disturb, rush

    seed = standing.plan.number if standing.plan else 1
    if isinstance(change, Rush):
        job = _job(standing, change)
        assert job is not None
        due = None if change.wanted_at is None else standing.seconds(change.wanted_at)
        return rush(
            standing.shop,
            standing.queues,
            job,
            frozen_until=standing.frozen_until,
            due=due,
            seed=seed,
            effort=effort,
            weights=standing.weights,
        )
    return disturb(
        standing.shop,
        changed_shop(standing, change),
        standing.queues,
        frozen_until=standing.frozen_until,
        seed=seed,
        effort=effort,
        weights=standing.weights,
        stood=standing.laid_out,
    )


def changed_shop(standing: Standing, change: Down | ShiftChange | Late) -> Shop:
    """The shop with the change."""
    from orders.planning.engine.standing import cut, joined, with_windows

    if isinstance(change, Late):
        return _later_shop(standing, change)
    start, end = standing.seconds(change.start), standing.seconds(change.end)
    if end <= max(start, 0):
        raise MesError("backward", _("The end must be after the start, and not over yet."), field="end")
    shop = standing.shop
    hit = [
        index
        for index, (machine, _slot) in enumerate(standing.loaded.slots)
        if change.machine in (None, machine.pk)
    ]
    if not hit:
        raise MesError("unknown_machine", _("This machine isn't active in the plant."), field="machine")
    works = isinstance(change, ShiftChange) and change.works
    changed = joined if works else cut
    return with_windows(shop, {one: changed(shop.resources[one].windows, max(start, 0), end) for one in hit})


def _later_shop(standing: Standing, change: Late) -> Shop:
    task = standing.task_of(change.operation)
    if task is None:
        raise MesError("unknown_operation", _("This operation isn't open any more."), field="operation")
    tasks = list(standing.shop.tasks)
    if tasks[task].fixed is not None:
        raise Refused("running", _("It runs already, or is being set up."))
    until = standing.seconds(change.until) - (tasks[task].outside_seconds or 0)
    tasks[task] = replace(tasks[task], earliest=max(tasks[task].earliest, until))
    return replace(standing.shop, tasks=tuple(tasks))


def _job(standing: Standing, change: Change) -> int | None:
    if not isinstance(change, Rush):
        return None
    for index, order in enumerate(standing.loaded.orders):
        if order.pk == change.order:
            if index in {one.job for one in standing.troubles}:
                raise Refused("not_planned", _("This order can't be planned: the plan's page says why."))
            return index
    raise MesError("unknown_order", _("This order isn't open."), field="order")


def _own(
    standing: Standing, answers: Answers, after: EnginePlan, job: int, customers: dict[int, str]
) -> OrderShift:
    from orders.planning.engine.alternatives import Shift, ends_of

    known = standing.plan is not None and any(
        standing.shop.tasks[task].job == job for queue in standing.queues for task in queue
    )
    before = ends_of(answers.shop, answers.before).get(job) if known else None
    due = answers.shop.jobs[job].due
    return shift_of(
        standing, Shift(job, before, ends_of(answers.shop, after).get(job), due or None), customers
    )


def _token(
    standing: Standing, plan: Plan, change: Change, answer: Answer, found: Consequences, odds: Odds
) -> str:
    said = {
        "plan": plan.pk,
        "state": plan.state,
        "way": answer.way.value,
        "kind": next(name for name, kind in KINDS.items() if isinstance(change, kind)),
        "change": {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name in change.__dataclass_fields__
            if (value := getattr(change, name)) is not None
        },
        "cause": {**_cause(standing, change)},
        "price": {
            "late_hours": round(found.late_hours, 2),
            "setup_hours": round(found.setup_hours, 2),
            "newly_late": [one.number for one in found.newly_late][:50],
            "later_orders": len(found.payers),
            **odds.as_json(),
        },
        "queues": _queues(standing, answer.plan),
    }
    return signing.dumps(said, salt=SALT, compress=True)


def _cause(standing: Standing, change: Change) -> dict[str, Any]:
    """The change in words that still say something when its rows are gone."""
    machines = {machine.pk: machine.code for machine, _slot in standing.loaded.slots}
    if isinstance(change, Rush):
        number = next(order.number for order in standing.loaded.orders if order.pk == change.order)
        wanted = change.wanted_at.isoformat() if change.wanted_at else None
        return {"kind": "rush", "order": number, "wanted_at": wanted}
    if isinstance(change, Late):
        operation = standing.loaded.operations[standing.task_of(change.operation) or 0]
        return {
            "kind": "late",
            "order": operation.order.number,
            "operation": operation.number,
            "until": change.until.isoformat(),
        }
    kind = "down" if isinstance(change, Down) else "shift_more" if change.works else "shift_less"
    return {
        "kind": kind,
        "machine": "" if change.machine is None else machines[change.machine],
        "start": change.start.isoformat(),
        "end": change.end.isoformat(),
    }


def _queues(standing: Standing, made: EnginePlan) -> list[list[Any]]:
    """[[machine id, slot, [operation ids]], …]"""
    from orders.planning.engine.standing import in_order

    found: list[list[int]] = [[] for _slot in standing.loaded.slots]
    placed = [one for one in made.placed[: standing.real_tasks] if one is not None and one.resource >= 0]
    for one in sorted(placed, key=lambda each: in_order(standing.shop, each)):
        found[one.resource].append(standing.loaded.operations[one.task].pk)
    return [
        [machine.pk, slot, queue]
        for (machine, slot), queue in zip(standing.loaded.slots, found, strict=True)
        if queue
    ]


def _queues_from(standing: Standing, said: Sequence[Sequence[Any]]) -> list[list[int]]:
    known = {(machine, slot): queue for machine, slot, queue in said}
    return [
        [task for pk in known.get((machine.pk, slot), ()) if (task := standing.task_of(pk)) is not None]
        for machine, slot in standing.loaded.slots
    ]


def _change_from(said: dict[str, Any]) -> Change:
    moments = ("wanted_at", "start", "end", "until")
    values: dict[str, Any] = {
        name: datetime.fromisoformat(value) if name in moments else value
        for name, value in said["change"].items()
    }
    if said["kind"] == "shift":
        values.setdefault("machine", None)
    return KINDS[said["kind"]](**values)


def _carry_out(plant: Plant, change: Change, by: User, cause: dict[str, Any]) -> None:
    """What the world has to know besides the plan: calendar, order, operation."""
    if isinstance(change, Rush):
        order = lock_order(change.order)
        was = order.priority
        order.priority = min(was, RUSH_PRIORITY)
        if order.planned_start_at is not None and order.planned_start_at > timezone.now():
            order.planned_start_at = None
        order.save(update_fields=["priority", "planned_start_at"])
        record_events(
            [
                ProductionEvent(
                    plant_id=order.plant_id,
                    kind=EventKind.CHANGED,
                    order=order,
                    occurred_at=timezone.now(),
                    by=by,
                    comment=_("made a rush order"),
                    details={"fields": {"priority": [was, order.priority]}, "what_if": cause},
                )
            ]
        )
    elif isinstance(change, Late):
        operation = Operation.objects.select_for_update(no_key=True).get(pk=change.operation)
        operation.not_before_at = change.until
        operation.save(update_fields=["not_before_at"])
    else:
        works = isinstance(change, ShiftChange) and change.works
        cancelled = isinstance(change, ShiftChange) and not works
        kind = (
            ExceptionKind.EXTRA if works else ExceptionKind.CLOSED if cancelled else ExceptionKind.MAINTENANCE
        )
        machine = None if change.machine is None else Machine.objects.get(pk=change.machine)
        CalendarException.objects.create(
            plant=plant, machine=machine, kind=kind, start=change.start, end=change.end, reason=_("what-if")
        )


def _start_as_planned(plan: Plan, order: int) -> None:
    """The order's planned start is that of its first operation in the plan."""
    first = plan.entries.filter(operation__order=order).order_by("start_at").first()
    if first is not None:
        ProductionOrder.objects.filter(pk=order).update(planned_start_at=first.start_at)
        announce(f"order:{order}")
