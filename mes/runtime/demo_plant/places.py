"""Plant, areas, work centres, machines and when they work."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal

from machines.models import (
    Area,
    CalendarException,
    CountingItem,
    ExceptionKind,
    Machine,
    MachineGroup,
    Plant,
    Shift,
    ShiftBreak,
    ShiftPattern,
    Trust,
)
from mes.runtime.demo_plant.rows import add_missing

PLANT = "RUHR"

# code -> (name, shift pattern or "" for the plant's)
AREAS = {
    "FORGE": ("Forge", "CONTI"),
    "MOULDING": ("Moulding", "CONTI"),
    "MACHINING": ("Machining", "CONTI"),
    "HEAT": ("Heat treatment", "CONTI"),
    "ASSEMBLY": ("Assembly", ""),
    "INSPECTION": ("Inspection", ""),
}

GROUPS = {
    "PRESS": "Forging presses",
    "MOULD": "Injection moulding machines",
    "CNC": "CNC machining centres",
    "FURNACE": "Heat treatment furnaces",
    "ASSY": "Assembly stations",
    "INSP": "Measuring room",
    "OUTSIDE": "Coating supplier (outside)",
}

# euros per hour
RATES = {"PRESS": "180", "MOULD": "75", "CNC": "95", "FURNACE": "60", "ASSY": "45", "INSP": "50"}
LABOUR_RATE = Decimal(38)
CREWS = {"PRESS": "2", "MOULD": "0.5", "CNC": "0.5", "FURNACE": "0.25"}

# code, name, area, group, counted by, who wins, planned cycle (s), further fields
_METER: dict[str, object] = {"meter_modulus": Decimal(1_000_000), "connected_load": Decimal(160)}
_FURNACE: dict[str, object] = {"slots": 4, "together": True, **_METER}
MACHINES: tuple[tuple[str, str, str, str, CountingItem, Trust, str | None, dict[str, object]], ...] = (
    (
        "PRESS-1",
        "Forging press 1,600 t",
        "FORGE",
        "PRESS",
        CountingItem.CYCLE_COUNT,
        Trust.CYCLES,
        "8",
        {"counter_modulus": 65536, "minimum_cycle_seconds": Decimal(3), **_METER},
    ),
    (
        "PRESS-2",
        "Forging press 800 t",
        "FORGE",
        "PRESS",
        CountingItem.CYCLE_COUNT,
        Trust.CYCLES,
        "6",
        {"minimum_cycle_seconds": Decimal(2)},
    ),
    (
        "MOULD-1",
        "Moulding machine 150 t",
        "MOULDING",
        "MOULD",
        CountingItem.CYCLE_EVENT,
        Trust.CYCLES,
        "28",
        _METER,
    ),
    (
        "MOULD-2",
        "Moulding machine 250 t",
        "MOULDING",
        "MOULD",
        CountingItem.CYCLE_EVENT,
        Trust.CYCLES,
        "35",
        {},
    ),
    (
        "MOULD-3",
        "Moulding machine 80 t",
        "MOULDING",
        "MOULD",
        CountingItem.CYCLE_EVENT,
        Trust.CYCLES,
        "20",
        {},
    ),
    ("CNC-1", "Turning centre", "MACHINING", "CNC", CountingItem.STATE, Trust.STATE, "150", {}),
    ("CNC-2", "Milling centre, 3 axes", "MACHINING", "CNC", CountingItem.STATE, Trust.STATE, "240", {}),
    (
        "CNC-3",
        "Milling centre, 5 axes",
        "MACHINING",
        "CNC",
        CountingItem.PART_COUNT,
        Trust.STATE,
        "300",
        _METER,
    ),
    ("FURNACE-1", "Hardening furnace", "HEAT", "FURNACE", CountingItem.NONE, Trust.STATE, None, _FURNACE),
    ("ASSY-1", "Assembly station 1", "ASSEMBLY", "ASSY", CountingItem.PART_COUNT, Trust.CYCLES, "45", {}),
    ("ASSY-2", "Assembly station 2", "ASSEMBLY", "ASSY", CountingItem.PART_COUNT, Trust.CYCLES, "60", {}),
    ("INSP-1", "Measuring room", "INSPECTION", "INSP", CountingItem.NONE, Trust.CYCLES, None, {}),
)

TimeSpan = tuple[time, time]
DayShift = tuple[str, time, time, tuple[TimeSpan, ...]]

# name, start, end, breaks; local time
EARLY: DayShift = ("Early", time(6), time(14), ((time(9), time(9, 15)), (time(12), time(12, 30))))
LATE: DayShift = ("Late", time(14), time(22), ((time(17), time(17, 15)), (time(19, 30), time(20))))
NIGHT: DayShift = ("Night", time(22), time(6), ((time(1), time(1, 15)), (time(3, 30), time(4))))

# code -> (name, shifts by weekday, 0 = Monday). Both also work on holidays, so that the demo always lives.
SHIFT_PATTERNS: dict[str, tuple[str, dict[int, tuple[DayShift, ...]]]] = {
    "2-SHIFT": ("Two shifts on all seven days", dict.fromkeys(range(7), (EARLY, LATE))),
    "CONTI": (
        "Around the clock, breaks relieved",
        dict.fromkeys(range(7), tuple((*shift[:3], ()) for shift in (EARLY, LATE, NIGHT))),
    ),
}
SILENCE_SECONDS = Decimal(180)
"""Gateways send a sign of life each minute."""


def load_places() -> Plant:
    """Add plant, calendar, areas, work centres and machines that are missing; returns the plant."""
    patterns = _load_patterns()
    plant = add_missing(
        Plant,
        [
            {
                "code": PLANT,
                "name": "Demo plant Ruhrtal",
                "erp_code": "1010",
                "time_zone": "Europe/Berlin",
                "language": "en",
                "holiday_country": "DE",
                "holiday_subdivision": "NW",
                "shift_pattern": patterns["2-SHIFT"],
            }
        ],
        by=("code",),
    )[PLANT]
    areas = add_missing(
        Area,
        [
            {"plant": plant, "code": code, "name": name, "shift_pattern": patterns.get(pattern)}
            for code, (name, pattern) in AREAS.items()
        ],
        by=("plant", "code"),
    )
    groups = add_missing(
        MachineGroup,
        [
            {
                "plant": plant,
                "code": code,
                "name": name,
                "erp_code": code,
                "hourly_rate": Decimal(RATES[code]) if code in RATES else None,
                "labour_rate": LABOUR_RATE,
                "crew": Decimal(CREWS.get(code, "1")),
            }
            for code, name in GROUPS.items()
        ],
        by=("plant", "code"),
    )
    add_missing(
        Machine,
        [
            {
                "plant": plant,
                "area": areas[plant.pk, area],
                "group": groups[plant.pk, group],
                "code": code,
                "name": name,
                "wall_position": position,
                "counting_item": counting,
                "trust": trust,
                "reference_cycle_seconds": cycle and Decimal(cycle),
                "silence_seconds": SILENCE_SECONDS,
                **further,
            }
            for position, (code, name, area, group, counting, trust, cycle, further) in enumerate(MACHINES, 1)
        ],
        by=("code",),
    )
    _load_exceptions(plant)
    return plant


def _load_patterns() -> dict[str, ShiftPattern]:
    patterns: dict[str, ShiftPattern] = add_missing(
        ShiftPattern,
        [
            {"code": code, "name": name, "works_on_holidays": True}
            for code, (name, _week) in SHIFT_PATTERNS.items()
        ],
        by=("code",),
    )
    timetable = {
        (patterns[code].pk, weekday, start): (name, end, breaks)
        for code, (_name, week) in SHIFT_PATTERNS.items()
        for weekday, shifts in week.items()
        for name, start, end, breaks in shifts
    }
    shifts = add_missing(
        Shift,
        [
            {"pattern_id": pattern, "weekday": weekday, "start": start, "name": name, "end": end}
            for (pattern, weekday, start), (name, end, _breaks) in timetable.items()
        ],
        by=("pattern", "weekday", "start"),
    )
    add_missing(
        ShiftBreak,
        [
            {"shift": shifts[key], "start": start, "end": end}
            for key, (_name, _end, breaks) in timetable.items()
            for start, end in breaks
        ],
        by=("shift", "start"),
    )
    return patterns


def _load_exceptions(plant: Plant) -> None:
    """A morning of furnace maintenance."""
    furnace = Machine.objects.get(code="FURNACE-1")
    add_missing(
        CalendarException,
        [
            {
                "plant": plant,
                "machine": furnace,
                "kind": ExceptionKind.MAINTENANCE,
                "start": datetime(2026, 12, 12, 5, tzinfo=UTC),
                "end": datetime(2026, 12, 12, 13, tzinfo=UTC),
                "reason": "Yearly check of the burners",
            },
        ],
        by=("plant", "kind", "start"),
    )
