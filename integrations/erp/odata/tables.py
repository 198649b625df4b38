"""The words of SAP's OData services as data, and what a connection may set (its ``options``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.domain.outbox.redating import TODAY
from integrations.erp.idoc.tables import (
    ISO_UNITS,
    LABOUR,
    OUTSIDE_CONTROL_KEYS,
    RUN,
    SECONDS,
    SETUP,
    STOP,
    TEARDOWN,
    Slot,
)
from integrations.erp.units import UNITS

__all__ = ["LABOUR", "RUN", "SECONDS", "SETUP", "STOP", "TEARDOWN", "Profile", "Slot", "profile"]

ORDERS = "/API_PRODUCTION_ORDER_2_SRV"
CONFIRMATIONS = "/API_PROD_ORDER_CONFIRMATION_2_SRV"
ROUTINGS = "/API_PRODUCTION_ROUTING"

# The order's flags, as the status that they stand for.
FLAGS: Mapping[str, str] = {
    "OrderIsReleased": "I0002",
    "OrderIsPartiallyReleased": "I0042",
    "OrderIsLocked": "I0043",
    "OrderIsTechnicallyCompleted": "I0045",
    "OrderIsClosed": "I0046",
    "OrderIsMarkedForDeletion": "I0076",
    "OrderIsDeleted": "I0013",
}

# Message class and number of "somebody else has it open": passes by itself.
LOCKED = frozenset({"CO/469", "MC/601", "M3/024", "M3/682", "M3/897"})
# Message class and number of "the period of this posting date is closed".
CLOSED_PERIOD = frozenset({"M7/053", "F5/201"})

BASIC, BEARER, API_KEY = "basic", "bearer", "apikey"


@dataclass(frozen=True, slots=True)
class Profile:
    """What differs between SAP systems. Made from a connection's options by :func:`profile`."""

    auth: str = BASIC
    client: str = ""
    language: str = "EN"
    filter: str = ""
    since: str = ""
    page_size: int = 100
    overlap_seconds: int = 300
    routing: bool = True
    goods_movements: bool = True
    closed_period: str = TODAY
    units: Mapping[str, str] = field(default_factory=lambda: UNITS)
    iso_units: Mapping[str, str] = field(default_factory=lambda: ISO_UNITS)
    strategies: Mapping[str, str] = field(default_factory=dict)
    outside_control_keys: frozenset[str] = OUTSIDE_CONTROL_KEYS
    slots: tuple[Slot, ...] = (Slot((SETUP,)), Slot((RUN,)), Slot((LABOUR,)))
    work_centre_slots: Mapping[str, tuple[Slot, ...]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    default_reason: str = ""
    locked_codes: frozenset[str] = LOCKED
    closed_period_codes: frozenset[str] = CLOSED_PERIOD
    created_by: str = "MES"

    def slots_of(self, work_centre: str) -> tuple[Slot, ...]:
        """What the activities 1 to 6 mean at this work centre."""
        return self.work_centre_slots.get(work_centre, self.slots)


def profile(settings: Mapping[str, Any]) -> Profile:
    """Options are the fields of :class:`Profile`; tables and code lists are added to the delivered ones.

    ``slots``, and each of ``work_centre_slots``, is a list of ``{"accounts": [...], "unit": "MIN"}``.
    """
    plain: dict[str, Any] = {
        name: kind(settings[name])
        for name, kind in (
            ("auth", str),
            ("client", str),
            ("language", str),
            ("filter", str),
            ("since", str),
            ("page_size", int),
            ("overlap_seconds", int),
            ("routing", bool),
            ("goods_movements", bool),
            ("closed_period", str),
            ("default_reason", str),
            ("created_by", str),
        )
        if name in settings
    }
    tables: dict[str, Any] = {
        "units": {**UNITS, **settings.get("units", {})},
        "iso_units": {**ISO_UNITS, **settings.get("iso_units", {})},
        "strategies": dict(settings.get("strategies", {})),
        "reasons": dict(settings.get("reasons", {})),
        "outside_control_keys": frozenset(settings.get("outside_control_keys", OUTSIDE_CONTROL_KEYS)),
        "locked_codes": LOCKED | frozenset(settings.get("locked_codes", ())),
        "closed_period_codes": CLOSED_PERIOD | frozenset(settings.get("closed_period_codes", ())),
        "work_centre_slots": {
            code: _slots(slots) for code, slots in settings.get("work_centre_slots", {}).items()
        },
    }
    if "slots" in settings:
        tables["slots"] = _slots(settings["slots"])
    return Profile(**plain, **tables)


def _slots(found: Any) -> tuple[Slot, ...]:
    return tuple(Slot(tuple(slot["accounts"]), str(slot.get("unit", "MIN"))) for slot in found)
