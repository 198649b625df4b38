"""Take typed values out of a JSON object, noting every value that is wrong with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from integrations.erp.fields import BadValueError, Fields, exact, too_long
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

LIMIT = Decimal(10) ** 12
THREE_PLACES = Decimal("0.001")


def load(body: bytes) -> Any:
    """JSON with exact numbers. Raises InvalidInput when it is none."""
    try:
        return json.loads(body, parse_float=exact, parse_constant=_no_number)
    except (ValueError, RecursionError, UnicodeDecodeError) as error:
        reason = _("The message is not JSON: %s.") % (str(error).partition("\n")[0] or type(error).__name__)
        raise InvalidInput([Problem("not_json", reason)]) from error


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is not a number")


def number(value: object) -> Decimal:
    """A JSON number, or a number as text with a decimal point. Absolute value below 10^12."""
    text = str(value).strip()
    try:
        found = Decimal(text) if text.isascii() and "_" not in text else None
    except ArithmeticError:
        found = None
    if found is None or not found.is_finite():
        raise BadValueError("not_a_number", _("“%s” is not a number.") % text[:40])
    if abs(found) >= LIMIT:
        raise BadValueError("too_large", _("“%s” is too large.") % text[:40])
    return found


def quantity(value: object) -> Decimal:
    """A number of at most three decimals that is not negative."""
    found = number(value)
    if found < 0:
        raise BadValueError("negative", _("A negative quantity (%s) is not accepted.") % str(value)[:40])
    if found != found.quantize(THREE_PLACES):
        raise BadValueError("too_precise", _("“%s” has more than three decimals.") % str(value)[:40])
    return found.quantize(THREE_PLACES)


class Record(Fields):
    """A view of one object: asks for a field by name, remembers which were asked for.

    ``problems`` is shared by all records of one order: an order is taken whole or not at all.
    """

    def __init__(self, values: Mapping[str, Any], path: str, row: int, problems: list[Problem]) -> None:
        super().__init__()
        self.values = values
        self.path = path
        self.row = row
        self.problems = problems

    def records(self, name: str, found: Sequence[Any]) -> list[Record]:
        """The objects of a list that belongs to the field ``name``."""
        self.asked.add(name)
        return [
            Record(
                one if isinstance(one, Mapping) else {},
                f"{self.path}{name}[{place}].",
                self.row,
                self.problems,
            )
            for place, one in enumerate(found, start=1)
        ]

    def text(self, name: str, *, longest: int = 255) -> str | None:
        """``None`` when the sender did not send the field, or sent null."""
        self.asked.add(name)
        value = self.values.get(name)
        if value is None:
            return None
        text = str(value).strip()
        if isinstance(value, Mapping | list):
            self.note(name, BadValueError("not_a_text", _("The field must be a single value.")))
            return None
        if "\x00" in text or len(text) > longest:
            self.note(name, too_long(longest))
            return None
        return text

    def quantity(self, name: str) -> Decimal | None:
        return self.read(name, quantity)

    def is_true(self, name: str) -> bool:
        """JSON's true, or SAP's flag ``X``."""
        return (self.text(name) or "").upper() in ("TRUE", "X")

    def unit(self, table: Mapping[str, str], *names: str) -> str | None:
        """The first of these fields that is filled, as UN/ECE code; an unknown unit is a problem."""
        for name in names:
            code = self.text(name, longest=20)
            if not code:
                continue
            unit = table.get(code.upper())
            if unit is None:
                reason = _("The unit “%s” is not in the table of units of this connection.") % code
                self.note(name, BadValueError("unknown_unit", reason))
            return unit
        return None

    def rest(self) -> dict[str, object]:
        """What nobody asked for and is a filled single value."""
        return {
            name: value if isinstance(value, bool) else str(value)
            for name, value in self.values.items()
            if name not in self.asked
            and not name.startswith(("@", "__"))
            and not isinstance(value, Mapping | list)
            and value not in (None, "", False)
        }

    def note(self, name: str, bad: BadValueError) -> None:
        value = str(self.values.get(name, ""))[:100].replace("\x00", "�")
        self.problems.append(
            Problem(code=bad.code, message=str(bad), field=f"{self.path}{name}", row=self.row, value=value)
        )
