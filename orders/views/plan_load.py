"""Load against capacity by week: under the assumed availability, and under the measured one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mes.accounts.access import needs
from mes.accounts.roles import Right
from orders.planning.profiles.past import assumed_availability
from orders.queries.workload import Cell, Row, When, Workload, operations_behind, workload
from orders.views.plan_area import plan_area

WEEKS = 8
MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """A cell with the heights of its picture, hundredths of the row's highest figure, from the top."""

    cell: Cell
    query: str
    chosen: bool
    demand: float
    assumed: float
    measured: float

    @property
    def over_height(self) -> float:
        return max(self.measured - self.demand, 0.0)


@dataclass(frozen=True, slots=True)
class DrawnRow:
    row: Row
    cells: list[DrawnCell]
    query: str
    chosen: bool


@require_safe
@needs(Right.VIEW)
def plan_load(request: HttpRequest) -> HttpResponse:
    """`/plan/load/?plant=…&when=due|planned&assumed=85&group=…&machine=…&week=2026-11-23`."""
    context = plan_area(request, tab="load")
    plan = context["plan"]
    asked = _Asked(request, assumed=round(100 * assumed_availability(context["plant"])))
    context |= {"asked": asked}
    if plan is not None:
        load = workload(plan, now=timezone.now(), weeks=WEEKS, assumed=asked.assumed / 100, when=asked.when)
        group = next((row for row in load.rows if row.code == asked.group), None)
        context |= {
            "load": load,
            "rows": [_drawn(asked, row, group=row.code) for row in load.rows],
            "group": group,
            "machines": _machines(asked, group) if group is not None else [],
            "over": sum(row.over for row in load.rows),
            "hidden": sum(1 for row in load.rows for cell in row.cells if cell.hidden),
        } | _behind(context, asked, load)
    return render(request, "orders/plan_load.html", context)


class _Asked:
    """What the address says, within reason; ``assumed`` (%) is what the plant's rule says."""

    def __init__(self, request: HttpRequest, *, assumed: int) -> None:
        get = request.GET
        self.plant = get.get("plant", "")
        self.when = When.PLANNED if get.get("when") == When.PLANNED else When.DUE
        self.assumed = _percent(get.get("assumed", ""), otherwise=assumed)
        self.group = get.get("group", "")
        self.machine = get.get("machine", "")
        self.week = get.get("week", "")

    def query(self, **changed: str) -> str:
        kept = {"plant": self.plant, "when": str(self.when), "assumed": str(self.assumed)}
        return urlencode({key: value for key, value in {**kept, **changed}.items() if value})


def _machines(asked: _Asked, group: Row) -> list[DrawnRow]:
    return [_drawn(asked, row, group=group.code, machine=row.code) for row in group.machines]


def _percent(text: str, *, otherwise: int) -> int:
    return min(max(int(text), 1), 100) if text.isascii() and text.isdecimal() and len(text) < 4 else otherwise


def _drawn(asked: _Asked, row: Row, *, group: str, machine: str = "") -> DrawnRow:
    most = row.most or 1.0

    def height(hours: float) -> float:
        return round(100 - 96 * hours / most, 1)

    here = asked.group == group and asked.machine == machine
    cells = []
    for cell in row.cells:
        week = _name(cell.week)
        cells.append(
            DrawnCell(
                cell,
                asked.query(group=group, machine=machine, week=week),
                here and asked.week == week,
                height(cell.demand),
                height(cell.assumed),
                height(cell.measured),
            )
        )
    return DrawnRow(row, cells, asked.query(group=group, machine=machine), here)


def _behind(context: dict[str, Any], asked: _Asked, load: Workload) -> dict[str, Any]:
    """The operations of the chosen group, machine and week."""
    group = next((row for row in load.rows if row.code == asked.group), None)
    try:
        day = date.fromisoformat(asked.week)
    except ValueError:
        return {}
    number = next((index for index, start in enumerate(load.weeks) if start.date() == day), None)
    if group is None or number is None:
        return {}
    codes = {row.code for row in group.machines if asked.machine in ("", row.code)}
    wanted = {pk for pk, code in _codes(context).items() if code in codes}
    chosen = [one for one in load.portions if one.week == number and one.machine_id in wanted]
    listed = operations_behind(context["plan"], chosen)
    return {"behind": listed[:MOST_LISTED], "behind_count": len(listed), "week": load.weeks[number]}


def _codes(context: dict[str, Any]) -> dict[int, str]:
    return dict(context["plant"].machines.values_list("pk", "code"))


def _name(week: datetime) -> str:
    return week.date().isoformat()
