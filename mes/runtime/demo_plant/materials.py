"""Units, tools, items, bills of material, routings and opening stock."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from machines.models import Machine, MachineGroup, Plant, Tool
from mes.accounts.models import Skill
from mes.runtime.demo_plant.rows import add_missing
from orders.domain.stock import move_stock
from orders.enums import MoveKind, Strategy
from orders.models import (
    Bom,
    BomLine,
    Item,
    Lot,
    Routing,
    RoutingOperation,
    SetupFamily,
    StockMove,
    Unit,
)

STOCK_KEYS = uuid.UUID("6b4d9a57-0b1c-4f3a-9d8a-2f6f6d3f5d10")
"""The name space from which the keys of the opening stock are made: each is booked once for ever."""

SUPPLIER = "Metals and Granulates (demo)"

GTINS = {"MC-HUB": "9521234543213", "GB-10": "9521234543220"}
"""With the prefix that GS1 keeps for examples (952)."""

# code, symbol, name, decimals
UNITS = (
    ("C62", "pc", "piece", 0),
    ("KGM", "kg", "kilogram", 3),
    ("GRM", "g", "gram", 0),
    ("MTR", "m", "metre", 3),
    ("MMT", "mm", "millimetre", 1),
    ("LTR", "l", "litre", 3),
    ("SET", "set", "set", 0),
    ("PR", "pair", "pair", 0),
)

FAMILIES = {
    "HOT-SMALL": "Forging, small dies",
    "HOT-LARGE": "Forging, large dies",
    "PA66-BLACK": "Polyamide 66 black",
    "PA66-NATURAL": "Polyamide 66 natural",
    "POM-WHITE": "Polyoxymethylene white",
    "STEEL": "Machined from steel",
    "ALU": "Machined from aluminium",
    "GEARBOX": "Gearboxes",
}

# code, name, pieces per cycle, machines it fits on
TOOLS = (
    ("DIE-FORK", "Forging die fork", 1, ("PRESS-1",)),
    ("DIE-HUB", "Forging die hub", 2, ("PRESS-1", "PRESS-2")),
    ("MLD-HOUSING", "Mould housing, 2 cavities", 2, ("MOULD-2",)),
    ("MLD-CAP", "Mould cap, 4 cavities", 4, ("MOULD-1", "MOULD-3")),
    ("MLD-CLIP", "Mould clip, 4 cavities", 4, ("MOULD-1", "MOULD-3")),
    ("MLD-LEVER", "Mould lever, 3 cavities", 3, ("MOULD-1", "MOULD-2")),
    ("FIX-FORK", "Clamping fixture fork", 1, ("CNC-2", "CNC-3")),
    ("FIX-SHAFT", "Collet 40 mm", 1, ("CNC-1",)),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a routing. Times are seconds; the run time is per ``per`` pieces."""

    number: str
    text: str
    group: str
    setup: int
    run: str
    skill: str
    per: int = 1
    program: str = ""
    tool: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    inspection: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One item. ``needs``: item, quantity for one piece, operation. ``stock``: on hand at the start;
    ``price``: euros a unit, as material."""

    code: str
    name: str
    strategy: Strategy
    unit: str = "C62"
    family: str = ""
    revision: str = ""
    released: bool = True
    lot_tracked: bool = False
    stock: str = "0"
    price: str | None = None
    needs: tuple[tuple[str, str, str], ...] = ()
    steps: tuple[Step, ...] = ()


MTS, MTO, ATO, ETO = Strategy.MTS, Strategy.MTO, Strategy.ATO, Strategy.ETO

HARDEN = Step(
    *("0030", "Harden and temper", "FURNACE", 600, "7200", "heat"),
    per=40,
    parameters={"hardening": "850 °C", "tempering": "560 °C", "pieces per load": "40"},
)
MEASURE = Step("0050", "Measure and release", "INSP", 0, "45", "measuring", inspection=True)

TWO_DAYS = 2 * 86400

# Nobody supplies the demo plant with what it buys: there is enough for about three months.
PARTS: tuple[Part, ...] = (
    Part(
        "RM-STEEL",
        "Steel bar 42CrMo4, 40 mm",
        MTS,
        unit="KGM",
        price="1.95",
        stock="2500000",
        lot_tracked=True,
    ),
    Part(
        "RM-ALU",
        "Aluminium bar EN AW-6082, 60 mm",
        MTS,
        unit="KGM",
        price="4.10",
        stock="20000",
        lot_tracked=True,
    ),
    Part(
        "RM-PA66-BK",
        "Polyamide 66 black, granulate",
        MTS,
        unit="KGM",
        price="3.60",
        stock="60000",
        lot_tracked=True,
    ),
    Part(
        "RM-PA66-NT",
        "Polyamide 66 natural, granulate",
        MTS,
        unit="KGM",
        price="3.45",
        stock="15000",
        lot_tracked=True,
    ),
    Part(
        "RM-POM",
        "Polyoxymethylene white, granulate",
        MTS,
        unit="KGM",
        price="2.90",
        stock="2000",
        lot_tracked=True,
    ),
    Part("BP-BEARING", "Ball bearing 6204", MTS, price="3.20", stock="100000"),
    Part("BP-SCREW", "Screw M6 x 20", MTS, price="0.06", stock="350000"),
    Part("BP-SEAL", "Shaft seal 32 mm", MTS, price="1.15", stock="70000"),
    Part("BP-KEY", "Feather key 6 x 6 x 25, as a spare part", MTS, price="0.35", stock="150"),
    Part(
        *("FO-FORK", "Fork, forged blank", MTS),
        price="9.40",
        family="HOT-LARGE",
        revision="A",
        stock="400",
        needs=(("RM-STEEL", "1.850", "0010"),),
        steps=(
            Step(
                *("0010", "Forge", "PRESS", 3600, "8", "forging"),
                program="FORK-A",
                tool="DIE-FORK",
                parameters={"billet temperature": "1180 °C", "force": "9,500 kN"},
            ),
        ),
    ),
    Part(
        *("FO-HUB", "Hub, forged blank", MTS),
        price="4.10",
        family="HOT-SMALL",
        revision="B",
        stock="600",
        needs=(("RM-STEEL", "0.640", "0010"),),
        steps=(
            Step(
                *("0010", "Forge", "PRESS", 2700, "6", "forging"),
                per=2,
                program="HUB-B",
                tool="DIE-HUB",
                parameters={"billet temperature": "1160 °C", "force": "5,200 kN"},
            ),
        ),
    ),
    Part(
        *("MC-FORK", "Fork, machined and hardened", MTO),
        price="27.00",
        family="STEEL",
        revision="C",
        stock="40",
        needs=(("FO-FORK", "1", "0010"),),
        steps=(
            Step("0010", "Mill first side", "CNC", 1800, "240", "cnc", program="O2010", tool="FIX-FORK"),
            Step("0020", "Mill second side", "CNC", 1200, "180", "cnc", program="O2011", tool="FIX-FORK"),
            HARDEN,
            MEASURE,
        ),
    ),
    Part(
        *("MC-HUB", "Hub, machined", MTS),
        price="14.50",
        family="STEEL",
        revision="B",
        stock="250",
        needs=(("FO-HUB", "1", "0010"),),
        steps=(Step("0010", "Turn complete", "CNC", 1500, "150", "cnc", program="O1020"),),
    ),
    Part(
        *("MC-SHAFT", "Shaft, hardened and coated", MTO),
        price="31.00",
        family="STEEL",
        revision="D",
        stock="60",
        needs=(("RM-STEEL", "2.100", "0010"),),
        steps=(
            Step("0010", "Turn complete", "CNC", 1500, "160", "cnc", program="O1030", tool="FIX-SHAFT"),
            HARDEN,
            Step("0040", "Coat with zinc-nickel", "OUTSIDE", TWO_DAYS, "0", "", outside=True),
            MEASURE,
        ),
    ),
    Part(
        *("MC-PLATE", "Carrier plate, aluminium", MTO),
        price="22.00",
        family="ALU",
        revision="A",
        needs=(("RM-ALU", "0.900", "0010"),),
        steps=(Step("0010", "Mill complete", "CNC", 1800, "300", "cnc", program="O3050"),),
    ),
    Part(
        *("MP-HOUSING", "Housing, moulded", MTS),
        price="1.05",
        family="PA66-BLACK",
        revision="B",
        stock="800",
        needs=(("RM-PA66-BK", "0.180", "0010"),),
        steps=(
            Step(
                *("0010", "Mould", "MOULD", 3600, "35", "moulding"),
                per=2,
                program="HOUSING_B",
                tool="MLD-HOUSING",
                parameters={"melt": "285 °C", "mould": "80 °C", "cycle": "35 s"},
            ),
        ),
    ),
    Part(
        *("MP-CAP", "Cap, moulded", MTS),
        price="0.34",
        family="PA66-BLACK",
        revision="A",
        stock="2000",
        needs=(("RM-PA66-BK", "0.022", "0010"),),
        steps=(
            Step(
                *("0010", "Mould", "MOULD", 2400, "28", "moulding"),
                per=4,
                program="CAP_A",
                tool="MLD-CAP",
                parameters={"melt": "280 °C", "mould": "75 °C", "cycle": "28 s"},
            ),
        ),
    ),
    Part(
        *("MP-CLIP", "Clip, moulded", MTS),
        price="0.18",
        family="POM-WHITE",
        revision="A",
        stock="5000",
        needs=(("RM-POM", "0.008", "0010"),),
        steps=(
            Step(
                *("0010", "Mould", "MOULD", 2400, "20", "moulding"),
                per=4,
                program="CLIP_A",
                tool="MLD-CLIP",
                parameters={"melt": "205 °C", "mould": "90 °C", "cycle": "20 s"},
            ),
        ),
    ),
    Part(
        *("MP-LEVER", "Lever, moulded to order", MTO),
        price="0.72",
        family="PA66-NATURAL",
        revision="C",
        needs=(("RM-PA66-NT", "0.065", "0010"),),
        steps=(
            Step(
                *("0010", "Mould", "MOULD", 3000, "30", "moulding"),
                per=3,
                program="LEVER_C",
                tool="MLD-LEVER",
                parameters={"melt": "282 °C", "mould": "80 °C", "cycle": "30 s"},
            ),
        ),
    ),
    Part(
        *("GB-10", "Gearbox 10, assembled to order", ATO),
        family="GEARBOX",
        revision="A",
        needs=(
            ("MP-HOUSING", "1", "0010"),
            ("MC-HUB", "1", "0010"),
            ("BP-BEARING", "2", "0010"),
            ("BP-SEAL", "1", "0010"),
            ("BP-SCREW", "6", "0020"),
            ("MP-CAP", "1", "0020"),
        ),
        steps=(
            Step("0010", "Fit bearings and hub", "ASSY", 300, "60", "assembly"),
            Step("0020", "Close and screw", "ASSY", 300, "45", "assembly", parameters={"torque": "9.5 Nm"}),
            MEASURE,
        ),
    ),
    Part(
        *("GB-20", "Gearbox 20 with shaft, assembled to order", ATO),
        family="GEARBOX",
        revision="B",
        needs=(
            ("MP-HOUSING", "1", "0010"),
            ("MC-SHAFT", "1", "0010"),
            ("MC-HUB", "1", "0010"),
            ("BP-BEARING", "2", "0010"),
            ("BP-SEAL", "2", "0010"),
            ("BP-SCREW", "8", "0020"),
            ("MP-CAP", "2", "0020"),
        ),
        steps=(
            Step("0010", "Fit bearings, hub and shaft", "ASSY", 300, "90", "assembly"),
            Step("0020", "Close and screw", "ASSY", 300, "60", "assembly", parameters={"torque": "9.5 Nm"}),
            MEASURE,
        ),
    ),
    Part(
        *("FK-40", "Fork assembly 40 with lever", MTO),
        family="STEEL",
        revision="B",
        needs=(("MC-FORK", "1", "0010"), ("MP-LEVER", "1", "0010"), ("MP-CLIP", "4", "0010")),
        steps=(Step("0010", "Assemble", "ASSY", 300, "60", "assembly"), MEASURE),
    ),
    Part(
        *("SP-LIFTER", "Lifter, engineered to order", ETO),
        family="ALU",
        revision="1",
        needs=(("MC-PLATE", "1", "0020"), ("BP-SCREW", "4", "0020"), ("RM-ALU", "1.400", "0010")),
        steps=(
            Step("0010", "Mill arm", "CNC", 3600, "420", "cnc", program="O9001"),
            Step("0020", "Assemble", "ASSY", 600, "300", "assembly"),
            MEASURE,
        ),
    ),
    Part(
        *("SP-GRIPPER", "Gripper, engineering not released", ETO),
        family="ALU",
        revision="0",
        released=False,
        needs=(("RM-ALU", "2.200", "0010"),),
        steps=(Step("0010", "Mill complete", "CNC", 3600, "600", "cnc", program="O9002"), MEASURE),
    ),
)

OPENING = datetime(2026, 1, 2, 6, tzinfo=UTC)


def load_materials(plant: Plant) -> None:
    """Add what is missing of units, families, tools, items, BOMs, routings and opening stock."""
    _load_items()
    _load_tools(plant)
    _load_boms()
    _load_routings(plant)
    _load_opening_stock(plant)


def _load_items() -> None:
    units = add_missing(
        Unit,
        [
            {"code": code, "symbol": symbol, "name": name, "decimals": decimals}
            for code, symbol, name, decimals in UNITS
        ],
        by=("code",),
    )
    families = add_missing(
        SetupFamily, [{"code": code, "name": name} for code, name in FAMILIES.items()], by=("code",)
    )
    add_missing(
        Item,
        [
            {
                "code": part.code,
                "name": part.name,
                "unit": units[part.unit],
                "strategy": part.strategy,
                "setup_family": families.get(part.family),
                "revision": part.revision,
                "revision_released_at": OPENING if part.revision and part.released else None,
                "stocked": part.strategy != ETO,
                "lot_tracked": part.lot_tracked,
                "gtin": GTINS.get(part.code, ""),
                "standard_price": None if part.price is None else Decimal(part.price),
            }
            for part in PARTS
        ],
        by=("code",),
    )


def _load_tools(plant: Plant) -> None:
    known = set(Tool.objects.values_list("code", flat=True))
    tools = add_missing(
        Tool,
        [
            {"plant": plant, "code": code, "name": name, "outputs": outputs}
            for code, name, outputs, _machines in TOOLS
        ],
        by=("code",),
    )
    machines = dict(Machine.objects.filter(plant=plant).values_list("code", "pk"))
    through = Tool.machines.through
    through.objects.bulk_create(
        [
            through(tool_id=tools[code].pk, machine_id=machines[machine])
            for code, _name, _outputs, fits_on in TOOLS
            if code not in known
            for machine in fits_on
        ]
    )


def _load_boms() -> None:
    items = dict(Item.objects.values_list("code", "pk"))
    boms = add_missing(
        Bom,
        [{"item_id": items[part.code], "revision": part.revision} for part in PARTS if part.needs],
        by=("item", "revision"),
    )
    add_missing(
        BomLine,
        [
            {
                "bom": boms[items[part.code], part.revision],
                "position": f"{10 * line:04}",
                "item_id": items[code],
                "quantity": Decimal(quantity),
                "operation_number": operation,
            }
            for part in PARTS
            for line, (code, quantity, operation) in enumerate(part.needs, 1)
        ],
        by=("bom", "position"),
    )


def _load_routings(plant: Plant) -> None:
    items = dict(Item.objects.values_list("code", "pk"))
    groups = dict(MachineGroup.objects.filter(plant=plant).values_list("code", "pk"))
    tools = dict(Tool.objects.filter(plant=plant).values_list("code", "pk"))
    skills = dict(Skill.objects.values_list("code", "pk"))
    routings = add_missing(
        Routing,
        [
            {"plant": plant, "item_id": items[part.code], "revision": part.revision}
            for part in PARTS
            if part.steps
        ],
        by=("plant", "item", "revision"),
    )
    add_missing(
        RoutingOperation,
        [
            {
                "routing": routings[plant.pk, items[part.code], part.revision],
                "number": step.number,
                "text": step.text,
                "machine_group_id": groups[step.group],
                "setup_seconds": Decimal(step.setup),
                "run_seconds": Decimal(step.run),
                "base_quantity": Decimal(step.per),
                "program": step.program,
                "program_revision": part.revision if step.program else "",
                "parameters": step.parameters,
                "inspection": step.inspection,
                "outside": step.outside,
                "tool_id": tools.get(step.tool),
                "skill_id": skills.get(step.skill),
            }
            for part in PARTS
            for step in part.steps
        ],
        by=("routing", "number"),
    )


def _load_opening_stock(plant: Plant) -> None:
    """What is on hand at the start; what is tracked by lot in two lots, so that traces have something to
    tell."""
    receipts = {uuid.uuid5(STOCK_KEYS, receipt.key): receipt for part in PARTS for receipt in _receipts(part)}
    booked = set(StockMove.objects.filter(key__in=receipts).values_list("key", flat=True))
    items = {item.code: item for item in Item.objects.all()} if receipts.keys() - booked else {}
    for key, receipt in receipts.items():
        if key in booked:
            continue
        item = items[receipt.item]
        if receipt.lot:
            Lot.objects.get_or_create(
                item=item,
                number=receipt.lot,
                defaults={"supplier": SUPPLIER, "supplier_lot": f"H{receipt.lot}", "made_at": OPENING},
            )
        move_stock(
            plant=plant,
            item=item,
            quantity=receipt.quantity,
            kind=MoveKind.RECEIPT,
            lot=receipt.lot,
            key=key,
            at=OPENING,
            comment="Opening stock",
        )


@dataclass(frozen=True, slots=True)
class _Receipt:
    key: str
    item: str
    quantity: Decimal
    lot: str = ""


def _receipts(part: Part) -> list[_Receipt]:
    stock = Decimal(part.stock)
    if not stock:
        return []
    if not part.lot_tracked:
        return [_Receipt(part.code, part.code, stock)]
    first = stock / 20
    return [
        _Receipt(part.code, part.code, first, f"{part.code}-01"),
        _Receipt(f"{part.code}/2", part.code, stock - first, f"{part.code}-02"),
    ]
