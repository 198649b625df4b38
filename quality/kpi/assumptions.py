"""What plans assume beside what whole runs, stops and pieces say: run times of machines without signals,
scrap, availability, suppliers, waiting, deliveries. Three queries."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence

from machines.models import Machine, MachineGroup
from orders.models import Item, Operation
from orders.planning.profiles.estimate import Profiles
from orders.planning.profiles.measured import RunTime
from orders.planning.profiles.truth import FULL_DAY
from quality.kpi.gaps import FEWEST, Gap, Standard


def assumption_gaps(profiles: Profiles, machines: Sequence[Machine], *, assumed: float) -> list[Gap]:
    """Of these machines of one plant and their groups. ``assumed``: the share of time that the old way of
    promising counts as available."""
    items = {
        pk: (code, name)
        for pk, code, name in Item.objects.filter(pk__in=profiles.measured.items).values_list(
            "pk", "code", "name"
        )
    }
    groups = {machine.group_id: machine.group for machine in machines}
    return [
        *_run_times(profiles, machines, items),
        *_scrap(profiles, machines, items),
        *_availability(profiles, machines, assumed),
        *_outside(profiles, groups, items),
        *_waiting(profiles, groups),
        *_deliveries(profiles, items, machines[0].plant_id if machines else 0),
    ]


def _run_times(
    profiles: Profiles, machines: Sequence[Machine], items: dict[int, tuple[str, str]]
) -> Iterable[Gap]:
    """Of machines without signals, from whole runs, stops included. The planned time is that of the operation
    that was measured last."""
    by_pk = {machine.pk: machine for machine in machines if not machine.measured}
    rows: dict[tuple[int, int], list[RunTime]] = defaultdict(list)
    for one in profiles.measured.run_times:
        if one.machine in by_pk and one.item in items and one.standard > 0 and not one.open:
            rows[one.machine, one.item].append(one)
    last = {key: max(found, key=lambda one: (one.at, one.operation)) for key, found in rows.items()}
    wanted = [one.operation for one in last.values()]
    per_piece = {one.pk: float(one.seconds_per_piece) for one in Operation.objects.filter(pk__in=wanted)}
    for (machine, item), found in sorted(rows.items()):
        operation = last[machine, item].operation
        planned = per_piece.get(operation, 0.0)
        if planned <= 0:
            continue
        ratios = median_within([one.seconds / one.standard for one in found])
        yield Gap(
            *(Standard.RUN, by_pk[machine].code, by_pk[machine].plant_id, *items[item], operation),
            *(planned, ratios[0] * planned, ratios[1] * planned, ratios[2] * planned, len(found)),
            sum(one.standard for one in found) / planned,
        )


def _scrap(
    profiles: Profiles, machines: Sequence[Machine], items: dict[int, tuple[str, str]]
) -> Iterable[Gap]:
    """Plans assume none. The interval is Wilson's for a share of pieces."""
    by_pk = {machine.pk: machine for machine in machines}
    sums: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for one in profiles.measured.outcomes:
        if one.machine in by_pk and one.item in items:
            found = sums[one.machine, one.item]
            found[0] += one.scrap / 1000
            found[1] += (one.good + one.scrap + one.rework) / 1000
            found[2] += 1
            found[3] = max(found[3], one.operation)
    wanted = [int(found[3]) for found in sums.values() if found[0] > 0]
    per_piece = {one.pk: float(one.seconds_per_piece) for one in Operation.objects.filter(pk__in=wanted)}
    for (machine, item), (scrap, pieces, count, operation) in sorted(sums.items()):
        if scrap <= 0 or pieces <= 0:  # corrections of earlier pieces can outweigh the good ones
            continue
        low, high = wilson(scrap, pieces)
        yield Gap(
            *(Standard.SCRAP, by_pk[machine].code, by_pk[machine].plant_id, *items[item], int(operation)),
            *(0.0, scrap / pieces, low, high, int(count), pieces),
            lost_hours=scrap * per_piece.get(int(operation), 0.0) / 3600,
        )


def _availability(profiles: Profiles, machines: Sequence[Machine], assumed: float) -> Iterable[Gap]:
    """The interval counts with stops that come by chance: the lost time strays by √Σ(length²)."""
    stops: dict[int, list[int]] = defaultdict(list)
    for one in profiles.measured.standstills:
        if one.in_run:
            stops[one.machine].append(one.seconds)
    for machine in machines:
        found, watched = profiles.availability(machine.pk), profiles.watched.get(machine.pk)
        if found is None or watched is None:
            continue
        known = watched.produced + watched.stopped
        stray = 1.96 * math.sqrt(sum(seconds**2 for seconds in stops[machine.pk])) / known
        yield Gap(
            *(Standard.AVAILABILITY, machine.code, machine.plant_id, "", "", 0),
            *(assumed, found[0], max(found[0] - stray, 0.0), min(found[0] + stray, 1.0)),
            *(len(stops[machine.pk]), float(known)),
            lost_hours=(assumed - found[0]) * known / 3600,
        )


def _outside(
    profiles: Profiles, groups: dict[int, MachineGroup], items: dict[int, tuple[str, str]]
) -> Iterable[Gap]:
    rows: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for one in profiles.measured.outsides:
        if not one.open and one.standard > 0 and one.group in groups and one.item in items:
            rows[one.group, one.item].append((one.seconds, one.standard, one.operation))
    for (group, item), found in sorted(rows.items()):
        seconds = [row[0] for row in found]
        planned, operation = found[-1][1], found[-1][2]
        yield Gap(
            *(Standard.OUTSIDE, groups[group].code, groups[group].plant_id, *items[item], operation),
            *(float(planned), *median_within(seconds), len(seconds), float(len(seconds))),
            lost_hours=0.0,
        )


def _waiting(profiles: Profiles, groups: dict[int, MachineGroup]) -> Iterable[Gap]:
    """From one operation to the next, in working time; the old way assumes none."""
    rows: dict[int, list[int]] = defaultdict(list)
    for one in profiles.measured.handovers:
        if not one.open and one.group in groups:
            rows[one.group].append(one.seconds)
    for group, seconds in sorted(rows.items()):
        yield Gap(
            *(Standard.WAITING, groups[group].code, groups[group].plant_id, "", "", 0),
            *(0.0, *median_within(seconds), len(seconds), float(len(seconds))),
            lost_hours=0.0,
        )


def _deliveries(profiles: Profiles, items: dict[int, tuple[str, str]], plant: int) -> Iterable[Gap]:
    """Elapsed time behind the end of the day they were told for; plans take that day for granted."""
    rows: dict[tuple[str, int], list[float]] = defaultdict(list)
    for one in profiles.measured.deliveries:
        if not one.open and one.item in items:
            rows[one.supplier, one.item].append(max(one.late - FULL_DAY, 0.0))
    for (supplier, item), seconds in sorted(rows.items()):
        yield Gap(
            *(Standard.DELIVERY, supplier, plant, *items[item], 0),
            *(0.0, *median_within(seconds), len(seconds), float(len(seconds))),
            lost_hours=0.0,
        )


def median_within(values: Sequence[float]) -> tuple[float, float, float]:
    """The median, and the order statistics at the ranks n/2 ± 0.98 √n, which enclose it with 95 % (binomial;
    from ``FEWEST`` values on, before that the extremes)."""
    ordered = sorted(values)
    count = len(ordered)
    reach = 0.98 * math.sqrt(count) if count >= FEWEST else count
    low = max(math.floor(count / 2 - reach), 0)
    high = min(math.ceil(count / 2 + reach), count - 1)
    return statistics.median(ordered), ordered[low], ordered[high]


def wilson(hits: float, of: float) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z = 1.96
    middle = (hits + z * z / 2) / (of + z * z)
    reach = z / (of + z * z) * math.sqrt(max(hits * (of - hits), 0.0) / of + z * z / 4)
    return max(middle - reach, 0.0), min(middle + reach, 1.0)
