"""What an item probably means, by its name: for protocols that only have names."""

from __future__ import annotations

import re

_EXACT = {
    "state": (
        "state status execution executionstate execution_state machinestate machine_state currentstate "
        "zustand betriebszustand"
    ),
    "mode": "mode controllermode operationmode betriebsart",
    "program": "program programname nc_program programm recipe",
    "good_count": "good good_count goodcount goodparts gutteile gut ok_count",
    "bad_count": "bad bad_count scrap scrapcount reject rejects badparts ausschuss nok nok_count",
    "part_count": "count parts partcount part_count counter pieces total stueckzahl teile zaehler",
    "cycle_count": "cycles cyclecount cycle_count shots strokes hub huebe",
    "cycle_time": "cycletime cycle_time taktzeit zykluszeit",
    "cycle_event": "cycle_event part_done cycle_end",
    "alarm": "alarm activealarm active_alarm fault error alarmcode stoerung",
    "tool": "tool toolid tool_id werkzeug",
    "job": "job order orderid jobname auftrag",
    "available": "available online connected",
    "override": "override feedrate_override",
    "pulse": "pulse impuls",
    "energy": "energy energymeter energycounter kwh energie wirkarbeit active_energy activeenergy",
    "power": "power activepower active_power kw leistung wirkleistung",
}
_ROLES = {name: role for role, names in _EXACT.items() for name in names.split()}


def role_of_name(name: str) -> str:
    """The role of an item with this name, or empty: the whole name, else its last one or two words."""
    plain = name.strip()
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", plain) if part]
    candidates = ["_".join(parts), "".join(parts), "_".join(parts[-2:]), "".join(parts[-2:]), *parts[-1:]]
    return next((_ROLES[one.lower()] for one in candidates if one.lower() in _ROLES), "")
