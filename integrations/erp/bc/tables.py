"""The words of Business Central as data, and what a connection may set (its ``options``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.erp.units import UNITS
from orders.enums import ErpStatus

STATUSES: Mapping[str, ErpStatus] = {
    "Simulated": ErpStatus.PLANNED,
    "Planned": ErpStatus.PLANNED,
    "Firm Planned": ErpStatus.PLANNED,
    "Released": ErpStatus.RELEASED,
    "Finished": ErpStatus.CLOSED,
}

# Capacity units of measure as plants call them, in seconds.
TIME_UNITS: Mapping[str, Decimal] = {
    "SECONDS": Decimal(1),
    "SEKUNDEN": Decimal(1),
    "SEK": Decimal(1),
    "MINUTES": Decimal(60),
    "MINUTEN": Decimal(60),
    "MIN": Decimal(60),
    "HOURS": Decimal(3600),
    "STUNDEN": Decimal(3600),
    "STD": Decimal(3600),
    "H": Decimal(3600),
    "100/HOUR": Decimal(36),
    "100/STD": Decimal(36),
    "DAYS": Decimal(86400),
    "TAGE": Decimal(86400),
}

# What the sentence about a closed period contains; the error has no number of its own.
CLOSED_PERIOD = ("range of allowed posting dates", "zulässigen Buchungszeitraum")

OAUTH, BASIC = "oauth", "basic"
SCOPE = "https://api.businesscentral.dynamics.com/.default"


@dataclass(frozen=True, slots=True)
class Profile:
    """What differs between installations. Made from a connection's options by :func:`profile`."""

    company: str = ""
    auth: str = OAUTH
    token_url: str = ""
    scope: str = SCOPE
    filter: str = ""
    overlap_seconds: int = 300
    orders_at_once: int = 20
    closed_period_texts: tuple[str, ...] = CLOSED_PERIOD
    units: Mapping[str, str] = field(default_factory=lambda: UNITS)
    time_units: Mapping[str, Decimal] = field(default_factory=lambda: TIME_UNITS)
    time_unit: str = "MINUTES"
    scrap_codes: Mapping[str, str] = field(default_factory=dict)
    default_scrap_code: str = ""
    stop_codes: Mapping[str, str] = field(default_factory=dict)


def profile(settings: Mapping[str, Any]) -> Profile:
    """Options are the fields of :class:`Profile`; tables are added to the delivered ones. ``time_units`` maps
    a capacity unit of measure to its seconds."""
    plain: dict[str, Any] = {
        name: kind(settings[name])
        for name, kind in (
            ("company", str),
            ("auth", str),
            ("token_url", str),
            ("scope", str),
            ("filter", str),
            ("overlap_seconds", int),
            ("orders_at_once", int),
            ("time_unit", str),
            ("default_scrap_code", str),
        )
        if name in settings
    }
    own_times = {code.upper(): Decimal(str(one)) for code, one in settings.get("time_units", {}).items()}
    return Profile(
        **plain,
        closed_period_texts=(*CLOSED_PERIOD, *settings.get("closed_period_texts", ())),
        units={**UNITS, **settings.get("units", {})},
        time_units={**TIME_UNITS, **own_times},
        scrap_codes=dict(settings.get("scrap_codes", {})),
        stop_codes=dict(settings.get("stop_codes", {})),
    )
