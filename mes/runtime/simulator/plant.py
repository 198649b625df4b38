"""The machines and products of the demo plant, as physics needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from machines.domain.calendars.engine import Calendar
from machines.domain.calendars.rules import BreakRule, CalendarRules, ShiftRule
from machines.models import CountingItem
from mes.runtime.demo_plant.materials import PARTS, TOOLS, Part, Step
from mes.runtime.demo_plant.people import LOG_INS
from mes.runtime.demo_plant.places import AREAS, MACHINES, SHIFT_PATTERNS

PLANT_ERP_CODE = "1010"
ZONE = ZoneInfo("Europe/Berlin")
FALLBACK_PATTERN = "2-SHIFT"


class Signals(StrEnum):
    """How a machine shows its work."""

    CYCLE_COUNTER = "cycle_count"
    CYCLE_EVENT = "cycle_event"
    PART_COUNTER = "part_count"
    EXECUTION = "state"
    SLOT_STATE = "slot_state"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MachineModel:
    """Rates are per hour of production, durations seconds. Stops have a heavy tail, as real shops have.

    ``kilowatts`` are what each slot draws by state, of a machine with an energy meter.
    """

    code: str
    area: str
    group: str
    signals: Signals
    slots: int = 1
    modulus: int | None = None
    micro_stops_per_hour: float = 3.0
    micro_stop_seconds: float = 70.0
    breakdowns_per_hour: float = 0.10
    breakdown_median_seconds: float = 900.0
    speed_spread: float = 0.02
    scrap_share: float = 0.012
    crew: tuple[str, ...] = ()
    kilowatts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkStep:
    """One operation of a product: ``cycle_seconds`` per cycle of ``pieces`` pieces."""

    number: str
    group: str
    setup_seconds: float
    cycle_seconds: float
    pieces: int
    program: str
    tool: str
    machines: tuple[str, ...]
    outside: bool
    inspection: bool


@dataclass(frozen=True, slots=True)
class Product:
    """``needs``: items and how many of each go into one piece."""

    code: str
    strategy: str
    family: str
    steps: tuple[WorkStep, ...]
    needs: tuple[tuple[str, float], ...] = ()


KILOWATTS: dict[str, dict[str, float]] = {
    "PRESS-1": {"producing": 92, "micro_stop": 41, "stop": 34, "setup": 38, "idle": 7},
    "MOULD-1": {"producing": 24, "micro_stop": 15, "stop": 12, "setup": 14, "idle": 2.5},
    "CNC-3": {"producing": 16, "micro_stop": 7, "stop": 5, "setup": 6, "idle": 1.2},
    "FURNACE-1": {"producing": 28, "micro_stop": 20, "stop": 18, "setup": 16, "idle": 9},
}
"""Of the machines with an energy meter, by state, for each slot."""


def machine_models() -> dict[str, MachineModel]:
    models = {}
    for code, _name, area, group, counted, _trust, _cycle, further in MACHINES:
        signals = {
            CountingItem.CYCLE_COUNT: Signals.CYCLE_COUNTER,
            CountingItem.CYCLE_EVENT: Signals.CYCLE_EVENT,
            CountingItem.PART_COUNT: Signals.PART_COUNTER,
            CountingItem.STATE: Signals.EXECUTION,
        }.get(counted, Signals.SLOT_STATE if group == "FURNACE" else Signals.NONE)
        modulus = further.get("counter_modulus")
        models[code] = MachineModel(
            code=code,
            area=area,
            group=group,
            signals=signals,
            slots=int(str(further.get("slots", 1))),
            modulus=int(str(modulus)) if modulus else None,
            breakdowns_per_hour=0.15 if group in ("PRESS", "MOULD") else 0.06,
            micro_stops_per_hour=4.0 if group in ("PRESS", "MOULD") else 1.5,
            scrap_share=0.02 if group in ("PRESS", "MOULD") else 0.008,
            crew=tuple(_crew(group)),
            kilowatts=KILOWATTS.get(code, {}),
        )
    return models


def _crew(group: str) -> Iterator[str]:
    skill = {
        "PRESS": "forging",
        "MOULD": "moulding",
        "CNC": "cnc",
        "FURNACE": "heat",
        "ASSY": "assembly",
    }.get(group, "measuring")
    for person in LOG_INS:
        if person.role == "operator" and skill in person.skills:
            yield person.number


def products() -> dict[str, Product]:
    return {
        part.code: Product(
            part.code,
            str(part.strategy.value),
            part.family,
            tuple(_steps(part)),
            tuple((code, float(per)) for code, per, _operation in part.needs),
        )
        for part in PARTS
        if part.steps and part.released
    }


def opening_stock() -> dict[str, float]:
    """Pieces of each item at the start, as the product's books have them."""
    return {part.code: float(part.stock) for part in PARTS}


def _steps(part: Part) -> Iterator[WorkStep]:
    for step in part.steps:
        yield WorkStep(
            number=step.number,
            group=step.group,
            setup_seconds=step.setup,
            cycle_seconds=float(step.run),
            pieces=step.per,
            program=step.program,
            tool=step.tool,
            machines=_machines_for(step),
            outside=step.outside,
            inspection=step.inspection,
        )


def _machines_for(step: Step) -> tuple[str, ...]:
    fitting = next((machines for code, _n, _p, machines in TOOLS if code == step.tool), None)
    return fitting or tuple(row[0] for row in MACHINES if row[3] == step.group)


def calendar_of(area: str) -> Calendar:
    """The same shifts that the demo plant states to the product."""
    pattern = AREAS[area][1] or FALLBACK_PATTERN
    _name, days = SHIFT_PATTERNS[pattern]
    shifts = tuple(
        ShiftRule(name, weekday, start, end, tuple(BreakRule(*pause) for pause in breaks))
        for weekday, of_day in days.items()
        for name, start, end, breaks in of_day
    )
    return Calendar(CalendarRules(zone=ZONE, shifts=shifts))
