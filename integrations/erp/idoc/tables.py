"""The words of SAP as data: units, statuses, and what the activities 1 to 6 mean.

A connection's settings may add to or replace each table; nothing here is guessed at reading time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.erp.units import UNITS
from orders.enums import ErpStatus

# The way back: what an ERP expects in a field *_ISO.
ISO_UNITS: Mapping[str, str] = {"C62": "PCE"}

SECONDS: Mapping[str, Decimal] = {
    "S": Decimal(1),
    "SEC": Decimal(1),
    "SEK": Decimal(1),
    "MIN": Decimal(60),
    "H": Decimal(3600),
    "HR": Decimal(3600),
    "HUR": Decimal(3600),
    "STD": Decimal(3600),
    "D": Decimal(86400),
    "DAY": Decimal(86400),
    "TAG": Decimal(86400),
}

CLOSING = frozenset({"I0013", "I0076", "I0046"})
DELETED = frozenset({"I0013", "I0076"})

# The first row that applies wins.
STATUSES: tuple[tuple[frozenset[str], ErpStatus], ...] = (
    (CLOSING, ErpStatus.CLOSED),
    (frozenset({"I0045"}), ErpStatus.TECHNICALLY_COMPLETE),
    (frozenset({"I0043"}), ErpStatus.BLOCKED),
    (frozenset({"I0002", "I0042"}), ErpStatus.RELEASED),
)

SETUP, RUN, LABOUR, TEARDOWN, STOP = "setup", "run", "labour", "teardown", "stop"

# PARnn_LTXT, lower case, first word.
ACTIVITY_WORDS: Mapping[str, str] = {
    "setup": SETUP,
    "rüsten": SETUP,
    "rüstzeit": SETUP,
    "machine": RUN,
    "maschine": RUN,
    "maschinenzeit": RUN,
    "processing": RUN,
    "production": RUN,
    "bearbeiten": RUN,
    "bearbeitungszeit": RUN,
    "fertigung": RUN,
    "labor": LABOUR,
    "labour": LABOUR,
    "personal": LABOUR,
    "personalzeit": LABOUR,
    "person": LABOUR,
    "lohn": LABOUR,
    "teardown": TEARDOWN,
    "abrüsten": TEARDOWN,
}

# VGWTS, as SAP delivers it. Plants change theirs: connection settings win.
ACTIVITY_KEYS: Mapping[str, tuple[str, ...]] = {"SAP1": (SETUP, RUN, LABOUR)}

# SPRAS, one letter -> ISO 639. SAP has more; a letter that isn't here is kept as it is.
LANGUAGES: Mapping[str, str] = {
    "D": "de",
    "E": "en",
    "F": "fr",
    "I": "it",
    "S": "es",
    "N": "nl",
    "P": "pt",
    "L": "pl",
    "C": "cs",
    "H": "hu",
    "V": "sv",
    "K": "da",
    "T": "tr",
    "R": "ru",
    "1": "zh",
    "J": "ja",
}

OUTSIDE_CONTROL_KEYS = frozenset({"PP02"})


@dataclass(frozen=True, slots=True)
class Slot:
    """One CONF_ACTIVITYn: what is summed into it, and in which unit (ISO code)."""

    accounts: tuple[str, ...]
    unit: str = "MIN"


@dataclass(frozen=True, slots=True)
class Profile:
    """What differs between ERP systems. Made from a connection's settings by :func:`profile`."""

    language: str = "EN"
    units: Mapping[str, str] = field(default_factory=lambda: UNITS)
    iso_units: Mapping[str, str] = field(default_factory=lambda: ISO_UNITS)
    activity_keys: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: ACTIVITY_KEYS)
    strategies: Mapping[str, str] = field(default_factory=dict)
    outside_control_keys: frozenset[str] = OUTSIDE_CONTROL_KEYS
    slots: tuple[Slot, ...] = (Slot((SETUP,)), Slot((RUN,)), Slot((LABOUR,)))
    reasons: Mapping[str, str] = field(default_factory=dict)
    default_reason: str = ""
    sender: str = "MES"
    sender_port: str = "MES"
    receiver: str = ""
    receiver_port: str = ""
    code_page: str = "cp1252"
    created_by: str = "MES"
    storage_location: str = ""
    flat: bool = False
    line_end: str = "\r\n"
    definitions: Mapping[str, str] = field(default_factory=dict)
    by_phase: bool = False


LINE_ENDS: Mapping[str, str] = {"crlf": "\r\n", "lf": "\n", "none": ""}


def profile(settings: Mapping[str, Any]) -> Profile:
    """Settings keys are the fields of :class:`Profile`; tables are merged over the delivered ones.

    ``activity_keys`` maps a standard value key, or ``plant/key``, to the list of its accounts.
    ``flat`` writes flat files, with ``line_end`` ``crlf``, ``lf`` or ``none`` and with ``definitions``, the
    names of segment definitions that aren't ``E2…000``. ``slots`` is a list of
    ``{"accounts": [...], "unit": "MIN"}``. ``record_types`` ``phase`` names what a ticket is about.
    """
    plain: dict[str, Any] = {
        name: str(settings[name])
        for name in (
            "language",
            "default_reason",
            "sender",
            "sender_port",
            "receiver",
            "receiver_port",
            "code_page",
            "created_by",
            "storage_location",
        )
        if name in settings
    }
    tables: dict[str, Any] = {
        "units": {**UNITS, **settings.get("units", {})},
        "iso_units": {**ISO_UNITS, **settings.get("iso_units", {})},
        "activity_keys": {
            **ACTIVITY_KEYS,
            **{key: tuple(accounts) for key, accounts in settings.get("activity_keys", {}).items()},
        },
        "strategies": dict(settings.get("strategies", {})),
        "reasons": dict(settings.get("reasons", {})),
        "outside_control_keys": frozenset(settings.get("outside_control_keys", OUTSIDE_CONTROL_KEYS)),
    }
    plain["by_phase"] = settings.get("record_types") == "phase"
    plain["flat"] = bool(settings.get("flat", False))
    plain["line_end"] = LINE_ENDS.get(str(settings.get("line_end", "crlf")), "\r\n")
    tables["definitions"] = dict(settings.get("definitions", {}))
    if "slots" in settings:
        tables["slots"] = tuple(
            Slot(tuple(slot["accounts"]), str(slot.get("unit", "MIN"))) for slot in settings["slots"]
        )
    return Profile(**plain, **tables)
