"""``Confirmation`` <-> the JSON that a message keeps and that webhooks and the pull endpoint show.

Quantities and seconds are decimal strings, times ISO 8601 in UTC, the posting date a local ISO date.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from integrations.domain.translating import Tables, outward, tables_of
from integrations.models import OutboundMessage
from orders.domain.documents import Confirmation, StopLine

QUANTITIES = ("good", "scrap", "rework", "setup_seconds", "run_seconds", "stop_seconds", "labour_seconds")
MOMENTS = ("start", "end", "created")
DAYS = ("posting_date", "first_posting_date")
BASIS = "basis"


def to_json(confirmation: Confirmation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in fields(confirmation):
        value = getattr(confirmation, entry.name)
        if entry.name in QUANTITIES:
            value = f"{value:.3f}"
        elif entry.name in MOMENTS:
            value = None if value is None else moment_text(value)
        elif entry.name in DAYS:
            value = None if value is None else value.isoformat()
        elif entry.name == "stops":
            value = [{"reason": stop.reason, "seconds": f"{stop.seconds:.3f}"} for stop in value]
        found[entry.name] = value
    return found


def from_json(found: dict[str, Any]) -> Confirmation:
    values: dict[str, Any] = {
        entry.name: found[entry.name] for entry in fields(Confirmation) if entry.name in found
    }
    for name in QUANTITIES:
        values[name] = Decimal(values[name])
    for name in MOMENTS:
        values[name] = None if values[name] is None else datetime.fromisoformat(values[name])
    for name in DAYS:
        day = found.get(name)
        values[name] = None if day is None else date.fromisoformat(day)
    values["stops"] = tuple(
        StopLine(reason=stop["reason"], seconds=Decimal(stop["seconds"])) for stop in values["stops"]
    )
    return Confirmation(**values)


def public(found: dict[str, Any]) -> dict[str, Any]:
    """What partners see: without the notes that later confirmations are computed from."""
    return {name: value for name, value in found.items() if name != BASIS}


def addressed(message: OutboundMessage, tables: Tables | None = None) -> dict[str, Any]:
    """The content by the partner's words, under the operation's present confirmation number: the ERP may
    have changed it since. ``tables``: the connection's translations, where they are read already."""
    number = message.operation.confirmation_number if message.operation else ""
    said = {**message.canonical, "confirmation_number": number or message.canonical["confirmation_number"]}
    return outward(said, tables_of(message.connection) if tables is None else tables)


def moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
