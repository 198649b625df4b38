"""Everything that a batch of master data refers to or changes, loaded once and kept up to date in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from machines.models import MachineGroup, Plant, Tool
from orders.domain.intake.references import plants_by_code, units_by_code
from orders.domain.master_documents import (
    BomDocument,
    CustomerDocument,
    ItemDocument,
    MasterDocument,
    RoutingDocument,
    WorkCentreDocument,
)
from orders.models import (
    Bom,
    BomLine,
    Customer,
    Item,
    ItemUnit,
    ProductionOrder,
    Routing,
    RoutingOperation,
    SetupFamily,
    StockMove,
    Unit,
)


@dataclass(slots=True)
class Known:
    """Look-ups by the sender's codes. What the batch makes is added as it is made, unsaved.

    ``parts``: item → the items of its active bills of material, as far down as the batch reaches.
    ``counted``: primary keys of items that orders or stock count, out of those that get another unit.
    """

    received_at: datetime
    language: str
    plants: dict[str, Plant]
    units: dict[str, Unit]
    items: dict[str, Item]
    counted: set[int]
    families: dict[str, SetupFamily]
    factors: dict[str, dict[str, ItemUnit]]
    groups: dict[tuple[int, str], MachineGroup]
    groups_by_id: dict[tuple[int, str], MachineGroup]
    customers: dict[str, Customer]
    tools: dict[str, Tool]
    boms: dict[tuple[str, str], Bom]
    lines: dict[tuple[str, str], dict[str, BomLine]]
    parts: dict[str, dict[str, set[str]]]
    routings: dict[tuple[int, str, str], Routing]
    operations: dict[tuple[int, str, str], dict[str, RoutingOperation]]

    def plant_of(self, document: WorkCentreDocument | RoutingDocument) -> Plant | None:
        return self.plants.get(document.plant or "")

    def group_of(self, plant: int, named: str) -> MachineGroup | None:
        """The work centre by the ERP's code, ours, or the ERP's internal key."""
        return self.groups.get((plant, named)) or self.groups_by_id.get((plant, named))


def load_known(documents: Sequence[MasterDocument], *, plant: Plant, received_at: datetime) -> Known:
    """A fixed number of queries. ``plant`` is the sender's own, for documents that name none."""
    items = [one for one in documents if isinstance(one, ItemDocument)]
    boms = [one for one in documents if isinstance(one, BomDocument)]
    routings = [one for one in documents if isinstance(one, RoutingDocument)]
    centres = [one for one in documents if isinstance(one, WorkCentreDocument)]
    customers = {one.code for one in documents if isinstance(one, CustomerDocument)}
    plants = plants_by_code(_plants_named(routings, centres), plant)
    plant_ids = sorted({found.pk for found in plants.values()})
    codes = {one.code for one in items} | {one.item for one in boms} | {one.item for one in routings}
    codes |= {position.item for one in boms for position in one.positions}
    known_items = {
        item.code: item
        for item in Item.objects.select_related("unit", "setup_family").filter(code__any=codes)
    }
    units = units_by_code()
    known_boms = {
        (bom.item.code, bom.revision): bom
        for bom in _if_any(boms, lambda: Bom.objects.select_related("item").filter(_keys(boms)))
    }
    known_routings = {
        (routing.plant_id, routing.item.code, routing.revision): routing
        for routing in _if_any(
            routings,
            lambda: Routing.objects.select_related("item").filter(_keys(routings), plant__in=plant_ids),
        )
    }
    groups, groups_by_id = _groups(centres, routings, plant_ids)
    tools = {step.tool for one in routings for step in one.steps if step.tool}
    families = {one.setup_family for one in items if one.setup_family}
    return Known(
        received_at=received_at,
        language=plant.language,
        plants=plants,
        units=units,
        items=known_items,
        counted=_counted(items, known_items, units),
        families=_by_code(SetupFamily, families),
        factors=_factors(known_items.values() if items or boms else ()),
        groups=groups,
        groups_by_id=groups_by_id,
        customers=_by_code(Customer, customers),
        tools=_by_code(Tool, tools),
        boms=known_boms,
        lines=_lines(known_boms),
        parts=_parts(known_items[code].pk for code in codes if code in known_items) if boms else {},
        routings=known_routings,
        operations=_operations(known_routings),
    )


def _plants_named(routings: Sequence[RoutingDocument], centres: Sequence[WorkCentreDocument]) -> set[str]:
    named = {one.plant for one in routings} | {one.plant for one in centres}
    return {plant for plant in named if plant}


def _if_any(documents: Sequence[Any], rows: Any) -> Iterable[Any]:
    return rows() if documents else ()


def _keys(documents: Iterable[BomDocument | RoutingDocument]) -> Q:
    """Items and revisions: a few too many for mixed revisions, which nobody looks up."""
    documents = list(documents)
    return Q(item__code__in={one.item for one in documents}) & Q(
        revision__in={one.revision for one in documents}
    )


def _by_code(model: Any, codes: set[str]) -> dict[str, Any]:
    return {row.code: row for row in model.objects.filter(code__any=codes)} if codes else {}


def _counted(items: Iterable[ItemDocument], known: dict[str, Item], units: dict[str, Unit]) -> set[int]:
    recounted = {
        known[one.code].pk
        for one in items
        if one.unit in units and one.code in known and known[one.code].unit_id != units[one.unit].pk
    }
    if not recounted:
        return set()
    used = ProductionOrder.objects.filter(item__in=recounted).order_by().values_list("item", flat=True)
    moved = StockMove.objects.filter(item__in=recounted).order_by().values_list("item", flat=True)
    built_in = BomLine.objects.filter(item__in=recounted).order_by().values_list("item", flat=True)
    return set(used.union(moved, built_in))


def _factors(items: Iterable[Item]) -> dict[str, dict[str, ItemUnit]]:
    found: dict[str, dict[str, ItemUnit]] = defaultdict(dict)
    keys = [item.pk for item in items]
    rows = ItemUnit.objects.select_related("item", "unit").filter(item__any=keys) if keys else ()
    for row in rows:
        found[row.item.code][row.unit.code] = row
    return found


def _groups(
    centres: Sequence[WorkCentreDocument], routings: Sequence[RoutingDocument], plants: list[int]
) -> tuple[dict[tuple[int, str], MachineGroup], dict[tuple[int, str], MachineGroup]]:
    codes = {one.code for one in centres} | {one.internal_id for one in centres if one.internal_id}
    codes |= {step.work_centre for one in routings for step in one.steps}
    groups: dict[tuple[int, str], MachineGroup] = {}
    by_id: dict[tuple[int, str], MachineGroup] = {}
    if not codes:
        return groups, by_id
    named = Q(code__in=codes) | Q(erp_code__in=codes) | Q(internal_id__in=codes)
    for group in MachineGroup.objects.filter(named, plant__in=plants).order_by("code"):
        groups[group.plant_id, group.erp_code] = group
        groups.setdefault((group.plant_id, group.code), group)
        if group.internal_id:
            by_id[group.plant_id, group.internal_id] = group
    return groups, by_id


def _lines(boms: dict[tuple[str, str], Bom]) -> dict[tuple[str, str], dict[str, BomLine]]:
    by_bom = {bom.pk: key for key, bom in boms.items()}
    found: dict[tuple[str, str], dict[str, BomLine]] = defaultdict(dict)
    if by_bom:
        for line in BomLine.objects.select_related("item").filter(bom__in=list(by_bom)):
            found[by_bom[line.bom_id]][line.position] = line
    return found


def _operations(
    routings: dict[tuple[int, str, str], Routing],
) -> dict[tuple[int, str, str], dict[str, RoutingOperation]]:
    by_routing = {routing.pk: key for key, routing in routings.items()}
    found: dict[tuple[int, str, str], dict[str, RoutingOperation]] = defaultdict(dict)
    if by_routing:
        rows = RoutingOperation.objects.select_related("machine_group", "tool")
        for operation in rows.filter(routing__in=list(by_routing)):
            found[by_routing[operation.routing_id]][operation.number] = operation
    return found


_PARTS = """
WITH RECURSIVE below (bom_id, parent_id, part_id) AS (
    SELECT bom.id, bom.item_id, line.item_id
    FROM orders_bom bom JOIN orders_bomline line ON line.bom_id = bom.id
    WHERE bom.active AND bom.item_id = ANY(%s)
  UNION
    SELECT bom.id, bom.item_id, line.item_id
    FROM below JOIN orders_bom bom ON bom.item_id = below.part_id AND bom.active
    JOIN orders_bomline line ON line.bom_id = bom.id
)
SELECT parent.code, bom.revision, part.code FROM below
JOIN orders_bom bom ON bom.id = below.bom_id
JOIN orders_item parent ON parent.id = below.parent_id
JOIN orders_item part ON part.id = below.part_id
"""


def _parts(items: Iterable[int]) -> dict[str, dict[str, set[str]]]:
    """Item → revision → its parts, for ``items`` and all that they are made of. One query."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [sorted(items)])
        for parent, revision, part in cursor.fetchall():
            found[parent][revision].add(part)
    return found
