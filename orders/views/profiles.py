"""Measured profiles: of a plant's machines in a list, of one machine in pictures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from machines.models import Machine, MachineGroup, Plant
from mes.accounts.access import needs
from mes.accounts.roles import Right
from orders.models import Item
from orders.planning.engine.uncertainty import Pool
from orders.planning.profiles.estimate import DAY, ENOUGH, Profiles
from orders.planning.profiles.keep import profiles_of
from orders.planning.profiles.pools import Estimate, histogram, quantile

WIDTH, HEIGHT, BINS = 720, 150, 24
"""Of a picture, in its own units."""
SHADES = 5
MOST_FAMILIES = 14
"""More rows and columns nobody reads: the most frequent ones are shown."""


@dataclass(frozen=True, slots=True)
class Column:
    x: float
    y: float
    width: float
    height: float
    low: float
    high: float
    share: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A distribution as columns, with the places of some lines."""

    columns: list[Column]
    lines: list[tuple[str, float, float]]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A changeover in the map: ``shade`` 0 (short) to 4 (long); ``measured``: by its own measurements."""

    seconds: float
    count: int
    measured: bool
    shade: int
    before: str
    after: str


@require_safe
@needs(Right.VIEW)
def profiles_page(request: HttpRequest) -> HttpResponse:
    """`/profiles/?plant=…`: every machine with what is known of it."""
    plants = list(Plant.objects.order_by("code"))
    if not plants:
        raise Http404
    plant = next((one for one in plants if one.code == request.GET.get("plant")), plants[0])
    profiles = profiles_of(plant, now=timezone.now())
    machines = Machine.objects.filter(plant=plant, active=True).select_related("group").order_by("code")
    context = {
        "plants": plants,
        "plant": plant,
        "rows": [row_of(profiles, machine) for machine in machines],
        "suppliers": suppliers_of(profiles),
        "outside": outside_of(profiles),
        "tab": "profiles",
        **window_of(profiles),
    }
    return render(request, "orders/profiles/list.html", context)


@require_safe
@needs(Right.VIEW)
def machine_profile(request: HttpRequest, code: str) -> HttpResponse:
    """`/machines/CODE/profile/`: its distributions, and what they stand on."""
    machine = get_object_or_404(Machine.objects.select_related("plant", "group", "area"), code=code)
    profiles = profiles_of(machine.plant, now=timezone.now())
    place = (machine.group_id, machine.pk)
    ratio, stops = profiles.machine_ratio(machine.pk, machine.group_id), profiles.stops.of(place)
    context = {
        "machine": machine,
        "row": row_of(profiles, machine),
        "ratio": ratio,
        "ratio_picture": picture(ratio.pool, high=max(2.0, quantile(ratio.pool, 0.98))),
        "items": _items(profiles, machine),
        "stops": stops,
        "stop_picture": picture(stops.pool) if stops.level >= 0 else None,
        "interruptions": profiles.interruptions.of(place),
        "extra": profiles.extra.of(place),
        "handover": profiles.handovers.of((machine.group_id,)),
        "queue": profiles.queues.of((machine.group_id,)),
        "enough": ENOUGH,
        **_changeovers(profiles, machine),
        **window_of(profiles),
    }
    return render(request, "orders/profiles/machine.html", context)


def row_of(profiles: Profiles, machine: Machine) -> dict[str, Any]:
    ratio = profiles.machine_ratio(machine.pk, machine.group_id)
    known = profiles.availability(machine.pk)
    setups = profiles.changeovers.of((machine.group_id, machine.pk))
    return {
        "machine": machine,
        "ratio": ratio,
        "low": ratio.quantile(0.1),
        "high": ratio.quantile(0.9),
        "availability": known[0] if known else None,
        "unknown": known[1] if known else None,
        "stop_every": profiles.stop_every(machine.pk),
        "setups": setups,
    }


def suppliers_of(profiles: Profiles) -> list[dict[str, Any]]:
    """What each supplier brings of each item and how late, in days; the latest first. One query."""
    tree = profiles.deliveries
    paths = [path for path in tree.at if len(path) == 2]
    codes = dict(Item.objects.filter(pk__in={path[1] for path in paths}).values_list("pk", "code"))
    rows = []
    for path in paths:
        found, samples = tree.of(path), tree.samples(path)
        rows.append(
            {
                "supplier": path[0],
                "item": codes.get(int(str(path[1])), ""),
                "found": found,
                "median": found.median / DAY,
                "ninetieth": found.quantile(0.9) / DAY,
                "open": sum(one.censored for one in samples),
                "overdue": sum(one.censored and one.value > DAY for one in samples),
            }
        )
    return sorted(rows, key=lambda row: (-float(row["ninetieth"]), str(row["supplier"]), str(row["item"])))


def outside_of(profiles: Profiles) -> list[dict[str, Any]]:
    """How long a plan counts with for what suppliers do, by work centre and item, in days; the longest first.
    Two queries."""
    standards: dict[tuple[int, int], list[int]] = defaultdict(list)
    open_ = Counter((one.group, one.item) for one in profiles.measured.outsides if one.open)
    for one in profiles.measured.outsides:
        standards[one.group, one.item].append(one.standard)
    groups = MachineGroup.objects.filter(pk__in={group for group, _ in standards})
    items = Item.objects.filter(pk__in={item for _, item in standards})
    names, codes = dict(groups.values_list("pk", "name")), dict(items.values_list("pk", "code"))
    rows = []
    for (group, item), each in standards.items():
        planned = fmean(filter(None, each)) if any(each) else 0.0
        found = (profiles.suppliers if planned else profiles.supplier_seconds).of((group, item))
        took = profiles.away(group, item, planned)
        known = bool(planned) or found.own > 0
        rows.append(
            {
                "group": names.get(group, ""),
                "item": codes.get(item, ""),
                "found": found,
                "planned": planned / DAY,
                "median": quantile(took, 0.5) / DAY if known else None,
                "ninetieth": quantile(took, 0.9) / DAY if known else None,
                "open": open_[group, item],
            }
        )
    return sorted(rows, key=lambda row: (-float(row["ninetieth"] or 0), str(row["group"]), str(row["item"])))


def window_of(profiles: Profiles) -> dict[str, Any]:
    return {
        "since": datetime.fromtimestamp(profiles.measured.since, UTC),
        "until": datetime.fromtimestamp(profiles.measured.until, UTC),
    }


def picture(pool: Pool, *, high: float | None = None) -> Picture:
    """From 0 to ``high``; without it to where 98 % lie. What is beyond stands in the last column."""
    top = high or quantile(pool, 0.98) or 1.0
    shares = histogram(pool, bins=BINS, high=top)
    most, width = max(shares) or 1.0, WIDTH / BINS
    columns = [
        Column(
            round(number * width, 1),
            round(HEIGHT * (1 - share / most), 1),
            round(width - 1, 1),
            round(HEIGHT * share / most, 1),
            top * number / BINS,
            top * (number + 1) / BINS,
            share,
        )
        for number, share in enumerate(shares)
        if share > 0
    ]
    marks = (("median", quantile(pool, 0.5)), ("ninetieth", quantile(pool, 0.9)))
    lines = [(kind, round(WIDTH * value / top, 1), value) for kind, value in marks if value <= top]
    return Picture(columns, lines, 0.0, top)


def _items(profiles: Profiles, machine: Machine) -> list[tuple[str, Estimate, float, float, Estimate]]:
    """Items made there, the most measured first: run time with P10 and P90, pieces for each good one."""
    made = {int(str(path[3])) for path in profiles.run_times.at if len(path) == 4 and path[1] == machine.pk}
    names: Mapping[int, str] = dict(Item.objects.filter(pk__in=made).values_list("pk", "code"))
    rows = []
    for item, code in names.items():
        found = profiles.run_ratio(machine.pk, item)
        extra = profiles.extra.of(profiles.run_path(machine.pk, item))
        rows.append((code, found, found.quantile(0.1), found.quantile(0.9), extra))
    return sorted(rows, key=lambda row: (-row[1].own, row[0]))


def _changeovers(profiles: Profiles, machine: Machine) -> dict[str, Any]:
    """The map from → to of setup families (items without one stand for themselves)."""
    pairs = profiles.pairs.get(machine.pk, {})
    often: dict[str, int] = {}
    for (before, after), found in pairs.items():
        for name in (before, after):
            often[name] = often.get(name, 0) + found.own
    names = sorted(sorted(often, key=lambda name: (-often[name], name))[:MOST_FAMILIES])
    pooled = {after: profiles.changeovers.of((machine.group_id, machine.pk, after)) for after in names}
    taken = {
        pair: (found if found.own >= ENOUGH else pooled[pair[1]]).median
        for pair, found in pairs.items()
        if set(pair) <= set(names)
    }
    longest = max(taken.values(), default=1.0) or 1.0

    def cell(before: str, after: str) -> Cell | None:
        if (before, after) not in taken:
            return None
        found, seconds = pairs[before, after], taken[before, after]
        shade = min(int(SHADES * seconds / longest), SHADES - 1)
        return Cell(seconds, found.own, found.own >= ENOUGH, shade, before, after)

    return {
        "families": names,
        "changeovers": [(before, [cell(before, after) for after in names]) for before in names],
        "left_out": len(often) - len(names),
    }
