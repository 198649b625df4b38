"""The words of B2MML as data, and what a connection may set (its ``options``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.erp.units import UNITS
from orders.enums import ErpStatus

STATES: Mapping[str, ErpStatus] = {
    "Forecast": ErpStatus.PLANNED,
    "Waiting": ErpStatus.PLANNED,
    "Released": ErpStatus.RELEASED,
    "Ready": ErpStatus.RELEASED,
    "Running": ErpStatus.RELEASED,
    "Held": ErpStatus.BLOCKED,
    "Suspended": ErpStatus.BLOCKED,
    "Completed": ErpStatus.TECHNICALLY_COMPLETE,
    "Closed": ErpStatus.CLOSED,
}
GONE = frozenset({"Cancelled", "Aborted"})
PRODUCED = frozenset({"Produced", "Material Produced", "Yield Produced"})
CONSUMED = frozenset({"Consumed", "Material Consumed", "Consumable"})
WORK_CENTRE_LEVELS = frozenset(
    {"WorkCenter", "WorkUnit", "ProcessCell", "Unit", "ProductionLine", "WorkCell"}
)
PLANT_LEVEL = "Site"

# Our field -> where it stands among the parameters of a segment or request, nested ones as outer/inner.
# The first that is there wins.
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "work_centre": ("WorkCenter", "WorkCentre", "Center"),
    "setup_seconds": ("SetupTime",),
    "run_seconds": ("RunTime",),
    "confirmation_number": ("ConfirmationNumber",),
    "program": ("Program",),
    "customer": ("Customer", "CustomerID"),
    "customer_name": ("CustomerName",),
    "customer_order": ("SalesOrder", "CustomerOrder"),
    "customer_line": ("SalesOrderItem", "CustomerOrderLine"),
}
POSITION = ("Position", "Indice", "ItemNumber")
BASE_UNIT = ("BaseUnitOfMeasure",)


@dataclass(frozen=True, slots=True)
class Profile:
    """What differs between partners."""

    language: str = "EN"
    units: Mapping[str, str] = field(default_factory=lambda: UNITS)
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: PARAMETERS)
    sender: str = "MES"
    receiver: str = ""
    verb: str = "Sync"
    reasons: Mapping[str, str] = field(default_factory=dict)
    sent_units: Mapping[str, str] = field(default_factory=dict)


def profile(settings: Mapping[str, Any]) -> Profile:
    """Settings keys are the fields of :class:`Profile`; tables are merged over the delivered ones."""
    units = {str(code).upper(): str(unit) for code, unit in settings.get("units", {}).items()}
    paths = {
        str(name): tuple([path] if isinstance(path, str) else path)
        for name, path in settings.get("parameters", {}).items()
    }
    return Profile(
        language=str(settings.get("language", "EN")).upper(),
        units={**UNITS, **units},
        parameters={**PARAMETERS, **paths},
        sender=str(settings.get("sender", "MES")),
        receiver=str(settings.get("receiver", "")),
        verb="Process" if settings.get("verb") == "Process" else "Sync",
        reasons=dict(settings.get("reasons", {})),
        sent_units=dict(settings.get("sent_units", {})),
    )
