"""Tryton's words as data: states, units, the fields that are read, and a connection's options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.erp.units import UNITS
from orders.enums import ErpStatus

STATUSES: Mapping[str, ErpStatus] = {
    "request": ErpStatus.PLANNED,
    "draft": ErpStatus.PLANNED,
    "waiting": ErpStatus.RELEASED,
    "assigned": ErpStatus.RELEASED,
    "running": ErpStatus.RELEASED,
    "done": ErpStatus.CLOSED,
}
CANCELLED = "cancelled"
NOT_STARTED = ("waiting", "assigned")
OPEN = (*NOT_STARTED, "running")
NUMBERED = (*OPEN, "done", CANCELLED)
"""Tryton numbers a production when it begins to wait: a request or draft is no order yet."""

# Tryton's symbols, as delivered, beside the common codes.
SYMBOLS: Mapping[str, str] = {
    "U": "C62",
    "CM²": "CMK",
    "M²": "MTK",
    "CM³": "CMQ",
    "M³": "MTQ",
    "S": "SEC",
    "MIN": "MIN",
    "H": "HUR",
    "D": "DAY",
}

PRODUCTION_FIELDS = (
    "number",
    "reference",
    "state",
    "quantity",
    "unit.symbol",
    "product.code",
    "product.template.name",
    "bom.rec_name",
    "routing.rec_name",
    "planned_start_date",
    "planned_date",
    "warehouse.code",
    "work_center.name",
    "origin",
    "create_date",
    "write_date",
    *(
        f"works.{name}"
        for name in (
            "sequence",
            "state",
            "operation.name",
            "work_center.name",
            "work_center.category.name",
            "create_date",
            "write_date",
        )
    ),
    *(
        f"inputs.{name}"
        for name in ("product.code", "quantity", "unit.symbol", "state", "create_date", "write_date")
    ),
)
SALE_FIELDS = (
    "origin.sequence",
    "origin.sale.number",
    "origin.sale.reference",
    "origin.sale.state",
    "origin.sale.party.code",
    "origin.sale.party.name",
)
SALE_LINE = "sale.line"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a connection's options set. ``time``: which of our times make a cycle's duration.
    ``reversals``: ``delete`` the cycle that is taken back, or ``park`` the message for a person.
    ``accept_warnings``: answer Tryton's questions with yes instead of parking the message."""

    user: str = "mes"
    units: Mapping[str, str] = field(default_factory=lambda: {**UNITS, **SYMBOLS})
    time: tuple[str, ...] = ("setup", "run")
    reversals: str = "delete"
    accept_warnings: bool = False
    overlap_seconds: Decimal = Decimal(60)


def profile(options: Mapping[str, Any]) -> Profile:
    """Keys are the fields of :class:`Profile`; ``units`` is merged over the delivered table."""
    units = {str(code).upper(): str(unit) for code, unit in options.get("units", {}).items()}
    return Profile(
        user=str(options.get("user", "mes")),
        units={**UNITS, **SYMBOLS, **units},
        time=tuple(options.get("time", ("setup", "run"))),
        reversals=str(options.get("reversals", "delete")),
        accept_warnings=bool(options.get("accept_warnings", False)),
        overlap_seconds=Decimal(str(options.get("overlap_seconds", 60))),
    )


def operation_numbers(works: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """Our operation number of each work of one production, in the order of work.

    The number that the operation's name begins with ("10 Turning"), where every work has one of its own;
    else tens by age, so that a work added later doesn't rename the others.
    """
    found = list(works)
    named = {work["id"]: _leading_number(work) for work in found}
    if all(named.values()) and len(set(named.values())) == len(found):
        numbers = named
    else:
        by_age = sorted(work["id"] for work in found)
        numbers = {work: f"{10 * place:04d}" for place, work in enumerate(by_age, start=1)}
    return {work["id"]: numbers[work["id"]] for work in sorted(found, key=_place)}


def _place(work: Mapping[str, Any]) -> tuple[bool, int, int]:
    sequence = work.get("sequence")
    return (sequence is not None, sequence or 0, work["id"])


def _leading_number(work: Mapping[str, Any]) -> str:
    name = str((work.get("operation.") or {}).get("name") or "")
    digits = name[: len(name) - len(name.lstrip("0123456789"))]
    return digits.zfill(4) if digits and len(digits) <= 4 else ""
