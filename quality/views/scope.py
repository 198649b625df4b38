"""Which machines a page is about: a plant, one of its areas or machine groups, or all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from machines.models import Area, Machine, MachineGroup, Plant

Place = TypeVar("Place", Plant, Area, MachineGroup)


@dataclass(frozen=True, slots=True)
class Scope:
    """`?plant=CODE&area=CODE&group=CODE`; nothing chosen means everything. ``areas`` and ``groups`` are those
    one can choose.
    """

    plants: list[Plant]
    areas: list[Area]
    plant: Plant | None
    area: Area | None
    groups: list[MachineGroup]
    group: MachineGroup | None

    @property
    def is_small(self) -> bool:
        """True for a place whose machines are told one by one."""
        return self.area is not None or self.group is not None

    @property
    def machines(self) -> QuerySet[Machine]:
        """Active machines in the order of the wall."""
        chosen = Machine.objects.filter(active=True)
        if self.plant is not None:
            chosen = chosen.filter(plant=self.plant)
        if self.group is not None:
            chosen = chosen.filter(group=self.group)
        return chosen if self.area is None else chosen.filter(area=self.area)

    @property
    def key(self) -> str:
        """The scope as the key of a live fragment."""
        return f"p{self.plant.pk if self.plant else ''}a{self.area.pk if self.area else ''}"

    @property
    def time_zone(self) -> str:
        """The zone whose clock the page shows."""
        plant = self.plant or (self.plants[0] if self.plants else None)
        return plant.time_zone if plant else "UTC"

    @property
    def title(self) -> str:
        if self.area and self.group:
            return f"{self.area.name}, {self.group.name}"
        place = self.area or self.group or self.plant
        return place.name if place else ", ".join(plant.name for plant in self.plants)


def scope_of(request: HttpRequest, *, with_groups: bool = False) -> Scope:
    """Two queries, and one more ``with_groups``. A single plant is chosen by itself.

    Raises ``Http404`` for a code that doesn't exist.
    """
    plants = list(Plant.objects.all())
    areas = list(Area.objects.select_related("plant"))
    plant = _named(plants, request.GET.get("plant", "")) or (plants[0] if len(plants) == 1 else None)
    if plant is not None:
        areas = [area for area in areas if area.plant_id == plant.pk]
    groups = [
        group
        for group in (MachineGroup.objects.all() if with_groups else ())
        if plant is None or group.plant_id == plant.pk
    ]
    area = _named(areas, request.GET.get("area", ""))
    group = _named(groups, request.GET.get("group", "")) if with_groups else None
    return Scope(plants, areas, plant or (area.plant if area else None), area, groups, group)


def machines_of_key(key: str) -> QuerySet[Machine]:
    """The machines of a scope by its ``key``."""
    plant, _, area = key.removeprefix("p").partition("a")
    chosen = Machine.objects.filter(active=True)
    if plant:
        chosen = chosen.filter(plant=int(plant))
    return chosen.filter(area=int(area)) if area else chosen


def _named(places: list[Place], code: str) -> Place | None:
    if not code:
        return None
    for place in places:
        if place.code == code:
            return place
    raise Http404
