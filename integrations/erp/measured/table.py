"""Measured values as CSV: a header line, then a value a line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from integrations.domain.formats import Identity, MeasuredValue, Reading
from integrations.erp.files import values
from integrations.erp.files.codec import Row, read_table
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

MESSAGE_TYPE = "measured values"
NEEDED = ("order", "operation", "characteristic", "value")
LONGEST = {
    "order": 40,
    "operation": 10,
    "sequence": 10,
    "characteristic": 40,
    "value": 40,
    "unit": 20,
    "gauge": 40,
    "machine": 40,
    "piece": 80,
}
KNOWN = frozenset({*LONGEST, "at"})


class MeasuredCsv:
    """The inbox's door to this form."""

    name = "measured"

    def identify(self, _body: bytes) -> Identity:
        return Identity(message_type=MESSAGE_TYPE)

    def read(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Reading:
        return read_values(body, zone=zone, profile=values.profile(settings))


def read_values(body: bytes, *, zone: tzinfo, profile: values.Profile | None = None) -> Reading:
    """Every line that is whole; a problem with line and column for each other one."""
    try:
        table = read_table(body, known=KNOWN, profile=profile or values.Profile())
        if missing := [name for name in NEEDED if name not in table.columns]:
            message = _("The column “%s” is missing.") % missing[0]
            raise InvalidInput([Problem("column_missing", message, missing[0], 1)])
    except InvalidInput as error:
        return Reading(problems=tuple(error.problems))
    problems, found = list(table.problems), []
    for row in table.rows:
        wrong = _problems(row)
        moment = _moment(row, zone, wrong)
        if wrong:
            problems += wrong
        else:
            said = {name: row.cells.get(name, "").strip() for name in LONGEST}
            found.append(MeasuredValue(row=row.line, at=moment, **said))
    problems.sort(key=lambda problem: problem.row or 0)
    return Reading(
        problems=tuple(problems), measured=tuple(found), identity=Identity(message_type=MESSAGE_TYPE)
    )


def too_long(name: str, text: str, row: int) -> Problem:
    message = _("At most %(most)d characters.") % {"most": LONGEST[name]}
    return Problem("too_long", message, name, row, text[:80])


def _problems(row: Row) -> list[Problem]:
    found = []
    for name, most in LONGEST.items():
        text = row.cells.get(name, "").strip()
        if not text and name in NEEDED:
            found.append(Problem("required", _("This column must not be empty."), name, row.line))
        elif len(text) > most:
            found.append(too_long(name, text, row.line))
    return found


def _moment(row: Row, zone: tzinfo, wrong: list[Problem]) -> datetime | None:
    text = row.cells.get("at", "").strip()
    if not text:
        return None
    try:
        return values.moment(text, zone)
    except values.BadCellError as error:
        wrong.append(Problem(error.code, str(error), "at", row.line, text[:80]))
        return None
