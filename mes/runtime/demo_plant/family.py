"""A family mould of the demo plant: two left covers and one right one come out of each cycle.

Its two orders wait at MOULD-2 to be started together; the simulated plant leaves them to visitors.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from machines.models import Machine, MachineGroup, Plant, Tool
from mes.runtime.demo_plant.rows import add_missing
from orders.domain.documents import OrderDocument
from orders.domain.intake import apply_documents
from orders.domain.release import release_order
from orders.models import Item, ProductionOrder, Routing, RoutingOperation, ToolOutput, Unit

TOOL, MACHINE, GROUP = "MLD-COVER", "MOULD-2", "MOULD"
COVERS = (
    ("MP-COVER-L", "Cover, left (demo)", 2, "DEMO-L1"),
    ("MP-COVER-R", "Cover, right (demo)", 1, "DEMO-R1"),
)
CYCLE_SECONDS, PIECES, SETUP_SECONDS = 30, 3, 1200
CYCLES = 500


def load_family(plant: Plant) -> None:
    """Add the mould, its items, routings and orders where they are missing."""
    unit = Unit.objects.get(code="C62")
    items = add_missing(
        Item, [{"code": code, "name": name, "unit": unit} for code, name, *_more in COVERS], by=("code",)
    )
    known = Tool.objects.filter(code=TOOL).exists()
    tool = add_missing(
        Tool,
        [{"plant": plant, "code": TOOL, "name": "Mould covers, 2 left and 1 right", "outputs": PIECES}],
        by=("code",),
    )[TOOL]
    if not known:
        tool.machines.add(Machine.objects.get(plant=plant, code=MACHINE))
    add_missing(
        ToolOutput,
        [{"tool": tool, "item": items[code], "pieces": pieces} for code, _name, pieces, _order in COVERS],
        by=("tool", "item"),
    )
    routings = add_missing(
        Routing, [{"plant": plant, "item": item} for item in items.values()], by=("plant", "item", "revision")
    )
    add_missing(
        RoutingOperation,
        [
            {
                "routing": routing,
                "number": "0010",
                "text": "Mould",
                "machine_group": MachineGroup.objects.get(plant=plant, code=GROUP),
                "setup_seconds": SETUP_SECONDS,
                "run_seconds": CYCLE_SECONDS,
                "base_quantity": PIECES,
                "program": "COVER_D",
                "tool": tool,
            }
            for routing in routings.values()
        ],
        by=("routing", "number"),
    )
    for code, _name, pieces, number in COVERS:
        _order(plant, number, code, Decimal(CYCLES * pieces))


def _order(plant: Plant, number: str, item: str, quantity: Decimal) -> None:
    if ProductionOrder.objects.filter(plant=plant, number=number).exists():
        return
    due = timezone.now() + timedelta(days=10)
    document = OrderDocument(
        number, plant=plant.erp_code, item=item, quantity=quantity, unit="C62", version="1", due=due
    )
    apply_documents([document], plant=plant)
    order = ProductionOrder.objects.get(plant=plant, number=number)
    release_order(order=order, by=None, key=uuid.uuid5(uuid.NAMESPACE_OID, f"demo family {number}"))
