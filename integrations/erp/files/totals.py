"""A file of what the partner has booked: a row per operation, told by its column ``booked_good``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from decimal import Decimal
from typing import TypeVar

from integrations.domain.connectors import ErpTotal
from integrations.domain.formats import Identity, Reading
from integrations.erp.files import values
from integrations.erp.files.codec import Row, read_table
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

MARK = b"booked_good"
HEADER = 4096
MESSAGE_TYPE = "totals"
AMOUNTS: Mapping[str, str] = {
    "booked_good": "good",
    "booked_scrap": "scrap",
    "booked_rework": "rework",
    "booked_setup_seconds": "setup_seconds",
    "booked_run_seconds": "run_seconds",
}
KNOWN = frozenset({"order_number", "operation_number", "as_of", *AMOUNTS})
NEEDED = ("order_number", "booked_good")

LIMIT = Decimal(10) ** 9

V = TypeVar("V")


def is_totals(body: bytes) -> bool:
    """Whether the header has the column that only these files have."""
    header, _end, _rest = body[:HEADER].lstrip(b"\xef\xbb\xbf\r\n").partition(b"\n")
    return MARK in header


def read_totals(body: bytes, *, zone: tzinfo, profile: values.Profile) -> Reading:
    """Every row that is right; problems with line and column for the others."""
    try:
        table = read_table(body, known=KNOWN, profile=profile)
    except InvalidInput as error:
        return Reading(problems=tuple(error.problems))
    missing = [name for name in NEEDED if name not in table.columns]
    strange = [name for name in table.columns if name not in KNOWN]
    if missing or strange:
        return Reading(
            problems=(
                *(
                    Problem("required", _("The column %s is missing.") % name, field=name, row=1)
                    for name in missing
                ),
                *(
                    Problem("unknown_column", _("There is no column “%s”.") % name, field=name, row=1)
                    for name in strange
                ),
            )
        )
    problems = list(table.problems)
    totals = [total for row in table.rows if (total := _total(row, zone, profile, problems))]
    return Reading(
        problems=tuple(problems), identity=Identity(message_type=MESSAGE_TYPE), totals=tuple(totals)
    )


def _total(row: Row, zone: tzinfo, profile: values.Profile, problems: list[Problem]) -> ErpTotal | None:
    found: list[Problem] = []

    def read(column: str, reader: Callable[[str], V]) -> V | None:
        text = values.plain_text(row.cells.get(column, ""))
        if not text:
            return None
        try:
            return reader(text)
        except values.BadCellError as error:
            found.append(Problem(error.code, str(error), column, row.line, text[:100]))
            return None

    order = values.plain_text(row.cells["order_number"])
    amounts = {name: read(column, lambda text: _amount(text, profile)) for column, name in AMOUNTS.items()}
    stated_at = read("as_of", lambda text: values.moment(text, zone))
    good = amounts.pop("good")
    if not found and (not order or good is None):
        found.append(
            Problem("required", _("A row needs the order and what is booked as good."), "", row.line)
        )
    problems.extend(found)
    if found or good is None:
        return None
    operation = values.plain_text(row.cells.get("operation_number", ""))
    return ErpTotal(order[:40], operation[:20], good, stated_at=stated_at, **amounts)


def _amount(text: str, profile: values.Profile) -> Decimal:
    value = values.quantity(text, profile.decimal)
    if value >= LIMIT:
        raise values.BadCellError("too_large", _("“%s” is too large.") % text[:40])
    return value
