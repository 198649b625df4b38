"""The control chart of a characteristic: subgroups, limits, rules broken, and how capable the process is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from statistics import mode

from quality.enums import CharacteristicKind, Chart
from quality.models import Characteristic
from quality.queries.spc import ScrapShare, Value
from quality.spc.capability import Capability, capability
from quality.spc.charts import ControlChart, c_chart, i_mr, np_chart, p_chart, u_chart, xbar_r, xbar_s
from quality.spc.rules import NELSON, WESTERN_ELECTRIC, Rule, violations

RULE_SETS: dict[str, dict[int, Rule]] = {"nelson": NELSON, "western": WESTERN_ELECTRIC}
LARGE = 10
"""From so many pieces on the standard deviation tells more than the range."""
NEEDED = 2
"""So many points make a chart."""


@dataclass(frozen=True, slots=True)
class Point:
    """A subgroup, or one value: the result that it leads to and what stands beside it."""

    result: int
    at: datetime
    order: str
    machine: str
    run: int | None
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One chart. ``name`` is its symbol; ``first`` the point at which it begins; ``broken`` the numbers of
    the rules by position in it."""

    name: str
    chart: ControlChart
    first: int
    broken: dict[int, list[int]]


@dataclass(frozen=True, slots=True)
class Control:
    """``phases``: the positions at which another run began. ``within`` is the capability with the spread
    within subgroups (Cp), ``overall`` with all (Pp), ``machine`` that of the newest run alone (Cm)."""

    kind: Chart
    points: Sequence[Point]
    charts: Sequence[Drawn]
    phases: Sequence[int]
    within: Capability | None = None
    overall: Capability | None = None
    machine: Capability | None = None
    left_out: int = 0
    rules: str = field(default="nelson")

    @property
    def broken(self) -> int:
        """How many points break a rule."""
        return len({drawn.first + at for drawn in self.charts for at in drawn.broken})


def chart_kind(characteristic: Characteristic) -> Chart:
    """The chart that was chosen, else the usual one."""
    if characteristic.chart:
        return Chart(characteristic.chart)
    if characteristic.kind != CharacteristicKind.MEASURED:
        return Chart.P
    if characteristic.sample_size == 1:
        return Chart.I_MR
    return Chart.X_S if characteristic.sample_size >= LARGE else Chart.X_R


def control_of(characteristic: Characteristic, values: Sequence[Value], *, rules: str = "nelson") -> Control:
    """The chart of ``values``, oldest first. Samples that are not complete (or, for np and c, of another size
    than most) are left out and counted.
    """
    kind = chart_kind(characteristic)
    if kind in (Chart.P, Chart.NP, Chart.C, Chart.U):
        return _of_attributes(kind, values, rules)
    numbers = [value for value in values if value.value is not None]
    points = _subgroups(numbers, 1 if kind == Chart.I_MR else max(characteristic.sample_size, 2))
    left_out = len(numbers) - sum(len(point.values) for point in points)
    phases = _phases(points)
    if len(points) < NEEDED:
        return Control(kind, points, [], phases, left_out=left_out, rules=rules)
    if kind == Chart.I_MR:
        pair, names = i_mr([point.values[0] for point in points]), ("I", "MR")
    elif kind == Chart.X_S:
        pair, names = xbar_s([point.values for point in points]), ("X̄", "s")
    else:
        pair, names = xbar_r([point.values for point in points]), ("X̄", "R")
    first = len(points) - len(pair.spread.points)
    charts = [
        Drawn(names[0], pair.location, 0, _broken(pair.location, phases, 0, RULE_SETS[rules])),
        Drawn(names[1], pair.spread, first, _broken(pair.spread, phases, first, {1: NELSON[1]})),
    ]
    every = [each for point in points for each in point.values]
    latest = [each for point in points if point.run == points[-1].run for each in point.values]
    lower = None if characteristic.lower is None else float(characteristic.lower)
    upper = None if characteristic.upper is None else float(characteristic.upper)
    return Control(
        kind,
        points,
        charts,
        phases,
        within=capability(every, sigma=pair.sigma, lower=lower, upper=upper),
        overall=capability(every, lower=lower, upper=upper),
        machine=capability(latest, lower=lower, upper=upper),
        left_out=left_out,
        rules=rules,
    )


def control_of_scrap(shares: Sequence[ScrapShare], *, rules: str = "nelson") -> Control:
    """The p-chart of scrap by operation."""
    points = [
        Point(share.order, share.ended, share.number, "", None, [share.scrap / share.made])
        for share in shares
    ]
    if len(points) < NEEDED:
        return Control(Chart.P, points, [], [], rules=rules)
    chart = p_chart([share.scrap for share in shares], [share.made for share in shares])
    return Control(
        Chart.P, points, [Drawn("p", chart, 0, _broken(chart, [], 0, RULE_SETS[rules]))], [], rules=rules
    )


def _of_attributes(kind: Chart, values: Sequence[Value], rules: str) -> Control:
    kept = list(values)
    if kind in (Chart.NP, Chart.C) and kept:
        usual = mode(value.inspected for value in kept)
        kept = [value for value in kept if value.inspected == usual]
    points = [Point(one.result, one.at, one.order, one.machine, one.run, [float(one.wrong)]) for one in kept]
    phases = _phases(points)
    left_out = len(values) - len(kept)
    if len(points) < NEEDED:
        return Control(kind, points, [], phases, left_out=left_out, rules=rules)
    wrong, sizes = [one.wrong for one in kept], [one.inspected for one in kept]
    match kind:
        case Chart.NP:
            chart = np_chart(wrong, sizes[0])
        case Chart.C:
            chart = c_chart(wrong)
        case Chart.U:
            chart = u_chart(wrong, sizes)
        case _:
            chart = p_chart([min(a, b) for a, b in zip(wrong, sizes, strict=True)], sizes)
    drawn = Drawn(kind.value, chart, 0, _broken(chart, phases, 0, RULE_SETS[rules]))
    return Control(kind, points, [drawn], phases, left_out=left_out, rules=rules)


def _subgroups(values: Sequence[Value], size: int) -> list[Point]:
    """Values of one operation and trigger belong together; of each only whole samples of ``size``."""
    points = []
    places: dict[tuple[int, str, int | None], list[Value]] = defaultdict(list)
    for value in values:
        places[value.operation, value.trigger, value.run].append(value)
    for listed in places.values():
        for start in range(0, len(listed) - size + 1, size):
            group = listed[start : start + size]
            last = group[-1]
            numbers = [one.value for one in group if one.value is not None]
            points.append(Point(last.result, last.at, last.order, last.machine, last.run, numbers))
    return sorted(points, key=lambda point: (point.at, point.result))


def _phases(points: Sequence[Point]) -> list[int]:
    return [at for at in range(1, len(points)) if points[at].run != points[at - 1].run]


def _broken(
    chart: ControlChart, phases: Sequence[int], first: int, rules: dict[int, Rule]
) -> dict[int, list[int]]:
    """The rules broken, each phase by itself: a pattern doesn't reach across a set-up."""
    distances = chart.distances()
    borders = [0, *(max(phase - first, 0) for phase in phases), len(distances)]
    found = {}
    for start, end in pairwise(borders):
        for at, numbers in violations(distances[start:end], rules).items():
            found[start + at] = numbers
    return found
