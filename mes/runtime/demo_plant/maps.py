"""Where the demo plant's machines stand on the plans of their areas: a grid, in rows by code."""

from __future__ import annotations

from collections import defaultdict
from math import ceil, sqrt

from machines.models import Machine, Plant
from mes.runtime.demo_plant.rows import add_missing
from quality.models import AreaMap, MapPlace
from quality.models.map import FULL


def load_maps(plant: Plant) -> None:
    """Draw each area that has no plan yet; a plan that somebody drew stays as it is."""
    drawn = set(AreaMap.objects.filter(area__plant=plant).values_list("area", flat=True))
    machines: dict[int, list[Machine]] = defaultdict(list)
    for machine in Machine.objects.filter(plant=plant, active=True, area__isnull=False).order_by("code"):
        if machine.area_id not in drawn:
            machines[machine.area_id].append(machine)
    maps = add_missing(AreaMap, [{"area_id": area} for area in machines], by=("area",))
    for area, there in machines.items():
        columns = ceil(sqrt(len(there)))
        rows = ceil(len(there) / columns)
        MapPlace.objects.bulk_create(
            MapPlace(
                map=maps[area],
                machine=machine,
                x=FULL * (2 * (number % columns) + 1) // (2 * columns),
                y=FULL * (2 * (number // columns) + 1) // (2 * rows),
            )
            for number, machine in enumerate(there)
        )
