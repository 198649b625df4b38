"""Back-cast: what would have been promised, and how much of it kept; and what to measure next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from machines.models import Machine, MachineGroup, Plant
from mes.accounts.access import needs
from mes.accounts.roles import Right
from orders.models import Item
from orders.planning.load import load
from orders.planning.profiles.back_cast import BackCast, kept
from orders.planning.profiles.estimate import Profiles
from orders.planning.profiles.keep import profiles_of
from orders.planning.profiles.open_parts import Number, parts_of
from orders.planning.profiles.past import assumed_availability, back_cast
from orders.planning.profiles.value import Part, Worth, worth_of
from orders.views.profiles import window_of

DAYS = (30, 90, 180)
FEW = 30
"""Below that a percentage is no news."""
SHOWN = 100
LEAST_HOURS = 0.05
"""Less is not worth a row."""
BAR = 520
"""Width of the picture's longest bar, in its own units."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to promise: how many dates were kept, and the lead time it names on average (days)."""

    name: str
    kept: int
    given: int
    days: float
    y: int

    @property
    def share(self) -> float | None:
        return self.kept / self.given if self.given else None

    @property
    def width(self) -> int:
        return round(BAR * (self.share or 0.0))


@require_safe
@needs(Right.VIEW)
def back_cast_page(request: HttpRequest) -> HttpResponse:
    """`/standards/back-cast/?plant=…&days=90&assumed=82`."""
    plants, plant = plant_asked(request)
    now = timezone.now()
    profiles = profiles_of(plant, now=now)
    days = _whole(request, "days", DAYS[1], high=DAYS[-1])
    assumed = _whole(request, "assumed", round(100 * assumed_availability(plant)), high=100)
    cast = back_cast(plant, profiles, since=now - timedelta(days=days), now=now, availability=assumed / 100)
    context = {
        "plants": plants,
        "plant": plant,
        "tab": "back-cast",
        "days": days,
        "choices": DAYS,
        "assumed": assumed,
        "real": real_availability(profiles),
        "ways": ways_of(cast),
        "cast": cast[:SHOWN],
        "count": len(cast),
        "few": len(cast) < FEW,
        **window_of(profiles),
    }
    return render(request, "orders/profiles/back_cast.html", context)


def ways_of(cast: list[BackCast]) -> list[Way]:
    dates: dict[str, Callable[[BackCast], datetime | None]] = {
        "assumed": lambda one: one.assumed,
        "mean": lambda one: one.mean,
        "measured": lambda one: one.measured,
        "promised": lambda one: one.made.promised,
    }
    found = []
    for place, (name, date_of) in enumerate(dates.items()):
        held, given = kept(cast, date_of)
        spans = [date - one.made.began for one in cast if (date := date_of(one)) is not None]
        mean = sum(spans, timedelta(0)) / len(spans) if spans else timedelta(0)
        found.append(Way(name, held, given, mean / timedelta(days=1), 20 + 48 * place))
    return found


def real_availability(profiles: Profiles) -> float | None:
    """Of all machines that signals watch, by their time."""
    produced = sum(one.produced for one in profiles.measured.watched)
    known = produced + sum(one.stopped for one in profiles.measured.watched)
    return produced / known if known else None


@require_safe
@needs(Right.VIEW)
def value_page(request: HttpRequest) -> HttpResponse:
    """`/standards/next/?plant=…`: which machine to connect, which standard to measure again."""
    plants, plant = plant_asked(request)
    loaded = load(plant, now=timezone.now().replace(microsecond=0))
    parts = list(parts_of(loaded))
    machines = {machine.pk: machine for machine, _slot in loaded.slots}
    by_machine = worth_of(
        Part(part.order, part.key.machine, part.now, part.learned)
        for part in parts
        if isinstance(part.key, Number) and part.key.machine is not None
    )
    groups = MachineGroup.objects.filter(plant=plant).in_bulk()
    items = Item.objects.in_bulk({part.key.item for part in parts if isinstance(part.key, Number)})
    profiles = loaded.profiles
    context = {
        "plants": plants,
        "plant": plant,
        "tab": "value",
        "orders": len({part.order for part in parts}),
        "machines": [
            (machines[worth.key], worth, profiles.machine_ratio(worth.key, machines[worth.key].group_id))
            for worth in by_machine
            if isinstance(worth.key, int)
        ][:SHOWN],
        "standards": [
            _standard(worth, profiles, machines, groups, items)
            for worth in worth_of(parts)[:SHOWN]
            if worth.hours >= LEAST_HOURS
        ],
        **window_of(profiles),
    }
    return render(request, "orders/profiles/value.html", context)


def _standard(
    worth: Worth,
    profiles: Profiles,
    machines: Mapping[int, Machine],
    groups: Mapping[int, MachineGroup],
    items: Mapping[int, Item],
) -> dict[str, Any]:
    number = worth.key
    if not isinstance(number, Number):
        raise TypeError(number)
    if number.machine is None:
        found = profiles.suppliers.of((number.group, number.item))
    elif number.kind == "run":
        found = profiles.run_ratio(number.machine, number.item, number.group)
    else:
        found = profiles.setup_spread.of((number.group, number.machine))
    return {
        "kind": number.kind,
        "machine": machines.get(number.machine or 0),
        "group": groups.get(number.group),
        "item": items.get(number.item),
        "worth": worth,
        "found": found,
    }


def plant_asked(request: HttpRequest) -> tuple[list[Plant], Plant]:
    plants = list(Plant.objects.order_by("code"))
    if not plants:
        raise Http404
    return plants, next((one for one in plants if one.code == request.GET.get("plant")), plants[0])


def _whole(request: HttpRequest, name: str, default: int, *, high: int) -> int:
    text = request.GET.get(name, "")
    return min(max(int(text), 1), high) if text.isdecimal() and len(text) < 6 else default
