"""Units of measured values: factors between those of the same kind, exact. Pure."""

from __future__ import annotations

from decimal import Decimal

FACTORS: dict[str, dict[str, Decimal]] = {
    "length": {
        "m": Decimal(1),
        "dm": Decimal("0.1"),
        "cm": Decimal("0.01"),
        "mm": Decimal("0.001"),
        "µm": Decimal("0.000001"),
        "nm": Decimal("0.000000001"),
        "in": Decimal("0.0254"),
        "ft": Decimal("0.3048"),
    },
    "mass": {
        "kg": Decimal(1),
        "g": Decimal("0.001"),
        "mg": Decimal("0.000001"),
        "t": Decimal(1000),
        "lb": Decimal("0.45359237"),
    },
    "force": {"N": Decimal(1), "kN": Decimal(1000)},
    "torque": {"Nm": Decimal(1), "Ncm": Decimal("0.01"), "kNm": Decimal(1000)},
    "pressure": {
        "Pa": Decimal(1),
        "kPa": Decimal(1000),
        "bar": Decimal(100_000),
        "mbar": Decimal(100),
        "MPa": Decimal(1_000_000),
    },
    "angle": {"°": Decimal(1), "'": 1 / Decimal(60)},
    "time": {"s": Decimal(1), "ms": Decimal("0.001"), "min": Decimal(60)},
}
SAME = {
    "um": "µm",
    "μm": "µm",  # Greek mu beside the micro sign
    "micron": "µm",
    "inch": "in",
    '"': "in",
    "deg": "°",
    "N·m": "Nm",
    "N.m": "Nm",
}
"""Other spellings."""


def convert(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """``value`` in the unit ``wanted``; None when nobody knows how. No unit means the wanted one."""
    said, goal = _plain(unit), _plain(wanted)
    if not said or said == goal:
        return value
    for factors in FACTORS.values():
        if said in factors and goal in factors:
            return value * factors[said] / factors[goal]
    return None


def _plain(unit: str) -> str:
    text = unit.strip()
    return SAME.get(text, text)
