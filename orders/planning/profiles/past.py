"""Finished orders promised again, with what was known when they began. A constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from machines.domain.calendars.engine import Calendar
from machines.domain.calendars.load import load_calendars
from machines.models import Plant
from mes.lib.errors import MesError
from mes.lib.spans import Span
from orders.enums import OperationState
from orders.models import Operation, PlanRule, ProductionOrder, Run
from orders.planning.profiles.back_cast import (
    BackCast,
    Made,
    Seconds,
    Step,
    assumed_seconds,
    mean_seconds,
    measured_seconds,
)
from orders.planning.profiles.estimate import Profiles

MOST = 400
"""Orders that are looked at, the newest."""
AHEAD = timedelta(days=365)
WEEK = timedelta(days=7)


def back_cast(
    plant: Plant, profiles: Profiles, *, since: datetime, now: datetime, availability: float
) -> list[BackCast]:
    """Orders that were finished in [since, now), the newest first. What is known is taken at the start of
    each week, so that no order knows of itself."""
    made = _made(plant, since, now)
    machines = {step.machine for one in made for step in one.steps} - {0}
    begun = min((one.began for one in made), default=now)
    calendars = load_calendars(sorted(machines), Span(begun, now + AHEAD))
    known: dict[int, Profiles] = {}
    found = []
    for one in made:
        week = int(one.began.timestamp() // WEEK.total_seconds() * WEEK.total_seconds())
        if week not in known:
            known[week] = Profiles(profiles.measured.known_at(week))
        calendar = _calendar(one, calendars)
        measured = measured_seconds(one.steps, known[week], seed=one.pk)
        found.append(
            BackCast(
                one,
                assumed=_date(one.began, assumed_seconds(one.steps, availability), calendar),
                mean=_date(one.began, mean_seconds(one.steps, known[week]), calendar),
                measured=_date(one.began, measured, calendar),
            )
        )
    return found


def assumed_availability(plant: Plant) -> float:
    """What the plant's rule assumes, as a share."""
    rule = PlanRule.objects.filter(plant=plant).first() or PlanRule(plant=plant)
    return rule.assumed_percent / 100


def _made(plant: Plant, since: datetime, now: datetime) -> list[Made]:
    orders = list(
        ProductionOrder.objects.filter(plant=plant, finished_at__gte=since, finished_at__lt=now)
        .exclude(started_at=None)
        .order_by("-finished_at", "-pk")[:MOST]
    )
    ran = dict(
        Run.objects.filter(operation__order__any=[one.pk for one in orders])
        .order_by("operation_id", "-started_at")
        .distinct("operation_id")
        .values_list("operation_id", "machine_id")
    )
    steps: dict[int, list[Step]] = defaultdict(list)
    begun: set[tuple[int, str]] = set()
    operations = Operation.objects.filter(order__any=[one.pk for one in orders])
    for operation in (
        operations.exclude(state=OperationState.CANCELLED)
        .select_related("order")
        .order_by("order_id", "position")
    ):
        place = (operation.order_id, operation.sequence)
        seconds = float(operation.planned_seconds)
        setup = float(operation.setup_seconds)
        steps[operation.order_id].append(
            Step(
                sequence=operation.sequence,
                group=operation.machine_group_id,
                machine=ran.get(operation.pk, 0),
                item=operation.order.item_id,
                setup=0.0 if operation.outside else setup,
                run=0.0 if operation.outside else seconds - setup,
                outside=seconds if operation.outside else 0.0,
                first=place not in begun,
            )
        )
        begun.add(place)
    return [
        Made(one.pk, one.number, one.started_at, one.finished_at, one.promised_at, tuple(steps[one.pk]))
        for one in orders
        if one.started_at is not None and one.finished_at is not None and steps[one.pk]
    ]


def _calendar(made: Made, calendars: Mapping[int, Calendar]) -> Calendar | None:
    """The one of the machine that works longest on the order."""
    longest = max(made.steps, key=lambda step: step.setup + step.run)
    return calendars.get(longest.machine)


def _date(began: datetime, seconds: Seconds, calendar: Calendar | None) -> datetime:
    need = timedelta(seconds=seconds.work)
    try:
        end = calendar.add_working_time(began, need) if calendar else began + need
    except MesError:
        end = began + need
    return end + timedelta(seconds=seconds.outside)
